/* philox_vector.h - the bulk makers over vectors: included once by each CPU path, which says what a vector is
 *
 * A vector holds LANES blocks. With state words c0, c1 as one 64-bit lane (c0 above c1) and c2, c3 as another, the
 * 64-bit products of a round are already where the next state wants them, and the two outputs of a block are its two
 * words. A round is then two swaps of halves, two multiplications and two mixes a vector; SETS vectors are kept in
 * flight to hide the latency of the multiplication. See philox.h for the generator.
 *
 * The includer defines, all with the attribute INLINE:
 *   vec, real                       LANES unsigned 64-bit integers, LANES doubles
 *   vec v_all(uint64_t)             the same in each lane
 *   vec v_lanes(void)               0, 1, 2, ...
 *   vec v_add(vec, vec)             64-bit
 *   vec v_swap(vec)                 the halves of each lane exchanged
 *   vec v_multiply(vec, vec)        low half times low half
 *   vec v_mix(vec p, vec s, vec k)  p ^ k, and the upper half also ^ that of s (k has no lower half)
 *   real v_real(vec)                the upper 53 bits as a whole number
 *   real r_scale(real)              times 2^-53
 *   void v_store(uint64_t *, vec), void r_store(double *, real)
 *   void v_pairs(uint64_t *, vec x, vec y)    lane i: x, y to [2 * i], [2 * i + 1]
 *   void r_pairs(double *, size_t stride, real x, real y)    lane i: x, y to [stride * i], [stride * i + 1]
 *   tally, tally t_zero(void), tally t_hits(tally, real x, real y), uint64_t t_sum(tally)
 *                                   counts the lanes in which x * x + y * y < 2^106, without contraction
 *   SETS, PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU)
 */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

struct state {
    vec a[SETS], b[SETS];                  /* c0 above c1, c2 above c3 */
};

INLINE vec upper(uint32_t x)
{
    return v_all((uint64_t)x << 32);
}

/* Rounds `from` to 9 of `sets` vectors. */
INLINE void finish(struct state *s, struct mcpar__key key, int from, int sets)
{
    const vec m0 = v_all(0xD2511F53u), m1 = v_all(0xCD9E8D57u);
    const vec step0 = upper(0x9E3779B9u), step1 = upper(0xBB67AE85u);
    vec k0 = upper(key.low + (uint32_t)from * 0x9E3779B9u), k1 = upper(key.high + (uint32_t)from * 0xBB67AE85u);

    UNROLL
    for (int round = from; round < 10; round++) {
        UNROLL
        for (int i = 0; i < sets; i++) {
            vec sa = v_swap(s->a[i]), sb = v_swap(s->b[i]);

            s->a[i] = v_mix(v_multiply(sb, m1), sa, k0);
            s->b[i] = v_mix(v_multiply(sa, m0), sb, k1);
        }
        k0 = v_add(k0, step0);
        k1 = v_add(k1, step1);
    }
}

/* One block of each of `sets` * LANES trials from `first` on. In the first two rounds what hangs on the block and the
 * trial's upper half is the same in all lanes, so that one product a round is enough; `same` says that this half is. */
INLINE void across(struct state *s, struct mcpar__key key, uint64_t first, uint32_t block, bool same, int sets)
{
    uint64_t c23 = (uint64_t)block << 32 | key.stream, p1 = (uint64_t)0xCD9E8D57u * block;
    uint32_t c0 = (uint32_t)(p1 >> 32) ^ (uint32_t)(first >> 32) ^ key.low, c1 = (uint32_t)p1;
    uint64_t p0 = (uint64_t)0xD2511F53u * c0;
    const vec m0 = v_all(0xD2511F53u), m1 = v_all(0xCD9E8D57u);
    const vec k1 = v_all((uint64_t)(key.stream ^ key.high) << 32);
    const vec constant = v_all((uint64_t)c1 << 32 ^ (uint64_t)(key.low + 0x9E3779B9u) << 32);
    const vec product = v_all(p0 ^ (uint64_t)(key.high + 0xBB67AE85u) << 32), none = v_all(0);
    vec trial = v_add(v_all(first), v_lanes());

    UNROLL
    for (int i = 0; i < sets; i++) {
        if (same) {
            vec sb = v_swap(v_mix(v_multiply(trial, m0), none, k1));        /* after round 0 */

            s->a[i] = v_mix(v_multiply(sb, m1), none, constant);
            s->b[i] = v_mix(product, sb, none);
        } else {
            s->a[i] = v_swap(trial);
            s->b[i] = v_all(c23);
        }
        trial = v_add(trial, v_all(LANES));
    }
    if (same)
        finish(s, key, 2, sets);
    else
        finish(s, key, 0, sets);
}

INLINE bool same_half(uint64_t first, size_t n)
{
    return first >> 32 == (first + n - 1) >> 32;
}

/* Walks `n` trials from `first` on in steps of SETS vectors, then of one; what is left is for the portable path. */
#define WALK(n, i, KERNEL)                                                      \
    for (; (n) - (i) >= SETS * LANES; (i) += SETS * LANES) {                    \
        if (same_half(first + (i), SETS * LANES))                               \
            KERNEL(true, SETS)                                                  \
        else                                                                    \
            KERNEL(false, SETS)                                                 \
    }                                                                           \
    for (; (n) - (i) >= LANES; (i) += LANES)                                    \
        KERNEL(false, 1)

