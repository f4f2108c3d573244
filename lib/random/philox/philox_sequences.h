/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_sequences.h - how numbers are laid out, with vectors: in two columns, or draws of many trials or of one
 *
 * philox_vector.h includes this twice, once for uniforms and once for words. It defines, and this file undefines:
 *
 * NUMBER, PUT, PUT_PAIRS      double, p_units and p_unit_pairs, or uint64_t, p_words and p_word_pairs
 * NAMED(name)                 the name with the prefix of the kind of number */

/* ---- Columns: an array for each of the two draws of a block ---- */

TARGET static void NAMED(columns_alike)(NUMBER *even, NUMBER *odd, struct mcpar__key key, uint64_t first, size_t n,
                                        uint32_t block)
{
    const struct keys keys = schedule(key);
    const struct course c = across(&keys);
    struct start at = start_across(c, key, first, block);
    NUMBER x[LANES], y[LANES];
    size_t i = 0;

#define KERNEL(sets, whole)                                                                             \
    {                                                                                                   \
        struct state s;                                                                                 \
                                                                                                        \
        make(&s, &keys, c, &at, LANES, sets);                                                           \
        UNROLL                                                                                          \
        for (size_t j = 0; j < (sets); j++) {                                                           \
            size_t to = i + j * LANES;                                                                  \
                                                                                                        \
            PUT(PLACE(even + to, x, to, n, whole), s.a[j]);                                             \
            PUT(PLACE(odd + to, y, to, n, whole), s.b[j]);                                              \
        }                                                                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    memcpy(even + n - n % LANES, x, n % LANES * sizeof *x);
    memcpy(odd + n - n % LANES, y, n % LANES * sizeof *y);
}

TARGET static void NAMED(columns)(NUMBER *even, NUMBER *odd, struct mcpar__key key, uint64_t first, size_t n,
                                  uint32_t block)
{
    for (size_t part; n; first += part, even += part, odd += part, n -= part) {
        part = alike(first, n);
        NAMED(columns_alike)(even, odd, key, first, part, block);
    }
}

/* ---- A row: block after block, the two draws of a block side by side ---- */

/* Makes a row of n blocks. If `window` is NULL, its units begin at `at` and go on in steps of `step`, as in make.
 * Otherwise the window says what each unit begins with, and `at` and `step` are not used. */
INLINE void NAMED(row)(NUMBER *out, const struct keys *keys, struct course c, struct start at, uint32_t step,
                       struct cursor *window, size_t n)
{
    NUMBER rest[2 * LANES];
    size_t i = 0;

#define KERNEL(sets, whole)                                                                             \
    {                                                                                                   \
        struct state s;                                                                                 \
                                                                                                        \
        if (window)                                                                                     \
            make_window(&s, keys, c, window, sets);                                                     \
        else                                                                                            \
            make(&s, keys, c, &at, step, sets);                                                         \
        UNROLL                                                                                          \
        for (size_t j = 0; j < (sets); j++) {                                                           \
            size_t to = i + j * LANES;                                                                  \
                                                                                                        \
            PUT_PAIRS(PLACE(out + 2 * to, rest, to, n, whole), s.a[j], s.b[j]);                         \
        }                                                                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    memcpy(out + 2 * (n - n % LANES), rest, 2 * (n % LANES) * sizeof *rest);
}

/* Blocks of one trial. A row ends where block numbers wrap to 0, because products can be stepped only up to there. */
TARGET static void NAMED(sequence)(NUMBER *out, struct mcpar__key key, uint64_t trial, uint32_t block,
                                   uint32_t purpose, size_t blocks)
{
    const struct keys keys = schedule(key);
    const struct course c = along(&keys);

    for (size_t part; blocks; out += 2 * part, block += (uint32_t)part, blocks -= part) {
        part = alike(block, blocks);
        NAMED(row)(out, &keys, c, start_along(c, key, trial, block, purpose), LANES, NULL, part);
    }
}

/* ---- A window: the first blocks of many trials, all in one row; a trial may begin in any lane ---- */

TARGET static void NAMED(window_alike)(NUMBER *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    const struct keys keys = schedule(key);
    const struct course c = across(&keys);
    struct table table;
    struct cursor to = { &table, 0, blocks, (uint64_t)c.m * (uint32_t)first };

    if (blocks > 1)
        fill_table(&table, c, key, first, blocks);
    if (LANES % blocks == 0)               /* lane i has the same block of a trial in all units */
        NAMED(row)(out, &keys, c, blocks > 1 ? look_up(&to) : start_across(c, key, first, 0),
                   (uint32_t)(LANES / blocks), NULL, n * blocks);
    else
        NAMED(row)(out, &keys, c, look_up(&to), 0, &to, n * blocks);
}

TARGET static void NAMED(window)(NUMBER *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    size_t part = 1;

    for (; n && blocks; first += part, out += 2 * part * blocks, n -= part) {
        part = alike(first, n);
        if (blocks <= WIDEST && part > 2) {
            NAMED(window_alike)(out, key, first, part, blocks);
        } else {
            part = 1;
            NAMED(sequence)(out, key, first, 0, MCPAR__DRAWS, blocks);
        }
    }
}

#undef NUMBER
#undef PUT
#undef PUT_PAIRS
#undef NAMED
