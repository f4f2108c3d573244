/* SPDX-License-Identifier: BSD-3-Clause */
/* functions_portable.c - the elementary functions of one number, with all special values, in portable C */
#include "base/bits.h"
#include "math/functions.h"
#include <math.h>                          /* INFINITY; no function of libm is called */
#include <mcpar.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define ONLY_SCALARS
#define v_of mcpar__bits_of
#define r_of mcpar__double_of

typedef uint64_t vec;
typedef double real;
typedef int mask;

INLINE real r_all(double x)
{
    return x;
}

INLINE mask m_less(real x, real y)
{
    return x < y;
}

INLINE mask m_odd(vec x)
{
    return x & 1;
}

INLINE mask m_and(mask x, mask y)
{
    return x & y;
}

INLINE mask m_or(mask x, mask y)
{
    return x | y;
}

/* Angles are random, so half of all branches on m would be mispredicted. */
INLINE real r_choose(mask m, real x, real y)
{
    const uint64_t all = UINT64_C(0) - (uint64_t)m;

    return r_of((v_of(x) & all) | (v_of(y) & ~all));
}

#define PICK(odd, x, y) __extension__({ static const double pair[2] = { y, x }; pair[odd]; })

INLINE void rows(real c[4], const double *table, vec row, int columns)
{
    for (int j = 0; j < columns; j++)
        c[j] = table[(uint64_t)columns * row + (uint64_t)j];
}

#include "math/functions_vector.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)

double mcpar__nan(void)
{
    return mcpar__double_of(UINT64_C(0x7ff8000000000000));
}

/* ---- exp --------------------------------------------------------------------------------------------- */

/* A normal number is made first and then scaled. The sum with 1 rounds where the subnormal result will round, and what
 * it loses is added before it is rounded. */
double mcpar__exp_far(int64_t k, double rest)
{
    const uint64_t row = mcpar__bits_of(mcpar__exp_table[2 * ((uint64_t)k & ROW_MASK) + 1]);
    const int64_t up = k > 0 ? -1009 : 1022;
    const double scale = mcpar__double_of(row + ((uint64_t)(k + up * 128) << 45));
    double y = scale + scale * rest;

    if (k > 0)
        return y * 0x1p1009;
    if (y < 1.0) {
        const double lost = (scale - y) + scale * rest;
        const double one = 1.0 + y;
        const double lost_one = (1.0 - one) + y;

        y = (one + (lost_one + lost)) - 1.0;
    }
    return y * 0x1p-1022;
}

/* exp(x + low) whatever x is, but not NaN. */
static double exp_any(double x, double low)
{
    if (x > 709.8)
        return (double)INFINITY;
    if (x < -745.2)
        return 0.0;
    const struct exp_parts p = exp_split(x, low);

    return mcpar__exp_far((int64_t)((p.k & UINT64_C(0xffffffff)) ^ UINT64_C(0x80000000)) - INT64_C(0x80000000), p.rest);
}

double mcpar_exp(double x)
{
    if (LIKELY(exp_good(x)))
        return exp_join(exp_split(x, 0.0));
    return x != x ? mcpar__nan() : exp_any(x, 0.0);
}

/* ---- log --------------------------------------------------------------------------------------------- */

static struct log_parts log_of_subnormal(double x)
{
    struct log_parts p = log_split(x * 0x1p54);

    p.base -= 54.0 * LN2_0;                /* exact, as base is */
    p.rest -= 54.0 * LN2_1;
    return p;
}

double mcpar_log(double x)
{
    if (LIKELY(log_good(x)))
        return log_join(log_split(x));
    if (x == 0.0)
        return (double)-INFINITY;
    if (!(x > 0.0))
        return mcpar__nan();
    return x == (double)INFINITY ? x : log_join(log_of_subnormal(x));
}

/* ---- pow --------------------------------------------------------------------------------------------- */

/* 0: y is not an integer; 1: an odd one; 2: an even one. y is finite and not 0. */
static int parity(double y)
{
    const double size = r_abs(y);
    double whole;

    if (size >= 0x1p53)
        return 2;
    whole = size < 0x1p52 ? (size + 0x1p52) - 0x1p52 : size;
    if (whole != size)
        return 0;
    return (uint64_t)size & 1 ? 1 : 2;
}

/* C11, F.10.4.4, in its order. */
static double pow_rare(double x, double y)
{
    const double size = r_abs(x), infinity = (double)INFINITY;
    uint64_t sign = 0;
    int whole;

    if (x == 1.0 || y == 0.0)
        return 1.0;
    if (x != x || y != y)
        return mcpar__nan();
    if (r_abs(y) == infinity)
        return size == 1.0 ? 1.0 : (size > 1.0) == (y > 0.0) ? infinity : 0.0;
    whole = parity(y);
    if (whole == 1)
        sign = v_of(x) & SIGN;
    if (size == 0.0 || size == infinity)
        return r_of(v_of((size == 0.0) == (y > 0.0) ? 0.0 : infinity) | sign);
    if (x < 0.0 && !whole)
        return mcpar__nan();

    double low, high = pow_exponent(size < 0x1p-1022 ? log_of_subnormal(size) : log_split(size), y, &low);

    if (exp_good(high))
        return r_of(v_of(exp_join(exp_split(high, low))) | sign);
    return r_of(v_of(exp_any(high, low)) | sign);
}

