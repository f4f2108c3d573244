/* SPDX-License-Identifier: BSD-3-Clause */
/* bench.h - the harness: contenders take turns (A B C A B C ...), and only times measured side by side are compared */
#ifndef BENCH_H
#define BENCH_H

#include <mcpar.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifndef MCPAR_EACH_CPU
#define MCPAR_EACH_CPU
#define NO_EACH_CPU 1
#else
#define NO_EACH_CPU 0
#endif

enum { MOST = 64, MOST_TURNS = 101 };      /* contenders of a race; turns of each */

/* Settings from the command line. */
struct settings {
    double seconds;                        /* how long one turn of a contender should take */
    int turns;
    int cpus;                              /* that this process may use */
    bool huge;                             /* also run what takes minutes */
    const char *scripts;                   /* where the Python rivals are; NULL: they are not run */
    const char *python;
    const char *mpirun;                    /* the command that starts a program on 2 ranks; NULL: no MPI */
    const char *mpi_bench;                 /* the program of mpi_bench.c */
    const char *counts;                    /* bench/count's output: instructions of the fused kernels */
    FILE *json;                            /* one object a line; NULL: none */
};
extern struct settings settings;

/* ---- machine.c: the time, the clock rate, and how many instructions the CPU can issue ---- */
double wall_now(void);                     /* seconds */
double cpu_now(void);                      /* of this process */
double clock_hz(void);                     /* measured by a chain of dependent adds in about 1 ms */

/* A loop of independent instructions of one kind; cycles an instruction is time * hz / instructions. */
struct stream {
    const char *path, *kind;
    uint64_t (*run)(uint64_t loops);       /* returns how many instructions it ran; NULL: not this CPU */
};
extern const struct stream streams[];
extern const size_t streams_n;
extern const struct stream replays[];      /* made by count --replay: of darts, not instructions; the last has run NULL */
bool stream_runs(const struct stream *stream);

/* ---- seat.c: a process in which contenders run: a fork of this one with its own CPU path, or a script ---- */
struct seat;
struct seat *seat_fork(const char *cpu_path);              /* NULL: the library's own choice */
struct seat *seat_command(char *const argv[]);             /* NULL if it does not say "ready" */
struct seat *seat_python(const char *script, const char *kind);   /* NULL if there is no such Python */
struct seat *seat_mpi(const char *program, const char *argument); /* on 2 ranks; an argument *.py is our script */
void seat_close(struct seat *seat);

typedef uint64_t work_fn(uint64_t n);      /* does n units of work and returns the value to check, mostly hits */

struct turn {
    double wall, cpu, hz;                  /* seconds, seconds, 1/seconds */
    uint64_t check;
};
struct turn seat_run(struct seat *seat, work_fn *work, const char *remote, uint64_t n);

/* ---- race.c ---- */
struct contender {
    const char *name;
    struct seat *seat;
    work_fn *work;                         /* in a forked seat */
    const char *remote;                    /* in a script: the name of the work there */
    bool by_wall;                          /* compares wall time, not CPU time */
    uint64_t n;                            /* units in a turn; 0: found by doubling, a power of 2 */
    uint64_t most;                         /* ... at most; 0: no limit */
    work_fn *expected;                     /* the check for n units, or */
    double p;                              /* the probability of a hit; 0: unknown */
    bool same;                             /* its check must equal that of the contender before */
    const char *unit;                      /* NULL: "dart" */
    /* what the race fills in, for one unit */
    uint64_t check;
    double seconds[MOST_TURNS], cycles[MOST_TURNS];
};
void race(struct contender *c, size_t n);
double median(const double *x, int n);
double median_seconds(const struct contender *c);
double median_cycles(const struct contender *c);
double median_ratio(const struct contender *a, const struct contender *b);   /* of the times, turn by turn */

