#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/dists.txt: distributions with parameters.

    python3 tests/golden/make_dists.py lib/.libs/libmcpar.so >tests/golden/dists.txt

Exact values and probabilities come from mpmath; nothing of the library enters them, except that the edges of bins lie at
quantiles of a sample. The frozen draws are the library's.
"""
import ctypes
import random
import struct
import sys
from mpmath import mp, mpf

mp.dps = 50
library = ctypes.CDLL(sys.argv[1])
library.mcpar_rng_open.restype = ctypes.c_void_p
library.mcpar_rng_open.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint64]
library.mcpar_rng_jump.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
library.mcpar_draw.restype = ctypes.c_double
library.mcpar_draw.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.mcpar_fill_draws.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
library.mcpar_dist_init.argtypes = [ctypes.c_void_p, ctypes.c_int] + 3 * [ctypes.c_double]
space = (ctypes.c_uint64 * 128)()
dist = (ctypes.c_uint64 * 256)()

NAMES = ("none uniform normal lognormal exponential gamma chi_square beta student poisson binomial bernoulli geometric "
         "weibull cauchy logistic triangular").split()
CASES = [
    ("uniform", 0, 1, 0), ("uniform", -3, 5.5, 0),
    ("normal", 0, 1, 0), ("normal", 10, 0.25, 0),
    ("lognormal", 0, 1, 0), ("lognormal", -1, 2, 0),
    ("exponential", 1, 0, 0), ("exponential", 250, 0, 0),
    ("gamma", 0.01, 1, 0), ("gamma", 0.5, 1, 0), ("gamma", 0.999, 2, 0), ("gamma", 1, 1, 0), ("gamma", 2.5, 3, 0),
    ("gamma", 100, 0.5, 0), ("gamma", 1e10, 1, 0),
    ("chi_square", 0.5, 0, 0), ("chi_square", 1, 0, 0), ("chi_square", 4, 0, 0), ("chi_square", 50.5, 0, 0),
    ("beta", 0.001, 0.002, 0), ("beta", 0.5, 0.5, 0), ("beta", 0.5, 3, 0), ("beta", 2, 0.7, 0), ("beta", 2, 3, 0),
    ("beta", 400, 100, 0),
    ("student", 0.3, 0, 0), ("student", 1, 0, 0), ("student", 2.5, 0, 0), ("student", 30, 0, 0),
    ("poisson", 1e-3, 0, 0), ("poisson", 0.7, 0, 0), ("poisson", 5, 0, 0), ("poisson", 9.999, 0, 0), ("poisson", 10, 0, 0),
    ("poisson", 12.5, 0, 0), ("poisson", 40, 0, 0), ("poisson", 300.25, 0, 0), ("poisson", 1e6, 0, 0),
    ("poisson", 1e12, 0, 0),
    ("binomial", 1, 0.3, 0), ("binomial", 20, 0.5, 0), ("binomial", 20, 0.45, 0), ("binomial", 1e6, 3e-6, 0),
    ("binomial", 40, 0.4, 0), ("binomial", 40, 0.85, 0), ("binomial", 100, 0.3, 0), ("binomial", 1000, 0.5, 0),
    ("binomial", 1e6, 0.9, 0), ("binomial", 1e12, 0.25, 0),
    ("bernoulli", 0.3, 0, 0), ("bernoulli", 1e-2, 0, 0),
    ("geometric", 0.9, 0, 0), ("geometric", 0.25, 0, 0), ("geometric", 1e-4, 0, 0),
    ("weibull", 0.5, 1, 0), ("weibull", 1.5, 2, 0), ("weibull", 10, 1, 0),
    ("cauchy", 0, 1, 0), ("cauchy", -2, 5, 0),
    ("logistic", 0, 1, 0), ("logistic", 7, 0.1, 0),
    ("triangular", 0, 1, 3), ("triangular", -1, -1, 1), ("triangular", 2, 3, 3),
]
COUNTS = ("poisson", "binomial", "bernoulli", "geometric")


def upper_gamma(a, x):
    """Q(a, x): by Lentz's continued fraction or the series, so that large shapes are exact too."""
    if a > 1e5:                                 # mpmath's own is too slow there: Temme's leading terms and quadrature
        lam = x / a
        scale = mp.exp(a * (mp.log(lam) - lam + 1)) if abs(x - a) < 60 * mp.sqrt(a) else mpf(0)
        if not scale:
            return mpf(1) if x < a else mpf(0)
        # integral of t^(a-1) e^-t from x, relative to its value at x, over steps of the width
        width = mp.sqrt(a)
        f = lambda s: mp.exp((a - 1) * mp.log1p(s * width / x) - s * width)
        points = [mpf(i) for i in range(0, 100, 2)]
        log_at = (a - 1) * mp.log(x) - x - mp.loggamma(a)
        return mp.exp(log_at) * width * mp.quad(f, points)
    return mp.gammainc(a, x, regularized=True)


