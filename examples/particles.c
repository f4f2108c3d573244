/* SPDX-License-Identifier: BSD-3-Clause */
/* particles.c - particles in a one-dimensional box: domain decomposition, the same trajectories on any number of ranks
 *
 *     mpirun -n 4 particles 12 200 trajectories.svg
 *
 * The box [0, 1) has 64 cells. Each rank owns a range of consecutive cells, its domain, and all particles in them. A
 * particle moves in a straight line, at most one cell per step. It bounces off the walls, and occasionally it is hit
 * and gets a new velocity. The random numbers belong to the particle: trial = particle, draw = step + 2. So it does not
 * matter which rank moves a particle, or in which order.
 *
 * The program has two forms. Broadcast, as in the tutorials: after each step, every rank sends all its particles to all
 * ranks, and each rank keeps those in its own domain. Neighbours: no particle moves farther than the next domain, so a
 * rank sends only the particles that leave, and only to its neighbours. These can only come from the first and last
 * cell of the domain. The particles of these two cells are moved first, and the others while the messages are in
 * transit. Every 16 steps the borders are moved so that all domains have equal work.
 *
 * Why this program cannot hang: before a rank waits for its neighbours' messages of a step, it has started its own
 * messages of that step, and these depend only on earlier steps.
 */
#include <mcpar_mpi.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 64, REBALANCE = 16, BLOCK = 4096, DRAWS_AT_START = 2 };

struct particle {
    double x, v;                                 /* v in cells per step, from -1 to 1 */
    uint64_t id;
};
struct list {
    struct particle *p;
    size_t n, room;
};

static struct list mine;
static int rank, size, cut[CELLS + 1];           /* rank r owns the cells from cut[r] to before cut[r + 1] */
static uint64_t particles = 12, steps = 200;
static uint64_t moves, messages, bytes, trajectories; /* of this rank; the last is a checksum of its moves */
static double *path;                             /* for the picture: x of each particle after each step; or NULL */
static MPI_Datatype particle_type;

static void *need(void *memory)
{
    if (!memory) MPI_Abort(MPI_COMM_WORLD, 1);   /* the other ranks would wait forever: end them too */
    return memory;
}

static struct particle *extend(struct list *list, size_t n)   /* makes room for n more particles and returns it */
{
    if (list->n + n >= list->room) {
        list->room = 2 * (list->n + n) + 16;
        list->p = need(realloc(list->p, list->room * sizeof *list->p));
    }
    list->n += n;
    return list->p + list->n - n;
}

/* ---- One particle: the physics, which does not depend on ranks ---- */

static int cell(double x) { return x < 1 ? (int)(x * CELLS) : CELLS - 1; }

static uint64_t mix(uint64_t z)                  /* mixes all bits: SplitMix64, doi 10.1145/2660193.2660195 */
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void look(const struct particle *p, uint64_t step)
{
    uint64_t bits;
    memcpy(&bits, &p->x, sizeof bits);
    trajectories += mix(bits + mix(p->id << 32 | step));      /* integers: the same sum in any order */
    if (path) path[p->id * (steps + 1) + step] = p->x;
}

static struct particle born(uint64_t id)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, id);
    double u = mcpar_uniform(rng), v = 2 * mcpar_uniform(rng) - 1;
    return (struct particle){ u * u, v, id };    /* u * u: crowded at the left */
}

static void move(struct particle *p, uint64_t step)
{
    mcpar_rng_space space;
    mcpar_rng *rng = mcpar_rng_open(&space, MCPAR_SEED_DEFAULT, 0, p->id);
    int refused = mcpar_rng_jump(rng, DRAWS_AT_START + step);
    double u = mcpar_uniform(rng);

    if (u < 1.0 / 32 && !refused) p->v = 64 * u - 1;          /* hit */
    p->x += p->v / CELLS;
    if (p->x < 0) { p->x = -p->x; p->v = -p->v; }
    if (p->x >= 1) { p->x = 2 - p->x; p->v = -p->v; }
    look(p, step + 1);
    moves++;
}

static int owns(int r, double x) { return cell(x) >= cut[r] && cell(x) < cut[r + 1]; }

static void start(void)                          /* equal parts of the box, but very unequal numbers of particles */
{
    for (int r = 0; r <= size; r++)
        cut[r] = CELLS * r / size;
    mine.n = moves = messages = bytes = trajectories = 0;
    for (uint64_t id = 0; id < particles; id++) {
        struct particle p = born(id);            /* all ranks compute all births, so none are sent */
        if (owns(rank, p.x)) {
            *extend(&mine, 1) = p;
            look(&p, 0);
        }
    }
}

/* ---- The reference: send all particles to all ranks ---- */

