/* SPDX-License-Identifier: BSD-3-Clause */
/* block.c - the draws of a block of trials: an array per draw */
#include "base/fpenv.h"
#include "random/block.h"
#include "random/dist/distributions.h"
#include "random/rng.h"
#include <stdlib.h>
#include <string.h>

static struct mcpar__block *inside(mcpar_block *open)
{
    return (struct mcpar__block *)(void *)open;
}

int mcpar__block_open(struct mcpar__block *block, struct mcpar__key key, size_t longest)
{
    *block = (struct mcpar__block){ .key = key, .longest = longest };
    block->spare = calloc(2 * longest, sizeof(double));
    return block->spare ? 0 : MCPAR_ERR_MEMORY;
}

static void free_arrays(struct mcpar__block *block)
{
    for (size_t i = 0; i < block->arrays; i++)
        free(block->array[i]);
    block->arrays = 0;
}

void mcpar__block_close(struct mcpar__block *block)
{
    free_arrays(block);
    free(block->array);
    free(block->spare);
    *block = (struct mcpar__block){ .longest = 0 };
}

void mcpar__block_start(struct mcpar__block *block, uint64_t first, size_t n)
{
    if (n > block->room) {                 /* arrays are only as long as needed: a block may have many */
        free_arrays(block);
        block->room = n;
    }
    block->open.n = n;
    block->open.first = first;
    block->open.hits = 0;
    block->draw = 0;
    block->ahead = MCPAR__NOTHING;
    block->used = 0;
    block->short_of_memory = 0;
    block->past_last = 0;
}

static int grow(struct mcpar__block *block)
{
    if (block->arrays == block->arrays_room) {
        size_t room = block->arrays_room ? 2 * block->arrays_room : 8;
        void **array = room > SIZE_MAX / sizeof *array ? NULL : realloc(block->array, room * sizeof *array);

        if (!array)
            return -1;
        block->array = array;
        block->arrays_room = room;
    }
    block->array[block->arrays] = malloc(block->room * sizeof(double));
    if (!block->array[block->arrays])
        return -1;
    block->arrays++;
    return 0;
}

/* Takes an array for the rest of the block. Without memory, it takes half `which` of the spare room, 0 or 1. */
static void *take(struct mcpar__block *block, int which)
{
    if (block->used == block->arrays && grow(block)) {
        block->short_of_memory = 1;
        return (double *)block->spare + (which ? block->longest : 0);
    }
    return block->array[block->used++];
}

double *mcpar__block_take(struct mcpar__block *block)
{
    return take(block, 0);
}

/* Makes the array of the next draw, as uniforms or words. */
static void *column(struct mcpar__block *block, enum mcpar__kind kind)
{
    uint64_t draw = block->draw++, first = block->open.first;
    uint32_t at = (uint32_t)(draw / 2);
    size_t n = block->open.n;
    void *even, *odd;

    block->past_last |= draw >= MCPAR__MOST_DRAWS;
    if ((draw & 1) && block->ahead == kind) {
        block->ahead = MCPAR__NOTHING;
        return block->odd;
    }
    even = take(block, 0);
    odd = take(block, 1);
    if (kind == MCPAR__UNIFORMS)
        mcpar__philox_path()->uniforms(even, odd, block->key, first, n, at);
    else
        mcpar__philox_path()->words(even, odd, block->key, first, n, at);
    if (draw & 1)
        return odd;
    block->ahead = kind;
    block->odd = odd;
    return even;
}

const double *mcpar_uniforms(mcpar_block *open)
{
    return column(inside(open), MCPAR__UNIFORMS);
}

const uint64_t *mcpar_words(mcpar_block *open)
{
    return column(inside(open), MCPAR__WORDS);
}

const uint64_t *mcpar_belows(mcpar_block *open, uint64_t bound)
{
    struct mcpar__block *block = inside(open);
    uint64_t draw = block->draw;
    uint64_t *word = column(block, MCPAR__WORDS);

    for (size_t i = 0; i < open->n; i++)
        word[i] = mcpar__below(block->key, open->first + i, draw, word[i], bound);
    return word;
}

static const double *shaped(mcpar_block *open, enum mcpar__shape shape)
{
    const uint64_t *word = mcpar_words(open);
    double *out = take(inside(open), 0);
    mcpar__fpenv host;

    if ((const void *)out == (const void *)word)
        return out;                        /* both are the spare array: the run will end with an error anyway */
    host = mcpar__fpenv_enter();
    mcpar__shape_words(shape, word, out, open->n);
    mcpar__fpenv_leave(host);
    return out;
}

/* mcpar_normals, ... */
#define SHAPE(NAME, name)                                       \
    const double *mcpar_##name##s(mcpar_block *block)           \
    {                                                           \
        return shaped(block, MCPAR__##NAME);                    \
    }
#include "random/dist/shapes.h"

uint64_t mcpar_darts(mcpar_block *open)
{
    struct mcpar__block *block = inside(open);
    uint64_t hits = 0;

    if (block->draw & 1) {                 /* the two draws come from different blocks of the generator */
        const double *x = mcpar_uniforms(open), *y = mcpar_uniforms(open);

        for (size_t i = 0; i < open->n; i++)
            hits += x[i] * x[i] + y[i] * y[i] < 1.0;
        return hits;
    }
    block->past_last |= block->draw >= MCPAR__MOST_DRAWS;
    block->draw += 2;
    return mcpar__philox_path()->darts(block->key, open->first, open->n, (uint32_t)(block->draw / 2 - 1));
}