def below(name, a, b, c, x):
    """P(value <= x)."""
    a, b, c, x = map(mpf, (a, b, c, x))
    if name == "uniform":
        return min(max((x - a) / (b - a), 0), 1)
    if name == "normal":
        return mp.ncdf((x - a) / b)
    if name == "lognormal":
        return mp.ncdf((mp.log(x) - a) / b) if x > 0 else 0
    if name == "exponential":
        return -mp.expm1(-x / a) if x > 0 else 0
    if name == "gamma":
        return 1 - upper_gamma(a, x / b) if x > 0 else 0
    if name == "chi_square":
        return 1 - upper_gamma(a / 2, x / 2) if x > 0 else 0
    if name == "beta":
        return mp.betainc(a, b, 0, x, regularized=True) if 0 < x < 1 else int(x >= 1)
    if name == "student":
        tail = mp.betainc(a / 2, mpf(1) / 2, 0, a / (a + x * x), regularized=True) / 2
        return 1 - tail if x > 0 else tail
    if name == "poisson":
        return upper_gamma(mp.floor(x) + 1, a) if x >= 0 else 0
    if name == "binomial":
        k, p = mp.floor(x), b
        if k < 0:
            return 0
        if k >= a:
            return 1
        if a <= 1000:
            return sum(mp.binomial(a, j) * p ** j * (1 - p) ** (a - j) for j in range(int(k) + 1))
        # the sum of the smaller side, downwards or upwards until terms do not count
        log_f = lambda j: (mp.loggamma(a + 1) - mp.loggamma(j + 1) - mp.loggamma(a - j + 1) + j * mp.log(p)
                           + (a - j) * mp.log(1 - p))
        if a > 1e9:                             # Euler-Maclaurin: an integral from k + 1/2, and its first correction
            width = mp.sqrt(a * p * (1 - p))
            side = 1 if k >= a * p else -1
            start = k + mpf(1) / 2
            f = lambda s: mp.exp(log_f(start + side * s * width))
            return (1 - width * mp.quad(f, range(0, 20, 2))) if side > 0 else width * mp.quad(f, range(0, 20, 2))
        side = 1 if k >= a * p else -1
        j, total = (k + 1, mpf(0)) if side > 0 else (k, mpf(0))
        term = mp.exp(log_f(j))
        first = term
        while 0 <= j <= a and term > first * mpf(10) ** -25 + mpf(10) ** -40:
            total += term
            term = term * (a - j) / (j + 1) * p / (1 - p) if side > 0 else term * j / (a - j + 1) * (1 - p) / p
            j += side
        return 1 - total if side > 0 else total
    if name == "bernoulli":
        return 0 if x < 0 else 1 if x >= 1 else 1 - a
    if name == "geometric":
        return 1 - (1 - a) ** mp.floor(x) if x >= 1 else 0
    if name == "weibull":
        return -mp.expm1(-(x / b) ** a) if x > 0 else 0
    if name == "cauchy":
        return mpf(1) / 2 + mp.atan((x - a) / b) / mp.pi
    if name == "logistic":
        return 1 / (1 + mp.exp(-(x - a) / b))
    if name == "triangular":
        if x <= a:
            return 0
        if x >= c:
            return 1
        return (x - a) ** 2 / (c - a) / (b - a) if x < b else 1 - (c - x) ** 2 / (c - a) / (c - b)
    raise ValueError(name)


def normal_quantile(w):
    k = min(w, 2 ** 64 - 1 - w)
    p = mp.ldexp(2 * k + 1, -65)
    x = mp.findroot(lambda t: mp.log(mp.ncdf(-t)) - mp.log(p), mp.sqrt(-2 * mp.log(p)) * mpf("0.95")) if k < 2 ** 62 else \
        mp.sqrt(2) * mp.erfinv(1 - 2 * p)
    return x if w >= 2 ** 63 else -x


