/* SPDX-License-Identifier: BSD-3-Clause */
/* shuffle.c - random orders: R. Durstenfeld, Algorithm 235, CACM 7 (1964) 420, from the end, a draw for each exchange
 * */
#include "random/rng.h"
#include <string.h>

static void exchange(unsigned char *x, unsigned char *y, size_t size)
{
    unsigned char kept[256];

    while (size) {
        size_t part = size < sizeof kept ? size : sizeof kept;

        memcpy(kept, x, part);
        memcpy(x, y, part);
        memcpy(y, kept, part);
        x += part;
        y += part;
        size -= part;
    }
}

void mcpar_shuffle(mcpar_rng *rng, void *base, size_t n, size_t size)
{
    unsigned char *byte = base;

    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)mcpar_below(rng, i);

        if (j != i - 1)
            exchange(byte + j * size, byte + (i - 1) * size, size);
    }
}

void mcpar_permutation(mcpar_rng *rng, size_t *order, size_t n)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)mcpar_below(rng, i), kept = order[j];

        order[j] = order[i - 1];
        order[i - 1] = kept;
    }
}
