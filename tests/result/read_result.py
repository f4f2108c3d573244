#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reads result files by the page mcpar-result(5) alone, and prints what is in them.

    python3 read_result.py FILE...

Prints the lines of tests/golden/results.txt, whose head describes them. Exits with 1, and a reason for each file that
is not as the page has it. With --page PAGE FILE, compares the example of the page with that file.

Nothing here is taken from the library's source; whoever changes it reads the page only.
"""
import hashlib
import os
import re
import struct
import sys
from fractions import Fraction

MAGIC = bytes.fromhex("894d435041520d0a")
ORDER = ["LINE", "TAG_", "LEDG", "HITS", "OBSV", "PAIR", "SUMS", "FRST", "MERG", "PROF", "GOAL"]


class Bad(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Bad(what)


def sections(data):
    """(name, content, whole) of each."""
    at = 0
    while at < len(data):
        need(len(data) - at >= 12, "a section is cut")
        name, n = data[at:at + 4].decode("latin-1"), struct.unpack_from("<Q", data, at + 4)[0]
        need(re.fullmatch("[A-Z0-9_]{4}", name), "no section")
        need(n <= len(data) - at - 12, "a section is longer than what it stands in")
        yield name, data[at + 12:at + 12 + n], data[at:at + 12 + n]
        at += 12 + n


def items(code, data):
    need(data is not None and len(data) % struct.calcsize(code) == 0, "a section has another length")
    return list(struct.iter_unpack(code, data))


def strings(data):
    need(data.endswith(b"\0"), "a name does not end")
    return data[:-1].split(b"\0")


def number(digits, unit):
    need(all(-2**31 <= d < 2**31 for d in digits[:-1]), "a sum is not canonical")
    return Fraction(sum(d << 32 * i for i, d in enumerate(digits)), 2**unit)


class Result:
    def __init__(self, data):
        part, covered, last = {}, b"", -1
        for name, content, whole in sections(data):
            need(name in ORDER, "section %s is unknown" % name)
            need(ORDER.index(name) > last, "section %s is out of order" % name)
            last = ORDER.index(name)
            part[name] = content
            covered += whole if name not in ("FRST", "MERG", "PROF", "GOAL") else b""
        self.print = hashlib.sha256(covered).hexdigest()[:32]

        (self.contract, self.stream, self.seed), = items("<IIQ", part.get("LINE"))
        need(self.contract == 1 and self.stream < 2**24 and self.seed < 2**64 - 1, "lineage")
        self.tag = part.get("TAG_", b"")
        need("TAG_" not in part or 1 <= len(self.tag) <= 4095 and 0 not in self.tag, "tag")
        self.ranges = items("<QQ", part.get("LEDG"))
        need(all(n > 0 and first + n <= 2**64 - 1 for first, n in self.ranges), "a range")
        need(all(a[0] + a[1] < b[0] for a, b in zip(self.ranges, self.ranges[1:])), "ranges are out of order")
        (self.hits,), = items("<Q", part.get("HITS"))
        need(self.hits <= sum(n for _, n in self.ranges), "more hits than trials")
        self.names = strings(part["OBSV"]) if "OBSV" in part else []
        need(len(self.names) <= 4096 and len(set(self.names)) == len(self.names), "names")
        need(all(len(name) <= 255 for name in self.names), "a name is too long")
        self.pairs = items("<II", part.get("PAIR", b""))
        need(all(i < len(self.names) for pair in self.pairs for i in pair), "a pair")
        need("PAIR" not in part or 1 <= len(self.pairs) <= 65536, "pairs")

        digits = [d for d, in items("<q", part.get("SUMS", b""))]
        need(len(digits) == len(self.names) * (68 + 134) + len(self.pairs) * 134, "sums")
        need(("SUMS" in part) == ("OBSV" in part), "sums without observables")
        self.sums = [(number(digits[at:at + 68], 1074), number(digits[at + 68:at + 202], 2148))
                     for at in range(0, 202 * len(self.names), 202)]
        self.products = [number(digits[at:at + 134], 2148) for at in range(202 * len(self.names), len(digits), 134)]

        self.first, = items("<QQ", part["FRST"]) if "FRST" in part else [None]
        need(self.first is None or self.ranges and self.first[0] == self.ranges[0][0], "the lowest trial is another")
        self.merged = [m for m, in items("16s", part.get("MERG", b""))]
        need("MERG" not in part or self.merged, "merges")
        need(all(a < b for a, b in zip(self.merged, self.merged[1:])), "merges are out of order")

        self.profiles = []
        content = part.get("PROF", b"")
        need("PROF" not in part or self.names and self.ranges and len(content) == 584 * len(self.names), "profiles")
        for at in range(0, len(content), 584):
            flags, *digits = struct.unpack_from("<Q68q", content, at)
            low, high, low_trial, high_trial = struct.unpack_from("<ddQQ", content, at + 552)
            need(flags < 4, "flags of a profile")
            if flags & 2:
                need(content[at + 552:at + 584] == bytes(32), "extremes that are not known")
            else:
                need(low <= high and abs(low) < float("inf") and abs(high) < float("inf"), "extremes")
                need(str(low) != "-0.0" and str(high) != "-0.0", "an extreme is -0.0")
                need(all(any(first <= t < first + n for first, n in self.ranges) for t in (low_trial, high_trial)),
                     "the trial of an extreme")
                need((low == high) == (low_trial == high_trial), "trials of extremes")
            self.profiles.append((flags, number(digits, 1074), low.hex(), low_trial, high.hex(), high_trial))

        self.goal, self.met = None, []
        if "GOAL" in part:
            self.read_goal(part["GOAL"])

    def read_goal(self, content):
        need(len(content) >= 64 and (len(content) - 64) % 48 == 0 and len(content) <= 64 + 20 * 48, "length of a goal")
        self.goal, = items("<QQQdQddd", content[:64])
        self.met = items("<QdddQQ", content[64:])
        rule, pilot, pilot_hits, rho2 = self.goal[:4]
        trials = sum(n for _, n in self.ranges)
        prefix = self.ranges[0][1] if self.ranges and self.ranges[0][0] == 0 else 0
        need(rule <= 2 and 0 <= rho2 < float("inf"), "rule or tuning of a goal")
        need(pilot <= prefix and pilot_hits <= min(pilot, self.hits), "pilot of a goal")
        counted = [m for m in self.met if m[5] not in (0, 2**64 - 1)]
        need(rule > 0 or (pilot == 0 and not counted), "rule of a goal is not decided")
        need(self.hits - pilot_hits <= trials - pilot, "more hits after the pilot than trials")
        for observable, half_width, relative, confidence in [self.goal[4:]] + [m[:4] for m in self.met]:
            need(observable == 2**64 - 1 or observable < len(self.names), "observable of a goal")
            need(min(half_width, relative) == 0 < max(half_width, relative) < float("inf"), "precision of a goal")
            need(0 < confidence < 1, "confidence of a goal")
        for end, hits in [m[4:] for m in self.met]:
            need(0 < end <= prefix, "end of a goal")
            hits = 0 if hits == 2**64 - 1 else hits                # it was not met
            need(hits <= self.hits - pilot_hits, "hits of a goal")
            need(hits == 0 or hits <= end - pilot, "more hits than trials for a goal")
        need(all(a[4] <= b[4] for a, b in zip(self.met, self.met[1:])), "goals are out of order")

    def lineage(self):
        return (self.contract, self.seed, self.stream, self.tag, len(self.names), self.names, len(self.pairs),
                self.pairs)

    def lines(self, file, index):
        yield ("result", file, index, self.print, self.contract, self.seed, self.stream, self.tag.hex() or "-",
               self.hits, ",".join("%d+%d" % r for r in self.ranges) or "-",
               "%d:%016x" % self.first if self.first else "-", ",".join(m.hex() for m in self.merged) or "-")
        for name, (s, q) in zip(self.names, self.sums):
            yield "sum", file, index, name.hex() or "-", s, q
        for (a, b), p in zip(self.pairs, self.products):
            yield "pair", file, index, a, b, p
        for name, profile in zip(self.names, self.profiles):
            yield "profile", file, index, name.hex() or "-", *profile
        for name, record in [("goal", self.goal)] * bool(self.goal) + [("met", m) for m in self.met]:
            yield (name, file, index, *(x.hex() if isinstance(x, float) else x for x in record))


def read(data):
    need(data[:8] == MAGIC, "not a result file")
    need(len(data) >= 60 and data[-44:-32] == b"SHA2" + struct.pack("<Q", 32), "truncated")
    need(hashlib.sha256(data[:-44]).digest() == data[-32:], "damaged")
    version, n = struct.unpack_from("<II", data, 8)
    need(version == 1, "version %d" % version)
    results = []
    for name, content, _ in sections(data[16:-44]):
        need(name == "RSLT", "section %s is no result" % name)
        results.append(Result(content))
    need(len(results) == n, "another number of results")
    need(all(a.lineage() < b.lineage() for a, b in zip(results, results[1:])), "results are out of order")
    return results


def is_in_page(page, path):
    """The bytes at the beginning of the example's lines are the file; the fingerprint stands below them."""
    with open(page, encoding="utf-8") as text, open(path, "rb") as file:
        data, text = file.read(), text.read()
    written = re.findall(r"(?m)^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:  +\S.*)?$", text)
    need(bytes.fromhex("".join(written)) == data, "the example of the page is another file")
    need("\n%s\n" % read(data)[0].print in text, "the example of the page has another fingerprint")


def main(args):
    bad = False
    if args[:1] == ["--page"]:
        is_in_page(*args[1:])
        return 0
    for path in args:
        try:
            with open(path, "rb") as file:
                for index, result in enumerate(read(file.read())):
                    for line in result.lines(os.path.basename(path), index):
                        print(*line)
        except Bad as reason:
            print("%s: %s" % (path, reason), file=sys.stderr)
            bad = True
    return int(bad)


sys.exit(main(sys.argv[1:]))
