/* SPDX-License-Identifier: BSD-3-Clause */
/* choice.c - choice by weight with one word, by an alias table
 *
 * A. J. Walker, ACM TOMS 3 (1977) 253; M. D. Vose, IEEE Trans. Softw. Eng. 17 (1991) 972. Each of n cells has the same
 * chance. Below its limit, a cell gives its own number, and otherwise its other one. */
#include "base/fpenv.h"
#include "random/block.h"
#include "random/rng.h"

__extension__ typedef unsigned __int128 wide;

#define NONE UINT64_MAX

/* While the table is made, `keep` holds a cell's share as an integer, `one` on average, and `other` links the cells
 * whose share is below `one`, and those of at least `one`. */
static void push(mcpar_cell *cells, uint64_t *top, uint64_t i)
{
    cells[i].other = *top;
    *top = i;
}

static uint64_t pop(const mcpar_cell *cells, uint64_t *top)
{
    const uint64_t i = *top;

    *top = cells[i].other;
    return i;
}

/* Stores shares that add up to n * one exactly: the largest takes what rounding left over. */
static int share(mcpar_cell *cells, const double *weights, size_t n, uint64_t one)
{
    uint64_t total = 0;
    double sum = 0.0;
    size_t largest = 0;

    for (size_t i = 0; i < n; i++) {
        if (!(weights[i] >= 0.0))
            return MCPAR_ERR_ARGUMENT;
        sum = sum + weights[i];
        largest = weights[i] > weights[largest] ? i : largest;
    }
    if (!(sum > 0.0 && sum - sum == 0.0))
        return MCPAR_ERR_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        cells[i].keep = (uint64_t)(weights[i] / sum * ((double)n * (double)one));
        total += cells[i].keep;
    }
    cells[largest].keep += n * one - total;
    return MCPAR_OK;
}

static int make(mcpar_cell *cells, const double *weights, size_t n)
{
    uint64_t small = NONE, large = NONE;
    unsigned bits = 62;                    /* n * one is at most 2^62 */
    int err;

    while (n > UINT64_C(1) << (62 - bits))
        bits--;
    err = share(cells, weights, n, UINT64_C(1) << bits);
    for (size_t i = n; !err && i-- > 0;)
        push(cells, cells[i].keep >> bits ? &large : &small, i);
    while (small != NONE) {                /* the shares add up, so there is a large cell for each small one */
        const uint64_t s = pop(cells, &small), l = pop(cells, &large);

        cells[l].keep -= (UINT64_C(1) << bits) - cells[s].keep;
        cells[s].keep <<= 64 - bits;
        cells[s].other = l;
        push(cells, cells[l].keep >> bits ? &large : &small, l);
    }
    while (large != NONE) {                /* these have a share of `one` */
        const uint64_t i = pop(cells, &large);

        cells[i].keep = NONE;
        cells[i].other = i;
    }
    return err;
}

int mcpar_choice_init(mcpar_cell *cells, const double *weights, size_t n)
{
    mcpar__fpenv host;
    int err;

    if (!cells || !weights || !n || n > UINT64_C(1) << 31)
        return MCPAR_ERR_ARGUMENT;
    host = mcpar__fpenv_enter();
    err = make(cells, weights, n);
    mcpar__fpenv_leave(host);
    for (size_t i = 0; err && i < n; i++)                  /* 0 is chosen */
        cells[i] = (mcpar_cell){ 0, 0 };
    return err;
}

static inline uint64_t chosen(const mcpar_cell *cells, size_t n, uint64_t word)
{
    const wide product = (wide)word * n;
    const uint64_t i = (uint64_t)(product >> 64);

    return (uint64_t)product < cells[i].keep ? i : cells[i].other;
}

uint64_t mcpar_choice(mcpar_rng *rng, const mcpar_cell *cells, size_t n)
{
    return chosen(cells, n, mcpar_word(rng));
}

const uint64_t *mcpar_choices(mcpar_block *block, const mcpar_cell *cells, size_t n)
{
    uint64_t *x = (uint64_t *)(uintptr_t)mcpar_words(block);

    for (size_t i = 0; i < block->n; i++)
        x[i] = chosen(cells, n, x[i]);
    return x;
}
