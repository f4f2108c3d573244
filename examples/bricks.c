/* SPDX-License-Identifier: BSD-3-Clause */
/* bricks.c - walkers on a grid that is divided like a brick wall: halo exchange, and cells with unequal work
 *
 *     mpirun -n 4 bricks
 *
 * Three heaps of walkers start on a grid of 128 x 64 cells. In each step, each walker stays or moves to one of the four
 * adjacent cells; a walker that would leave the grid stays. Each rank owns a brick. The rows of the wall may have
 * different heights, and the bricks of a row may have different widths. A cell costs one draw for each of its walkers,
 * so bricks of equal size are unequal work.
 *
 * The random numbers belong to the cell and the step: trial = step * cells + cell, draw = walker. A rank can therefore
 * find out by itself which walkers come in from the cells around its brick (the halo). It needs only their numbers of
 * walkers, and makes the same draws as their owner. Sums of integers do not depend on the order of their terms. So for
 * any number of ranks and bricks of any size, every cell has the same number of walkers after every step.
 *
 * Why this program cannot hang: it starts all sends and receives before it waits for any of them, both sides compute
 * what they exchange from the same rectangles, and every rank makes the same exchanges in the same order.
 */
#include <mcpar_mpi.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 128, HEIGHT = 64, RECUT = 10, HEAPS = 3 };

struct rect { int x0, y0, x1, y1; };             /* x0 <= x < x1, y0 <= y < y1 */
struct patch { struct rect r; uint32_t *n; };    /* walkers in each cell of a rectangle */

static const struct { int x, y, parts; } heap[HEAPS] = { { 40, 32, 8 }, { 66, 24, 4 }, { 94, 40, 1 } };
static int rank, size;
static uint64_t walkers = 65536, steps = 100, messages, bytes;
static struct rect *brick;                       /* the brick of each rank */
static MPI_Request *request;
static int requests;

static void *need(void *memory)
{
    if (!memory) MPI_Abort(MPI_COMM_WORLD, 1);   /* the other ranks would wait forever: end them too */
    return memory;
}

static uint64_t mix(uint64_t z)                  /* mixes all bits: SplitMix64, doi 10.1145/2660193.2660195 */
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int larger(int a, int b) { return a > b ? a : b; }
static int smaller(int a, int b) { return a < b ? a : b; }
static struct rect meet(struct rect a, struct rect b)
{
    return (struct rect){ larger(a.x0, b.x0), larger(a.y0, b.y0), smaller(a.x1, b.x1), smaller(a.y1, b.y1) };
}
static struct rect grow(struct rect r)           /* r and its halo */
{
    return meet((struct rect){ r.x0 - 1, r.y0 - 1, r.x1 + 1, r.y1 + 1 }, (struct rect){ 0, 0, WIDTH, HEIGHT });
}
static int within(struct rect r, int x, int y) { return x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1; }

static uint32_t *at(struct patch p, int x, int y) { return &p.n[(y - p.r.y0) * (p.r.x1 - p.r.x0) + x - p.r.x0]; }

static struct patch empty_patch(struct rect r)
{
    return (struct patch){ r, need(calloc((size_t)((r.x1 - r.x0) * (r.y1 - r.y0)), sizeof(uint32_t))) };
}

/* ---- Exchange between ranks ---- */

static MPI_Datatype part(struct patch p, struct rect r)      /* a rectangle in a patch: MPI collects its rows */
{
    MPI_Datatype type;
    int whole[2] = { p.r.y1 - p.r.y0, p.r.x1 - p.r.x0 }, some[2] = { r.y1 - r.y0, r.x1 - r.x0 };
    int from[2] = { r.y0 - p.r.y0, r.x0 - p.r.x0 };

    MPI_Type_create_subarray(2, whole, some, from, MPI_ORDER_C, MPI_UINT32_T, &type);
    MPI_Type_commit(&type);
    return type;
}

/* Starts an exchange. At its end, each rank q has all cells of want[q] in its patch `to`, sent by the ranks that have
 * them. For a halo, `have` is the bricks and `want` the bricks with their halos. For new bricks, `have` is the old
 * bricks and `want` the new ones. */
