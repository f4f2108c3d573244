#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/sequences.txt: Student's t, and ends of intervals and sequences, from mpmath.

    python3 tests/golden/make_sequences.py > tests/golden/sequences.txt

Student's t solves the equation of its distribution function: mpmath's incomplete beta
function, or the density integrated by Gauss-Legendre quadrature. The ends of the sequence
for hits are found by steps inwards from far outside and by bisection, with log Gamma to
120 digits. Quantiles of Beta distributions by Gauss-Legendre quadrature in log x. The
library uses none of these roads. Some ten minutes on two CPUs.
"""
import sys
from multiprocessing import Pool
from mpmath import mp, mpf

mp.dps = 70


def best_ratio(alpha):
    return mp.findroot(lambda x: x - mp.log1p(x) - 2 * mp.log(1 / alpha), 10)


def student(case):
    n, c = case
    v = mpf(n - 1)
    scale = mp.loggamma((v + 1) / 2) - mp.loggamma(v / 2) - mp.log(mp.pi * v) / 2
    density = lambda s: mp.exp(scale - (v + 1) / 2 * mp.log1p(s * s / v))
    target = mpf(c) if c < 0.5 else 1 - mpf(c)

    def probability(t):
        """Inside of -+t, or outside where the confidence is half or more."""
        if c < 0.5:
            return 2 * mp.quad(density, [t * i / 8 for i in range(9)], method="gauss-legendre")
        if n <= 1000:
            return mp.betainc(v / 2, mpf(1) / 2, 0, v / (v + t * t), regularized=True)
        return 2 * mp.quad(density, [t + i for i in range(21)] + [t + 40], method="gauss-legendre")

    t = mp.sqrt(2) * mp.erfinv(mpf(c))
    for _ in range(200):                        # Newton's method in log t
        p = probability(t)
        slope = 2 * t * density(t) / p * (1 if c < 0.5 else -1)
        step = mp.log(target / p) / slope
        t *= mp.exp(min(step, mpf(1) / 2))
        if abs(step) < mpf(10) ** -18:
            break
    else:
        raise ArithmeticError((n, c))
    return "student %d %s %s" % (n, c.hex(), float(t).hex())


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def goal(case):
    n, hits, relative, half_width, tuned, c = case
    x = best_ratio((1 - mpf(tuned)) * 7 / 8)
    threshold = mp.log(1 / (1 - mpf(c)))

    def excess(p):
        q = 1 - p
        r = (1 + 1 / x) * (q / p / mpf(relative) ** 2 if relative else p * q / mpf(half_width) ** 2)
        likelihood = hits * mp.log(p) + (n - hits) * mp.log(q)
        mixture = lambda r: mp.exp(log_beta(r * p + hits, r * q + n - hits) - log_beta(r * p, r * q) - likelihood)
        return mp.log(mixture(r) * 7 / 8 + mixture(mpf(1)) / 8) - threshold

    def outermost(center, end):
        """The crossing that is nearest to the end, 0 or 1, by steps in log of the distance from it."""
        at = lambda u: center * mp.exp(-u) if end == 0 else 1 - (1 - center) * mp.exp(-u)
        share = center if end == 0 else 1 - center
        u = mpf(120) / n if share == 1 else min(mpf(120), 400 / mp.sqrt(n * share * (1 - share)))
        if excess(at(u)) < 0:
            return mpf(end)
        while excess(at(u)) >= 0:
            last, u = u, u * mpf("0.93")
        for _ in range(130):
            middle = (u + last) / 2
            if excess(at(middle)) < 0:
                u = middle
            else:
                last = middle
        return at(u)

    center = mpf(hits) / n
    lower = outermost(center, 0) if hits else mpf(0)
    upper = outermost(center, 1) if hits < n else mpf(1)
    return "goal %d %d %s %s %s %s %s %s %s" % (n, hits, relative.hex(), half_width.hex(), tuned.hex(), c.hex(),
                                              float(lower).hex(), float(upper).hex(), float(upper - lower).hex())


def mean(case):
    n, relative, c = case
    x = best_ratio(1 - mpf(c))
    rho2 = x / (1 + x) * mpf(relative) ** 2
    half = mp.sqrt((n * rho2 + 1) / (mpf(n) ** 2 * rho2) * mp.log((n * rho2 + 1) / (1 - mpf(c)) ** 2))
    return "mean %d %s %s %s %s" % (n, relative.hex(), c.hex(), float(rho2).hex(), float(half).hex())


def hall(case):
    n, skewness, c, t = case
    k = mpf(skewness) / mp.sqrt(n)
    def end(h):
        """The one root of a cubic that increases."""
        f = lambda s: s + k * s ** 2 / 3 + k ** 2 * s ** 3 / 27 + k / 6 - h
        low, high = -mpf(10) ** 6, mpf(10) ** 6
        for _ in range(260):
            middle = (low + high) / 2
            low, high = (middle, high) if f(middle) < 0 else (low, middle)
        return -low
    return "hall %d %s %s %s %s" % (n, skewness.hex(), c.hex(), float(end(t)).hex(), float(end(-t)).hex())


def wilson(case):
    n, hits, c = case
    p, z = mpf(hits) / n, mp.sqrt(2) * mp.erfinv(mpf(c))
    center, half = p + z ** 2 / (2 * n), z * mp.sqrt(p * (1 - p) / n + z ** 2 / (4 * mpf(n) ** 2))
    lower, upper = [(center + sign * half) / (1 + z ** 2 / n) for sign in (-1, 1)]
    return "wilson %d %d %s %s %s %s" % (n, hits, c.hex(), float(lower).hex(), float(upper).hex(),
                                         float(upper - lower).hex())


def beta_quantile(a, b, tail):
    """1 - x for I_x(a, b) = tail, by Newton's method in log x from the normal approximation."""
    log_b = log_beta(a, b)
    x = a / (a + b) * mp.exp(mpf(-3) / mp.sqrt(a))
    for _ in range(100):
        y = 1 - x
        f = lambda v: mp.exp((b - 1) * mp.log1p(-x / y * mp.expm1(-v)) - a * v)
        width = 1 / (mp.sqrt(a / y) + abs(a - (b - 1) * x / y))
        ends = [mpf(0)]
        while len(ends) < 2 or f(ends[-1]) > mpf(10) ** -45:
            ends.append(ends[-1] * mpf("1.3") + width)
        integral = mp.quad(f, ends, method="gauss-legendre")
        step = (mp.log(tail) - (a * mp.log(x) + (b - 1) * mp.log(y) - log_b + mp.log(integral))) * integral
        x *= mp.exp(min(step, mp.log1p(y / x) / 2))
        if abs(step) < mpf(10) ** -20 * abs(mp.log(x)):
            return 1 - x
    raise ArithmeticError((a, b, tail))


