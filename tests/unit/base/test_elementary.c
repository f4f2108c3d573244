/* SPDX-License-Identifier: BSD-3-Clause */
/* The elementary functions against correctly rounded values, and their special cases. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "base/elementary.h"
#include "golden.h"

static const struct {
    const char *name;
    double (*function)(double);
    uint64_t ulps;     /* from the correctly rounded value: the bound in elementary.h, rounded up */
} functions[] = {
    { "log", mcpar__log, 1 },       { "log1p", mcpar__log1p, 1 }, { "log1p_minus", mcpar__log1p_minus, 6 },
    { "exp", mcpar__exp, 1 },       { "expm1", mcpar__expm1, 1 },
};

Test(elementary, golden)
{
    FILE *file = golden_open("elementary.txt");
    char line[256], name[32];
    int lines = 0;
    cr_assert_not_null(file, "tests/golden/elementary.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        double x, y;
        cr_assert_eq(sscanf(line, "%31s %la %la", name, &x, &y), 3, "%s", line);
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
            if (strcmp(name, functions[i].name))
                continue;
            const double got = functions[i].function(x);
            cr_expect_leq(golden_ulps(got, y), functions[i].ulps, "%s(%a) = %a, exactly %a", name, x, got, y);
            lines++;
        }
    }
    fclose(file);
    cr_assert_geq(lines, 1500);
}

/* Bits that were read off x86-64: any other CPU must find them again. */
Test(elementary, same_bits_everywhere)
{
    uint64_t state = 6, hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < 200000; i++) {
        const double u = (double)(golden_random(&state) >> 11) * 0x1p-53 - 0.5;
        const double x = ldexp(u, 10 - i % 60);
        const double values[5] = { mcpar__log(fabs(x)), mcpar__log1p(fabs(x)), mcpar__log1p_minus(u),
                                   mcpar__exp(x), mcpar__expm1(x) };
        for (int m = 0; m < 5; m++)
            hash = (hash ^ golden_bits(values[m])) * UINT64_C(0x100000001b3);
    }
    cr_expect_eq(hash, UINT64_C(0x1980a8604283b183), "hash %016llx", (unsigned long long)hash);
}

Test(elementary, special_values)
{
    cr_expect_eq(mcpar__log(0.0), -INFINITY);
    cr_expect_eq(mcpar__log(-0.0), -INFINITY);
    cr_expect(isnan(mcpar__log(-1.0)) && isnan(mcpar__log((double)NAN)));
    cr_expect_eq(mcpar__log(INFINITY), INFINITY);
    cr_expect_eq(golden_bits(mcpar__log(1.0)), 0);
    cr_expect_eq(mcpar__log1p(-1.0), -INFINITY);
    cr_expect(isnan(mcpar__log1p(-1.5)) && isnan(mcpar__log1p((double)NAN)));
    cr_expect_eq(mcpar__log1p(INFINITY), INFINITY);
    cr_expect_eq(golden_bits(mcpar__log1p(-0.0)), golden_bits(-0.0));
    cr_expect_eq(mcpar__log1p(0x1p-1074), 0x1p-1074);
    cr_expect_eq(mcpar__log1p_minus(0.0), 0.0);
    cr_expect_eq(mcpar__log1p_minus(-1.0), -INFINITY);
    cr_expect_eq(mcpar__exp(0.0), 1.0);
    cr_expect_eq(mcpar__exp(710.0), INFINITY);
    cr_expect_eq(mcpar__exp(INFINITY), INFINITY);
    cr_expect_eq(mcpar__exp(-746.0), 0.0);
    cr_expect_eq(mcpar__exp(-INFINITY), 0.0);
    cr_expect(isnan(mcpar__exp((double)NAN)) && isnan(mcpar__expm1((double)NAN)));
    cr_expect_eq(mcpar__expm1(INFINITY), INFINITY);
    cr_expect_eq(mcpar__expm1(-INFINITY), -1.0);
    cr_expect_eq(golden_bits(mcpar__expm1(-0.0)), golden_bits(-0.0));
}