TARGET static void window(double *out, struct mcpar__key key, uint64_t first, size_t n, size_t blocks)
{
    size_t i = 0, stride = 2 * blocks;
    struct state s;

#define KERNEL(same, sets)                                                                              \
    for (size_t b = 0; b < blocks; b++) {                                                               \
        across(&s, key, first + i, (uint32_t)b, same, sets);                                            \
        UNROLL                                                                                          \
        for (size_t j = 0; j < (sets); j++)                                                             \
            r_pairs(out + (i + j * LANES) * stride + 2 * b, stride, r_scale(v_real(s.a[j])),            \
                    r_scale(v_real(s.b[j])));                                                           \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    if (i < n)
        mcpar__philox_portable.window(out + i * stride, key, first + i, n - i, blocks);
}

TARGET static void uniforms(double *even, double *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    struct state s;
    size_t i = 0;

#define KERNEL(same, sets)                                              \
    {                                                                   \
        across(&s, key, first + i, block, same, sets);                  \
        UNROLL                                                          \
        for (size_t j = 0; j < (sets); j++) {                           \
            r_store(even + i + j * LANES, r_scale(v_real(s.a[j])));     \
            r_store(odd + i + j * LANES, r_scale(v_real(s.b[j])));      \
        }                                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    if (i < n)
        mcpar__philox_portable.uniforms(even + i, odd + i, key, first + i, n - i, block);
}

TARGET static void words(uint64_t *even, uint64_t *odd, struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    struct state s;
    size_t i = 0;

#define KERNEL(same, sets)                              \
    {                                                   \
        across(&s, key, first + i, block, same, sets);  \
        UNROLL                                          \
        for (size_t j = 0; j < (sets); j++) {           \
            v_store(even + i + j * LANES, s.a[j]);      \
            v_store(odd + i + j * LANES, s.b[j]);       \
        }                                               \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    if (i < n)
        mcpar__philox_portable.words(even + i, odd + i, key, first + i, n - i, block);
}

TARGET static uint64_t darts(struct mcpar__key key, uint64_t first, size_t n, uint32_t block)
{
    tally hits = t_zero();
    struct state s;
    size_t i = 0;

#define KERNEL(same, sets)                                          \
    {                                                               \
        across(&s, key, first + i, block, same, sets);              \
        UNROLL                                                      \
        for (size_t j = 0; j < (sets); j++)                         \
            hits = t_hits(hits, v_real(s.a[j]), v_real(s.b[j]));    \
    }
    WALK(n, i, KERNEL)
#undef KERNEL
    return t_sum(hits) + (i < n ? mcpar__philox_portable.darts(key, first + i, n - i, block) : 0);
}

/* Walks the blocks of one trial, lanes along them, and puts away vector j of a step by STORE; what is left from block i
 * on is for the portable path. (As a function that is inlined, clang made it a third slower.) */
#define ALONG(sets, STORE)                                                                                  \
    {                                                                                                       \
        vec c23 = v_add(v_all((uint64_t)(block + (uint32_t)i) << 32 | (key.stream + (purpose << 24))),      \
                        v_swap(v_lanes()));                                                                 \
                                                                                                            \
        UNROLL                                                                                              \
        for (size_t j = 0; j < (sets); j++, c23 = v_add(c23, step)) {                                       \
            s.a[j] = c01;                                                                                   \
            s.b[j] = c23;                                                                                   \
        }                                                                                                   \
        finish(&s, key, 0, sets);                                                                           \
        UNROLL                                                                                              \
        for (size_t j = 0; j < (sets); j++)                                                                 \
            STORE;                                                                                          \
    }
#define WALK_ALONG(STORE)                                                       \
    const vec c01 = v_swap(v_all(trial)), step = v_all((uint64_t)LANES << 32);  \
    struct state s;                                                             \
    size_t i = 0;                                                               \
                                                                                \
    for (; blocks - i >= SETS * LANES; i += SETS * LANES)                       \
        ALONG(SETS, STORE)                                                      \
    for (; blocks - i >= 2 * LANES; i += 2 * LANES)                             \
        ALONG(2, STORE)                                                         \
    if (blocks - i >= LANES) {                                                  \
        ALONG(1, STORE)                                                         \
        i += LANES;                                                             \
    }

TARGET static void sequence(double *out, struct mcpar__key key, uint64_t trial, uint32_t block, uint32_t purpose,
                            size_t blocks)
{
    WALK_ALONG(r_pairs(out + 2 * (i + j * LANES), 2, r_scale(v_real(s.a[j])), r_scale(v_real(s.b[j]))))
    if (i < blocks)
        mcpar__philox_portable.sequence(out + 2 * i, key, trial, block + (uint32_t)i, purpose, blocks - i);
}

TARGET static void word_sequence(uint64_t *out, struct mcpar__key key, uint64_t trial, uint32_t block,
                                 uint32_t purpose, size_t blocks)
{
    WALK_ALONG(v_pairs(out + 2 * (i + j * LANES), s.a[j], s.b[j]))
    if (i < blocks)
        mcpar__philox_portable.word_sequence(out + 2 * i, key, trial, block + (uint32_t)i, purpose, blocks - i);
}

const struct mcpar__philox PATH = { NAME, LANES, window, sequence, word_sequence, uniforms, words, darts };
