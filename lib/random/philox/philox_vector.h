/* SPDX-License-Identifier: BSD-3-Clause */
/* philox_vector.h - the generator in bulk, with vectors: included once by each kind of CPU, which defines the vectors
 *
 * philox.h describes the generator; its state is four words of 32 bits, c0 to c3. The unit of work is LANES blocks, one
 * in each lane of a vector. Two words of their states, (c0, c1) or (c2, c3), are a `pair`; c0 and c2 are its upper
 * words. The product of the upper words and a multiplier is a `wide`: LANES numbers of 64 bits, whose halves make the
 * next pair, once more words have been xored into its upper words. Loops work on SETS units at once, to hide the
 * latency of the multiplication.
 *
 * The including file defines the following, all functions with the attribute INLINE:
 *   wide, pair, factor, flip         flip: words to xor into upper words
 *   factor m_all(uint32_t), flip f_all(uint32_t)     the same in each lane
 *   wide w_all(uint64_t), wide w_lanes(void)         the same in each lane; 0, 1, 2, ...
 *   wide w_load(const uint64_t *), void w_store(uint64_t *, wide)    no alignment beyond that of a uint64_t
 *   wide w_add(wide, wide), wide w_xor(wide, wide)
 *   wide w_raise(wide), wide w_fall(wide)            shifted left, right by 32 bits
 *   wide w_times(wide, factor), wide w_upper_times(wide, factor)     the lower halves times it; the upper halves
 *   wide p_times(pair, factor)                       the upper words times it
 *   pair p_of(wide)                                  its halves
 *   pair p_mix(pair p, pair s, flip)                 p, with s's lower words and the flip xored into its upper words
 *   void p_units(double *, pair), void p_words(uint64_t *, pair)     as doubles in [0, 1); as plain 64-bit words
 *   void p_unit_pairs(double *, pair x, pair y), void p_word_pairs(uint64_t *, pair x, pair y)   x and y alternate
 *   tally, tally t_zero(void), tally t_hits(tally, pair x, pair y), uint64_t t_sum(tally)
 *                                    counts the lanes whose doubles have x * x + y * y < 1, without contraction
 *   FRESH                            1: each step loads the keys from `keys`; 0: the compiler may turn them into
 *                                    vectors before a loop, and use these as operands in memory
 *   LANES, SETS, PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU) */
#include <string.h>

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { ROUNDS = 10, WIDEST = 128 };        /* WIDEST: a window with more blocks per trial is made trial by trial */

struct state {
    pair a[SETS], b[SETS];                 /* (c0, c1) and (c2, c3) */
};

struct keys {                              /* of each round, in memory: loads are cheaper than vector additions */
    uint32_t k0[ROUNDS], k1[ROUNDS];
};

/* Which word of the state varies from lane to lane at the start: the trial (c0) or the block (c2). `m` and `k` are the
 * multiplier and the keys of the product that this word goes into, `other_m` and `other_k` of the other product. */
struct course {
    uint32_t m, other_m;
    const uint32_t *k, *other_k;
    bool along;
};

/* All that rounds 0 to 2 of a unit need. */
struct start {
    wide product;                          /* the varying word times m */
    wide first, second, third;             /* computed from the constant words alone */
};

INLINE struct keys schedule(struct mcpar__key key)
{
    struct keys keys;

    UNROLL
    for (uint32_t r = 0; r < ROUNDS; r++) {
        keys.k0[r] = key.low + r * 0x9E3779B9u;
        keys.k1[r] = key.high + r * 0xBB67AE85u;
    }
    return keys;
}

INLINE struct course across(const struct keys *keys)
{
    return (struct course){ 0xD2511F53u, 0xCD9E8D57u, keys->k1, keys->k0, false };
}

INLINE struct course along(const struct keys *keys)
{
    return (struct course){ 0xCD9E8D57u, 0xD2511F53u, keys->k0, keys->k1, true };
}

/* `partner` is the constant lower word in the pair of the varying one; `upper` and `lower` are the other pair. Let p be
 * the product, x the pair with the varying word and y the other pair. Round 0 makes x constant, and
 * y = (p's upper half ^ lower ^ k, p's lower half). Round 1 then makes y = (a constant ^ p's lower half, a constant).
 * So the upper words of y in both rounds are the halves of p ^ first. */
