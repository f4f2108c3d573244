#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The random numbers of libmcpar once more, made from the page mcpar-contract(7) and its tables alone.

    python3 contract.py TABLES PAGE DRAWS DISTRIBUTIONS < TUPLES

TABLES is contract-v1.txt and PAGE the page, whose examples are checked. DRAWS and DISTRIBUTIONS are the golden vectors
of tests/golden. TUPLES has a line for each number that the library made: seed, stream, trial, draw, distribution,
bound and the 64 bits of the number in hexadecimal. Prints a line for each kind of check: how many numbers were the
same, then those that differ.

Nothing here is taken from the library's source; whoever changes it reads the page only.
"""
import hashlib
import re
import struct
import sys

M32, M64 = (1 << 32) - 1, (1 << 64) - 1
TWO64 = 1 << 64
LAST = 1 << 32                                      # draws of a trial


# ---- The generator ----

def block_words(seed, stream, trial, block, purpose):
    k0, k1 = seed & M32, seed >> 32
    c0, c1, c2, c3 = trial & M32, trial >> 32, block, stream + (purpose << 24)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = p1 >> 32 ^ c1 ^ k0, p1 & M32, p0 >> 32 ^ c3 ^ k1, p0 & M32
        k0, k1 = (k0 + 0x9E3779B9) & M32, (k1 + 0xBB67AE85) & M32
    return (c0 << 32) + c1, (c2 << 32) + c3


def word(seed, stream, trial, j):
    if j < LAST:
        return block_words(seed, stream, trial, j // 2, 0)[j % 2]
    o = j - LAST
    return block_words(seed, stream, trial, o // 2 & M32, 255 - min(o >> 33, 63))[o % 2]


# ---- Uniforms and whole numbers ----

def uniform(w):
    return (w >> 11) * 2.0 ** -53


def below(seed, stream, trial, j, w, b):
    if b == 0:
        return w
    product = w * b
    for r in range(254):
        if product % TWO64 >= TWO64 % b:
            break
        product = block_words(seed, stream, trial, j & M32, 1 + r // 2)[r % 2] * b
    return product // TWO64


# ---- Normals and exponentials ----

def bits_of(x):
    return struct.unpack("<Q", struct.pack("<d", x))[0]


def double_of(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def place(x):
    """e(x), i(x), middle(x) for x >= 1."""
    bits = bits_of(x)
    e, i = (bits >> 52) - 1023, bits >> 48 & 15
    return e, i, 2.0 ** e * (1 + (2 * i + 1) / 32)


def head(x):
    """11 significant bits are the leading one and 10 of the 52 that follow."""
    return double_of(bits_of(x) >> 42 << 42)


def value(c0, r0, row, t, m, h, l):
    _, _, c1, c2, c3, c4, c5, c6, c7, c8 = row
    t2 = t * t
    t4 = t2 * t2
    low = (c1 + t * c2) + t2 * (c3 + t * c4)
    high = (c5 + t * c6) + t2 * (c7 + t * c8)
    rest = r0 + t * (low + t4 * high)
    return h * c0 + (l * c0 + m * rest)


def parts(w):
    upper = w >> 63
    v = 2 * (M64 - w if upper else w) + 1
    return upper, float(v >> 32 << 32), float(v & M32)


def normal(w, table):
    upper, first, second = parts(w)
    u = min(first + second, 2.0 ** 64 - 2.0 ** 11)
    e, i, middle = place(u)
    row = 16 * e + i
    t = (first - middle) + second
    if row < 1008:
        m, h, l = 1.0, 1.0, 0.0
    else:
        d = 2.0 ** 64 - first
        m = d - second
        h = head(m)
        l = (d - h) - second
    x = value(table[row][0], table[row][1], table[row], t, m, h, l)
    return x if upper else -x


def exponential(w, table):
    upper, first, second = parts(w)
    placed = first + 2.0 ** 64 if upper else first
    u = min(placed + second, 2.0 ** 65 - 2.0 ** 12)
    e, i, middle = place(u)
    row = table[i + 16 if upper else i]
    t = ((placed - middle) + second) * 2.0 ** -e
    if upper:
        n, m = 0.0, first + second
        h = head(m)
        l = (first - h) + second
    else:
        n, m, h, l = float(65 - e), 1.0, 1.0, 0.0
    c0 = n * float.fromhex("0x1.62e42fefa3ap-1") + row[0]
    r0 = n * float.fromhex("-0x1.0ca86c3898dp-49") + row[1]
    return value(c0, r0, row, t, m, h, l)


def read_tables(path):
    tables = {"normal": {}, "exponential": {}}
    with open(path, encoding="ascii") as file:
        for line in file:
            if not line.startswith("#"):
                name, row, *numbers = line.split()
                tables[name][int(row)] = tuple(float.fromhex(x) for x in numbers)
    assert len(tables["normal"]) == 1024 and len(tables["exponential"]) == 32
    return tables


# ---- The checks ----

class Tally:
    """How many numbers were the same; the first few that were not are shown."""

    def __init__(self, name):
        self.name, self.same, self.bad = name, 0, []

    def compare(self, got, wanted, what):
        if got == wanted:
            self.same += 1
        else:
            self.bad.append("%s: by the page %s, not %s" % (what, got, wanted))

    def tell(self):
        print(self.name, self.same, "same,", len(self.bad), "differ")
        for line in self.bad[:5]:
            print("  " + line)


def number(seed, stream, trial, draw, kind, bound, tables):
    """Its 64 bits."""
    w = word(seed, stream, trial, draw)
    if kind == "word":
        return w
    if kind == "below":
        return below(seed, stream, trial, draw, w, bound)
    if kind == "uniform":
        return bits_of(uniform(w))
    return bits_of(normal(w, tables[kind]) if kind == "normal" else exponential(w, tables[kind]))


def check_tuples(tables):
    tally = {kind: Tally("library " + kind) for kind in ("word", "uniform", "below", "normal", "exponential")}
    for line in sys.stdin:
        seed, stream, trial, draw, kind, bound, bits = line.split()
        got = number(int(seed), int(stream), int(trial), int(draw), kind, int(bound), tables)
        tally[kind].compare(got, int(bits, 16), line.strip())
    return tally.values()


def check_page(path, tables):
    sums, examples = Tally("page tables"), Tally("page examples")
    with open(path, encoding="ascii") as file:
        page = file.read()
    with open(sys.argv[1], "rb") as file:
        sums.compare(hashlib.sha256(file.read()).hexdigest(), re.search(r"^\.D1 ([0-9a-f]{64})$", page, re.M)[1], "SHA-256")
    seed = int(re.search(r"with seed (\d+)", page)[1])
    for draw, w, b, n, e in re.findall(r"^draw (\d+): word (\w+), below\(6\) (\d)\n *normal (\S+), exponential (\S+)$",
                                       page, re.M):
        j = int(draw)
        examples.compare(word(seed, 0, 0, j), int(w, 16), "word " + draw)
        examples.compare(number(seed, 0, 0, j, "below", 6, tables), int(b), "below " + draw)
        examples.compare(number(seed, 0, 0, j, "normal", 0, tables), bits_of(float.fromhex(n)), "normal " + draw)
        examples.compare(number(seed, 0, 0, j, "exponential", 0, tables), bits_of(float.fromhex(e)), "exponential " + draw)
    return sums, examples


def check_golden(draws, distributions, tables):
    belows, words, shapes = Tally("golden below"), Tally("golden draws"), Tally("golden distributions")
    with open(draws, encoding="ascii") as file:
        for line in file:
            kind, *rest = line.split()
            if kind == "draw":
                words.compare(word(*map(int, rest[:4])), int(rest[4], 16), line.strip())
            elif kind == "below":
                seed, stream, trial, draw, bound, wanted = map(int, rest[:6])
                belows.compare(number(seed, stream, trial, draw, "below", bound, tables), wanted, line.strip())
    with open(distributions, encoding="ascii") as file:
        for line in file:
            if not line.startswith("#"):
                w, _, n, _, e = line.split()
                w = int(w, 16)
                shapes.compare(bits_of(normal(w, tables["normal"])), bits_of(float.fromhex(n)), "normal of %x" % w)
                shapes.compare(bits_of(exponential(w, tables["exponential"])), bits_of(float.fromhex(e)),
                               "exponential of %x" % w)
    return belows, words, shapes


def main():
    tables = read_tables(sys.argv[1])
    for tally in (*check_page(sys.argv[2], tables), *check_golden(sys.argv[3], sys.argv[4], tables), *check_tuples(tables)):
        tally.tell()


if __name__ == "__main__":
    main()
