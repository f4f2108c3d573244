/* SPDX-License-Identifier: BSD-3-Clause */
/* Student's t, and the intervals for means. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>

#include "golden.h"
#include "estimate/interval.h"

Test(mean_interval, golden)
{
    FILE *file = golden_open("sequences.txt");
    char line[256];
    int students = 0, halls = 0;

    cr_assert_not_null(file, "tests/golden/sequences.txt is not under $srcdir");
    while (golden_line(file, line, (int)sizeof line)) {
        uint64_t n;
        double c, t, skewness, lower, upper;

        if (sscanf(line, "student %" SCNu64 " %la %la", &n, &c, &t) == 3) {
            double got = mcpar__student_t(n, c);

            cr_expect_leq(fabs(got - t), 1e-13 * t, "%.17g for %.17g: %s", got, t, line);
            students++;
        } else if (sscanf(line, "hall %" SCNu64 " %la %la %la %la", &n, &skewness, &c, &lower, &upper) == 5) {
            double got_lower, got_upper;

            mcpar__hall_interval(0, 1, skewness, n, c, &got_lower, &got_upper);
            cr_expect_leq(fabs(got_lower - lower), 1e-12 * (upper - lower), "%.17g: %s", got_lower, line);
            cr_expect_leq(fabs(got_upper - upper), 1e-12 * (upper - lower), "%.17g: %s", got_upper, line);
            halls++;
        }
    }
    fclose(file);
    cr_assert(students >= 150 && halls >= 60, "%d and %d", students, halls);
}

Test(mean_interval, few_degrees_in_closed_form)
{
    for (int i = 1; i < 100; i++) {
        double c = i / 100.0, one = tan(acos(-1.0) / 2 * c), two = c * sqrt(2 / ((1 - c) * (1 + c)));

        cr_expect_leq(fabs(mcpar__student_t(2, c) - one), 1e-13 * one, "%g", c);
        cr_expect_leq(fabs(mcpar__student_t(3, c) - two), 1e-13 * two, "%g", c);
    }
}

/* More degrees: a smaller t, down to z. Also across the change of method. */
Test(mean_interval, falls_to_z)
{
    static const double levels[] = { 0.01, 0.5, 0.9, 0.95, 0.999, 1 - 0x1p-40, 1 - 0x1p-53 };

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        double last = INFINITY;

        for (uint64_t n = 2; n < UINT64_MAX / 8; n += 1 + n / 7) {
            double t = mcpar__student_t(n, levels[i]);

            cr_assert(t < last * (1 + 1e-13), "%" PRIu64 " %g", n, levels[i]);
            last = t;
        }
        for (uint64_t n = 16380; n < 16390; n++) {
            double ratio = mcpar__student_t(n, levels[i]) / mcpar__student_t(n + 1, levels[i]);

            cr_expect(ratio > 1 - 2e-13 && ratio < 1 + 1e-7, "%" PRIu64 " %g: %g", n, levels[i], ratio - 1);
        }
        double z = mcpar__normal_z(levels[i]);

        cr_expect_leq(fabs(mcpar__student_t(UINT64_MAX, levels[i]) - z), 1e-15 * z);
    }
}

Test(mean_interval, nothing_that_is_not_a_number)
{
    static const double skewnesses[] = { (double)NAN, 0.0, 1e-300, -1e-300, 1e-17, 1e-9, -2.0, 1000.0, -1000.0 };
    static const uint64_t counts[] = { 2, 3, 10, 1000000, UINT64_MAX };
    double lower, upper;

    for (size_t i = 0; i < sizeof skewnesses / sizeof *skewnesses; i++)
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++) {
            mcpar__hall_interval(3.0, 0.0, skewnesses[i], counts[j], 0.95, &lower, &upper);
            cr_expect(lower == 3.0 && upper == 3.0);
            mcpar__hall_interval(3.0, 0.5, skewnesses[i], counts[j], 0.95, &lower, &upper);
            cr_expect(isfinite(lower) && isfinite(upper) && lower < upper);
        }
    for (uint64_t n = 0; n < 2; n++) {
        mcpar__hall_interval(3.0, 0.5, 0.0, n, 0.95, &lower, &upper);
        cr_expect(isnan(lower) && isnan(upper));
    }
    cr_expect(isnan(mcpar__student_t(10, 0.0)) && isnan(mcpar__student_t(10, 1.0)) && isnan(mcpar__student_t(10, NAN)));
}

/* Skewness changes an interval continuously, and mirrors it with its sign. */
Test(mean_interval, hall_meets_student)
{
    double student_lower, student_upper, lower, upper, other_lower, other_upper;

    mcpar__student_interval(10.0, 0.5, 20, 0.95, &student_lower, &student_upper);
    mcpar__hall_interval(10.0, 0.5, 0.0, 20, 0.95, &lower, &upper);
    cr_expect(lower == student_lower && upper == student_upper);
    mcpar__hall_interval(10.0, 0.5, (double)NAN, 20, 0.95, &lower, &upper);
    cr_expect(lower == student_lower && upper == student_upper);
    for (double skewness = 1e-3; skewness > 1e-25; skewness /= 8) {
        mcpar__hall_interval(10.0, 0.5, skewness, 20, 0.95, &lower, &upper);
        cr_expect_leq(fabs(lower - student_lower), skewness + 4e-15);
        cr_expect_leq(fabs(upper - student_upper), skewness + 4e-15);
    }
    mcpar__hall_interval(0.0, 1.0, 2.0, 20, 0.95, &lower, &upper);
    mcpar__hall_interval(0.0, 1.0, -2.0, 20, 0.95, &other_lower, &other_upper);
    cr_expect_leq(fabs(lower + other_upper), 1e-14);
    cr_expect_leq(fabs(upper + other_lower), 1e-14);
    cr_expect(upper > -lower, "values with a long tail to the right: the mean may well be higher");
}