static void start_exchange(const struct rect *have, struct patch from, const struct rect *want, struct patch to)
{
    requests = 0;
    for (int q = 0; q < size; q++) {
        struct rect give = meet(have[rank], want[q]), take = meet(have[q], want[rank]);
        if (q == rank && from.n == to.n) continue;
        if (take.x0 < take.x1 && take.y0 < take.y1) {
            MPI_Datatype type = part(to, take);
            MPI_Irecv(to.n, 1, type, q, 0, MPI_COMM_WORLD, &request[requests++]);
            MPI_Type_free(&type);                /* MPI keeps it until the exchange is complete */
        }
        if (give.x0 < give.x1 && give.y0 < give.y1) {
            MPI_Datatype type = part(from, give);
            MPI_Isend(from.n, 1, type, q, 0, MPI_COMM_WORLD, &request[requests++]);
            MPI_Type_free(&type);
            if (q == rank) continue;
            messages++;
            bytes += sizeof(uint32_t) * (uint64_t)(give.x1 - give.x0) * (uint64_t)(give.y1 - give.y0);
        }
    }
}

static void end_exchange(void)
{
    for (int i = 0; i < requests; i++)
        MPI_Wait(&request[i], MPI_STATUS_IGNORE);
}

/* ---- The wall ---- */

/* Divides n rows or columns into parts whose work is in proportion to `share`. Each part gets at least one row or
 * column. */
static void cut(const uint64_t *work, int n, int parts, const int *share, int *border)
{
    uint64_t total = 0, shares = 0, before = 0, earlier = 0;
    int best = 0;

    for (int i = 0; i < n; i++) total += work[i];
    for (int i = 0; i < parts; i++) shares += (uint64_t)share[i];
    for (int i = 1; i < parts; i++) {
        earlier += (uint64_t)share[i - 1];
        int least = border[i - 1] + 1, most = n - (parts - i);
        for (; best < least || (best < most && before * shares < total * earlier); best++)
            before += work[best];
        border[i] = best;
    }
    border[parts] = n;
}

/* Computes a new wall. The work is that of the walkers in *mine; if mine is NULL, all cells have the same work. All
 * ranks divide the same sums, so every rank knows all bricks. */
static void build(struct rect *new, const struct patch *mine)
{
    int rows = (int)sqrt(size), bricks[HEIGHT], ones[WIDTH], first = 0, y[HEIGHT + 1] = { 0 }, x[WIDTH + 1] = { 0 };
    uint64_t work[WIDTH];

    for (int r = 0; r < rows; r++) bricks[r] = size / rows + (r < size % rows);
    for (int i = 0; i < WIDTH; i++) ones[i] = 1;
    for (int r = -1; r < rows; r++) {            /* r = -1: the heights of the rows; then the widths in row r */
        for (int i = 0; i < WIDTH; i++) work[i] = 1;
        for (int v = 0; v < HEIGHT && mine; v++)
            for (int u = 0; u < WIDTH; u++)
                if (within(brick[rank], u, v) && (r < 0 || (v >= y[r] && v < y[r + 1])))
                    work[r < 0 ? v : u] += *at(*mine, u, v) + 1; /* opening a stream costs about as much as a walker */
        if (mine) MPI_Allreduce(MPI_IN_PLACE, work, WIDTH, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
        if (mine && rank > 0) messages += 2, bytes += 2 * sizeof work; /* up a tree and down again */
        if (r < 0) { cut(work, HEIGHT, rows, bricks, y); continue; }
        cut(work, WIDTH, bricks[r], ones, x);
        for (int b = 0; b < bricks[r]; b++)
            new[first++] = (struct rect){ x[b], y[r], x[b + 1], y[r + 1] };
    }
}

static struct patch rebuild(struct patch mine)
{
    struct rect *new = need(malloc((size_t)size * sizeof *new));
    build(new, &mine);
    struct patch moved = empty_patch(grow(new[rank]));
    start_exchange(brick, mine, new, moved);
    end_exchange();
    free(mine.n);
    free(brick);
    brick = new;
    return moved;
}

/* ---- The walkers ---- */

/* Makes the draws for the walkers of one cell, and counts in `to` those that end in this rank's brick. */
static uint32_t walk(struct patch from, struct patch to, int x, int y, uint64_t step)
{
    static const int dx[5] = { 0, 1, -1, 0, 0 }, dy[5] = { 0, 0, 0, 1, -1 };
    uint32_t n = *at(from, x, y);
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, (step * HEIGHT + (uint64_t)y) * WIDTH + (uint64_t)x);

    for (uint32_t i = 0; i < n; i++) {
        uint64_t way = mcpar_below(rng, 5);
        int u = x + dx[way], v = y + dy[way];
        if (u < 0 || u == WIDTH || v < 0 || v == HEIGHT) u = x, v = y;
        if (within(to.r, u, v)) ++*at(to, u, v);
    }
    return n + 1;
}

