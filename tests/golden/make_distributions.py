#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/distributions.txt and tests/golden/elementary.txt.

    python3 tests/golden/make_distributions.py libdist.so tests/golden

libdist.so holds the portable path (lib/random/dist/quantile_portable.c) and lib/random/dist/tables/: it gives the two
columns of frozen bits. The exact columns come from mpmath at 60 digits: the normal
by Halley's method on erfc, or on erf near 1/2; no polynomial or table of ours enters.
"""
import ctypes
import os
import random
import sys
from statistics import NormalDist
from mpmath import mp, mpf

mp.dps = 60
TOP = 1 << 63
ALL = (1 << 64) - 1


def normal(w):
    k = min(w, ALL - w)
    p = mp.ldexp(2 * k + 1, -65)
    d = mpf(1) / 2 - p
    if d < mpf(10) ** -6:
        x = d * mp.sqrt(2 * mp.pi)
    else:
        x = -mpf(NormalDist().inv_cdf(float(p)))
    for _ in range(3):
        if p > mpf(1) / 4:                          # P(0 < N < x) - d
            r = -(mp.erf(x / mp.sqrt(2)) / 2 - d)
        else:                                       # P(N > x) - p
            r = mp.erfc(x / mp.sqrt(2)) / 2 - p
        r *= mp.sqrt(2 * mp.pi) * mp.exp(x * x / 2)
        x += r / (1 - x * r / 2)
    return x if w >= TOP else -x


def exponential(w):
    if w >= TOP:
        return -mp.log1p(-mp.ldexp(2 * (ALL - w) + 1, -65))
    return -mp.log(mp.ldexp(2 * w + 1, -65))


def words():
    rng = random.Random(20240229)
    yield from (0, 1, 2, 3, ALL, ALL - 1, ALL - 2, TOP, TOP - 1, TOP + 1, TOP - 2, 0x243f6a8885a308d3)
    for e in range(64):                             # borders of pieces in the tails
        for i in ((0, 5, 11) if e < 54 else range(16)):
            v = ((16 + i) << e) >> 4
            for j in (-1, 0, 1):
                k = (v >> 1) + j
                if 0 <= k < TOP:
                    yield k
                    if e % 8 == 7 or j == 0:
                        yield ALL - k
    for i in range(1, 32):                          # borders linear in w
        for j in (-1, 0):
            yield (i << 59) + j
    for e in range(4, 64):                          # inside the octaves, and towards 1/2
        yield rng.randrange(1 << (e - 1), 1 << e)
        yield TOP - rng.randrange(1 << (e - 1), 1 << e)
        yield TOP + rng.randrange(1 << (e - 1), 1 << e)
        yield ALL - rng.randrange(1 << (e - 1), 1 << e)
    for _ in range(400):
        yield rng.randrange(1 << 64)


def elementary(out):
    rng = random.Random(17)
    lines = []

    def put(name, f, x):
        y = f(mpf(x))
        lines.append("%s %s %s" % (name, x.hex(), float(y).hex()))

    for x in [1.0, 2.0, 0.5, 10.0, 5e-324, 2.0**-1022, 1.7976931348623157e308, 0.7071067811865475,
              0.7071067811865476, 1.4142135623730951, 1.4142135623730949, 1 + 2.0**-52, 1 - 2.0**-53]:
        put("log", mp.log, x)
    for _ in range(150):
        put("log", mp.log, rng.uniform(1, 2) * 2.0 ** rng.randrange(-1000, 1000))
        put("log", mp.log, 1 + rng.uniform(-0.5, 0.9) * 2.0 ** -rng.randrange(0, 40))
        x = rng.uniform(-0.999, 0.999) * 2.0 ** -rng.randrange(0, 60)
        put("log1p", mp.log1p, x)
        put("log1p", mp.log1p, rng.uniform(0.4, 2) * 2.0 ** rng.randrange(0, 80))
        put("log1p_minus", lambda t: mp.log1p(t) - t, x)
        put("log1p_minus", lambda t: mp.log1p(t) - t, rng.uniform(0.4, 2) * 2.0 ** rng.randrange(0, 20))
        put("exp", mp.exp, rng.uniform(-708, 709.7))
        put("exp", mp.exp, x)
        put("expm1", mp.expm1, x)
        put("expm1", mp.expm1, rng.uniform(-60, 709))
    for x in [709.782712893384, -708.5, -740.0, -745.1, -745.2, 0.34657359027997264, -0.3465735902799727]:
        put("exp", mp.exp, x)
    for x in [0.34657359027997264, 0.34657359027997270, -0.3465735902799727, 39.9, 40.1, -39.9, -40.1, 709.7]:
        put("expm1", mp.expm1, x)
    out.write("# Elementary functions, correctly rounded. Made by tests/golden/make_distributions.py with mpmath.\n")
    out.write("# function argument value\n" + "\n".join(lines) + "\n")


def main():
    lib = ctypes.CDLL(os.path.abspath(sys.argv[1]))
    ours = []
    for name in ("mcpar__normal_of", "mcpar__exponential_of"):
        f = getattr(lib, name)
        f.restype, f.argtypes = ctypes.c_double, [ctypes.c_uint64]
        ours.append(f)
    with open(os.path.join(sys.argv[2], "distributions.txt"), "w", encoding="ascii") as out:
        out.write("# Contract v1: word -> normal, exponential. Made by tests/golden/make_distributions.py:\n"
                  "# exact columns are correctly rounded by mpmath; v1 columns are the library's frozen bits.\n"
                  "# word normal_exact normal_v1 exponential_exact exponential_v1\n")
        for w in sorted(set(words())):
            out.write("%016x %s %s %s %s\n" % (w, float(normal(w)).hex(), ours[0](w).hex(),
                                               float(exponential(w)).hex(), ours[1](w).hex()))
    with open(os.path.join(sys.argv[2], "elementary.txt"), "w", encoding="ascii") as out:
        elementary(out)


if __name__ == "__main__":
    main()
