#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the result files result-v1-*.mcpar and results.txt, which says what is in them, by mcpar-result(5).

It shares nothing with the library: sums are fractions, hashes are hashlib's. Result files must be readable for ever, so
the files of version 1 are never changed; a new one may be added.
    python3 tests/golden/make_results.py tests/golden
"""
import hashlib
import struct
import sys
from fractions import Fraction

HEAD = """\
# What is in result-v1-*.mcpar. Made by make_results.py (Python integers, fractions and hashlib). Do not edit.
# Results are counted from 0. Tags and names are in hexadecimal UTF-8; "-" stands for nothing. Sums are exact.
# result FILE NUMBER FINGERPRINT CONTRACT SEED STREAM TAG HITS FIRST+TRIALS,... LOWEST:DIGEST MERGED,...
# sum    FILE NUMBER NAME SUM SUM-OF-SQUARES
# pair   FILE NUMBER FIRST SECOND SUM-OF-PRODUCTS
# profile FILE NUMBER NAME FLAGS SUM-OF-CUBES SMALLEST TRIAL LARGEST TRIAL (the extremes in hexadecimal)
# goal   FILE NUMBER RULE PILOT PILOT-HITS RHO2 OBSERVABLE HALF-WIDTH RELATIVE CONFIDENCE (doubles in hexadecimal)
# met    FILE NUMBER OBSERVABLE HALF-WIDTH RELATIVE CONFIDENCE TRIALS HITS"""


# ---- Trials: the same as in tests/unit/result/saved.h, exact in doubles ----

def hit(i):
    return int(i % 3 == 0)


def values(i, n):
    j = i % 10007
    return [(j * 7919 % 1009 - 504) * 2.0 ** (j % 61 - 30), (j * j % 251 + 1) * 2.0 ** -(j * 13 % 1060)][:n]


# ---- Sections ----

def section(tag, data):
    return tag.encode() + struct.pack("<Q", len(data)) + data


def digits(x, limbs, unit):
    """The balanced digits to base 2^32 of a sum, the lowest first; the last one keeps the rest."""
    n = x * 2**unit
    assert n.denominator == 1
    n, out = n.numerator, []
    for _ in range(limbs - 1):
        digit = (n + 2**31) % 2**32 - 2**31
        out.append(digit)
        n = (n - digit) // 2**32
    return struct.pack("<%dq" % limbs, *out, n)


def digest(i, n):
    data = struct.pack("<Q", hit(i)) + b"".join(struct.pack("<d", v) for v in values(i, n))
    return hashlib.sha256(data).digest()[:8]


# ---- Profiles: flags, sum of cubes, smallest value, its lowest trial, largest value, its lowest trial ----

def whole(trials, x):
    """Python rounds each product, as the library does. Trials are in ascending order."""
    low, high = min(x), max(x)
    return 0, sum(Fraction(v * (v * v)) for v in x), low, trials[x.index(low)], high, trials[x.index(high)]


def no_extremes(trials, x):
    return 2, whole(trials, x)[1], 0.0, 0, 0.0, 0


PROFILES = {"whole": whole, "no extremes": no_extremes}