static void step_broadcast(uint64_t step)
{
    static struct list all, next;

    for (size_t i = 0; i < mine.n; i++)
        move(&mine.p[i], step);
    next.n = 0;
    for (int root = 0; root < size; root++) {
        uint64_t n = mine.n;
        MPI_Bcast(&n, 1, MPI_UINT64_T, root, MPI_COMM_WORLD);
        all.n = 0;
        extend(&all, n);
        if (root == rank && n > 0) memcpy(all.p, mine.p, n * sizeof *all.p);
        MPI_Bcast(all.p, (int)n, particle_type, root, MPI_COMM_WORLD);
        if (root == rank) {                      /* each other rank gets two messages, by whatever route */
            messages += 2 * ((uint64_t)size - 1);
            bytes += ((uint64_t)size - 1) * (sizeof n + n * sizeof *all.p);
        }
        for (size_t i = 0; i < all.n; i++)
            if (owns(rank, all.p[i].x)) *extend(&next, 1) = all.p[i];
    }
    struct list old = mine;
    mine = next;
    next = old;
}

/* ---- Send to neighbours only ---- */

static struct side {
    struct list out, in;
    MPI_Request send, receive;
    int neighbour, matched;
} sides[2];

static void send_leaving(void)
{
    for (struct side *s = sides; s < sides + 2; s++) {
        s->neighbour = s == sides ? rank - 1 : rank + 1;
        if (s->neighbour < 0 || s->neighbour == size) s->neighbour = MPI_PROC_NULL;
        s->matched = 0;
        MPI_Isend(s->out.p, (int)s->out.n, particle_type, s->neighbour, 0, MPI_COMM_WORLD, &s->send);
        messages += s->neighbour != MPI_PROC_NULL;
        bytes += s->out.n * sizeof(struct particle);
    }
}

/* Receives the messages that have arrived. Their sizes are not known before. These calls also let MPI make progress. */
static void receive(int wait)
{
    for (struct side *s = sides; s < sides + 2; s++) {
        MPI_Message message;
        MPI_Status status;
        int n, there = 1;

        if (s->matched) continue;
        if (wait)
            MPI_Mprobe(s->neighbour, 0, MPI_COMM_WORLD, &message, &status);
        else
            MPI_Improbe(s->neighbour, 0, MPI_COMM_WORLD, &there, &message, &status);
        if (!there) continue;
        MPI_Get_count(&status, particle_type, &n);
        s->in.n = 0;
        MPI_Imrecv(extend(&s->in, (size_t)n), n, particle_type, &message, &s->receive);
        s->matched = 1;
    }
}

static void take_in(void)
{
    receive(1);
    for (struct side *s = sides; s < sides + 2; s++) {
        MPI_Wait(&s->send, MPI_STATUS_IGNORE);
        MPI_Wait(&s->receive, MPI_STATUS_IGNORE);
        struct particle *to = extend(&mine, s->in.n);
        if (s->in.n) memcpy(to, s->in.p, s->in.n * sizeof *to);
        s->out.n = 0;
    }
}

static void leave(struct particle p) { *extend(&sides[cell(p.x) >= cut[rank + 1]].out, 1) = p; }

static void step_neighbours(uint64_t step)
{
    size_t edge = 0;                             /* particles before this index are in the first or last cell */

    for (size_t i = 0; i < mine.n; i++) {
        int c = cell(mine.p[i].x);
        if (c != cut[rank] && c != cut[rank + 1] - 1) continue;
        struct particle p = mine.p[i];
        mine.p[i] = mine.p[edge];
        mine.p[edge++] = p;
    }
    for (size_t i = 0; i < edge;) {
        move(&mine.p[i], step);
        if (owns(rank, mine.p[i].x)) { i++; continue; }
        leave(mine.p[i]);
        mine.p[i] = mine.p[--edge];              /* fill the gap from the edge part, and that gap from the end */
        mine.p[edge] = mine.p[--mine.n];
    }
    send_leaving();
    for (size_t i = edge; i < mine.n; i++) {
        move(&mine.p[i], step);
        if (i % BLOCK == 0) receive(0);
    }
    take_in();
}

/* Divides the box into parts of equal work. A border moves at most to the old position of the next border. Particles
 * therefore move at most to a neighbour, and the same exchange works. If a border should move farther, it moves the
 * rest of the way the next time. */
