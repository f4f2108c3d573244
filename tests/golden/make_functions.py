#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/functions.txt.

    python3 tests/golden/make_functions.py b/lib/.libs/libmcpar.so tests/golden

The exact columns come from mpmath. The frozen column is what the library returns: it must not change. Of many random
arguments, those are kept whose function lies nearest to the middle between two doubles.
"""
import ctypes
import math
import os
import random
import sys
from mpmath import mp, mpf

mp.prec = 1300                  # angles up to 2^1024 need as much
RNG = random.Random(12)


def size(low, high):
    return RNG.uniform(1, 2) * 2.0 ** RNG.randrange(low, high)


def sign():
    return RNG.choice((-1.0, 1.0))


def pair():
    x = RNG.choice((size(-1022, 1023), 1 + RNG.uniform(-0.01, 0.01), RNG.uniform(0, 10)))
    return x, RNG.choice((RNG.uniform(-700, 700) / (math.log(x) or 1.0), RNG.uniform(-10, 10)))


ARGUMENTS = {
    "exp": lambda: RNG.choice((RNG.uniform(-745, 709.7), RNG.uniform(-2, 2), sign() * size(-60, 9))),
    "log": lambda: RNG.choice((size(-1022, 1023), RNG.uniform(0, 2), 1 + sign() * size(-52, -5))),
    "pow": pair,
    "sin": lambda: RNG.choice((RNG.uniform(-7, 7), sign() * size(-30, 14), sign() * size(14, 1023))),
    "cos": lambda: RNG.choice((RNG.uniform(-7, 7), sign() * size(-30, 14), sign() * size(14, 1023))),
}
ALWAYS = {
    "exp": [(x,) for x in (1.0, -1.0, 0.5, 700.0, -700.0, 709.0, 709.782712893384, -708.4, -720.5, -745.1, -745.13,
                           2.0**-54, -(2.0**-54), 0.6931471805599453, 0.0027076061740622863)],
    "log": [(x,) for x in (2.0, 10.0, 0.5, 5e-324, 2.0**-1022, 1.7976931348623157e308, 1 + 2.0**-52, 1 - 2.0**-53,
                           0.6883333333333334, 0.9973958333333333, 1.0026041666666665, 1.3776041666666665)],
    "pow": [(2.0, 0.5), (10.0, -3.0), (-3.0, 5.0), (-2.5, 4.0), (5e-324, 0.5), (5e-324, -0.9), (1.5, 1700.0),
            (1 + 2.0**-52, 2.0**58), (1 - 2.0**-53, 2.0**60), (2.0, -1073.5), (0.75, 2580.0), (3.0, -660.0), (7.0, 364.0)],
    # The second one is the double that is closest to a multiple of pi / 2, relatively.
    "sin": [(x,) for x in (1.0, 6381956970095103.0 * 2.0**797, 3.141592653589793, 22.0, 1e5, 1e22, 5e-324, 25735.0, 25734.99,
                           0.7853981633974483, 1.7976931348623157e308, 2.0**-20, 0.5, 0.49999)],
}
ALWAYS["cos"] = ALWAYS["sin"]


def exact(name, x):
    return getattr(mp, name)(x[0]) if len(x) == 1 else mp.power(x[0], x[1])


def to_middle(value):
    """How far value is from the middle between two doubles, in ulp."""
    scaled = mp.ldexp(value, 53 - max(mp.frexp(value)[1], -1021))
    return abs(abs(scaled - mp.floor(scaled)) - mpf(1) / 2)


def main():
    lib = ctypes.CDLL(os.path.abspath(sys.argv[1]))
    lines = []
    for name, argument in ARGUMENTS.items():
        f = getattr(lib, "mcpar_" + name)
        f.restype, f.argtypes = ctypes.c_double, [ctypes.c_double] * (2 if name == "pow" else 1)
        found = []
        for _ in range(12000):
            x = argument()
            x = tuple(map(float, x)) if name == "pow" else (float(x),)
            value = exact(name, tuple(map(mpf, x)))
            if mp.mpf(2) ** -1074 < abs(value) < mp.mpf(2) ** 1023:
                found.append((to_middle(value), x))
        found.sort()
        for x in ALWAYS[name] + [x for _, x in found[:100]] + [x for _, x in found[::120]]:
            value = exact(name, tuple(map(mpf, x)))
            lines.append("%s %s %s %s %s" % (name, x[0].hex(), x[-1].hex() if name == "pow" else "0", float(value).hex(),
                                             f(*x).hex()))
    with open(os.path.join(sys.argv[2], "functions.txt"), "w", encoding="ascii") as out:
        out.write("# Elementary functions for trials. Made by tests/golden/make_functions.py: the exact column is correctly\n"
                  "# rounded by mpmath, the last one holds the library's frozen bits.\n"
                  "# function x y exact frozen\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
