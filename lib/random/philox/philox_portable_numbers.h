/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_portable_numbers.h - how numbers are laid out, in portable C: draws of one trial, of many, or in two columns
 *
 * philox_portable.c includes this twice, once for uniforms and once for words. It defines, and this file undefines:
 *
 * NUMBER, PUT, PUT_PAIRS      double, put_units and put_unit_pairs, or uint64_t, put_words and put_word_pairs
 * NUMBER_OF(word)             the number that a word gives
 * NAMED(name)                 the name with the prefix of the kind of number */

static void NAMED(sequence)(NUMBER *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                            size_t blocks)
{
    size_t b = 0;

    for (; b + LANES <= blocks; b += LANES) {
        struct state s;

        make_along(&s, key, trial, block + (uint32_t)b, purpose);
        PUT_PAIRS(out + 2 * b, 2, &s);
    }
    for (; b < blocks; b++) {
        struct mcpar__words w = mcpar__philox(key, trial, block + (uint32_t)b, purpose);

        out[2 * b] = NUMBER_OF(w.word[0]);
        out[2 * b + 1] = NUMBER_OF(w.word[1]);
    }
}

/* The lanes are blocks of one trial if it has enough of them, otherwise trials. */
static void NAMED(window)(NUMBER *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    const size_t stride = 2 * blocks;
    size_t i = 0;

    for (; i + LANES <= n && blocks < LANES; i += LANES)
        for (size_t b = 0; b < blocks; b++) {
            struct state s;

            make_across(&s, key, first + i, (uint32_t)b);
            PUT_PAIRS(out + i * stride + 2 * b, stride, &s);
        }
    for (; i < n; i++)
        NAMED(sequence)(out + i * stride, key, first + i, 0, MCPAR__DRAWS, blocks);
}

static void NAMED(columns)(NUMBER *even, NUMBER *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    struct state s;
    size_t i = 0;

    for (; i + LANES <= n; i += LANES) {
        make_across(&s, key, first + i, block);
        PUT(even + i, odd + i, &s);
    }
    for (; i < n; i++) {
        struct mcpar__words w = mcpar__philox(key, first + i, block, MCPAR__DRAWS);

        even[i] = NUMBER_OF(w.word[0]);
        odd[i] = NUMBER_OF(w.word[1]);
    }
}

#undef NUMBER
#undef PUT
#undef PUT_PAIRS
#undef NUMBER_OF
#undef NAMED