static void rebalance(void)
{
    uint64_t in_cell[CELLS] = { 0 }, before = 0;
    int old[CELLS + 1], best = 0;

    for (size_t i = 0; i < mine.n; i++)
        in_cell[cell(mine.p[i].x)]++;
    MPI_Allreduce(MPI_IN_PLACE, in_cell, CELLS, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    if (rank > 0) messages += 2, bytes += 2 * sizeof in_cell; /* up a tree and down again: the minimum */
    memcpy(old, cut, sizeof old);
    for (int r = 1; r < size; r++) {
        int least = best + 1, most = CELLS - (size - r);      /* at least one cell for each rank */
        for (; best < least || (best < most && before * (uint64_t)size < particles * (uint64_t)r); best++)
            before += in_cell[best];
        cut[r] = best < old[r - 1] ? old[r - 1] : best > old[r + 1] ? old[r + 1] : best;
    }
    for (size_t i = 0; i < mine.n;) {
        if (owns(rank, mine.p[i].x)) { i++; continue; }
        leave(mine.p[i]);
        mine.p[i] = mine.p[--mine.n];
    }
    send_leaving();
    take_in();
}

/* ---- Both forms ---- */

static int draw_picture(const char *file)
{
    FILE *svg = fopen(file, "w");
    if (!svg) return perror(file), 1;
    fprintf(svg, "<svg xmlns='http://www.w3.org/2000/svg' viewBox='-10 -10 820 620' fill='none'>\n"
                 "<rect x='-10' y='-10' width='820' height='620' fill='white'/>\n"
                 "<rect width='800' height='600' stroke='black'/>\n");
    for (uint64_t id = 0; id < particles; id++) {
        fprintf(svg, "<polyline stroke='hsl(%d,80%%,40%%)' points='", (int)(360 * id / particles));
        for (uint64_t t = 0; t <= steps; t++)    /* time runs to the right, x upwards */
            fprintf(svg, "%.1f,%.1f ", 800 * (double)t / (double)steps, 600 - 600 * path[id * (steps + 1) + t]);
        fprintf(svg, "'/>\n");
    }
    fprintf(svg, "</svg>\n");
    return fclose(svg) != 0;
}

static uint64_t run(int neighbours)              /* returns the checksum of all trajectories */
{
    start();
    double begun = MPI_Wtime();
    for (uint64_t step = 0; step < steps; step++) {
        if (!neighbours) { step_broadcast(step); continue; }
        if (step % REBALANCE == 0) rebalance();
        step_neighbours(step);
    }
    double seconds = MPI_Wtime() - begun;
    uint64_t sum[4] = { mine.n, messages, bytes, trajectories }, busiest = moves;
    MPI_Allreduce(MPI_IN_PLACE, sum, 4, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &busiest, 1, MPI_UINT64_T, MPI_MAX, MPI_COMM_WORLD);
    if (rank > 0) return sum[3];
    const char *form = neighbours ? "neighbours" : "broadcast";
    printf("%-10s  %" PRIu64 " particles, trajectories %016" PRIx64 "\n", form, sum[0], sum[3]);
    fprintf(stderr, "%-10s  %d ranks: a step takes %.1f messages, %.0f bytes; the busiest rank has %.2f of an equal "
            "share; %.3f s\n",
            form, size, (double)sum[1] / (double)steps, (double)sum[2] / (double)steps,
            (double)busiest * size / (double)(particles * steps), seconds);
    return sum[0] == particles ? sum[3] : 0;
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
    if (argc > 4 || (argc > 1 && !number(argv[1], 50000000, &particles)) ||
        (argc > 2 && !number(argv[2], 100000, &steps)) || (argc > 3 && particles * steps > 1000000) || size > CELLS) {
        if (rank == 0) fprintf(stderr, "usage: particles [particles [steps [picture.svg]]]    12 and 200 if not given, "
                                       "at most %d ranks, a picture of at most 10^6 points\n", CELLS);
        MPI_Finalize();
        return 2;
    }
    MPI_Type_contiguous(sizeof(struct particle), MPI_BYTE, &particle_type);
    MPI_Type_commit(&particle_type);
    if (argc > 3) path = need(calloc(particles * (steps + 1), sizeof *path));

    int failed = 0;
    uint64_t broadcast = run(0);
    if (path) memset(path, 0, particles * (steps + 1) * sizeof *path);
    uint64_t neighbours = run(1);
    if (path) {                                  /* one rank has each position; on the others it is 0 */
        MPI_Reduce(rank ? path : MPI_IN_PLACE, path, (int)(particles * (steps + 1)), MPI_DOUBLE, MPI_MAX, 0,
                   MPI_COMM_WORLD);
        if (rank == 0) failed = draw_picture(argv[3]);
        free(path);
    }
    if (rank == 0 && (broadcast != neighbours || !neighbours)) {
        fprintf(stderr, "particles: the two forms differ\n");
        failed = 1;
    }
    MPI_Type_free(&particle_type);
    MPI_Finalize();
    return failed;
}