def jeffreys(case):
    n, hits, c = case
    tail, half = (1 - mpf(c)) / 2, mpf(1) / 2
    lower = 1 - beta_quantile(hits + half, n - hits + half, tail) if hits else mpf(0)
    upper = beta_quantile(n - hits + half, hits + half, tail) if hits < n else mpf(1)
    return "jeffreys %d %d %s %s %s %s" % (n, hits, c.hex(), float(lower).hex(), float(upper).hex(),
                                           float(upper - lower).hex())


def cases():
    for n in [2, 3, 4, 5, 10, 11, 30, 100, 1000, 10000, 16384, 16385, 10**5, 10**9, 10**15, 2**64 - 1]:
        for c in [1e-300, 1e-10, 0.01, 0.5, 0.6826, 0.9, 0.95, 0.99, 1 - 1e-6, 1 - 1e-9]:
            yield student, (n, c)
    for n in [1, 2, 10, 1000, 10**9, 10**15, 2**64 - 1]:
        for hits in sorted(h for h in {0, 1, 2, 50, n // 1000, n // 2, n - n // 10, n - 2, n} if 0 <= h <= n):
            for relative, half_width in [(0.1, 0.0), (1e-2, 0.0), (1e-6, 0.0), (0.0, 1e-2), (0.0, 1e-6)]:
                yield goal, (n, hits, relative, half_width, 0.95, 0.95)
            yield goal, (n, hits, 0.01, 0.0, 0.95, 0.999999)
            yield goal, (n, hits, 0.01, 0.0, 0.999, 0.5)
    for n in [1, 1000, 10**9, 10**15, 2**64 - 1]:
        for relative in [1.0, 0.01, 1e-7]:
            for c in [0.5, 0.95, 1 - 1e-9]:
                yield mean, (n, relative, c)
    # Student's t is the library's affair elsewhere: here n is so large that it is the normal quantile to 20 digits.
    for n in [1000, 10**9, 10**15, 2**64 - 1]:
        for skewness in [0.0, 1e-12, 0.5, -3.0, 31.0]:
            for c in [0.5, 0.95, 1 - 1e-9]:
                t = mpf(float.fromhex(student((n, c)).split()[-1]))
                yield hall, (n, skewness, c, t)
    for n in [1, 2, 10, 1000, 10**9, 10**15, 2**64 - 1]:
        for hits in sorted(h for h in {0, 1, 2, 50, n // 1000, n // 2, n - n // 10, n - 2, n} if 0 <= h <= n):
            for c in [0.5, 0.95, 1 - 1e-9]:
                yield wilson, (n, hits, c)
                if n <= 10**15 or c == 0.95:
                    yield jeffreys, (n, hits, c)


def line(case):
    with mp.workdps(120 if case[0] is goal else 50 if case[0] is jeffreys else 70):
        return case[0](case[1])


if __name__ == "__main__":
    print("# Student's t and sequences, correctly rounded. Made by tests/golden/make_sequences.py with mpmath.")
    print("# student n confidence t")
    print("# goal trials hits relative half_width tuned_for confidence lower upper upper-lower")
    print("# mean n half_width confidence rho2 half_width_at_n: of values of variance 1")
    print("# hall n skewness confidence lower upper: of a mean of 0 with a standard error of 1")
    print("# wilson and jeffreys trials hits confidence lower upper upper-lower")
    with Pool(2) as pool:
        for text in pool.imap(line, list(cases()), chunksize=4):
            print(text)
            sys.stdout.flush()
