/* philox_sequences.h - numbers that stand trial after trial, or those of one trial: included twice by philox_vector.h, which
 * says what a number is
 *
 * NUMBER, PUT                             double and p_unit_pairs, or uint64_t and p_word_pairs
 * NAMED(name)                             the name with what tells the two apart
 */

/* n blocks in a row, all with the constants of `at`. */
INLINE void NAMED(in_a_row)(NUMBER *out, const struct keys *keys, struct course c, struct start at, uint32_t step,
                            size_t n)
{
    NUMBER rest[2 * LANES];
    size_t i = 0;

#define KERNEL(sets, whole)                                                                             \
    {                                                                                                   \
        struct state s;                                                                                 \
                                                                                                        \
        make(&s, keys, c, &at, step, sets);                                                             \
        UNROLL                                                                                          \
        for (size_t j = 0; j < (sets); j++) {                                                           \
            size_t to = i + j * LANES;                                                                  \
                                                                                                        \
            PUT(PLACE(out + 2 * to, rest, to, n, whole), s.a[j], s.b[j]);                               \
        }                                                                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    memcpy(out + 2 * (n - n % LANES), rest, 2 * (n % LANES) * sizeof *rest);
}

/* A product steps on only as long as its word does not come to 2^32: what goes on from block 0 is a row of its own. */
TARGET static void NAMED(sequence)(NUMBER *out, struct mcpar__key key, uint64_t trial, uint32_t block,
                                   uint32_t purpose, size_t blocks)
{
    const struct keys keys = schedule(key);
    const struct course c = along(&keys);

    for (size_t part; blocks; out += 2 * part, block += (uint32_t)part, blocks -= part) {
        part = alike(block, blocks);
        NAMED(in_a_row)(out, &keys, c, start_along(c, key, trial, block, purpose), LANES, part);
    }
}

/* ---- A window: the blocks of all trials are one row, whatever lane they fall into ---- */

INLINE void NAMED(any_window)(NUMBER *out, const struct keys *keys, struct course c, struct cursor at, size_t n)
{
    NUMBER rest[2 * LANES];
    size_t i = 0;

#define KERNEL(sets, whole)                                                                             \
    {                                                                                                   \
        struct state s;                                                                                 \
                                                                                                        \
        make_window(&s, keys, c, &at, sets);                                                            \
        UNROLL                                                                                          \
        for (size_t j = 0; j < (sets); j++) {                                                           \
            size_t to = i + j * LANES;                                                                  \
                                                                                                        \
            PUT(PLACE(out + 2 * to, rest, to, n, whole), s.a[j], s.b[j]);                               \
        }                                                                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    memcpy(out + 2 * (n - n % LANES), rest, 2 * (n % LANES) * sizeof *rest);
}

TARGET static void NAMED(window_alike)(NUMBER *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    const struct keys keys = schedule(key);
    const struct course c = across(&keys);
    struct table table;
    struct cursor to = { &table, 0, blocks, (uint64_t)c.m * (uint32_t)first };

    if (blocks > 1)
        fill_table(&table, c, key, first, blocks);
    if (LANES % blocks == 0)
        NAMED(in_a_row)(out, &keys, c, blocks > 1 ? look_up(&to) : start_across(c, key, first, 0),
                        (uint32_t)(LANES / blocks), n * blocks);
    else
        NAMED(any_window)(out, &keys, c, to, n * blocks);
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
