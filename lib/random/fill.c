/* SPDX-License-Identifier: BSD-3-Clause */
/* fill.c - many draws of one trial at once, with the same bits as single draws */
#include "base/fpenv.h"
#include "random/rng.h"
#include <string.h>

enum {
    CHUNK = 256,                           /* words made at once, before they become numbers of a distribution */
    FEW = 16                               /* fewer uniforms are left to a refill, which makes more of them ahead */
};

static size_t least(size_t x, uint64_t y)
{
    return x < y ? x : (size_t)y;
}

void mcpar_fill_uniforms(mcpar_rng *open, double *x, size_t n)
{
    struct mcpar__rng *rng = (struct mcpar__rng *)(void *)open;

    while (n) {
        size_t ready = (size_t)(open->end - open->next), taken;
        uint64_t draw = mcpar__rng_draw(rng);

        if (ready) {
            taken = least(n, ready);
            memcpy(x, open->next, taken * sizeof *x);
            open->next += taken;
        } else if (n < FEW || (draw & 1) || draw >= MCPAR__MOST_DRAWS) {
            taken = 1;                     /* past the last draw, the refill marks the rng */
            *x = mcpar_refill(open);
        } else {
            size_t blocks = least(n / 2, (MCPAR__MOST_DRAWS - draw) / 2);

            taken = 2 * blocks;
            mcpar__philox_path()->sequence(x, rng->key, rng->trial, (uint32_t)(draw / 2), MCPAR__DRAWS, blocks);
            mcpar__rng_pass(rng, taken);
        }
        x += taken;
        n -= taken;
    }
}

/* Goes through an array of whole blocks, whose first and last word may belong to the draws before and after. */
static void fill(mcpar_rng *open, double *x, size_t n, enum mcpar__shape shape, double (*one)(mcpar_rng *))
{
    struct mcpar__rng *rng = (struct mcpar__rng *)(void *)open;
    mcpar__fpenv host = mcpar__fpenv_enter();
    _Alignas(64) uint64_t word[CHUNK];
    uint64_t draw;

    while (n && (draw = mcpar__rng_draw(rng)) < MCPAR__MOST_DRAWS) {
        size_t odd = draw & 1, taken = least(least(n, CHUNK - odd), MCPAR__MOST_DRAWS - draw);

        mcpar__philox_path()->word_sequence(word, rng->key, rng->trial, (uint32_t)(draw / 2), MCPAR__DRAWS,
                                            (odd + taken + 1) / 2);
        mcpar__shape_words(shape, word + odd, x, taken);
        mcpar__rng_pass(rng, taken);
        x += taken;
        n -= taken;
    }
    mcpar__fpenv_leave(host);
    while (n--)                            /* past the last draw: each marks the rng, and speed does not matter */
        *x++ = one(open);
}

/* mcpar_fill_normals, ... */
#define SHAPE(NAME, name)                                                       \
    void mcpar_fill_##name##s(mcpar_rng *rng, double *x, size_t n)              \
    {                                                                           \
        fill(rng, x, n, MCPAR__##NAME, mcpar_##name);                           \
    }
#include "random/dist/shapes.h"