def inverse(name, a, b, c, w):
    """The value that inversion gives for (w + 1/2) 2^-64, the exact real number."""
    p, tail = mp.ldexp(2 * w + 1, -65), mp.ldexp(2 * (2 ** 64 - 1 - w) + 1, -65)
    a, b, c = map(mpf, (a, b, c))
    if name == "normal":
        return a + b * normal_quantile(w)
    if name == "lognormal":
        return mp.exp(a + b * normal_quantile(w))
    if name == "exponential":
        return -a * mp.log(p)
    if name == "weibull":
        return b * (-mp.log(p)) ** (1 / a)
    if name == "cauchy":
        return a - b * mp.cot(mp.pi * p)
    if name == "logistic":
        return a + b * (mp.log(p) - mp.log(tail))
    if name == "triangular":
        f = (b - a) / (c - a)
        return a + mp.sqrt(p * (c - a) * (b - a)) if p < f else c - mp.sqrt(tail * (c - a) * (c - b))
    if name == "geometric":
        return 1 + mp.floor(mp.log(p) / mp.log(1 - a))
    raise ValueError(name)


def init(case):
    name, a, b, c = case
    assert library.mcpar_dist_init(dist, NAMES.index(name), a, b, c) == 0, case


def words():
    yield from (0, 1, 2, 12345, 2 ** 20, 2 ** 40, 2 ** 53 + 1, 2 ** 60, 2 ** 62 - 1, 2 ** 62, 2 ** 62 + 1, 2 ** 63 - 1)
    yield from (2 ** 63, 2 ** 63 + 1, 2 ** 63 + 2 ** 11, 2 ** 63 + 2 ** 62, 2 ** 64 - 2 ** 60, 2 ** 64 - 2 ** 20)
    yield from (2 ** 64 - 2, 2 ** 64 - 1)
    source = random.Random(5)
    for _ in range(12):
        yield source.getrandbits(64)


def show(case):
    name, a, b, c = case
    return "%s %s %s %s" % (name, float(a).hex(), float(b).hex(), float(c).hex())


def main():
    print("# Distributions with parameters, made by tests/golden/make_dists.py.")
    print("# exact NAME A B C WORD VALUE: inversion, correctly rounded by mpmath")
    print("# table NAME A B C K LOWER UPPER: P(X <= K) and P(X > K), correctly rounded by mpmath")
    print("# bins NAME A B C N, and N lines EDGE P: the probability of values up to the edge and above the one before")
    print("# draw NAME A B C SEED STREAM TRIAL DRAW VALUE: frozen")
    for case in CASES:
        if case[0] in ("normal", "lognormal", "exponential", "weibull", "cauchy", "logistic", "triangular", "geometric"):
            for w in words():
                print("exact", show(case), "%016x" % w, float(inverse(*case, w)).hex())
    for case in CASES:
        name, a, b, _ = case
        if name == "poisson" and a < 10 or name == "binomial" and a * b < 10 and b <= 0.5:
            for k in range(0, 60, 3 if a != 1 else 1):
                if name == "binomial" and k >= a:
                    break
                with mp.workdps(90):
                    lower = below(*case, k)
                    upper = (1 - lower)
                if upper < mpf(2) ** -80:
                    break
                print("table", show(case), k, float(lower).hex(), float(upper).hex())
    for case in CASES:
        init(case)
        n = 4096
        sample = (ctypes.c_double * n)()
        library.mcpar_fill_draws(library.mcpar_rng_open(space, 31337, 1, 0), dist, sample, n)
        sample = sorted(sample)
        edges = []
        for i in range(1, 32):
            edge = sample[i * n // 32]
            if case[0] in COUNTS:
                edge = float(int(edge)) + 0.5
            else:
                edge = struct.unpack("<d", struct.pack("<Q", struct.unpack("<Q", struct.pack("<d", edge))[0] >> 20 << 20))[0]
            if (not edges or edge > edges[-1]) and edge < sample[-1]:
                edges.append(edge)
        mp.dps = 25
        lower, lines = mpf(0), []
        for edge in edges:
            here = below(*case, edge)
            if here - lower > mpf(1) / 500:
                lines.append("%s %s" % (edge.hex(), float(here - lower).hex()))
                lower = here
        lines.append("inf %s" % float(1 - lower).hex())
        mp.dps = 50
        print("bins", show(case), len(lines))
        print("\n".join(lines))
    for case in CASES:
        init(case)
        for seed, stream, trial, draw in ((1, 0, 0, 0), (271828182845904523, 0, 1, 1), (2 ** 64 - 1, 2 ** 24 - 1, 2 ** 64 - 1, 5),
                                          (7, 3, 2 ** 32, 2 ** 32 - 1), (9, 9, 99, 1000), (10, 0, 5, 2), (11, 0, 5, 3)):
            rng = library.mcpar_rng_open(space, seed, stream, trial)
            library.mcpar_rng_jump(rng, draw)
            print("draw", show(case), seed, stream, trial, draw, library.mcpar_draw(rng, dist).hex())


if __name__ == "__main__":
    main()