INLINE struct start start(struct course c, wide product, uint32_t partner, wide upper, uint32_t lower)
{
    const wide q = w_times(upper, m_all(c.other_m));
    const wide x = w_xor(q, w_all((uint64_t)(partner ^ c.other_k[0]) << 32));
    const wide r = w_upper_times(x, m_all(c.m));
    struct start s;

    s.product = product;
    s.first = w_xor(w_fall(r), w_all((uint64_t)(lower ^ c.k[0]) << 32 | c.k[1]));
    s.second = w_xor(w_raise(q), w_all((uint64_t)c.other_k[1] << 32));
    s.third = w_xor(w_raise(r), w_all((uint64_t)c.k[2] << 32));
    return s;
}

/* Rounds 0 to 2 of unit i, with 3 multiplications instead of 6. */
INLINE void begin(struct state *s, int i, struct course c, struct start at)
{
    const wide y = w_xor(at.product, at.first);
    const wide x = w_xor(w_upper_times(y, m_all(c.other_m)), at.second);
    const pair x2 = p_mix(p_of(w_times(y, m_all(c.other_m))), p_of(x), f_all(c.other_k[2]));
    const pair y2 = p_of(w_xor(w_upper_times(x, m_all(c.m)), at.third));

    s->a[i] = c.along ? y2 : x2;
    s->b[i] = c.along ? x2 : y2;
}

/* Rounds 3 to 9 of `sets` units. */
INLINE void finish(struct state *s, const struct keys *keys, int sets)
{
    const factor m0 = m_all(0xD2511F53u), m1 = m_all(0xCD9E8D57u);

    if (FRESH || sets < SETS)              /* hides where keys points, so that none is loaded before the loop */
        __asm__ volatile("" : "+r"(keys));
    UNROLL
    for (int round = 3; round < ROUNDS; round++) {
        const flip k0 = f_all(keys->k0[round]), k1 = f_all(keys->k1[round]);

        UNROLL
        for (int i = 0; i < sets; i++) {
            pair a = s->a[i], b = s->b[i];

            s->a[i] = p_mix(p_of(p_times(b, m1)), a, k0);
            s->b[i] = p_mix(p_of(p_times(a, m0)), b, k1);
        }
    }
}

/* Makes `sets` units from `at` on and moves `at` past them. `step`: how much the varying word grows by per unit. */
INLINE void make(struct state *s, const struct keys *keys, struct course c, struct start *at, uint32_t step, int sets)
{
    const wide by = w_times(w_all(step), m_all(c.m));

    UNROLL
    for (int i = 0; i < sets; i++) {
        begin(s, i, c, *at);
        at->product = w_add(at->product, by);
    }
    finish(s, keys, sets);
}

/* Makes n blocks: SETS units at a time, at the end fewer. KERNEL(sets, whole) makes and stores `sets` units from block
 * i on. Unless `whole`, the last may have fewer than LANES blocks; PLACE then sends it to a spare array `rest`. */
#define WALK(n, i, KERNEL)                                                                              \
    for (; (n) - (i) >= SETS * LANES; (i) += SETS * LANES)                                              \
        KERNEL(SETS, true)                                                                              \
    for (size_t units; (i) < (n); (i) += units * LANES) {                                               \
        units = ((n) - (i) + LANES - 1) / LANES;                                                        \
        if (SETS >= 4 && units >= 4) {                                                                  \
            units = 4;                                                                                  \
            KERNEL((SETS >= 4 ? 4 : 1), false)                                                          \
        } else if (units == 3) {                                                                        \
            KERNEL(3, false)                                                                            \
        } else if (units == 2) {                                                                        \
            KERNEL(2, false)                                                                            \
        } else {                                                                                        \
            KERNEL(1, false)                                                                            \
        }                                                                                               \
    }
#define PLACE(to, rest, i, n, whole) ((whole) || (n) - (i) >= LANES ? (to) : (rest))

/* How many of n numbers from `first` on, of trials or blocks, have the same upper 32 bits. */
INLINE size_t alike(uint64_t first, size_t n)
{
    uint64_t most = (UINT64_C(1) << 32) - (uint32_t)first;

    return n < most ? n : (size_t)most;
}