double mcpar_pow(double x, double y)
{
    if (LIKELY(log_good(x))) {
        double low, high = pow_exponent(log_split(x), y, &low);

        if (LIKELY(exp_good(high)))
            return exp_join(exp_split(high, low));
    }
    return pow_rare(x, y);
}

/* ---- sin and cos ------------------------------------------------------------------------------------- */

__extension__ typedef unsigned __int128 wide;

/* x = whole 2^exponent. Bits of 2 / pi that would give multiples of 4 are left out, and 192 are used from there: the
 * product has its binary point after two bits and is right to 2^-136. The closest that a double comes to a multiple of
 * pi / 2 is 2^-62, which leaves 74 bits. */
uint64_t mcpar__reduce_far(double x, double *r, double *rest)
{
    const uint64_t bits = mcpar__bits_of(x);
    const uint64_t whole = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x10000000000000);
    const unsigned from = (unsigned)(bits >> 52) - 1075 - 2 + 64; /* the first bit used; 64 are zeros */
    const uint64_t *word = mcpar__two_over_pi + from / 64;
    const unsigned shift = from % 64;
    uint64_t used[3], high, middle, low, n, negative;
    wide product, sum;

    for (int i = 0; i < 3; i++)
        used[i] = shift ? word[i] << shift | word[i + 1] >> (64 - shift) : word[i];
    product = (wide)whole * used[2];
    low = (uint64_t)product;
    sum = (wide)whole * used[1] + (uint64_t)(product >> 64);
    middle = (uint64_t)sum;
    high = whole * used[0] + (uint64_t)(sum >> 64);
    n = high >> 62;

    /* The fraction, a multiple of 2^-192, and if it is above 1/2 what is missing to 1 instead. */
    high = high << 2 | middle >> 62;
    middle = middle << 2 | low >> 62;
    low <<= 2;
    negative = high >> 63;
    if (negative) {
        n = (n + 1) & 3;
        low = ~low + 1;
        middle = ~middle + !low;
        high = ~high + (!low && !middle);
    }

    double scale = 0x1p-64;

    if (!high) {
        high = middle;
        middle = low;
        low = 0;
        scale = 0x1p-128;
    }
    const unsigned zeros = (unsigned)__builtin_clzll(high);

    if (zeros) {
        high = high << zeros | middle >> (64 - zeros);
        middle = middle << zeros | low >> (64 - zeros);
        scale *= mcpar__double_of((uint64_t)(1023 - zeros) << 52);
    }
    const double f = (double)(high & ~UINT64_C(0x7ff)) * scale;
    const double f_rest = (double)((high & 0x7ff) << 52 | middle >> 12) * (scale * 0x1p-52);

    /* Times pi / 2. */
    const double f_head = r_head(f), f_tail = f - f_head;
    const double pi_head = r_head(PI_2_HIGH), pi_tail = PI_2_HIGH - pi_head;
    const double y = f * PI_2_HIGH;
    const double lost = ((f_head * pi_head - y) + f_head * pi_tail + f_tail * pi_head) + f_tail * pi_tail;
    const double y_rest = lost + (f * PI_2_LOW + f_rest * PI_2_HIGH);
    const double sum_y = y + y_rest, sum_rest = (y - sum_y) + y_rest;

    *r = negative ? -sum_y : sum_y;
    *rest = negative ? -sum_rest : sum_rest;
    return n;
}

/* sin(|x| + quarters pi / 2) */
static double sine_far(double size, uint64_t quarters)
{
    struct angle angle;

    if (!(size < (double)INFINITY))
        return mcpar__nan();
    angle.n = mcpar__reduce_far(size, &angle.r, &angle.rest) + quarters;
    return angle_sine(angle);
}

double mcpar_sin(double x)
{
    const double size = r_abs(x);
    const struct angle angle = angle_of(size);
    const double y = LIKELY(angle_good(size, angle.r)) ? angle_sine(angle) : sine_far(size, 0);

    return y == y ? r_of(v_of(y) ^ (v_of(x) & SIGN)) : y;
}

double mcpar_cos(double x)
{
    const double size = r_abs(x);
    struct angle angle = angle_of(size);

    if (!LIKELY(angle_good(size, angle.r)))
        return sine_far(size, 1);
    angle.n++;
    return angle_sine(angle);
}

/* ---- arrays ------------------------------------------------------------------------------------------ */

#define ARRAY(name)                                                     \
    static void name##_array(double *y, const double *x, size_t n)      \
    {                                                                   \
        for (size_t i = 0; i < n; i++)                                  \
            y[i] = mcpar_##name(x[i]);                                  \
    }
ARRAY(exp)
ARRAY(log)
ARRAY(sin)
ARRAY(cos)

static void pow_array(double *z, const double *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        z[i] = mcpar_pow(x[i], y[i]);
}

const struct mcpar__functions mcpar__functions_portable = {
    "portable", exp_array, log_array, sin_array, cos_array, pow_array
};
