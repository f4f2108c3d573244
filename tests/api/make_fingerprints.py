#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes tests/golden/fingerprints.txt: whole results by contract v1, by Python integers, fractions and hashlib alone.

It shares nothing with the library: Philox4x32-10, the exact sums, the roundings and the bytes under SHA-256 are
written here from DESIGN.md and the head of lib/result/fingerprint.c. The file must never change, apart from new lines.
    python3 tests/api/make_fingerprints.py >tests/golden/fingerprints.txt
"""
import hashlib
import struct
from fractions import Fraction
from math import isqrt

M32 = 2**32 - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [q >> 32 ^ c[1] ^ k[0], q & M32, p >> 32 ^ c[3] ^ k[1], p & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]     # Random123's kat_vectors


def word(seed, stream, trial, draw):
    out = philox([trial & M32, trial >> 32, draw // 2, stream], [seed & M32, seed >> 32])
    return out[2] << 32 | out[3] if draw % 2 else out[0] << 32 | out[1]


def uniform(*where):
    return (word(*where) >> 11) * 2.0**-53


def from_bits(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


# ---- Exact to double, once; integers only


def nearest(x):
    """The double nearest to a Fraction, ties to even."""
    if x < 0:
        return -nearest(-x)
    if x == 0:
        return 0.0
    e = x.numerator.bit_length() - x.denominator.bit_length()
    if Fraction(2) ** e > x:
        e -= 1
    ulp = max(e - 52, -1074)
    m = x / Fraction(2) ** ulp
    f = m.numerator // m.denominator
    rest = m - f
    f += rest > Fraction(1, 2) or (rest == Fraction(1, 2) and f % 2)
    return float("inf") if f * Fraction(2) ** ulp >= Fraction(2) ** 1024 else float(f * Fraction(2) ** ulp)


def nearest_root(x):
    """The double nearest to the root of a Fraction: an approximation with a sticky bit, rounded by nearest."""
    if x == 0:
        return 0.0
    # root(p/q) = root(p q) / q; 200 more bits than any double or tie has
    p = x.numerator * x.denominator << 8000
    r = isqrt(p)
    sticky = 0 if r * r == p else Fraction(1, 2)
    return nearest((r + sticky) / (Fraction(2) ** 4000 * x.denominator))


def moments(values):
    n = len(values)
    s = sum(map(Fraction, values))
    s2 = sum(Fraction(v) ** 2 for v in values)
    mean = nearest(s / n) if n else float("nan")
    if n < 2:
        return mean, float("nan"), float("nan")
    big = n * s2 - s * s
    return mean, nearest(big / (n * (n - 1))), nearest_root(big / (n * n * (n - 1)))


def covariance(x, y):
    n = len(x)
    if n < 2:
        return float("nan")
    big = n * sum(Fraction(a) * Fraction(b) for a, b in zip(x, y)) - sum(map(Fraction, x)) * sum(map(Fraction, y))
    return nearest(big / (n * (n - 1)))


# ---- The fingerprint


def limbs(number, unit, count):
    """Balanced digits of 32 bits in units of 2^-unit; the last limb takes the rest."""
    whole = number * 2**unit
    assert whole.denominator == 1
    whole, out = whole.numerator, []
    for _ in range(count - 1):
        digit = (whole + 2**31) % 2**32 - 2**31
        out.append(digit)
        whole = (whole - digit) >> 32
    return out + [whole]


def section(tag, data):
    return tag + struct.pack("<Q", len(data)) + data


def fingerprint(seed, stream, tag, n, hits, names, pairs, columns):
    data = section(b"LINE", struct.pack("<IIQ", 1, stream, seed))
    if tag:
        data += section(b"TAG_", tag.encode())
    data += section(b"LEDG", struct.pack("<QQ", 0, n) if n else b"")
    data += section(b"HITS", struct.pack("<Q", hits))
    if names:
        data += section(b"OBSV", b"".join(name.encode() + b"\0" for name in names))
        if pairs:
            data += section(b"PAIR", b"".join(struct.pack("<II", *pair) for pair in pairs))
        all_limbs = []
        for column in columns:
            all_limbs += limbs(sum(map(Fraction, column), Fraction(0)), 1074, 68)
            all_limbs += limbs(sum((Fraction(v) ** 2 for v in column), Fraction(0)), 2148, 134)
        for i, j in pairs:
            products = (Fraction(a) * Fraction(b) for a, b in zip(columns[i], columns[j]))
            all_limbs += limbs(sum(products, Fraction(0)), 2148, 134)
        data += section(b"SUMS", struct.pack(f"<{len(all_limbs)}q", *all_limbs))
    return hashlib.sha256(data).hexdigest()[:32]


# ---- The problems; tests/api/test_fingerprint.c has the same trials in C


def darts(seed, stream, i):
    x, y = uniform(seed, stream, i, 0), uniform(seed, stream, i, 1)
    return x * x + y * y < 1.0, []


def moderate(seed, stream, i):
    x, y = uniform(seed, stream, i, 0), uniform(seed, stream, i, 1)
    return x < y, [x, x * y, -1.0 / 3.0 + y]


def wild(seed, stream, i):
    """Any finite double: all exponents alike; each second one cancels its predecessor's."""
    a = word(seed, stream, i & ~1, 0)
    b = word(seed, stream, i, 1)
    out = []
    for w in (a, b):
        exponent = (w >> 52 & 0x7FF) % 2047
        out.append(from_bits(w & ~(0x7FF << 52) & (2**64 - 1) | exponent << 52))
    return (a ^ b) & 1 == 1, [-out[0] if i % 2 else out[0], out[1]]


problems = {
    "darts": (darts, [], []),
    "moderate": (moderate, ["x", "xy", "y - 1/3"], [(0, 1), (2, 0), (1, 1)]),
    "wild": (wild, ["cancels", "any double, äöü"], [(0, 1)]),
}

print("# Whole results by contract v1. Made by tests/api/make_fingerprints.py with integers and fractions. FROZEN: lines may")
print("# be added; a line that changes breaks the promise of one answer.")
print("# problem seed stream tag(- for none) trials hits fingerprint, then for each observable mean variance std_error,")
print("# then for each pair its covariance")
for problem, seed, stream, tag, n in (
    ("darts", 271828182845904523, 0, "", 0), ("darts", 271828182845904523, 0, "", 1),
    ("darts", 271828182845904523, 0, "", 1000), ("darts", 0, 0, "", 20000), ("darts", 2**64 - 2, 2**24 - 1, "tag", 3333),
    ("darts", 1, 2, "p=0.5;q=ä", 511), ("darts", 1, 2, "p=0.5;q=ä", 512), ("darts", 1, 2, "x" * 4095, 513),
    ("moderate", 7, 0, "", 0), ("moderate", 7, 0, "", 1), ("moderate", 7, 0, "", 2), ("moderate", 7, 3, "t", 5000),
    ("wild", 3, 0, "", 1), ("wild", 3, 0, "", 2), ("wild", 3, 0, "", 3), ("wild", 3, 1, "", 1000),
    ("wild", 3, 16777215, "cancels", 3001),
):
    run, names, pairs = problems[problem]
    rows = [run(seed, stream, i) for i in range(n)]
    hits = sum(row[0] for row in rows)
    columns = [[row[1][k] for row in rows] for k in range(len(names))]
    answers = [v for column in columns for v in moments(column)]
    answers += [covariance(columns[i], columns[j]) for i, j in pairs]
    print(problem, seed, stream, tag or "-", n, hits, fingerprint(seed, stream, tag, n, hits, names, pairs, columns),
          *[v.hex() for v in answers])