static uint64_t run(const char *form, int recut) /* returns a sum over all cells and steps */
{
    uint64_t *effort = need(calloc(2 * steps, sizeof *effort)), sum[5] = { 0 }, slowest = 0, all = 0;
    struct rect *want = need(malloc((size_t)size * sizeof *want));
    uint64_t left = walkers;
    messages = bytes = 0;
    brick = need(malloc((size_t)size * sizeof *brick));
    build(brick, NULL);
    struct patch mine = empty_patch(grow(brick[rank]));       /* the brick and its halo */
    for (int h = 0; h < HEAPS; h++) {
        uint64_t n = h < HEAPS - 1 ? walkers * (uint64_t)heap[h].parts / 13 : left;
        left -= n;
        if (within(brick[rank], heap[h].x, heap[h].y)) *at(mine, heap[h].x, heap[h].y) = (uint32_t)n;
    }

    double begun = MPI_Wtime();
    for (uint64_t step = 0; step < steps; step++) {
        if (recut && step % RECUT == 0) mine = rebuild(mine);
        struct rect own = brick[rank], halo = mine.r;
        struct patch next = empty_patch(own);
        for (int q = 0; q < size; q++) want[q] = grow(brick[q]);
        start_exchange(brick, mine, want, mine);
        for (int y = own.y0; y < own.y1; y++)    /* while the halo is in transit */
            for (int x = own.x0; x < own.x1; x++)
                effort[step] += walk(mine, next, x, y, step);
        end_exchange();
        for (int y = halo.y0; y < halo.y1; y++)
            for (int x = halo.x0; x < halo.x1; x++)
                if (!within(own, x, y)) effort[step] += walk(mine, next, x, y, step);
        sum[0] = sum[1] = 0;
        for (int y = own.y0; y < own.y1; y++)
            for (int x = own.x0; x < own.x1; x++) {
                uint64_t n = *at(mine, x, y) = *at(next, x, y);
                sum[0] += n;
                sum[1] += n * (uint64_t)((x - 64) * (x - 64) + (y - 32) * (y - 32));
                sum[2] += mix(n + mix((step * HEIGHT + (uint64_t)y) * WIDTH + (uint64_t)x));
            }
        free(next.n);
    }
    double seconds = MPI_Wtime() - begun;
    sum[3] = messages, sum[4] = bytes;
    MPI_Allreduce(MPI_IN_PLACE, sum, 5, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(effort, effort + steps, (int)steps, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, effort, (int)steps, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    for (uint64_t step = 0; step < steps; step++)
        all += effort[step], slowest += effort[steps + step];
    if (rank == 0) {
        double before = 0;
        for (int h = 0; h < HEAPS; h++)
            before += heap[h].parts / 13.0 * (pow(heap[h].x - 64, 2) + pow(heap[h].y - 32, 2));
        printf("%-12s %" PRIu64 " walkers, cells %016" PRIx64 ", mean square of distances %+.4f, expected %+.4f\n",
               form, sum[0], sum[2], (double)sum[1] / (double)walkers - before, 0.8 * (double)steps);
        fprintf(stderr, "%-12s %d ranks: a step takes %.1f messages, %.0f bytes; the busiest rank has %.2f of an equal "
                        "share; %.3f s\n", form, size, (double)sum[3] / (double)steps, (double)sum[4] / (double)steps,
                (double)slowest * size / (double)all, seconds);
    }
    free(mine.n); free(want); free(brick); free(effort);
    return sum[0] == walkers ? sum[2] : 0;
}

static int number(const char *word, uint64_t most, uint64_t *value)
{
    size_t digits = strspn(word, "0123456789");
    *value = digits > 0 && digits <= 9 && word[digits] == '\0' ? strtoull(word, NULL, 10) : 0;
    return *value >= 1 && *value <= most;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    if (argc > 3 || (argc > 1 && !number(argv[1], 100000000, &walkers)) ||
        (argc > 2 && !number(argv[2], 100000, &steps)) || size > HEIGHT * HEIGHT / 2) {
        if (rank == 0)
            fprintf(stderr, "usage: bricks [walkers [steps]]    65536 and 100 if not given, at most %d ranks\n",
                    HEIGHT * HEIGHT / 2);
        MPI_Finalize();
        return 2;
    }
    request = need(malloc(2 * (size_t)size * sizeof(MPI_Request)));
    uint64_t equal = run("equal bricks", 0), effort = run("by effort", 1);
    if (rank == 0 && (equal != effort || !equal)) fprintf(stderr, "bricks: the two walls differ\n");
    free(request);
    MPI_Finalize();
    return equal != effort || !equal;
}