INLINE struct start start_across(struct course c, struct mcpar__key key, uint64_t first, uint32_t block)
{
    wide trial = w_add(w_all((uint32_t)first), w_lanes());

    return start(c, w_times(trial, m_all(c.m)), (uint32_t)(first >> 32), w_all(block), key.stream);
}

/* ---- Darts ---- */

TARGET static uint64_t darts_alike(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    const struct keys keys = schedule(key);
    const struct course c = across(&keys);
    struct start at = start_across(c, key, first, block);
    tally hits = t_zero();
    size_t i = 0, rest = n % LANES;

#define KERNEL(sets, whole)                                             \
    {                                                                   \
        struct state s;                                                 \
                                                                        \
        make(&s, &keys, c, &at, LANES, sets);                           \
        UNROLL                                                          \
        for (size_t j = 0; j < (sets); j++)                             \
            hits = t_hits(hits, s.a[j], s.b[j]);                        \
    }
    WALK(n - rest, i, KERNEL)
#undef KERNEL
    return t_sum(hits) + (rest ? mcpar__philox_portable.darts(key, first + i, rest, block) : 0);
}

TARGET static uint64_t darts(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    uint64_t hits = 0;

    for (size_t part; n; first += part, n -= part) {
        part = alike(first, n);
        hits += darts_alike(key, first, part, block);
    }
    return hits;
}

/* ---- Rows: what units begin with ---- */

INLINE struct start start_along(struct course c, struct mcpar__key key, uint64_t trial, uint32_t block,
                                uint32_t purpose)
{
    wide blocks = w_add(w_all(block), w_lanes());

    return start(c, w_times(blocks, m_all(c.m)), key.stream + (purpose << 24), w_all((uint32_t)trial),
                 (uint32_t)(trial >> 32));
}

/* What lanes begin with, by block of a trial. The LANES entries after the last block are for blocks of the next trials,
 * so that a unit that begins at any block loads LANES entries in a row. */
struct table {
    uint64_t product[WIDEST + 2 * LANES], first[WIDEST + 2 * LANES], second[WIDEST + 2 * LANES],
        third[WIDEST + 2 * LANES];
};

INLINE void fill_table(struct table *t, struct course c, struct mcpar__key key, uint64_t trial, size_t blocks)
{
    for (size_t b = 0; b < blocks; b += LANES) {
        struct start at = start(c, w_all(0), (uint32_t)(trial >> 32), w_add(w_all(b), w_lanes()), key.stream);

        w_store(t->product + b, at.product);
        w_store(t->first + b, at.first);
        w_store(t->second + b, at.second);
        w_store(t->third + b, at.third);
    }
    for (size_t b = 0; b < LANES; b++) {
        t->product[blocks + b] = t->product[b] + c.m;
        t->first[blocks + b] = t->first[b];
        t->second[blocks + b] = t->second[b];
        t->third[blocks + b] = t->third[b];
    }
}

struct cursor {                            /* where in a window the next unit begins */
    const struct table *table;
    size_t at, blocks;                     /* the block of the first lane; how many blocks a trial has */
    uint64_t product;                      /* the trial of the first lane times m */
};

INLINE struct start look_up(const struct cursor *to)
{
    return (struct start){ w_add(w_load(to->table->product + to->at), w_all(to->product)),
                           w_load(to->table->first + to->at), w_load(to->table->second + to->at),
                           w_load(to->table->third + to->at) };
}

INLINE void make_window(struct state *s, const struct keys *keys, struct course c, struct cursor *to, int sets)
{
    UNROLL
    for (int i = 0; i < sets; i++) {
        begin(s, i, c, look_up(to));
        to->at += LANES % to->blocks;
        to->product += LANES / to->blocks * c.m;
        to->product += to->at >= to->blocks ? c.m : 0;
        to->at -= to->at >= to->blocks ? to->blocks : 0;
    }
    finish(s, keys, sets);
}

#define NUMBER double
#define PUT p_units
#define PUT_PAIRS p_unit_pairs
#define NAMED(name) unit_##name
#include "random/philox/philox_sequences.h"

#define NUMBER uint64_t
#define PUT p_words
#define PUT_PAIRS p_word_pairs
#define NAMED(name) word_##name
#include "random/philox/philox_sequences.h"

const struct mcpar__philox PATH = {
    NAME, LANES, unit_window, word_window, unit_sequence, word_sequence, unit_columns, word_columns, darts
};
