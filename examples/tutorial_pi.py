#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""tutorial_pi.py - pi by darts as in the tutorials, to compare with pi_serial.c and pi_pool.c, and as a counterexample

    tutorial_pi.py loop DARTS             one loop
    tutorial_pi.py pool DARTS WORKERS     multiprocessing.Pool.map over the workers

Do not copy this program. Each worker throws int(n / size) darts, so n % size darts are lost, but the hits are divided
by n. For 500 darts and 8 workers, only 496 are thrown, and the other 4 count as misses. Also, every run gives a
different answer.
"""
import multiprocessing
import random
import sys
import time


def sample(n):
    """Throws n darts. Returns n and the number of darts that hit the quarter circle."""
    hits = 0
    for _ in range(n):
        x = random.random()
        y = random.random()
        if x**2 + y**2 < 1.0:
            hits += 1
    return n, hits


def main():
    try:
        form, n, size = (sys.argv[1:] + ["1"])[:3] if len(sys.argv) in (3, 4) else ("", 0, 0)
        n, size = int(n), int(size)
    except ValueError:
        form = ""
    if form not in ("loop", "pool") or n < 1 or size < 1:
        print("usage: tutorial_pi.py loop DARTS | pool DARTS WORKERS", file=sys.stderr)
        sys.exit(2)

    start = time.perf_counter()
    if form == "loop":
        size = 1
        results = [sample(n)]
    else:
        with multiprocessing.Pool(size) as pool:
            results = pool.map(sample, [int(n / size)] * size)     # loses the remainder
    took = time.perf_counter() - start

    thrown = sum(r[0] for r in results)
    hits = sum(r[1] for r in results)
    print(f"{n} darts, {thrown} thrown, {n - thrown} lost, {hits} hits: pi = {4.0 * hits / n:.8f}")
    print(f"tutorial_pi.py: {size} worker{'' if size == 1 else 's'}, {took:.6f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
