#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write tests/golden/draws.txt: the draws of contract v1, from the words of the contract alone.

    python3 tests/golden/make_draws.py > tests/golden/draws.txt

Nothing of the library enters; before anything is written, Philox is checked against the published answers in
kat_vectors beside this file.
"""
import os
import sys

M32 = 0xFFFFFFFF
M64 = (1 << 64) - 1
LAST = 1 << 32                                      # draws of one trial
DEFAULT_SEED = 271828182845904523


def philox4x32(counter, key, rounds=10):
    """Salmon, Moraes, Dror, Shaw, SC 2011, section 3.3 and figure 4."""
    r, k = list(counter), list(key)
    for _ in range(rounds):
        a, b = 0xD2511F53 * r[0], 0xCD9E8D57 * r[2]
        r = [(b >> 32) ^ r[1] ^ k[0], b & M32, (a >> 32) ^ r[3] ^ k[1], a & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return r


def check():
    lines = 0
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "kat_vectors")) as file:
        for line in file:
            if line.startswith("philox4x32"):
                _, rounds, *words = line.split()
                words = [int(w, 16) for w in words]
                assert philox4x32(words[:4], words[4:6], int(rounds)) == words[6:], line
                lines += 1
    assert lines == 6


def block(seed, stream, trial, number, purpose):
    """The two words of a block."""
    counter = (trial & M32, trial >> 32, number, stream + (purpose << 24))
    out = philox4x32(counter, (seed & M32, seed >> 32))
    return (out[0] << 32) + out[1], (out[2] << 32) + out[3]


def word(seed, stream, trial, draw):
    """Draw j is word j of purpose 0; past the last draw the words of purpose 255, then 254, ... follow."""
    purpose = 0
    if draw >= LAST:
        past, draw = divmod(draw - LAST, 1 << 33)
        purpose = 255 - past
    return block(seed, stream, trial, draw // 2, purpose)[draw % 2]


def below(seed, stream, trial, draw, bound):
    """Lemire's method, told as: v = floor(w * bound / 2^64), w refused if its remainder is below 2^64 mod bound."""
    w, retries = word(seed, stream, trial, draw), 0
    while True:
        value, remainder = divmod(w * bound, 1 << 64)
        if remainder >= (1 << 64) % bound:
            return value, retries
        w = block(seed, stream, trial, draw, 1 + retries // 2)[retries % 2]
        retries += 1


def main():
    check()
    seeds = (0, 1, M32, 1 << 32, DEFAULT_SEED, M64 - 1)
    streams = (0, 1, (1 << 24) - 1)
    trials = (0, 1, M32, 1 << 32, (1 << 63) + 12345, M64 - 1)
    draws = (0, 1, 2, 3, 4, 31, 64, 99, 100, 65537, LAST // 2 - 1, LAST - 3, LAST - 2, LAST - 1)
    past = (LAST, LAST + 1, LAST + 2, LAST + 63, 2 * LAST, 3 * LAST - 1, 3 * LAST, 3 * LAST + 5, 5 * LAST, 5 * LAST + 1)

    print("# The draws of contract v1. Made by tests/golden/make_draws.py, which is independent of the library.")
    print("# draw: seed stream trial draw word uniform; draws from 2^32 on are past the last one")
    n = 0
    for seed in seeds:
        for stream in streams:
            for trial in trials:
                for draw in draws + past:
                    n += 1
                    if n % 3 and not (seed == DEFAULT_SEED and stream == 0):
                        continue                    # a third of the grid is enough
                    w = word(seed, stream, trial, draw)
                    print("draw", seed, stream, trial, draw, "%016x" % w, ((w >> 11) * 2.0 ** -53).hex())

    print("# below: seed stream trial draw bound value retries")
    bounds = (1, 2, 3, 10, 1000003, 1 << 32, (1 << 32) + 1, 1 << 63, (1 << 63) + 1, 3 << 62, M64 - 1, M64)
    for i, bound in enumerate(bounds):
        for j, trial in enumerate(trials):
            for draw in (0, 1, 6, 101, LAST - 1):
                seed, stream = seeds[(i + j) % 6], streams[(i + j) % 3]
                print("below", seed, stream, trial, draw, bound, *below(seed, stream, trial, draw, bound))
    # Longer and longer runs of refused words, which half of all words are here.
    bound, longest = (1 << 63) + 1, -1
    for trial in range(40000):
        for draw in (trial % 5, LAST - 1 - trial % 3):
            value, retries = below(DEFAULT_SEED, 7, trial, draw, bound)
            if retries > longest or (retries > 8 and retries % 2 == trial % 2):
                longest = max(longest, retries)
                print("below", DEFAULT_SEED, 7, trial, draw, bound, value, retries)


sys.exit(main())