enum sense { AT_MOST, AT_LEAST };
void say_section(const char *section, const char *title);
void say_contenders(const struct contender *c, size_t n);
void say_value(const char *name, double value, const char *unit);
void say_bar(const char *name, double value, enum sense sense, double bar);
void say_absent(const char *name, const char *why);
void give_up(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* ---- known.c ---- */
uint64_t known_hits(uint64_t n);           /* of the first n darts of the default seed; n a power of 2 or of 10 */

/* ---- sampling, shared (work.c) ---- */
struct task {
    mcpar_trial_fn trial;                  /* one of these two */
    mcpar_block_fn block;
    void *arg;
    size_t observables;
    int pool, workers;
    uint32_t stream;
};
uint64_t sample_hits(const struct task *task, uint64_t n);
void sample_must(mcpar *mc, int err);       /* ends the process with the handle's message if err is not 0 */
uint64_t sample_mean_bits(const struct task *task, uint64_t n);    /* of the first observable */

/* ---- ready.c: calls `trial` n times over stored numbers, from the shared library or within the program ---- */
uint64_t over_ready_near(const double *ready, const double *end, mcpar_trial_fn trial, size_t stride, size_t size,
                         uint64_t n);
uint64_t over_ready_shared(const double *ready, const double *end, mcpar_trial_fn trial, size_t stride, size_t size,
                           uint64_t n);
uint64_t over_ready_anywhere_near(const double *ready, const double *end, mcpar_trial_fn trial, size_t size, uint64_t n);
uint64_t over_ready_anywhere_shared(const double *ready, const double *end, mcpar_trial_fn trial, size_t size,
                                    uint64_t n);

/* ---- the trials as a user writes them: user.c is compiled by itself, without the bench's flags ---- */
int user_dart(mcpar_rng *rng, double *values, void *arg);
int user_darts_plain(mcpar_block *block, void *arg);
int user_darts_each_cpu(mcpar_block *block, void *arg);
int user_darts_native(mcpar_block *block, void *arg);
int user_fused(mcpar_block *block, void *arg);
int user_fill(mcpar_block *block, void *arg);              /* makes two draws per trial and uses none */
int user_draw_1(mcpar_rng *rng, double *values, void *arg);
int user_draw_2(mcpar_rng *rng, double *values, void *arg);
int user_draw_3(mcpar_rng *rng, double *values, void *arg);
int user_draw_10(mcpar_rng *rng, double *values, void *arg);
int user_word_10(mcpar_rng *rng, double *values, void *arg);
int user_below_10(mcpar_rng *rng, double *values, void *arg);    /* a bound of 6 */
int user_draw_100(mcpar_rng *rng, double *values, void *arg);
int user_draw_10000(mcpar_rng *rng, double *values, void *arg);
int user_draw_geometric(mcpar_rng *rng, double *values, void *arg);
int user_draw_seldom_10000(mcpar_rng *rng, double *values, void *arg);
int user_draw_is_long(mcpar_rng *rng, double *values, void *arg);
int user_observe(mcpar_rng *rng, double *values, void *arg);

/* ---- sections: each prints its own results ---- */
void section_darts(void);
void section_paths(void);
void section_draws(void);
void section_sums(void);
void section_normals(void);
void section_dists(void);
void section_functions(void);
void section_rivals(void);
void section_orchestration(void);
void section_efficiency(void);
void section_growth(void);

/* ---- rivals: NULL if not found when the bench was compiled ---- */
extern work_fn *const rival_rand, *const rival_rand_r, *const rival_drand48_r, *const rival_box_muller;
extern work_fn *const rival_gsl_mt19937, *const rival_gsl_taus2, *const rival_gsl_plain, *const rival_gsl_ziggurat;
extern work_fn *const rival_gsl_gamma_2_5, *const rival_gsl_gamma_0_5, *const rival_gsl_poisson_5;
extern work_fn *const rival_gsl_poisson_12, *const rival_gsl_poisson_100, *const rival_gsl_binomial_20;
extern work_fn *const rival_gsl_binomial_100;
extern work_fn *const rival_random123;

#endif
