#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The random numbers of libmcpar once more, made from the page mcpar-contract(7) and its tables alone.

    python3 contract.py TABLES PAGE DRAWS DISTRIBUTIONS DISTS < TUPLES

TABLES is contract-v1.txt and PAGE the page, whose examples are checked. DRAWS, DISTRIBUTIONS and DISTS are the golden
vectors of tests/golden. TUPLES has a line for each number that the library made: seed, stream, trial, draw,
distribution (with its parameters, after commas), bound and the 64 bits of the number in hexadecimal. Prints a line for
each kind of check: how many numbers were the same, then those that differ.

Nothing here is taken from the library's source; whoever changes it reads the page only.
"""
import hashlib
import math
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


# ---- Distributions with parameters ----

H = float.fromhex
INFINITY = float("inf")
S, R = H("0x1.6a09e667f3bcdp-1"), H("0x1.71547652b82fep+0")
HIGH, LOW = H("0x1.62e42fefa38p-1"), H("0x1.ef35793c7673p-45")


def open_(w):
    return float(2 * w + 1) * 2.0 ** -65


def near(w):
    return min(w, M64 - w)


def side(w):
    return 1.0 if w >> 63 else -1.0


def atanh_part(y):
    y2 = y * y
    low = (H("0x1.5555555555555p-1") + y * H("0x1.9999999999a38p-2")) \
        + y2 * (H("0x1.2492492476cccp-2") + y * H("0x1.c71c720159177p-3"))
    high = (H("0x1.745cf9048dd95p-3") + y * H("0x1.3b1c355a8f7a2p-3")) \
        + y2 * (H("0x1.0fbe95d716020p-3") + y * H("0x1.0c039c49989c6p-3"))
    return y * (low + (y2 * y2) * high)


def log_sum(k, f, rest):
    s = f / (2 + f)
    h = 0.5 * f * f
    return k * HIGH - ((h - (s * (h + atanh_part(s * s)) + (k * LOW + rest))) - f)


def split(x):
    m, k = math.frexp(x)
    return (2 * m, k - 1) if m < S else (m, k)


def log(x):
    m, k = split(x)
    return log_sum(float(k), m - 1, 0.0)


def log1p(x):
    if x == INFINITY or abs(x) < 2.0 ** -54:
        return x
    if x == -1:
        return -INFINITY
    if S - 1 < x < 2 * S - 1:
        return log_sum(0.0, x, 0.0)
    v = 1 + x
    m, k = split(v)
    lost = x - (v - 1) if x < 1 else 1 - (v - x)
    return log_sum(float(k), m - 1, lost / v)


def minus(x):
    if S - 1 < x < 2 * S - 1:
        s = x / (2 + x)
        return s * (atanh_part(s * s) - x)
    return log1p(x) - x


def exp(x):
    if x > 709.79:
        return INFINITY
    if x < -745.2:
        return 0.0
    k = int(x * R - 0.5 if x < 0 else x * R + 0.5)
    g = x - k * HIGH
    l = k * LOW
    y = g - l
    rest = (g - y) - l
    y2 = y * y
    y4 = y2 * y2
    p = (H("0x1.5555555555555p-3") + y * H("0x1.5555555555556p-5")) \
        + y2 * (H("0x1.1111111111111p-7") + y * H("0x1.6c16c16c162d6p-10"))
    q = (H("0x1.a01a01a019b2bp-13") + y * H("0x1.a01a01a6d7808p-16")) \
        + y2 * (H("0x1.71de3a5904934p-19") + y * H("0x1.27e4db67b429fp-22"))
    u = (H("0x1.ae64344d7f47cp-26") + y * H("0x1.1f72fc73183dep-29")) + y2 * H("0x1.61b2b016b76d1p-33")
    cubic = (y2 * y) * (p + y4 * (q + y4 * u))
    v = 1 + (y + (0.5 * y2 + (cubic + rest * (1 + y))))
    if -1022 < k < 1024:
        return v * 2.0 ** k
    i = int(k / 2)
    return (v * 2.0 ** i) * 2.0 ** (k - i)


SIN = [H(x) for x in """0x1.921fb54442d18p+1 -0x1.4abbce625be53p+2 0x1.466bc6775aae2p+1
    -0x1.32d2cce62bd86p-1 0x1.50783487ee782p-4 -0x1.e3074fde8871fp-8 0x1.e8f434d018d63p-12 -0x1.6fadb9f155744p-16
    0x1.aaec32af93359p-21 -0x1.8a404211f9547p-26""".split()]
COS = [H(x) for x in """0x1p+0 -0x1.3bd3cc9be45dep+2 0x1.03c1f081b5ac4p+2
    -0x1.55d3c7e3cbffap+0 0x1.e1f506891babbp-3 -0x1.a6d1f2a204a8cp-6 0x1.f9d38a3763cc3p-10 -0x1.b6e24f44b128fp-14
    0x1.20c62c2f2d7f5p-18 -0x1.2a0c591af8314p-23""".split()]
E = [None] + [H(x) for x in """0x1.4c071bcda0a5bp-4 0x1.52a9b923ea649p-5 0x1.c579a268d80b3p-6
    0x1.54a2662fd78a9p-6 0x1.10b4e513fcbedp-6 0x1.c6b167bebdf36p-7 0x1.85d4d612e4a86p-7 0x1.552805e7b3076p-7
    0x1.2f4871b12ab64p-7 0x1.10f9d4c0743a7p-7 0x1.f0593088014f8p-8 0x1.c7018733aa9c6p-8 0x1.a40514700f36cp-8
    0x1.86076c002d4a7p-8 0x1.6c08f6f194a10p-8""".split()]
N = H("0x1.d67f1c864beb5p-1")


def horner(s, y):
    x = s[-1]
    for c in s[-2::-1]:
        x = c + y * x
    return x


def by_inversion(name, a, b, c, w, tables):
    p, o = near(w), M64 - w
    q = (1 << 63) - 1 - p
    if name == "uniform":
        return a + (b - a) * uniform(w)
    if name == "normal":
        return a + b * normal(w, tables["normal"])
    if name == "lognormal":
        return exp(a + b * normal(w, tables["normal"]))
    if name == "exponential":
        return a * exponential(w, tables["exponential"])
    if name == "weibull":
        return b * exp(log(exponential(w, tables["exponential"])) / a)
    if name == "logistic":
        return a + b * (side(w) * log1p(2 * open_(q) / open_(p)))
    if name == "bernoulli":
        t = a * 2.0 ** 64
        return float(a == 1 or w < int(t + 0.5 if t < 2.0 ** 52 else t))
    if name == "geometric":
        x = exponential(w, tables["exponential"]) / -log1p(-a)
        return 1.0 + (math.floor(x) if x < 2.0 ** 51 else x)
    if name == "triangular":
        d = c - a
        if open_(w) < (b - a) / d:
            return min(a + math.sqrt(d) * math.sqrt(b - a) * math.sqrt(open_(w)), b)
        return max(c - math.sqrt(d) * math.sqrt(c - b) * math.sqrt(open_(o)), b)
    x = open_(p if p < 1 << 62 else q)
    s, d = x * horner(SIN, x * x), horner(COS, x * x)
    return a + b * (side(w) * (d / s if p < 1 << 62 else s / d))


def gamma(n, shape, scale, w, pair, tables):
    """G: a value and a fall."""
    g = (shape + 1 if shape < 1 else shape) - 1 / 3
    d = 1 / (3 * math.sqrt(g))
    value_ = g * scale
    for i in range(63):
        w1, w2 = pair(2 * i + 1 + n) if i else (w, pair(0)[0]) if n == 0 else pair(1)
        x, v = normal(w1, tables["normal"]), open_(w2)
        t = d * x
        if 1 + t > 0 and (v < 1 - 0.0331 * ((x * x) * (x * x))
                          or log(v) < 0.5 * (x * x) + g * (3 * minus(t) - t * t * (3 + t))):
            value_ = g * scale * ((1 + t) * (1 + t) * (1 + t))
            break
    if shape >= 1:
        return value_, 0.0
    return value_, exponential(pair(0)[1] if n == 0 else pair(2)[0], tables["exponential"]) * (1 / shape)


def made_of_gammas(name, a, b, w, pair, tables):
    if name in ("gamma", "chi_square"):
        x, f = gamma(0, a, b, w, pair, tables) if name == "gamma" else gamma(0, 0.5 * a, 2.0, w, pair, tables)
        return x * exp(-f) if f else x
    if name == "beta":
        (x, f), (y, h) = gamma(0, a, 1.0, w, pair, tables), gamma(1, b, 1.0, w, pair, tables)
        r = y / x
        if a < 1 or b < 1:
            r = r * exp(f - h)
        return 1 / (1 + r)
    x, f = gamma(1, 0.5 * a, 2 / a, w, pair, tables)
    t = normal(w, tables["normal"]) / math.sqrt(x)
    return t * exp(0.5 * f) if a < 2 else t


def stirling(k):
    y = 1 / (k * k)
    if k < 16:
        return E[int(k)]
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * (691 / 360360)))))) / k


def deviance(k, m):
    return k * minus((m - k) / k)


def from_table(f, w):
    s, last = [f[0]], len(f) - 1
    for x in f[1:]:
        s.append(s[-1] + x)
    h = next((k for k in range(last) if s[k] >= 0.5), last)
    limit, t = [M64] * (last + 1), 0.0
    for k in range(last - 1, h - 1, -1):
        t = t + f[k + 1]
        limit[k] = M64 - int(min(t, 0.5) * 2.0 ** 64)
    for k in range(h):
        limit[k] = int(s[k] * 2.0 ** 64) - 1
    return next(k for k in range(last + 1) if w <= limit[k])


def count(name, a, b, w, pair):
    poisson = name == "poisson"
    n, p = (None, None) if poisson else (a, 1 - b if b > 0.5 else b)
    q = None if poisson else 1 - p
    m = a if poisson else n * p
    if m < 10:
        f = [exp(-a) if poisson else exp(n * log1p(-p))]
        while len(f) <= 63 and (poisson or len(f) <= n) and (len(f) - 1 < m or f[-1] >= 2.0 ** -70):
            k = len(f)
            f.append(f[-1] * (a / k) if poisson else f[-1] * ((n - (k - 1)) * (p / q) / k))
        return float(from_table(f, w))

    def probability(k):
        if poisson:
            return -a if k == 0 else deviance(k, a) - stirling(k) - 0.5 * log(k) - N
        r = n - k
        if k == 0:
            return n * log1p(-p)
        if r == 0:
            return n * log(p)
        return deviance(k, n * p) + deviance(r, n * q) + (stirling(n) - stirling(k) - stirling(r)) \
            - 0.5 * log(k * (r / n)) - N

    if poisson:
        B = 0.931 + 2.53 * math.sqrt(a)
        A, C, V, top = -0.059 + 0.02483 * B, a + 0.43, 0.9277 - 3.6224 / (B - 2), 1.1239 + 1.1328 / (B - 3.4)
        last, M = 2.0 ** 51, 0.0
    else:
        s = math.sqrt(n * p * q)
        B = 1.15 + 2.53 * s
        A, C, V, top = -0.0873 + 0.0248 * B + 0.01 * p, n * p + 0.5, 0.92 - 4.2 / B, (2.83 + 5.1 / B) * s
        last, M = n, probability(float(math.floor((n + 1) * p)))
    for i in range(127):
        w1, w2 = pair(i) if i else (w, pair(0)[0])
        y, v = open_(near(w1)), open_(w2)
        x = (2 * A / y + B) * (side(w1) * (0.5 - y)) + C
        if (y < 0.013 and v > y) or not 0 <= x < last + 1:
            continue
        k = float(math.floor(x))
        if (y >= 0.07 and v <= V) or log(v * top / (A / (y * y) + B)) <= probability(k) - M:
            return k
    return float(math.floor(m))


def with_parameters(name, a, b, c, seed, stream, trial, j, tables):
    w = word(seed, stream, trial, j)

    def pair(i):
        return block_words(seed, stream, trial, j & M32, 1 + i)

    if name in ("gamma", "chi_square", "beta", "student"):
        return made_of_gammas(name, a, b, w, pair, tables)
    if name == "poisson":
        return count(name, a, b, w, pair)
    if name == "binomial":
        k = count(name, a, b, w, pair)
        return a - k if b > 0.5 else k
    return by_inversion(name, a, b, c, w, tables)


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
    if "," in kind:
        name, a, b, c = kind.split(",")
        return bits_of(with_parameters(name, H(a), H(b), H(c), seed, stream, trial, draw, tables))
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
        name = kind.split(",")[0] if "," not in kind else "dist " + kind.split(",")[0]
        if name not in tally:
            tally[name] = Tally("library " + name)
        tally[name].compare(got, int(bits, 16), line.strip())
    return tally.values()


def check_page(path, tables):
    sums, examples = Tally("page tables"), Tally("page examples")
    with open(path, encoding="ascii") as file:
        page = file.read()
    with open(sys.argv[1], "rb") as file:
        sums.compare(hashlib.sha256(file.read()).hexdigest(), re.search(r"^\.D1 ([0-9a-f]{64})$", page, re.M)[1], "SHA-256")
    hexadecimal = re.compile(r"0x1(?:\.[0-9a-f]+)?p[+-]\d+")
    with open(__file__, encoding="ascii") as file:
        for constant in sorted(set(hexadecimal.findall(file.read()))):
            sums.compare(constant in hexadecimal.findall(page), True, constant + " stands on the page")
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


def check_golden_dists(path, tables):
    dists = Tally("golden dists")
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("draw "):
                name, a, b, c, seed, stream, trial, draw, x = line.split()[1:]
                got = number(int(seed), int(stream), int(trial), int(draw), ",".join((name, a, b, c)), 0, tables)
                dists.compare(got, bits_of(H(x)), line.strip())
    return dists


def main():
    tables = read_tables(sys.argv[1])
    for tally in (*check_page(sys.argv[2], tables), *check_golden(sys.argv[3], sys.argv[4], tables),
                  check_golden_dists(sys.argv[5], tables), *check_tuples(tables)):
        tally.tell()


if __name__ == "__main__":
    main()
