#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write exact.txt, the known answers of the exact sums and moments, to standard output.

    /usr/bin/python3 make_exact.py > exact.txt

Everything is a Python integer or fractions.Fraction. Rounding is a search among the doubles themselves (nearest()),
which shares nothing with the library's way; for quotients it is checked against Python's own division of integers.
"""
import math
import os
import random
import struct
from fractions import Fraction

PRIME = 2**61 - 1        # sums are told apart by their residues: 2^-61 is the chance to miss an error
MAX, TINY = 1.7976931348623157e308, 5e-324
HERE = os.path.dirname(os.path.abspath(__file__))
random.seed(20150519)

HEAD = """\
# Known answers of exact sums and their moments. Made by make_exact.py (Python integers and fractions; rounding by
# a search among the doubles). Do not edit. Doubles are in hex; "x*k" is the value x, k times; residues are modulo
# 2^61 - 1, of the sum in units of 2^-1074 and of the products in units of 2^-2148.
# one  name mean variance std_error residue-of-sum residue-of-squares x*k ...
# two  name covariance residue-of-products x,y*k ...
# hit  name mean variance std_error h n
# nist name mean variance std_error residue-of-sum residue-of-squares deviation (as printed by %.*g, of nist_strd/name.dat)"""


def double(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def nearest(exact, power=1):
    """The double nearest to exact ** (1 / power), ties to the even one."""
    if exact < 0:
        return -nearest(-exact)
    if exact == 0:
        return 0.0
    value = lambda bits: Fraction(double(bits)) if bits < 0x7ff << 52 else Fraction(2) ** 1024
    low, high = 0, 0x7ff << 52
    while high - low > 1:
        middle = (low + high) // 2
        if value(middle) ** power <= exact:
            low = middle
        else:
            high = middle
    half = ((value(low) + value(high)) / 2) ** power
    bits = high if exact > half or (exact == half and high % 2 == 0) else low
    if power == 1:
        try:
            assert exact.numerator / exact.denominator == double(bits)
        except OverflowError:
            assert double(bits) == math.inf
    return double(bits)


def text(x):
    return "nan" if math.isnan(x) else "inf" if x == math.inf else "-inf" if x == -math.inf else x.hex()


def residue(total, unit):
    scaled = total * Fraction(2) ** unit
    assert scaled.denominator == 1
    return hex(scaled.numerator % PRIME)


def moments(s, s2, n):
    mean = nearest(Fraction(s) / n)
    if n < 2:
        return [text(mean), "nan", "nan"]
    top = n * Fraction(s2) - Fraction(s) ** 2
    return [text(mean), text(nearest(top / (n * (n - 1)))), text(nearest(top / (n * n * (n - 1)), 2))]


def fields(values):
    s = sum(Fraction(x) * k for x, k in values)
    s2 = sum(Fraction(x) ** 2 * k for x, k in values)
    return moments(s, s2, sum(k for x, k in values)) + [residue(s, 1074), residue(s2, 2148)]


def one(name, *values):
    values = [v if isinstance(v, tuple) else (v, 1) for v in values]
    print("one", name, *fields(values), *(f"{x.hex()}*{k}" for x, k in values))


def two(name, *pairs):
    pairs = [p if len(p) == 3 else (*p, 1) for p in pairs]
    n = sum(k for x, y, k in pairs)
    sx = sum(Fraction(x) * k for x, y, k in pairs)
    sy = sum(Fraction(y) * k for x, y, k in pairs)
    sxy = sum(Fraction(x) * Fraction(y) * k for x, y, k in pairs)
    value = nearest((n * sxy - sx * sy) / (n * (n - 1))) if n > 1 else math.nan
    print("two", name, text(value), residue(sxy, 2148), *(f"{x.hex()},{y.hex()}*{k}" for x, y, k in pairs))


def hit(name, h, n):
    print("hit", name, *moments(h, h, n), h, n)


def nist(name):
    """The file's own decimals must give the certified figures; the row holds those of the nearest doubles."""
    lines = open(f"{HERE}/nist_strd/{name}.dat").read().split("\n")
    words = " ".join(lines[lines.index("Data: Y") + 2:]).split()
    certified = next(l.split(":")[-1].strip() for l in lines if l.startswith("Sample Standard Deviation"))
    for values in ([Fraction(w) for w in words], [Fraction(float(w)) for w in words]):
        n, s = len(values), sum(values)
        square = (n * sum(v * v for v in values) - s * s) / (n * (n - 1))
        deviation = nearest(square, 2)
        if values[0] == Fraction(words[0]):
            assert float(certified) == deviation or f"{deviation:.15g}" == f"{float(certified):.15g}", name
    digits = 17 if name in ("NumAcc3", "NumAcc4") else 15
    print("nist", name, *fields([(float(w), 1) for w in words]), f"{deviation:#.{digits}g}")


def near(exponent, sign=None):
    """A random double of about 2^exponent."""
    m = random.getrandbits(52) | 1 << 52
    x = math.ldexp(m, exponent - 52) if exponent < 1024 else MAX
    return x * (random.choice((-1, 1)) if sign is None else sign)


def near_tie(exact, power):
    """Within 2^-10 of the half between two doubles, above it, but no tie: what only the sticky bit decides."""
    whole = exact * 4 ** 200
    if power == 2:
        whole = math.isqrt(whole.numerator // whole.denominator)
    else:
        whole = whole.numerator // whole.denominator
    bits = whole.bit_length()
    return bits > 100 and (whole >> (bits - 65)) & 0xfff == 0x800


def by_hand():
    for x in (0.0, -0.0, 1.0, -1.0, TINY, -TINY, MAX, -MAX, 2.0**-1022, 0.1):
        one("single", x)
        one("twice", x, x)
    one("zeros-of-both-signs", 0.0, -0.0)
    one("cancel", 1e308, 1.0, -1e308)
    one("cancel", 1e308, 1e308, 1e308, -1e308, -1e308, -1e308, TINY)
    one("cancel", 2.0**53, 1.0, -2.0**53, 1e-300, -1.0)
    one("spread", (1e9 + 1, 1), (1e9 - 1, 1))
    one("variance-overflows", MAX, -MAX)
    one("variance-overflows", 1e308, -1e308, 1e308, 3.0)
    one("variance-just-finite", 2.0**511, -2.0**511)
    one("variance-just-over", 2.0**512, -2.0**512)
    one("widest", (MAX, 2**64 - 1))
    one("widest", (-MAX, 2**64 - 1))
    one("widest", (MAX, 2**63), (-MAX, 2**63 - 1))
    one("widest", (MAX, 2**64 - 2), (TINY, 1))
    one("narrowest", (TINY, 2**64 - 1))
    one("narrowest", (-TINY, 2**64 - 2), (0.0, 1))
    one("many", (0.1, 10**15), (0.2, 10**15 + 1), (-0.3, 7))
    one("many", (1.0, 2**63), (2.0, 2**63 - 1))
    one("many-tiny", (2.0**-1022, 3), (-TINY, 10**18))
    one("small-negative", -TINY, -TINY, -TINY)
    one("denormal-mean", 2.0**-1022, 0.0)
    one("denormal-mean", 3 * TINY, 0.0)
    one("denormal-mean", 3 * TINY, 2 * TINY, 0.0)
    one("denormal-tie", TINY, 0.0)
    one("denormal-tie", -TINY, 0.0)
    one("denormal-tie", 3 * TINY, 2 * TINY)
    one("denormal-below-tie", TINY, 0.0, 0.0)
    one("denormal-above-tie", TINY, TINY, 0.0)
    one("rounds-to-zero", (TINY, 1), (0.0, 2**64 - 2))
    one("rounds-to-minus-zero", (-TINY, 1), (0.0, 10**6))
    one("denormal-rounds-to-normal", (2.0**-1022, 2**53 - 1), (0.0, 1))
    one("denormal-variance", 1.5 * 2.0**-537, 0.0)
    one("denormal-variance", 2.0**-530, -2.0**-531, 3 * 2.0**-533)
    one("denormal-variance-tie", 2.0**-537, 0.0)
    one("denormal-variance-above-tie", 2.0**-537, TINY, -TINY)
    one("denormal-variance-near-tie", 2.0**-537, -TINY)
    one("denormal-variance-near-tie", 2.0**-537, TINY)
    one("drop-64", math.ldexp(1.5, -538), 0.0)
    one("drop-64-of-error", (900 * TINY, 1), (0.0, 1024))
    one("drop-64-of-error", (600 * TINY, 1), (0.0, 1024))
    one("drop-more", math.ldexp(1.0, -538), 0.0)
    one("normal-squares-vanish", 2.0**-600, -2.0**-600)
    # ties and their neighbours: 2^53 + 1 and 2^53 + 3 times a power of two
    for odd, up in ((1.0, "down"), (3.0, "up")):
        for e in (-1074, -1060, -1022, -530, 0, 400, 960):
            u = 2.0**e
            one("tie-" + up, 2.0**53 * u, odd * u, 0.0, 0.0)
            one("tie-" + up, -2.0**53 * u, -odd * u)
            one("tie-above", 2.0**53 * u, odd * u, 0.0, u if e == -1074 else TINY)
            one("tie-below", 2.0**53 * u, odd * u, 0.0, -u if e == -1074 else -TINY)
            one("tie-above-by-division", (2.0**53 * u, 3), (odd * u, 3), (u, 1), (0.0, 2**62))
            one("error-tie-" + up, (2.0**53 + odd - 1) * u, -u)
            one("error-above", (2.0**53 + odd - 1) * u, -u * (1 + 2.0**-52))
    one("tie-above-by-division", 3 * 2.0**53 * TINY, 3 * TINY, TINY)
    one("tie-below-by-division", 3 * 2.0**53 * TINY, 3 * TINY, -TINY)
    for d in (94906267.0, 111111111.0, 134217727.0):    # odd, squares of 54 bits: variance d^2 / 2 is a tie
        for e in (-590, -540, -500, 0, 450):
            one("variance-tie", math.ldexp(d, e), 0.0)
            one("variance-above", math.ldexp(d, e), 2.0**-1074, -2.0**-1074)
    for y, name in ((2.0**970, "over"), (math.nextafter(2.0**970, 0.0), "under")):
        two("covariance-tie-" + name, (2.0**54 - 2.0, y), (-1.0, 0.0))
        two("covariance-tie-" + name, (2.0**54 - 2.0, -y), (-1.0, 0.0))
        two("covariance-near-tie-" + name, (2.0**54 - 2.0, y), (-2.0, 0.0))
    two("single", (3.0, 4.0))
    two("uncorrelated", (1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
    two("huge-times-tiny", (MAX, TINY), (-MAX, TINY), (MAX, -TINY))
    two("huge-times-tiny", (MAX, TINY), (TINY, MAX))
    two("tiny", (TINY, TINY), (-TINY, TINY), (TINY, -TINY), (0.0, 5 * TINY))
    two("widest", (MAX, MAX, 2**64 - 1))
    two("widest", (MAX, -MAX, 2**64 - 1))
    two("widest", (MAX, -MAX, 2**63 - 1), (-MAX, MAX, 2**63))
    two("narrowest", (TINY, -TINY, 2**64 - 2), (0.0, TINY))
    two("adds-a-word", (5 * 2.0**-404, -2.0**-404), (-2.0**-404, 2.0**-403))
    two("minus-zero", (2.0**-600, 2.0**-600), (-2.0**-600, -2.0**-600), (2.0**-599, -2.0**-599))


def hits():
    for h, n in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 3), (785398, 10**6), (1, 2**64 - 1), (0, 2**64 - 1),
                 (2**64 - 1, 2**64 - 1), (2**64 - 2, 2**64 - 1), (2**63, 2**64 - 1), (2**53 + 1, 2**54),
                 (2**53 + 3, 2**54), (6004799503160661, 2**63), (10**15 // 4 * 3, 10**15)):
        hit("hand", h, n)
    for _ in range(40):
        n = random.getrandbits(random.randint(2, 64)) + 2
        n = min(n, 2**64 - 1)
        hit("random", random.randint(0, n), n)
    wanted = {"mean": 4, "variance": 6, "error": 12}
    while any(wanted.values()):
        n = random.getrandbits(random.choice((16, 40, 64))) + 2
        n = min(n, 2**64 - 1)
        h = random.randint(1, n - 1)
        top = h * (n - h)
        for kind, exact, power in (("mean", Fraction(h, n), 1), ("variance", Fraction(top, n * (n - 1)), 1),
                                   ("error", Fraction(top, n * n * (n - 1)), 2)):
            if wanted[kind] and near_tie(exact, power):
                hit("near-tie-of-" + kind, h, n)
                wanted[kind] -= 1


def roots():
    """Three values alike modulo 3: N / (n^2 (n - 1)) is half an integer, and only its root leaves a remainder."""
    wanted = 8
    while wanted:
        r = random.randrange(3)
        a, b, c = (3 * random.getrandbits(30) + r for _ in range(3))
        n = 3 * (a * a + b * b + c * c) - (a + b + c) ** 2
        assert n % 9 == 0
        if near_tie(Fraction(n, 18), 2):
            one("near-tie-of-root", float(a), float(b), float(c))
            wanted -= 1


EDGES = (-1074, -1073, -1050, -1023, -1022, -1021, -1000, -700, -538, -537, -530, -512, -511, -401, -400, -399, -100, -1,
         0, 1, 31, 32, 52, 53, 100, 399, 400, 401, 510, 511, 512, 513, 900, 1018, 1019, 1020, 1021, 1022, 1023)


def at_random():
    for e in EDGES:
        a, b, c, d = (near(e) for _ in range(4))
        one(f"edge{e}", a, b, c, d, near(e, 1), near(e, -1))
        one(f"edge{e}-cancels", a, b, -a, c, -b, near(max(e - 60, -1074)))
        one(f"edge{e}-many", (a, random.getrandbits(40) + 1), (b, random.getrandbits(60) + 1), (c, 3))
        one(f"edge{e}-mixed", a, near(random.randint(-1074, 1023)), b, near(random.randint(-1074, 1023)))
        two(f"edge{e}", *((near(e), near(e)) for _ in range(4)))
        two(f"edge{e}-opposite", *((near(e), near(min(max(-e, -1074), 1023))) for _ in range(4)))
        two(f"edge{e}-mixed", *((near(e), near(random.randint(-1074, 1023))) for _ in range(3)), (b, c, 10**17 + 1))
    for _ in range(60):
        one("range", *(near(random.randint(-1074, 1023)) for _ in range(random.randint(2, 8))))
        one("like", *(near(random.randint(-3, 3)) for _ in range(random.randint(2, 8))))
        two("range", *((near(random.randint(-1074, 1023)), near(random.randint(-1074, 1023))) for _ in range(4)))
        two("like", *((near(random.randint(-3, 3)), near(random.randint(-3, 3))) for _ in range(4)))


print(HEAD)
by_hand()
for name in ("Lew", "Lottery", "Mavro", "Michelso", "NumAcc1", "NumAcc2", "NumAcc3", "NumAcc4"):
    nist(name)
hits()
roots()
at_random()
