#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""darts_mpi.py - darts by mpi4py, as its tutorials show them; a contender of bench (seat.c tells how they talk)

Ranks that wait for an order sleep: the other contenders have their turns meanwhile."""
import sys
import time

try:
    import numpy
    from mpi4py import MPI
except ImportError:
    sys.exit(1)

comm = MPI.COMM_WORLD
rank, size = comm.Get_rank(), comm.Get_size()
generator = numpy.random.Generator(numpy.random.PCG64(rank + 1))
numpy.random.seed(rank + 1)


def tutorial(n):
    hits = 0
    for _ in range(n):
        x, y = numpy.random.rand(), numpy.random.rand()
        if x * x + y * y < 1.0:
            hits += 1
    return hits


def vector(n):
    hits, piece = 0, 1 << 16
    for first in range(0, n, piece):
        m = min(piece, n - first)
        x, y = generator.random(m), generator.random(m)
        hits += int(numpy.count_nonzero(x * x + y * y < 1.0))
    return hits


def order():
    if rank == 0:
        words = sys.stdin.readline().split()
        for other in range(1, size):
            comm.send(words, dest=other)
        return words
    while not comm.iprobe(source=0):
        time.sleep(0.0002)
    return comm.recv(source=0)


if rank == 0:
    print("ready", flush=True)
while True:
    words = order()
    if not words:
        break
    n = int(words[1])
    comm.Barrier()
    start = time.perf_counter()
    mine = {"tutorial": tutorial, "vector": vector}[words[0]](n * (rank + 1) // size - n * rank // size)
    hits = comm.allreduce(mine)
    if rank == 0:
        wall = time.perf_counter() - start
        print("%.9f %.9f 0 %d" % (wall, wall, hits), flush=True)
