#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Derive lib/math/functions_numbers.h and lib/math/functions_tables.c.

    python3 lib/math/make_functions.py lib/math

writes both files. The bits of mcpar_exp and the others depend on them, so a second run must give the same bytes
(mpmath works in exact integers: no platform enters).

Polynomials interpolate at Chebyshev points. The error printed beside each is the largest at 2,000 points, of the
rounded coefficients, relative to the function's value.
"""
import os
import struct
import sys
from mpmath import mp, mpf

mp.dps = 80
N = 128                         # rows of either table


def interpolate(f, low, high, degree):
    middle, half, n = (low + high) / 2, (high - low) / 2, degree + 1
    xs = [middle + half * mp.cos(mp.pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    return list(mp.lu_solve(mp.matrix([[x ** j for j in range(n)] for x in xs]), mp.matrix([f(x) for x in xs])))


def bits(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def double(b):
    return struct.unpack("<d", struct.pack("<Q", b))[0]


def cut(x, lowest):
    """x rounded to a multiple of 2^lowest."""
    return mp.ldexp(mp.nint(mp.ldexp(x, -lowest)), lowest)


def show(out, name, what, f, low, high, degree, weight):
    poly = [mpf(float(c)) for c in interpolate(f, low, high, degree)]
    worst = max(abs((mp.polyval(poly[::-1], x) - f(x)) * weight(x))
                for x in (low + (high - low) * (i + mpf(1) / 3) / 2000 for i in range(2000)))
    out.append("\n/* %s; its error: 2^%.1f of the result */" % (what, float(mp.log(worst, 2))))
    out.extend("#define %s%d %s" % (name, i, float(c).hex()) for i, c in enumerate(poly))


def parts(out, name, x, lowest):
    """x as doubles that are multiples of 2^lowest[0], 2^lowest[1], ..., and a last one."""
    for i, at in enumerate(lowest):
        out.append("#define %s%d %s" % (name, i, float(cut(x, at)).hex()))
        x -= cut(x, at)
    out.append("#define %s%d %s" % (name, len(lowest), float(x).hex()))


def series(r, first):
    """Sum of (-1)^j r^(2 j) / (first + 2 j)!: sine and cosine without their first terms."""
    total, term, j = mpf(0), 1 / mp.factorial(first), 0
    while abs(term) > mpf(10) ** -75:
        total += term
        j += 1
        term = (-1) ** j * r ** (2 * j) / mp.factorial(first + 2 * j)
    return total


def log_series(r, first):
    """(log(1 + r) - its terms below r^first) / r^first."""
    return mp.nsum(lambda j: (-1) ** (int(j) + first - 1) * r ** int(j) / (int(j) + first), [0, 40])


def log_rows():
    """For each of the N pieces: 1/c, 20 bits, and log c in two parts. START is where piece 0 begins."""
    start = bits(1.0) - (79 * 3 + 2) * 2 ** 45 // 3
    rows, most = [], 0
    for i in range(N):
        low, high = mpf(double(start + (i << 45))), mpf(double(start + ((i + 1) << 45)))
        inverse = mpf(1) if low < 1 < high else cut(2 / (low + high), -20)
        log_c = -mp.log(inverse)
        high_part = cut(log_c, -42)
        rows.append((inverse, high_part, log_c - high_part, mpf(0)))
        most = max(most, abs(low * inverse - 1), abs(high * inverse - 1))
    return start, rows, most


def exp_rows():
    """2^(i/N) = scale (1 + tail); stored: tail, and scale's bits less i << 45."""
    rows = []
    for i in range(N):
        exact = mpf(2) ** (mpf(i) / N)
        scale = float(exact)
        rows.append((exact / mpf(scale) - 1, double(bits(scale) - (i << 45))))
    return rows


