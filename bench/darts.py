#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""darts.py - darts and normals as they are written in Python; a contender of bench (seat.c tells how they talk)

The words are bench's: "plain", "numpy" or "pool" says what has to be importable; then lines "contender n" are
answered by "wall cpu hz hits"."""
import random
import sys
import time


def loop(n):
    hits = 0
    for _ in range(n):
        x, y = random.random(), random.random()
        hits += x * x + y * y < 1.0
    return hits


def part(arguments):
    seed, n = arguments
    random.seed(seed)
    return loop(n)


def vector(n):
    hits, piece = 0, 1 << 16               # a piece stays in the second cache
    for first in range(0, n, piece):
        m = min(piece, n - first)
        x, y = generator.random(m), generator.random(m)
        hits += int(numpy.count_nonzero(x * x + y * y < 1.0))
    return hits


def tutorial(n):
    """numpy's scalars in a loop, as tutorials for mpi4py show it."""
    hits = 0
    for _ in range(n):
        x, y = numpy.random.rand(), numpy.random.rand()
        if x * x + y * y < 1.0:
            hits += 1
    return hits


def normal(n):
    hits, piece = 0, 1 << 16
    for first in range(0, n, piece):
        x = generator.standard_normal(min(piece, n - first))
        hits += int(numpy.count_nonzero(numpy.abs(x) < 1.0))
    return hits


def pooled(n):
    seed = random.getrandbits(62)
    return sum(workers.map(part, [(seed, n // 2), (seed + 1, n - n // 2)]))


if __name__ == "__main__":
    kind = sys.argv[1]
    try:
        if kind == "numpy":
            import numpy
            generator = numpy.random.Generator(numpy.random.PCG64(1))
            numpy.random.seed(1)
        if kind == "pool":
            import multiprocessing
            workers = multiprocessing.Pool(2)      # once: starting it is not what is compared
    except ImportError:
        sys.exit(1)
    print("ready", flush=True)
    known = {"loop": loop, "vector": vector, "tutorial": tutorial, "normal": normal, "pool": pooled}
    random.seed(1)
    for line in sys.stdin:
        name, n = line.split()
        wall, cpu = time.perf_counter(), time.process_time()
        hits = known[name](int(n))
        print("%.9f %.9f 0 %d" % (time.perf_counter() - wall, time.process_time() - cpu, hits), flush=True)
