/* SPDX-License-Identifier: BSD-3-Clause */
/* sums_digits.h - adds a double, or a product of two, to an accumulator as digits of 32 bits: the integer code of the
 * exact sums
 *
 * All is inline, so that the code for newer CPUs has it with their instructions (shifts and multiplications that leave
 * the flags alone). A negative number is not negated digit by digit: the lower digits of its two's complement are
 * non-negative, and the highest carries the sign. In canonical form, there is no difference.
 *
 * Every compiler that has __int128 keeps the sign when it shifts a negative integer to the right. */
#ifndef MCPAR__SUMS_DIGITS_H
#define MCPAR__SUMS_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef __int128 mcpar__int128;

/* A finite double is mantissa * 2^(shift - 1074). */
struct mcpar__parts {
    int64_t mantissa;                      /* below 2^53 in magnitude */
    unsigned int shift;                    /* 0 to 2045; 2046 for an infinity or NaN */
};

static inline uint64_t mcpar__bits_of(double x)
{
    union { double x; uint64_t bits; } u = { .x = x };

    return u.bits;
}

static inline unsigned int mcpar__exponent_of(double x)
{
    return (unsigned int)(mcpar__bits_of(x) >> 52) & 0x7ff;
}

/* A denormal is scaled like the smallest normal numbers, but has no leading one. */
static inline struct mcpar__parts mcpar__parts_of(double x)
{
    uint64_t bits = mcpar__bits_of(x);
    unsigned int exponent = (unsigned int)(bits >> 52) & 0x7ff, normal = exponent != 0;
    int64_t mantissa = (int64_t)((bits & ((UINT64_C(1) << 52) - 1)) | (uint64_t)normal << 52);
    int64_t minus = -(int64_t)(bits >> 63);
    struct mcpar__parts p = { (mantissa ^ minus) - minus, exponent - normal };

    return p;
}

/* A mantissa shifted by up to 31 bits is below 2^84, which is three digits. The highest limb is 2046 / 32 + 2 = 65. */
static inline void mcpar__add_double(int64_t *limb, struct mcpar__parts p)
{
    unsigned int part = p.shift % 32;
    int64_t *at = limb + p.shift / 32;
    uint64_t low = (uint64_t)p.mantissa << part;

    at[0] += (uint32_t)low;
    at[1] += (int64_t)(low >> 32);
    at[2] += p.mantissa >> (63 - part) >> 1;
}

/*
 * Adds v * 2^shift as five digits. The low word is shifted by itself, and the bits that leave it go to the high word. A
 * product of mantissas is below 2^106, and below 2^137 when shifted by up to 31 bits; its highest limb is
 * 2 * 2046 / 32 + 4 = 131.
 */
static inline void mcpar__add_integer(int64_t *limb, mcpar__int128 v, unsigned int shift)
{
    unsigned int part = shift % 32;
    int64_t *at = limb + shift / 32;
    uint64_t low = (uint64_t)v;
    int64_t high = (int64_t)(v >> 64);
    uint64_t first = low << part, second = (uint64_t)high << part | low >> (63 - part) >> 1;

    at[0] += (uint32_t)first;
    at[1] += (int64_t)(first >> 32);
    at[2] += (uint32_t)second;
    at[3] += (int64_t)(second >> 32);
    at[4] += high >> (63 - part) >> 1;
}

/* Adds (high * 2^64 + low) * 2^shift in the same way, as six digits. high is below 2^95 in magnitude. */
static inline void mcpar__add_wide(int64_t *limb, mcpar__int128 high, uint64_t low, unsigned int shift)
{
    unsigned int part = shift % 32;
    int64_t *at = limb + shift / 32;
    uint64_t middle = (uint64_t)high, top = (uint64_t)(int64_t)(high >> 64);
    uint64_t first = low << part, second = middle << part | low >> (63 - part) >> 1;
    uint64_t third = top << part | middle >> (63 - part) >> 1;

    at[0] += (uint32_t)first;
    at[1] += (int64_t)(first >> 32);
    at[2] += (uint32_t)second;
    at[3] += (int64_t)(second >> 32);
    at[4] += (uint32_t)third;
    at[5] += (int64_t)third >> 32;
}

static inline void mcpar__add_product(int64_t *limb, struct mcpar__parts p, struct mcpar__parts q)
{
    mcpar__add_integer(limb, (mcpar__int128)p.mantissa * q.mantissa, p.shift + q.shift);
}

/* Adds to both sums of a column, taking each value apart only once. */
static inline void mcpar__add_column(int64_t *sum, int64_t *squares, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct mcpar__parts p = mcpar__parts_of(x[i]);

        mcpar__add_double(sum, p);
        mcpar__add_product(squares, p, p);
    }
}

/* The cube of a value as the exact sums have it: rounded twice, in this order (sums.h). */
static inline double mcpar__cube(double x)
{
    return x * (x * x);
}

/* Adds the cubes of a column. Those that overflow are left out; true if there were any. */
static inline bool mcpar__add_cubes(int64_t *cubes, const double *x, size_t n)
{
    bool overflow = false;

    for (size_t i = 0; i < n; i++) {
        double c = mcpar__cube(x[i]);

        if (mcpar__exponent_of(c) == 0x7ff)
            overflow = true;
        else
            mcpar__add_double(cubes, mcpar__parts_of(c));
    }
    return overflow;
}

static inline void mcpar__add_products(int64_t *limb, const double *x, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mcpar__add_product(limb, mcpar__parts_of(x[i]), mcpar__parts_of(y[i]));
}

#endif
