/* SPDX-License-Identifier: BSD-3-Clause */
/* dist.c - finds the code of a distribution by its kind */
#include "random/dist/dist.h"
#include <math.h>      /* NAN; no function of libm is called */

static const struct mcpar__recipe *const kinds[] = {
    NULL,
#define KIND(NAME, name, parameters) [MCPAR_DIST_##NAME] = &mcpar__recipe_##name,
#include "random/dist/kinds.h"
};
enum { KINDS = sizeof kinds / sizeof *kinds };

bool mcpar__dist_prepare(struct mcpar__dist *d, uint32_t kind, double a, double b, double c, bool whole)
{
    const struct mcpar__recipe *of = kind < KINDS ? kinds[kind] : NULL;
    const double parameter[3] = { a, b, c };

    d->kind = 0;
    if (!of)
        return false;
    for (uint32_t i = of->parameters; i < 3; i++)
        if (!(parameter[i] == 0.0))
            return false;
    d->how = 0;
    d->a = a;
    d->b = b;
    d->c = c;
    d->x = d->y = d->z = 0.0;
    if (!of->prepare(d, whole))
        return false;
    d->kind = kind;
    return true;
}

double mcpar__dist_one(const struct mcpar__dist *d, const struct mcpar__site *at, uint64_t w)
{
    return d->kind && d->kind < KINDS ? kinds[d->kind]->one(d, at, w) : (double)NAN;
}

void mcpar__dist_many(const struct mcpar__dist *d, struct mcpar__many many, const uint64_t *w, double *out, size_t n)
{
    const struct mcpar__recipe *of = d->kind < KINDS ? kinds[d->kind] : NULL;

    while (n) {
        uint64_t word[MCPAR__CHUNK];
        size_t taken = n < MCPAR__CHUNK ? n : MCPAR__CHUNK;

        for (size_t i = 0; i < taken; i++)
            word[i] = w[i];
        if (of && of->many)
            of->many(d, &many, word, out, taken);
        else
            for (size_t i = 0; i < taken; i++) {
                const struct mcpar__site at = mcpar__site_of(&many, i);

                out[i] = mcpar__dist_one(d, &at, word[i]);
            }
        many.first = mcpar__site_of(&many, taken);
        w += taken;
        out += taken;
        n -= taken;
    }
}

void mcpar__further_words(const struct mcpar__many *many, uint32_t pair, uint64_t *even, uint64_t *odd, size_t n)
{
    const struct mcpar__philox *path = mcpar__philox_path();
    const uint32_t purpose = MCPAR__RETRIES + pair, block = (uint32_t)many->first.draw;
    struct mcpar__key key = many->first.key;

    if (many->along) {
        uint64_t both[2 * MCPAR__CHUNK];

        path->word_sequence(both, key, many->first.trial, block, purpose, n);
        for (size_t i = 0; i < n; i++) {
            even[i] = both[2 * i];
            odd[i] = both[2 * i + 1];
        }
        return;
    }
    key.stream += purpose << 24;           /* a counter's last word is stream + 2^24 * purpose */
    path->words(even, odd, key, many->first.trial, n, block);
}
