/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_vector.h - the elementary functions, with vectors: included once by each kind of CPU, which defines them
 *
 * Each formula is written once, and every kind of CPU does its operations in the order written, so all give the same
 * bits, those of the scalar functions (functions_portable.c has vectors of one). Only + - * occur, never fused. In what
 * follows "exact" means that an operation does not round.
 *
 * Arguments that a formula does not cover (a result that overflows, say) are rare. A vector that has some is computed
 * like any other, and then the scalar function does those again.
 *
 * The methods: tables and short polynomials as in P. T. P. Tang, ACM TOMS 15 (1989) 144 and 16 (1990) 378; the table of
 * exp with a tail, and log x in two parts for pow, as in A. Ziv, ACM TOMS 17 (1991) 410 and in S. Gal and B. Bachelis,
 * ACM TOMS 17 (1991) 26; products in two parts by T. J. Dekker, Numer. Math. 18 (1971) 224, with the splitting done by
 * masks; reduction by pi / 2 as in W. J. Cody and W. Waite (1980), and by M. Payne and R. Hanek, SIGNUM 18 (1983) 19,
 * for what is large.
 *
 * The including file defines the following, all functions with the attribute INLINE:
 *   vec, real, LANES                LANES unsigned 64-bit integers; as many doubles. + - * & | ^ << >> act on lanes
 *   real r_load(const double *), void r_store(double *, real), real r_all(double)
 *   vec v_of(real), real r_of(vec)  the same bits
 *   mask, mask m_less(real x, real y), mask m_odd(vec), mask m_and(mask, mask), mask m_or(mask, mask)
 *                                   x < y, false for NaN; the lowest bit is 1
 *   unsigned m_lanes(mask)          bit i is lane i
 *   real r_choose(mask, real x, real y)    x in these lanes, elsewhere y
 *   real PICK(odd, x, y), a macro   the constant x in the lanes of the mask m_odd, elsewhere the constant y
 *   void rows(real c[4], const double *table, vec row, int columns)
 *                                   lane i of c[j]: double j of row number row[i]; the table has 2 or 4 columns
 *   PATH (the table's name), NAME (its string), TARGET (attribute for code of this CPU)
 */
#include "math/functions_numbers.h"

#define SIGN (UINT64_C(1) << 63)
#define SHIFT 0x1.8p52                     /* x + SHIFT - SHIFT is x to the nearest integer, below 2^51 */
#define ROW_MASK UINT64_C(127)

INLINE real r_abs(real x)
{
    return r_of(v_of(x) & ~SIGN);
}

/* x with its last 27 bits cleared; products of two numbers of 26 bits are exact. */
INLINE real r_head(real x)
{
    return r_of(v_of(x) & ~UINT64_C(0x7ffffff));
}

/* ---- exp --------------------------------------------------------------------------------------------- */

struct exp_parts {
    vec k;                                 /* the low bits are k's */
    real rest, row;                        /* the row's second column */
};

/* exp(x + low) = 2^(k / 128) (1 + rest), |low| small, |x| < 2^11. x - k LN2_N0 is exact, and r errs by 2^-62. */
INLINE struct exp_parts exp_split(real x, real low)
{
    const real t = x * r_all(N_OVER_LN2) + r_all(SHIFT);
    const real k = t - r_all(SHIFT);
    const real r = ((x - k * r_all(LN2_N0)) - k * r_all(LN2_N1)) + low;
    const real r2 = r * r;
    const real first = r_all(EXP_0) + r * r_all(EXP_1), second = r_all(EXP_2) + r * r_all(EXP_3);
    real c[4];

    rows(c, mcpar__exp_table, v_of(t) & ROW_MASK, 2);

    const struct exp_parts parts = { v_of(t), (c[0] + r) + r2 * (first + r2 * second), c[1] };

    return parts;
}

/* 2^(k / 128) (1 + rest), a normal number. The rounding of the last addition is all but 0.02 ulp of the error. */
INLINE real exp_join(struct exp_parts p)
{
    const real scale = r_of(v_of(p.row) + (p.k << 45));

    return scale + scale * p.rest;
}

/* -700 < x < 709: the result is a normal number, so is scale, and scale * rest keeps enough bits. */
INLINE mask exp_good(real x)
{
    return m_and(m_less(x, r_all(709.0)), m_less(r_all(-700.0), x));
}

/* ---- log --------------------------------------------------------------------------------------------- */

/* log x = base + rest + log(1 + r + lost), where base is exact and either 0 or larger than r, and r + lost is exact. */
struct log_parts {
    real base, rest, r, lost;
};

/* x = 2^k z, 0.688 < z < 1.378. Row i of the table has 1/c of 21 bits for a c near z, and log c. In the row around 1, c
 * is 1. z / c - 1 = r + lost: the products of the two parts of z are exact, and so are both subtractions. */
INLINE struct log_parts log_split(real x)
{
    const vec from_start = v_of(x) - LOG_START;
    const vec k_biased = (from_start + (UINT64_C(1024) << 52)) >> 52;
    const real k = r_of(k_biased | v_of(r_all(0x1p52))) - r_all(0x1p52 + 1024.0);
    const real z = r_of(v_of(x) - (from_start & UINT64_C(0xfff0000000000000)));
    const real z_head = r_head(z);
    real c[4];

    rows(c, mcpar__log_table, (from_start >> 45) & ROW_MASK, 4);

    const real inverse = c[0];
    const real r_high = z_head * inverse - r_all(1.0), r_low = (z - z_head) * inverse;
    const real r = r_high + r_low;
    const struct log_parts parts = {
        k * r_all(LN2_0) + c[1], k * r_all(LN2_1) + c[2], r, (r_high - r) + r_low
    };

    return parts;
}

INLINE real log_join(struct log_parts p)
{
    const real r = p.r, r2 = r * r;
    const real high = p.base + r;
    const real lost = (p.base - high) + r;
    const real first = r_all(LOG_0) + r * r_all(LOG_1), second = r_all(LOG_2) + r * r_all(LOG_3);
    const real third = r_all(LOG_4) + r * r_all(LOG_5);

    return high + ((p.rest + (lost + p.lost)) + r2 * (first + r2 * (second + r2 * third)));
}

/* x is positive, normal and finite. */
INLINE mask log_good(real x)
{
    return m_and(m_less(x, r_all((double)INFINITY)), m_less(r_all(0x1.fffffffffffffp-1023), x));
}

/* ---- pow --------------------------------------------------------------------------------------------- */

/* y log x = high + *low, within 2^-68 of it. */
INLINE real pow_exponent(struct log_parts p, real y, real *low)
{
    /* Two terms, base + r - a^2 / 2, with what each subtraction lost; a has 26 bits, so its square is exact. */
    const real r = p.r, r2 = r * r, a = r_head(r);
    const real sum = p.base + r;
    const real lost = (p.base - sum) + r;
    const real half_square = a * a * r_all(0.5);
    const real first = sum - half_square;
    const real lost2 = (sum - first) - half_square;
    const real c01 = r_all(POW_0) + r * r_all(POW_1), c23 = r_all(POW_2) + r * r_all(POW_3);
    const real c45 = r_all(POW_4) + r * r_all(POW_5);
    const real cubic = (r * r2) * (c01 + r2 * (c23 + r2 * (c45 + r2 * r_all(POW_6))));
    const real square_rest = (r - a) * (r + a) * r_all(0.5);
    const real second = ((p.rest + (p.lost - p.lost * r)) + (lost + lost2)) + (cubic - square_rest);
    const real log_high = first + second, log_low = (first - log_high) + second;

    const real high = y * log_high;
    const real y_head = r_head(y), y_tail = y - y_head;
    const real log_head = r_head(log_high), log_tail = log_high - log_head;

    *low = (((y_head * log_head - high) + y_head * log_tail) + y_tail * log_head) + (y_tail * log_tail + y * log_low);
    return high;
}

/* ---- sin and cos ------------------------------------------------------------------------------------- */

/* x - n pi / 2 = r + rest, n's low bits. */
struct angle {
    vec n;
    real r, rest;
};

/* 0 <= x < LARGE: n is at most 2^14, and the two subtractions are exact, or their loss is known. */
#define LARGE 25735.0

INLINE struct angle angle_of(real x)
{
    const real t = x * r_all(TWO_OVER_PI) + r_all(SHIFT);
    const real n = t - r_all(SHIFT);
    const real r0 = x - n * r_all(PI_2_0), a1 = n * r_all(PI_2_1);
    const real r1 = r0 - a1;
    const real low = ((r0 - r1) - a1) - n * r_all(PI_2_2);
    const real r = r1 + low;
    const struct angle angle = { v_of(t), r, (r1 - r) + low };

    return angle;
}

/* Near a multiple of pi / 2 other than 0, PI_2_2 has too few bits. */
INLINE mask angle_good(real x, real r)
{
    return m_and(m_less(x, r_all(LARGE)), m_or(m_less(r_all(0x1p-20), r_abs(r)), m_less(x, r_all(0.5))));
}

/* For an even n the sine, for an odd n the cosine of r + rest, with the sign that n pi / 2 gives: sin x.
 *     sin r = r - r^3 / 6 + r^5 SIN(r^2)      cos r = 1 - r^2 / 2 + r^4 COS(r^2)
 * The second term matters most. h, r rounded to a multiple of 6 * 2^-18, has a cube and a square that are exact after
 * the division too; the remainder of the term is small. What is left of the error, up to 0.092 ulp beyond the last
 * rounding, comes from the third term of the cosine. */
INLINE real angle_sine(struct angle p)
{
    const mask odd = m_odd(p.n);
    const real r = p.r, z = r * r;
    const real m = (r * r_all(0x1.5555555555555p-3) + r_all(0x1.8p34)) - r_all(0x1.8p34);
    const real h = m * r_all(6.0), h_and_r = h + r;
    const real first = r_choose(odd, r_all(1.0), r);
    const real second = (m * m) * r_choose(odd, r_all(18.0), m * r_all(36.0));
    const real of_sine = (z + h * h_and_r) * r_all(0x1.5555555555555p-3), of_cosine = h_and_r * r_all(0.5);
    const real second_rest = (r - h) * r_choose(odd, of_cosine, of_sine);
    const real slope = r_choose(odd, r * (z * r_all(0x1.5555555555555p-3) - r_all(1.0)), r_all(1.0) - z * r_all(0.5));
    const real sum = first - second;
    const real lost = (first - sum) - second;
    const real z2 = z * z;
    const real c01 = PICK(odd, COS_0, SIN_0) + z * PICK(odd, COS_1, SIN_1);
    const real c23 = PICK(odd, COS_2, SIN_2) + z * PICK(odd, COS_3, SIN_3);
    const real c45 = PICK(odd, COS_4, SIN_4) + z * PICK(odd, COS_5, SIN_5);
    const real others = (first * z2) * (c01 + z2 * (c23 + z2 * c45));
    const real y = sum + ((lost - second_rest) + (others + p.rest * slope));

    return r_of(v_of(y) ^ ((p.n << 62) & SIGN));
}

/* ---- arrays ------------------------------------------------------------------------------------------ */

#ifndef ONLY_SCALARS

/* Does the lanes again that are not good. */
static void again(unsigned good, double *y, const double *x, double (*one)(double))
{
    for (int i = 0; i < LANES; i++)
        if (!(good >> i & 1))
            y[i] = one(x[i]);
}

static void again2(unsigned good, double *z, const double *x, const double *y)
{
    for (int i = 0; i < LANES; i++)
        if (!(good >> i & 1))
            z[i] = mcpar_pow(x[i], y[i]);
}

#define ALL_GOOD ((1u << LANES) - 1)

/* A vector of results. Where some lane is not good, the arguments are kept first, since y may be x. */
#define VECTOR(name, compute)                                                       \
    INLINE void name##_vector(double *y, const double *from)                        \
    {                                                                               \
        const real x = r_load(from);                                                \
        unsigned good;                                                              \
        real result;                                                                \
                                                                                    \
        compute                                                                     \
        if (__builtin_expect(good != ALL_GOOD, 0)) {                                \
            double kept[LANES];                                                     \
                                                                                    \
            r_store(kept, x);                                                       \
            r_store(y, result);                                                     \
            again(good, y, kept, mcpar_##name);                                     \
            return;                                                                 \
        }                                                                           \
        r_store(y, result);                                                         \
    }                                                                               \
                                                                                    \
    TARGET static void name##_array(double *y, const double *x, size_t n)           \
    {                                                                               \
        double last[LANES] = { 0 };                                                 \
        size_t i;                                                                   \
                                                                                    \
        for (i = 0; n - i >= LANES; i += LANES)                                     \
            name##_vector(y + i, x + i);                                            \
        if (i == n)                                                                 \
            return;                                                                 \
        for (size_t j = 0; j < LANES; j++)                                          \
            last[j] = j < n - i ? x[i + j] : 1.0;                                   \
        name##_vector(last, last);                                                  \
        for (size_t j = 0; j < n - i; j++)                                          \
            y[i + j] = last[j];                                                     \
    }

VECTOR(exp,
    result = exp_join(exp_split(x, r_all(0.0)));
    good = m_lanes(exp_good(x));)

VECTOR(log,
    result = log_join(log_split(x));
    good = m_lanes(log_good(x));)

VECTOR(sin,
    const real size = r_abs(x);
    const struct angle angle = angle_of(size);

    result = r_of(v_of(angle_sine(angle)) ^ (v_of(x) & SIGN));
    good = m_lanes(angle_good(size, angle.r));)

VECTOR(cos,
    const real size = r_abs(x);
    struct angle angle = angle_of(size);

    good = m_lanes(angle_good(size, angle.r));
    angle.n = angle.n + 1;
    result = angle_sine(angle);)

INLINE void pow_vector(double *z, const double *from_x, const double *from_y)
{
    const real x = r_load(from_x), y = r_load(from_y);
    real low;
    const real high = pow_exponent(log_split(x), y, &low);
    const real result = exp_join(exp_split(high, low));
    const unsigned good = m_lanes(m_and(log_good(x), exp_good(high)));

    if (__builtin_expect(good != ALL_GOOD, 0)) {
        double kept_x[LANES], kept_y[LANES];

        r_store(kept_x, x);
        r_store(kept_y, y);
        r_store(z, result);
        again2(good, z, kept_x, kept_y);
        return;
    }
    r_store(z, result);
}

TARGET static void pow_array(double *z, const double *x, const double *y, size_t n)
{
    double last_x[LANES] = { 0 }, last_y[LANES] = { 0 };
    size_t i;

    for (i = 0; n - i >= LANES; i += LANES)
        pow_vector(z + i, x + i, y + i);
    if (i == n)
        return;
    for (size_t j = 0; j < LANES; j++) {
        last_x[j] = j < n - i ? x[i + j] : 1.0;
        last_y[j] = j < n - i ? y[i + j] : 1.0;
    }
    pow_vector(last_x, last_x, last_y);
    for (size_t j = 0; j < n - i; j++)
        z[i + j] = last_x[j];
}

const struct mcpar__functions PATH = { NAME, exp_array, log_array, sin_array, cos_array, pow_array };
#endif
