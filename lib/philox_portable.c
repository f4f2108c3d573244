/* philox_portable.c - the bulk makers in portable C: the reference for every other CPU path */
#include "philox.h"

static void window(double *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < blocks; b++) {
            struct mcpar__words w = mcpar__philox(key, first + i, (uint32_t)b, MCPAR__DRAWS);

            *out++ = mcpar__unit(w.word[0]);
            *out++ = mcpar__unit(w.word[1]);
        }
}

static void sequence(double *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                     size_t blocks)
{
    for (size_t b = 0; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        *out++ = mcpar__unit(w.word[0]);
        *out++ = mcpar__unit(w.word[1]);
    }
}

static void word_sequence(uint64_t *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                          size_t blocks)
{
    for (size_t b = 0; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        *out++ = w.word[0];
        *out++ = w.word[1];
    }
}

static void uniforms(double *even, double *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    for (size_t i = 0; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);

        even[i] = mcpar__unit(w.word[0]);
        odd[i] = mcpar__unit(w.word[1]);
    }
}

static void words(uint64_t *even, uint64_t *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    for (size_t i = 0; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);

        even[i] = w.word[0];
        odd[i] = w.word[1];
    }
}

static uint64_t darts(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    uint64_t hits = 0;

    for (size_t i = 0; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);
        double x = mcpar__unit(w.word[0]), y = mcpar__unit(w.word[1]);

        hits += x * x + y * y < 1.0;
    }
    return hits;
}

const struct mcpar__philox mcpar__philox_portable = {
    "portable", 2, window, sequence, word_sequence, uniforms, words, darts
};
