#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Print the coefficients in lib/base/elementary.c: interpolation at Chebyshev points, 60 digits."""
from mpmath import mp, mpf

mp.dps = 60


def interpolate(f, low, high, degree):
    xs = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * degree + 2)) for i in range(degree + 1)]
    return list(mp.lu_solve(mp.matrix([[x ** j for j in range(degree + 1)] for x in xs]), mp.matrix([f(x) for x in xs])))


def show(name, f, low, high, degree, weight):
    poly = [mpf(float(c)) for c in interpolate(f, low, high, degree)]
    worst = max(abs((mp.polyval(poly[::-1], x) - f(x)) * weight(x))
                for x in (low + (high - low) * (i + mpf(1) / 3) / 200 for i in range(200)))
    print("/* %s: error times its weight in the result 2^%.1f */" % (name, float(mp.log(worst, 2))))
    print(",\n".join("    " + float(c).hex() for c in poly))


# log(1 + f) = 2 s + s^3 A(s^2), s = f / (2 + f), 1/sqrt 2 <= 1 + f <= sqrt 2
top = ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2
show("A", lambda z: 2 * (mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, mpf(10) ** -18, top, 7, lambda z: z / 2)
# expm1 r = r + r^2 / 2 + r^3 B(r), |r| <= log(2) / 2
show("B", lambda r: (mp.expm1(r) - r - r * r / 2) / r ** 3 if abs(r) > mpf(10) ** -12 else mpf(1) / 6, -mp.log(2) / 2 - mpf("1e-9"), mp.log(2) / 2 + mpf("1e-9"), 10, lambda r: r * r)
hi = mp.ldexp(mp.nint(mp.ldexp(mp.log(2), 42)), -42)
print("LN2_HIGH", float(hi).hex(), "LN2_LOW", float(mp.log(2) - hi).hex(), "1/LN2", float(1 / mp.log(2)).hex())
