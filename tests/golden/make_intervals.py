#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/intervals.txt: Clopper-Pearson limits from mpmath.

    python3 tests/golden/make_intervals.py > tests/golden/intervals.txt

The lower limit solves P(X >= h | L) = alpha/2. Where there are at most 400 hits or
misses the probability is the finite binomial sum; elsewhere it is the integral of
the beta density by Gauss-Legendre quadrature. Both carry 60 digits or more; neither
knows continued fractions or asymptotic expansions, which the library uses.
Some minutes on two CPUs.
"""
import sys
from multiprocessing import Pool
from statistics import NormalDist
from mpmath import mp, mpf

mp.dps = 70
FEW = 400


def log_tail_and_slope(h, n, x):
    """log P(X >= h | x) and its derivative by log x."""
    y = 1 - x
    a, b = h, n - h + 1
    log_beta = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(n + 1)
    density = mp.exp(a * mp.log(x) + (b - 1) * mp.log(y) - log_beta)    # x times the beta density
    if n - h <= FEW:
        term = total = mp.exp(n * mp.log(x))
        for j in range(n, h, -1):                                       # j hits -> j - 1 hits
            term *= mpf(j) / (n - j + 1) * y / x
            total += term
        return mp.log(total), density / total
    if h <= FEW:
        term = below = mp.exp(n * mp.log(y))
        for j in range(h - 1):
            term *= mpf(n - j) / (j + 1) * x / y
            below += term
        return mp.log(1 - below), density / (1 - below)
    sd = mp.sqrt(mpf(h) * (n - h) / n ** 3)
    top = (a - 1) * mp.log(x) + (b - 1) * mp.log(y)
    f = lambda s: mp.exp((a - 1) * mp.log(x - s * sd) + (b - 1) * mp.log(y + s * sd) - top)
    ends = [mpf(e) / 4 for e in (0, 1, 2, 4, 7, 11, 16, 22, 30, 40, 56, 80) if mpf(e) / 4 * sd < x]
    total = mp.quad(f, ends, method="gauss-legendre", maxdegree=5)
    tail = density / x * total * sd
    return mp.log(tail), density / tail


def distance(h, n, tail):
    """h/n - L for 1 <= h <= n."""
    p = mpf(h) / n
    if h == n:
        return 1 - mp.exp(mp.log(tail) / n)
    z = mpf(-NormalDist().inv_cdf(float(tail)))
    u = mp.log(p) - z * mp.sqrt((1 - p) / h)
    for _ in range(40):
        value, slope = log_tail_and_slope(h, n, mp.exp(u))
        step = (value - mp.log(tail)) / slope
        u -= step
        if abs(step) < mpf(10) ** -22 * abs(u - mp.log(p)):
            return p - mp.exp(u)
    raise ArithmeticError((h, n, tail))


def line(case):
    n, h, c = case
    tail = (1 - mpf(c)) / 2
    p = mpf(h) / n
    lower = p - distance(h, n, tail) if h else mpf(0)
    upper = p + distance(n - h, n, tail) if h < n else mpf(1)
    return "%d %d %s %s %s %s %s" % (n, h, c.hex(), float(lower).hex(), float(upper).hex(),
                                     float(p - lower).hex(), float(upper - p).hex())


def cases():
    seen = set()
    counts = [1, 2, 3, 5, 10, 30, 100, 1000, 10**4, 10**5, 199999, 200000, 10**6, 10**7, 10**9,
              10**12, 10**15, 2**53 + 1, 10**18, 2**64 - 1]
    levels = [0.5, 0.95, 1 - 1e-6, 1 - 1e-12]
    for n in counts:
        hits = [0, 1, 2, 3, 10, n // 1000, n // 2, 785398163397448310 * n // 10**18, n - 1, n]
        if n >= 199999:
            hits += [99999, 100000, n - 100000]
        for h in hits:
            for c in levels + ([0.9, 0.99, 1 - 2.0**-53, 0.01] if n in (10, 10**4, 10**6) else []):
                if 0 <= h <= n and (n, h, c) not in seen:
                    seen.add((n, h, c))
                    yield n, h, c


if __name__ == "__main__":
    print("# Clopper-Pearson limits, correctly rounded. Made by tests/golden/make_intervals.py with mpmath.")
    print("# trials hits confidence lower upper hits/trials-lower upper-hits/trials")
    with Pool(2) as pool:
        for text in pool.imap(line, list(cases()), chunksize=2):
            print(text)
            sys.stdout.flush()