def main():
    start, log_table, r_log = log_rows()
    r_exp = mp.log(2) / (2 * N) * (1 + mpf(2) ** -20)
    r_sin = mp.pi / 4 * (1 + mpf(2) ** -20)
    out = ["/* SPDX-License-Identifier: BSD-3-Clause */",
           "/* functions_numbers.h - constants of the elementary functions",
           " *",
           " * Made by lib/math/make_functions.py: do not edit. functions_vector.h says what they are for. */",
           "#ifndef MCPAR__FUNCTIONS_NUMBERS_H", "#define MCPAR__FUNCTIONS_NUMBERS_H", "",
           "#define LOG_START UINT64_C(0x%016x)" % start,
           "#define N_OVER_LN2 %s" % float(N / mp.log(2)).hex()]
    out.append("\n/* log 2: k LN2_0 is a multiple of 2^-42 below 2^10 */")
    parts(out, "LN2_", mp.log(2), [-42])
    out.append("\n/* log 2 / 128: k LN2_N0 is exact for k below 2^18 */")
    parts(out, "LN2_N", mp.log(2) / N, [-42])
    out.append("\n/* pi / 2: n PI_2_0 and n PI_2_1 are exact for n up to 2^14 */")
    out.append("#define TWO_OVER_PI %s" % float(2 / mp.pi).hex())
    parts(out, "PI_2_", mp.pi / 2, [-38, -77])
    out.append("\n/* pi / 2 as two doubles */\n#define PI_2_HIGH %s\n#define PI_2_LOW %s"
               % (float(mp.pi / 2).hex(), float(mp.pi / 2 - mpf(float(mp.pi / 2))).hex()))
    show(out, "EXP_", "exp r = 1 + r + r^2 EXP, |r| <= log(2) / 256",
         lambda r: mp.nsum(lambda j: r ** int(j) / mp.factorial(int(j) + 2), [0, 30]), -r_exp, r_exp, 3, lambda r: r * r)
    show(out, "LOG_", "log(1 + r) = r + r^2 LOG, |r| <= %s" % mp.nstr(r_log, 4), lambda r: log_series(r, 2),
         -r_log, r_log, 5, lambda r: r)
    show(out, "POW_", "log(1 + r) = r - r^2 / 2 + r^3 POW", lambda r: log_series(r, 3), -r_log, r_log, 6,
         lambda r: r * r)
    show(out, "SIN_", "sin r = r - r^3 / 6 + r^5 SIN(r^2), |r| <= pi / 4", lambda z: series(mp.sqrt(z), 5), mpf(0),
         r_sin ** 2, 5, lambda z: z * z)
    show(out, "COS_", "cos r = 1 - r^2 / 2 + r^4 COS(r^2), |r| <= pi / 4", lambda z: series(mp.sqrt(z), 4), mpf(0),
         r_sin ** 2, 5, lambda z: z * z)
    out += ["", "#endif"]
    with open(os.path.join(sys.argv[1], "functions_numbers.h"), "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")

    out = ["/* SPDX-License-Identifier: BSD-3-Clause */",
           "/* functions_tables.c - tables of the elementary functions",
           " *", " * Made by lib/math/make_functions.py: do not edit. functions_vector.h says what they are for. */",
           '#include "math/functions.h"', "", "_Alignas(64) const double mcpar__exp_table[2 * MCPAR__FUNCTION_ROWS] = {"]
    out.extend("    " + ", ".join(float(v).hex() for v in row) + "," for row in exp_rows())
    out += ["};", "", "_Alignas(64) const double mcpar__log_table[4 * MCPAR__FUNCTION_ROWS] = {"]
    out.extend("    " + ", ".join("0" if v == 0 else float(v).hex() for v in row) + "," for row in log_table)
    out += ["};", "", "/* 64 zeros, then 2 / pi: 64 bits each, those above come first. */",
            "const uint64_t mcpar__two_over_pi[MCPAR__TWO_OVER_PI_WORDS] = {", "    0,"]
    mp.dps = 450
    whole = int(mp.floor(mp.ldexp(2 / mp.pi, 64 * 20)))
    out.extend("    UINT64_C(0x%016x)," % (whole >> 64 * (19 - i) & (2 ** 64 - 1)) for i in range(20))
    out += ["};"]
    with open(os.path.join(sys.argv[1], "functions_tables.c"), "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
