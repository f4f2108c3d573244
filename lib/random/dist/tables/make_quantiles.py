#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Derive the coefficients of lib/random/dist/tables/normal_table.c and lib/random/dist/tables/exponential_table.c.

    python3 lib/random/dist/tables/make_quantiles.py lib/random/dist/tables

writes both files; they are frozen with contract v1, so a second run must give
the same bytes (mpmath works in exact integers: no platform enters).

Each row is the polynomial of degree 8 through the exact function at the nine
Chebyshev points of one piece. The pole or branch point nearest to any piece is
33 half-widths from its middle, so the error of degree n falls as 66^-(n+1)
(Trefethen, Approximation Theory and Approximation Practice, theorem 8.2): about
0.1 ulp at degree 8. lib/random/dist/quantile.h says how a row is laid out and evaluated.
"""
import os
import struct
import sys
from statistics import NormalDist
from mpmath import mp, mpf

mp.dps = 70
PIECES = 16                     # pieces of each octave, or of each linear range
DEGREE = 8
ROOT2, ROOT2PI = mp.sqrt(2), mp.sqrt(2 * mp.pi)


def upper_point(p):
    """The x >= 0 with P(N > x) = p, for 0 < p <= 1/2, to full precision."""
    x = -mpf(NormalDist().inv_cdf(float(p)))
    for _ in range(3):          # Halley: 16 digits -> 48 -> 144
        r = (mp.erfc(x / ROOT2) / 2 - p) * ROOT2PI * mp.exp(x * x / 2)
        x += r / (1 - x * r / 2)
    return x


def interpolate(f, half):
    """Coefficients of the polynomial through f at the Chebyshev points of [-half, half]."""
    ts = [half * mp.cos(mp.pi * (2 * i + 1) / (2 * DEGREE + 2)) for i in range(DEGREE + 1)]
    c = [f(t) for t in ts]
    for j in range(1, DEGREE + 1):                      # Newton's divided differences
        for i in range(DEGREE, j - 1, -1):
            c[i] = (c[i] - c[i - 1]) / (ts[i] - ts[i - j])
    poly = [c[DEGREE]]
    for i in range(DEGREE - 1, -1, -1):                 # poly * (t - ts[i]) + c[i]
        poly = [mpf(0)] + poly
        for j in range(len(poly) - 1):
            poly[j] -= ts[i] * poly[j + 1]
        poly[0] += c[i]
    return poly


def rounded(x, bits):
    """x to `bits` significant bits, to nearest, ties to even."""
    x = mpf(x)
    if x == 0:
        return 0.0
    e = mp.frexp(x)[1]
    return float(mp.ldexp(mp.nint(mp.ldexp(x, bits - e)), e - bits))


def chebyshev(n):
    """Integer coefficients of T_n."""
    before, now = [1], [0, 1]
    for _ in range(n - 1):
        after = [0] + [2 * c for c in now]
        for i, c in enumerate(before):
            after[i] -= c
        before, now = now, after
    return now


def shed(poly, j, half, scale):
    """Round coefficient j to what a half word holds and let the lower ones take up what
    it lost: t^j minus its Chebyshev polynomial has degree j - 2 (Lanczos economization)."""
    kept = mpf(rounded(poly[j] / scale ** j, 21)) * scale ** j
    lost = poly[j] - kept
    cheb = chebyshev(j)
    for i in range(j - 2, -1, -2):
        poly[i] -= lost * cheb[i] / cheb[j] * half ** (j - i)
    poly[j] = kept


def half_word(x):
    """The upper 32 bits of the double that holds x to 21 significant bits."""
    word = struct.unpack("<Q", struct.pack("<d", rounded(x, 21)))[0]
    assert word & 0xffffffff == 0
    return word >> 32


def make_row(f, half, scale, lead, added=0):
    """One row; f(t) on |t| <= half, coefficient j divided by scale^j, c0 by `lead`.

    The error is measured relative to f + added, the figure that the row ends up in."""
    poly = interpolate(f, half)
    for j in range(DEGREE, 5, -1):
        shed(poly, j, half, scale)
    poly = [c / scale ** j for j, c in enumerate(poly)]
    c0 = lead(poly[0])
    row = [c0] + [rounded(c, 53) for c in poly[1:6]]
    tail = [poly[0] - mpf(c0)] + poly[6:9]
    kept = [mpf(c0) + mpf(rounded(tail[0], 21))] + [mpf(c) for c in row[1:]] + [mpf(rounded(c, 21)) for c in tail[1:]]
    worst = mpf(0)
    for i in range(-8, 9):                              # what rounding and truncation cost together
        t = half * i / 8
        got = sum(c * (t * scale) ** j for j, c in enumerate(kept))
        worst = max(worst, abs((got - f(t)) / (f(t) + added)))
    h = [half_word(c) for c in tail]
    return (row, h[0] << 32 | h[1], h[2] << 32 | h[3]), worst


def normal_rows():
    """Row 16 e + i: v in 2^e [1 + i/16, 1 + (i+1)/16), p = v 2^-65."""
    rows, worst = [], mpf(0)
    half = mpf(1) / (2 * PIECES)
    for e in range(64):
        for i in range(PIECES):
            mid = 1 + (2 * i + 1) * half
            if e < 63:                                  # the tails: the value itself
                f = lambda t: upper_point(mp.ldexp(mid + t, e - 65))
                row, err = make_row(f, half, mp.ldexp(1, e), lambda c: rounded(c, 53))
            else:                                       # p >= 1/4: value over D, D = 2^64 - v
                f = lambda t: upper_point((mid + t) / 4) / (mp.ldexp(2 - mid - t, 63)) if mid + t < 2 \
                    else mp.ldexp(ROOT2PI, -65)
                row, err = make_row(f, half, mp.ldexp(1, e), lambda c: rounded(c, 42))
            rows.append(row)
            worst = max(worst, err)
    return rows, worst


def exponential_rows():
    """Rows 0..15: -log m, m in [1, 2). Rows 16..31: -log(1 - q) / v, q = v 2^-65 in [0, 1/2)."""
    rows, worst = [], mpf(0)
    half = mpf(1) / (2 * PIECES)
    grid = lambda c: float(mp.ldexp(mp.nint(mp.ldexp(c, 44)), -44))
    for i in range(PIECES):
        mid = 1 + (2 * i + 1) * half
        row, err = make_row(lambda t: -mp.log(mid + t), half, mpf(1), grid, 2 * mp.log(2))
        rows.append(row)
        worst = max(worst, err)
    for i in range(PIECES):
        mid = (2 * i + 1) * half
        f = lambda t: -mp.log1p(-(mid + t) / 2) / mp.ldexp(mid + t, 64) if mid + t else mp.ldexp(1, -65)
        row, err = make_row(f, half, mpf(1), lambda c: rounded(c, 42))
        rows.append(row)
        worst = max(worst, err)
    return rows, worst


def write(path, name, what, rows):
    with open(path, "w", encoding="ascii") as out:
        out.write("/* SPDX-License-Identifier: BSD-3-Clause */\n/* %s\n * Made by lib/random/dist/tables/make_quantiles.py: do not edit. Frozen with contract v1. */\n" % what)
        out.write('#include "random/dist/quantile.h"\n\n')
        out.write("_Alignas(64) const struct mcpar__row %s[%d] = {\n" % (name, len(rows)))
        for doubles, first, second in rows:
            text = ", ".join(float(c).hex() for c in doubles)
            out.write("{ { %s }, { 0x%016xu, 0x%016xu } },\n" % (text, first, second))
        out.write("};\n")


def main():
    folder = sys.argv[1]
    rows, worst = normal_rows()
    print("normal: largest relative error 2^%.2f" % float(mp.log(worst, 2)))
    write(os.path.join(folder, "normal_table.c"), "mcpar__normal_table",
          "Rows of the normal quantile: 64 octaves of v = 2 k + 1 times 16 pieces.", rows)
    rows, worst = exponential_rows()
    print("exponential: largest relative error 2^%.2f" % float(mp.log(worst, 2)))
    write(os.path.join(folder, "exponential_table.c"), "mcpar__exponential_table",
          "Rows of the logarithm: -log m, then -log(1 - q) / v, 16 pieces each.", rows)
    ln2hi = float(mp.ldexp(mp.nint(mp.ldexp(mp.log(2), 44)), -44))
    print("LN2_HIGH %s LN2_LOW %s" % (ln2hi.hex(), float(mp.log(2) - mpf(ln2hi)).hex()))


if __name__ == "__main__":
    main()
