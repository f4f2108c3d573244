#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write man/contract-v1.txt, the tables of mcpar-contract(7), from lib/random/dist/tables/normal_table.c and lib/random/dist/tables/exponential_table.c.

    python3 lib/random/dist/tables/make_contract.py lib/random/dist/tables > man/contract-v1.txt

The C tables pack four coefficients of a row into two words; here each stands by itself. Both are frozen with
contract v1. tests/unit/random/dist/test_quantile compares this file with the compiled tables, and tests/check-contract its SHA-256
with the one in the page.
"""
import os
import re
import struct
import sys

HEAD = """\
# Contract v1 of libmcpar: the tables of the normal and the exponential distribution. See mcpar-contract(7).
# A line is a name, the number of a row and ten doubles in hexadecimal (C's %a): c0 r0 c1 c2 c3 c4 c5 c6 c7 c8
"""


def upper_half(word):
    """The double whose upper 32 bits are those of the word, and whose lower 32 bits are 0."""
    return struct.unpack("<d", struct.pack("<Q", word & 0xFFFFFFFF00000000))[0]


def rows(path):
    with open(path, encoding="ascii") as file:
        for line in file:
            row = re.fullmatch(r"\{ \{ (.*) \}, \{ 0x([0-9a-f]{16})u, 0x([0-9a-f]{16})u \} \},\n", line)
            if row:
                c = [float.fromhex(x) for x in row[1].split(", ")]
                first, second = int(row[2], 16), int(row[3], 16)
                yield [c[0], upper_half(first)] + c[1:] + [upper_half(first << 32), upper_half(second),
                                                           upper_half(second << 32)]


def main():
    sys.stdout.write(HEAD)
    for name, count in (("normal", 64 * 16), ("exponential", 2 * 16)):
        table = list(rows(os.path.join(sys.argv[1], name + "_table.c")))
        assert len(table) == count and all(len(row) == 10 for row in table)
        for number, row in enumerate(table):
            print(name, number, *(x.hex() for x in row))


if __name__ == "__main__":
    main()