class Result:
    def __init__(self, seed, stream, tag, ranges, names=(), pairs=(), hits=None, first=True, merged=(),
                 profile=None, goal=None, met=()):
        self.seed, self.stream, self.tag, self.ranges, self.names, self.pairs = seed, stream, tag, ranges, names, pairs
        n = len(names)
        trials = [] if hits is not None else [i for first, count in ranges for i in range(first, first + count)]
        columns = [[Fraction(values(i, n)[k]) for i in trials] for k in range(n)]
        self.hits = sum(map(hit, trials)) if hits is None else hits
        self.sums = [(sum(x), sum(v * v for v in x)) for x in columns]
        self.products = [sum(v * w for v, w in zip(columns[a], columns[b])) for a, b in pairs]
        self.covered = section("LINE", struct.pack("<IIQ", 1, stream, seed))
        if tag:
            self.covered += section("TAG_", tag.encode())
        self.covered += section("LEDG", b"".join(struct.pack("<QQ", *r) for r in ranges))
        self.covered += section("HITS", struct.pack("<Q", self.hits))
        if names:
            self.covered += section("OBSV", b"".join(name.encode() + b"\0" for name in names))
        if pairs:
            self.covered += section("PAIR", b"".join(struct.pack("<II", *p) for p in pairs))
        if names:
            self.covered += section("SUMS", b"".join(digits(s, 68, 1074) + digits(q, 134, 2148) for s, q in self.sums) +
                                    b"".join(digits(p, 134, 2148) for p in self.products))
        self.print = hashlib.sha256(self.covered).digest()[:16]
        self.first = (ranges[0][0], digest(ranges[0][0], n)) if first and ranges else None
        self.merged = sorted(m.print for m in merged)
        self.goal, self.met = goal, met
        self.profiles = [PROFILES[profile](trials, [values(i, n)[k] for i in trials]) for k in range(n) if profile]

    def bytes(self):
        data = self.covered
        if self.first:
            data += section("FRST", struct.pack("<Q", self.first[0]) + self.first[1])
        if self.merged:
            data += section("MERG", b"".join(self.merged))
        if self.profiles:
            data += section("PROF", b"".join(struct.pack("<Q", flags) + digits(cubes, 68, 1074) +
                                             struct.pack("<ddQQ", low, high, low_trial, high_trial)
                                             for flags, cubes, low, low_trial, high, high_trial in self.profiles))
        if self.goal:
            data += section("GOAL", struct.pack("<QQQdQddd", *self.goal) +
                            b"".join(struct.pack("<QdddQQ", *m) for m in self.met))
        return section("RSLT", data)

    def lines(self, file, number):
        first = "%d:%s" % (self.first[0], self.first[1][::-1].hex()) if self.first else "-"
        yield " ".join(map(str, (
            "result", file, number, self.print.hex(), 1, self.seed, self.stream, self.tag.encode().hex() or "-",
            self.hits, ",".join("%d+%d" % r for r in self.ranges) or "-", first,
            ",".join(m.hex() for m in self.merged) or "-")))
        for name, (s, q) in zip(self.names, self.sums):
            yield " ".join(map(str, ("sum", file, number, name.encode().hex() or "-", s, q)))
        for (a, b), p in zip(self.pairs, self.products):
            yield " ".join(map(str, ("pair", file, number, a, b, p)))
        for name, (flags, cubes, low, low_trial, high, high_trial) in zip(self.names, self.profiles):
            yield " ".join(map(str, ("profile", file, number, name.encode().hex() or "-", flags, cubes, low.hex(),
                                     low_trial, high.hex(), high_trial)))
        for name, record in [("goal", self.goal)] * bool(self.goal) + [("met", m) for m in self.met]:
            yield " ".join([name, file, str(number)] + [x.hex() if isinstance(x, float) else str(x) for x in record])


def write(folder, file, results):
    data = b"\x89MCPAR\r\n" + struct.pack("<II", 1, len(results)) + b"".join(r.bytes() for r in results)
    with open(folder + "/" + file, "wb") as out:
        out.write(data + section("SHA2", hashlib.sha256(data).digest()))
    return [line for number, r in enumerate(results) for line in r.lines(file, number)]


def main(folder):
    text = [HEAD]
    text += write(folder, "result-v1-hits.mcpar",
                  [Result(271828182845904523, 0, "", [(0, 10**9)], hits=785402345)])
    two, pairs, tag = ("payoff", "d\u00e9lai"), ((0, 1), (1, 1)), "barrier = 2 \u00e9"
    late = [Result(5, 0xffffff, tag, [r], two, pairs) for r in ((5000, 1), (2**64 - 10, 9))]
    text += write(folder, "result-v1-observables.mcpar",
                  [Result(5, 0xffffff, tag, [(0, 1000), (5000, 1), (2**64 - 10, 9)], two, pairs, merged=late)])
    text += write(folder, "result-v1-several.mcpar",
                  [Result(7, 0, "", [(10, 300)], first=False),
                   Result(7, 1, "r = 1", [(0, 100)]),
                   Result(7, 1, "r = 1", [(0, 100)], ("",)),
                   Result(7, 1, "r = 10", [(0, 100)], two),
                   Result(7, 2, "r = 1", []),
                   Result(2**64 - 2, 0, "", [(0, 1)])])
    text += write(folder, "result-v1-profiles.mcpar",
                  [Result(5, 0xffffff, tag, [(0, 1000), (5000, 1), (2**64 - 10, 9)], two, pairs, profile="whole"),
                   Result(7, 1, "r = 1", [(0, 100)], ("",), profile="no extremes"),
                   Result(7, 1, "r = 10", [(0, 100)], two)])
    hits, by_hits, by_width = 2**64 - 1, (0.0, 0.25, 0.95), (0.125, 0.0, 0.95)
    text += write(folder, "result-v1-goals.mcpar",
                  [Result(7, 0, "", [(0, 300)], goal=(2, 0, 0, 0.0625, hits) + by_width),
                   Result(7, 1, "r = 1", [(0, 300)], met=[(hits,) + by_hits + (220, 40)],
                          goal=(1, 100, 34, 0.015625, hits) + by_hits),
                   Result(7, 1, "r = 1", [(0, 300)], ("",), profile="whole", met=[(0,) + by_width + (300, 0)] * 2,
                          goal=(0, 0, 0, 0.5, 0) + by_width)])
    with open(folder + "/results.txt", "w") as out:
        out.write("\n".join(text) + "\n")


main(sys.argv[1])
