/* SPDX-License-Identifier: BSD-3-Clause */
/* mcpar.h - parallel Monte Carlo estimation with one answer
 *
 * Write one random trial as a C function. libmcpar runs as many trials as you ask for, on the CPUs of one
 * machine or across an MPI job, and returns the estimate, its error and a fingerprint of what was run. The
 * seed, the stream, the trial function and the number of trials determine the result to the last bit. The
 * number of workers and ranks, killed workers and the order in which results arrive do not change it.
 *
 *     static int dart(mcpar_rng *rng, double *values, void *arg)
 *     {
 *         double x = mcpar_uniform(rng), y = mcpar_uniform(rng);
 *         return x * x + y * y < 1.0;
 *     }
 *     ...
 *     mcpar *mc;
 *     mcpar_estimate e;
 *     int err = mcpar_init(&mc, NULL);
 *     if (!err) err = mcpar_sample(mc, 1000000000, dart, NULL);
 *     if (!err) err = mcpar_reduce(mc, &e);                       pi is 4 * e.mean +- 4 * e.std_error
 *     if (err && mcpar_rank(mc) <= 0) fprintf(stderr, "%s\n", mcpar_message(mc));
 *     mcpar_finalize(&mc);
 *
 * The numbers are reproducible by default: two handles with the same seed and stream use the SAME random
 * numbers (common random numbers). Independent runs need different seeds or streams.
 *
 * Everything here is since 0.1 unless it says otherwise. Units: trials and draws are counts from 0, times
 * are seconds. Calls return 0 or a positive code of enum mcpar_error; every call accepts NULL as the handle
 * (and returns MCPAR_ERR_ARGUMENT). A handle is used by one thread at a time. The manual pages: mcpar(7) for the whole,
 * mcpar_init(3), mcpar_sample(3), mcpar_reduce(3), mcpar_uniform(3), mcpar_block(3), mcpar_rng_open(3),
 * mcpar_observe(3), mcpar_message(3), mcpar_version(3).
 */
#ifndef MCPAR_H
#define MCPAR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MCPAR_VERSION_MAJOR 0
#define MCPAR_VERSION_MINOR 1
#define MCPAR_VERSION_PATCH 0
#define MCPAR_VERSION "0.1.0"
/* One number that grows with every release: major * 10^6 + minor * 10^3 + patch. */
#define MCPAR_VERSION_NUMBER (MCPAR_VERSION_MAJOR * 1000000 + MCPAR_VERSION_MINOR * 1000 + MCPAR_VERSION_PATCH)
#define MCPAR_VERSION_AT_LEAST(major, minor, patch) \
    (MCPAR_VERSION_NUMBER >= (major) * 1000000 + (minor) * 1000 + (patch))
/* The contract of the random numbers, part of every result; see mcpar-contract(7). */
#define MCPAR_CONTRACT 1

#if defined(__GNUC__) || defined(__clang__)
#define MCPAR_API __attribute__((visibility("default")))
#define MCPAR_USE_RESULT __attribute__((warn_unused_result))
#define MCPAR_LIKELY(x) __builtin_expect(!!(x), 1)
#else
#define MCPAR_API
#define MCPAR_USE_RESULT
#define MCPAR_LIKELY(x) (x)
#endif

/* Every inline function is an exported symbol too, for other languages and for code that defines MCPAR_NO_INLINE. */
#if defined(MCPAR_NO_INLINE) || defined(__GNUC_GNU_INLINE__)
#undef MCPAR_NO_INLINE
#define MCPAR_NO_INLINE
#define MCPAR_INLINE
#else
#define MCPAR_INLINE inline
#endif

/* ---- Errors ------------------------------------------------------------------------------------------ */

/* Every code, once: its name, its value (which never changes its meaning), its text (mcpar_strerror). */
#define MCPAR_ERRORS(X)                                                                          \
    X(MCPAR_OK, 0, "success")                                                                    \
    X(MCPAR_ERR_ARGUMENT, 1, "invalid argument")                                                 \
    X(MCPAR_ERR_OPTION, 2, "invalid option")                                                     \
    X(MCPAR_ERR_ENVIRONMENT, 3, "invalid environment variable")                                  \
    X(MCPAR_ERR_MEMORY, 4, "out of memory")                                                      \
    X(MCPAR_ERR_STATE, 5, "not possible in this state of the handle")                            \
    X(MCPAR_ERR_BUSY, 6, "the handle is in use by another thread or by its own trial")           \
    X(MCPAR_ERR_FORKED, 7, "the handle belongs to the process that made it, not to its child")   \
    X(MCPAR_ERR_STALE, 8, "nothing combined since the last sampling: call mcpar_reduce first")   \
    X(MCPAR_ERR_TRIAL, 9, "a trial asked to stop the run or returned something else than 0 or 1") \
    X(MCPAR_ERR_VALUE, 10, "a trial reported an observable that is not finite")                  \
    X(MCPAR_ERR_HITS, 11, "a block reported more hits than it has trials")                       \
    X(MCPAR_ERR_DRAWS, 12, "a trial took more than 2^32 draws")                                  \
    X(MCPAR_ERR_CRASH, 13, "a trial ends its process whenever it is run")                        \
    X(MCPAR_ERR_KILLED, 14, "workers are killed from outside again and again")                   \
    X(MCPAR_ERR_WORKERS, 15, "workers could not be started or kept")                             \
    X(MCPAR_ERR_SCRATCH, 16, "the host's callback made no scratch memory")                       \
    X(MCPAR_ERR_POOL, 17, "this pool cannot be used here")                                       \
    X(MCPAR_ERR_COMM, 18, "communication between the ranks failed")                              \
    X(MCPAR_ERR_MPI_LIBRARY, 19, "libmcpar_mpi cannot be used")                                  \
    X(MCPAR_ERR_MPI_STATE, 20, "MPI is not in a state in which this call can use it")            \
    X(MCPAR_ERR_LAUNCHER, 21, "the launcher and MPI disagree about the number of processes")     \
    X(MCPAR_ERR_MISMATCH, 22, "the ranks made different calls or passed different arguments")    \
    X(MCPAR_ERR_LEFT, 31, "a trial or callback did not return")                                  \
    X(MCPAR_ERR_DEADLOCK, 32, "all workers wait for a lock")                                     \
    X(MCPAR_ERR_LIMIT, 33, "a resource limit of the system ended a worker")

typedef enum mcpar_error {
#define MCPAR__ENUM(name, value, text) name = value,
    MCPAR_ERRORS(MCPAR__ENUM)
#undef MCPAR__ENUM
    MCPAR__NO_ERROR = 0                    /* C++98 and C89 allow no comma at the end of an enum */
} mcpar_error;

/* The text of a code; never NULL, not even for numbers that are not codes. Static storage. */
MCPAR_API const char *mcpar_strerror(int code);

typedef struct mcpar mcpar;                /* the handle: one estimation, its pool and its communicator */

/* The message of the last call that failed on this handle: the text of its code and the detail (which trial,
 * option, variable, errno, rank). "" if none failed. Owned by the handle, valid until the next call on it.
 * MCPAR_ERR_BUSY and MCPAR_ERR_FORKED do not change the message. Never NULL. */
MCPAR_API const char *mcpar_message(const mcpar *mc);

/* Things worth knowing that are not errors (fewer workers than you asked for, more workers than CPUs, ...):
 * note number `index` from 0, NULL after the last one. Never part of the result. Owned by the handle. */
MCPAR_API const char *mcpar_note(const mcpar *mc, size_t index);

/* Which trial failed in the last sampling, as the message says: the numbers to run it alone with, by mcpar_rng_open.
 * 0; MCPAR_ERR_STATE if no trial failed since the last mcpar_reset or since sampling last began. Any of the pointers
 * may be NULL. Local, and the same on all ranks. */
MCPAR_API int mcpar_failed(const mcpar *mc, uint64_t *seed, uint32_t *stream, uint64_t *trial);

/* ---- The handle -------------------------------------------------------------------------------------- */

#define MCPAR_UNSET (-1)                   /* an int option that the program leaves to the environment */
#define MCPAR_SEED_UNSET UINT64_MAX        /* so seeds go from 0 to 2^64 - 2 */
#define MCPAR_STREAM_UNSET UINT32_MAX      /* streams go from 0 to 2^24 - 1 */
#define MCPAR_SEED_DEFAULT UINT64_C(271828182845904523)

typedef enum mcpar_pool {                  /* where one process runs its trials; MCPAR_POOL */
    MCPAR_POOL_AUTO = 0,                   /* fork, or serial with more than one rank or a started MPI */
    MCPAR_POOL_SERIAL = 1,                 /* in the calling thread */
    MCPAR_POOL_FORK = 2                    /* in worker processes that are forked when sampling starts */
} mcpar_pool;

typedef enum mcpar_comm {                  /* who else takes part; MCPAR_COMM */
    MCPAR_COMM_AUTO = 0,                   /* MPI under a launcher that says more than one process, else self */
    MCPAR_COMM_SELF = 1,                   /* this process alone, also under a launcher: independent runs */
    MCPAR_COMM_MPI = 2
} mcpar_comm;

/* What the program sets. What it leaves unset comes from the environment, then from the defaults. Initialize
 * it with MCPAR_OPTIONS_INIT, so that a program compiled today works with later versions of the library. */
typedef struct mcpar_options {
    size_t size;                           /* set by MCPAR_OPTIONS_INIT */
    int pool;                              /* enum mcpar_pool; MCPAR_POOL=auto|serial|fork; default auto */
    int comm;                              /* enum mcpar_comm; MCPAR_COMM=auto|self|mpi; default auto */
    int workers;                           /* of the fork pool, 1 to 4096; MCPAR_WORKERS; default: the CPUs that
                                              affinity and cgroup quota leave to this process */
    uint32_t stream;                       /* 0 to 2^24 - 1; MCPAR_STREAM; default 0 */
    uint64_t seed;                         /* 0 to 2^64 - 2; MCPAR_SEED; default MCPAR_SEED_DEFAULT */
    double confidence;                     /* of intervals, in (0, 1); unset: -1; default 0.95 */
    const char *tag;                       /* names the trial and its parameters, part of the fingerprint; at most
                                              4,095 bytes, copied; unset: NULL; default "" */
    void *(*scratch_new)(void *scratch_arg);               /* once in each worker before its first trial; NULL: none.
                                                              Returning NULL fails the run: MCPAR_ERR_SCRATCH */
    void (*scratch_free)(void *scratch, void *scratch_arg); /* when a worker ends in order; NULL: nothing to do */
    void *scratch_arg;
    double deadlock_seconds;               /* when all workers of a program with threads have waited for locks for so
                                              long, sampling ends with MCPAR_ERR_DEADLOCK: up to 10^6, 0: never;
                                              MCPAR_DEADLOCK_SECONDS, a whole number; unset: -1; default 30 */
} mcpar_options;

#define MCPAR_OPTIONS_INIT                                                                                  \
    { sizeof(mcpar_options), MCPAR_UNSET, MCPAR_UNSET, MCPAR_UNSET, MCPAR_STREAM_UNSET, MCPAR_SEED_UNSET,   \
      -1.0, NULL, NULL, NULL, NULL, -1.0 }

/* Makes a handle. options NULL: nothing is set. Collective (all ranks call it). On failure, too, *mc is set to
 * a handle, which only carries the message and must be finalized; *mc is NULL only if there is no memory. */
MCPAR_API MCPAR_USE_RESULT int mcpar_init(mcpar **mc, const mcpar_options *options);

/* Frees everything and sets *mc to NULL. Collective. *mc may be NULL. In a forked child it only frees memory. A
 * handle in use (by its own trial or by another thread) is not touched: MCPAR_ERR_BUSY or, in a worker,
 * MCPAR_ERR_FORKED. */
MCPAR_API int mcpar_finalize(mcpar **mc);

/* ---- The trial --------------------------------------------------------------------------------------- */

/* A stream of random numbers: those of one trial, in the order of its draws. The three members are public only
 * because draws are inlined; programs must not use them. */
typedef struct mcpar_rng {
    const double *next, *end;              /* ready numbers: the next, and past the last */
    ptrdiff_t words;                       /* the word of a ready number is this many bytes after it; 0: not made */
} mcpar_rng;

/* One trial. Returns 1 for a hit, 0 for a miss, a negative number to stop the run (MCPAR_ERR_TRIAL); more
 * than 1 is an error. values has one place for each observable of mcpar_observe, zeroed before each trial, or
 * is NULL where there are none. arg is what was given to mcpar_sample and is only read: a worker is another
 * process, and what it writes stays there. The trial runs in round-to-nearest without traps, whatever the
 * host's floating-point environment, and masks traps again if it unmasks any; and with signals blocked or
 * ignored in a worker (mcpar(7)). */
typedef int (*mcpar_trial_fn)(mcpar_rng *rng, double *values, void *arg);

/* Runs n more trials: n and then m are the same as n + m, bit for bit. Collective: n is the number of trials of
 * all ranks together, and n and the function's kind are the same on all ranks. n above 2^63 is refused: it can only
 * be a negative number that was converted.
 * If a trial fails, exactly the trials below the lowest failing one are held, on any pool and any number of
 * ranks, a valid result; after another error, some of the first trials. The trials that are missing still count
 * as asked for. n = 0 runs them, with the function and arg given then; n > 0 is MCPAR_ERR_STATE until they have
 * been run or mcpar_reset was called. An argument error, MCPAR_ERR_STATE, MCPAR_ERR_BUSY and
 * MCPAR_ERR_MISMATCH change nothing. */
MCPAR_API MCPAR_USE_RESULT int mcpar_sample(mcpar *mc, uint64_t n, mcpar_trial_fn trial, void *arg);

/* The draws. Each takes exactly one draw of the trial, so draw j is the same word in whatever form. */
MCPAR_API MCPAR_INLINE double mcpar_uniform(mcpar_rng *rng); /* in [0, 1), multiples of 2^-53 */
MCPAR_API MCPAR_INLINE uint64_t mcpar_word(mcpar_rng *rng); /* 64 random bits */
MCPAR_API MCPAR_INLINE uint64_t mcpar_below(mcpar_rng *rng, uint64_t bound); /* in [0, bound), unbiased; bound 0
                                                             stands for 2^64 */
MCPAR_API double mcpar_normal(mcpar_rng *rng);            /* mean 0, variance 1; at most 9.16 in magnitude */
MCPAR_API double mcpar_exponential(mcpar_rng *rng);       /* mean 1; positive, at most 45.06 */

/* What the three inline forms call when nothing is ready for them; each takes the next draw, as they do. */
MCPAR_API double mcpar_refill(mcpar_rng *rng);
MCPAR_API uint64_t mcpar_refill_word(mcpar_rng *rng);
MCPAR_API uint64_t mcpar_refill_below(mcpar_rng *rng, uint64_t bound);

/* n draws one after another into x, the same as n single calls and, for many, several times as fast. */
MCPAR_API void mcpar_fill_uniforms(mcpar_rng *rng, double *x, size_t n);
MCPAR_API void mcpar_fill_normals(mcpar_rng *rng, double *x, size_t n);
MCPAR_API void mcpar_fill_exponentials(mcpar_rng *rng, double *x, size_t n);

MCPAR_API uint64_t mcpar_trial_number(const mcpar_rng *rng);     /* the number of the running trial */
MCPAR_API void *mcpar_scratch(const mcpar_rng *rng);      /* what scratch_new made for this worker, or NULL */

/* ---- Results ----------------------------------------------------------------------------------------- */

typedef enum mcpar_interval {
    MCPAR_INTERVAL_CLOPPER_PEARSON = 1,    /* of hits: exact binomial, central, two-sided */
    MCPAR_INTERVAL_NORMAL = 2              /* of means: mean -+ z * std_error */
} mcpar_interval;

typedef enum mcpar_guarantee {
    MCPAR_GUARANTEE_NONE = 0,              /* no trials, or one trial and an observable: there is no interval */
    MCPAR_GUARANTEE_EXACT = 1,             /* covers with at least the confidence, for any number of trials */
    MCPAR_GUARANTEE_ASYMPTOTIC = 2         /* covers with about the confidence when trials are many */
} mcpar_guarantee;

typedef enum mcpar_status {
    MCPAR_STATUS_COMPLETE = 0,             /* holds every trial that mcpar_sample was asked for */
    MCPAR_STATUS_EMPTY = 1,                /* holds no trial: mean, variance and std_error are NaN */
    MCPAR_STATUS_PARTIAL = 2               /* a sampling failed, and trials that were asked for are missing */
} mcpar_status;

typedef struct mcpar_estimate {            /* complete: this struct never grows */
    uint64_t trials, hits;
    double mean;                           /* exact sum / trials, rounded once */
    double variance;                       /* of one trial, divisor trials - 1, rounded once; NaN for one trial */
    double std_error;                      /* of the mean, rounded once; NaN for one trial */
    double lower, upper, confidence;       /* the interval for the true mean; [0, 1] for hits of no trials; NaN for
                                              an observable of fewer than two */
    mcpar_interval interval;
    mcpar_guarantee guarantee;
    mcpar_status status;
} mcpar_estimate;

/* Combines the results of all ranks and returns the estimate of the hits; every rank gets the same. hits NULL:
 * only combines. Collective. Can be called again and again and changes nothing that it reads. Where trials report
 * values and return 0 this estimate is 0: what they report is read by mcpar_mean. */
MCPAR_API MCPAR_USE_RESULT int mcpar_reduce(mcpar *mc, mcpar_estimate *hits);

/* Empties the tally for the next problem and goes on with trial 0 of stream `stream`. Collective. */
MCPAR_API MCPAR_USE_RESULT int mcpar_reset(mcpar *mc, uint32_t stream);

/* The fingerprint of the combined result: 32 hex digits and a 0, the first 128 bits of SHA-256 over lineage
 * (contract, seed, stream, observables, tag), trials held and exact tallies. MCPAR_ERR_STALE before a reduce. */
#define MCPAR_FINGERPRINT_SIZE 33
MCPAR_API MCPAR_USE_RESULT int mcpar_fingerprint(mcpar *mc, char fingerprint[MCPAR_FINGERPRINT_SIZE]);

/* ---- Observables ------------------------------------------------------------------------------------- */

#define MCPAR_MAX_OBSERVABLES 4096
#define MCPAR_MAX_PAIRS 65536

/* Each trial reports n doubles, values[0] to values[n - 1], n <= MCPAR_MAX_OBSERVABLES. names: n strings of at
 * most 255 bytes, all different, copied. Only while the handle holds no trials (MCPAR_ERR_STATE). Replaces an
 * earlier call and its pairs; n = 0: none. Same on all ranks. */
MCPAR_API MCPAR_USE_RESULT int mcpar_observe(mcpar *mc, size_t n, const char *const *names);

/* Keeps the exact sum of products for n pairs of observables, n <= MCPAR_MAX_PAIRS, so that their covariances
 * can be read. pairs has 2 * n places: pairs[2 * k] and pairs[2 * k + 1] are the observables of pair k. Rules as
 * above. Replaces an earlier call. */
MCPAR_API MCPAR_USE_RESULT int mcpar_observe_pairs(mcpar *mc, size_t n, const size_t *pairs);

/* Estimate of the mean of an observable from the last reduce. MCPAR_ERR_STALE if trials came since. */
MCPAR_API MCPAR_USE_RESULT int mcpar_mean(mcpar *mc, size_t observable, mcpar_estimate *mean);

/* Covariance of two observables within one trial, divisor trials - 1, rounded once, NaN for fewer than two
 * trials. i == j: the variance. MCPAR_ERR_ARGUMENT if the pair (in either order) was not asked for. */
MCPAR_API MCPAR_USE_RESULT int mcpar_covariance(mcpar *mc, size_t i, size_t j, double *covariance);

/* ---- Blocks of trials, for speed --------------------------------------------------------------------- */

/* Some consecutive trials at once. Only the library makes one, so members may be appended. */
typedef struct mcpar_block {
    size_t n;                              /* number of trials, at least 1 */
    uint64_t first;                        /* the number of the first of them */
    uint64_t hits;                         /* 0 on entry; the function adds its hits; above n is an error */
    double *const *values;                 /* values[k][i]: observable k of trial first + i; zeroed; NULL if none */
    void *scratch;                         /* as mcpar_scratch */
} mcpar_block;

/* The trials of a block. Returns 0, anything else stops the run (MCPAR_ERR_TRIAL): the block is then run again
 * with n = 1 to name the lowest trial that fails. The result must not depend on how trials are cut in blocks. */
typedef int (*mcpar_block_fn)(mcpar_block *block, void *arg);

/* Before a block function of arithmetic loops: `static MCPAR_EACH_CPU int darts(mcpar_block *b, void *arg)` is compiled
 * at -O3 without FMA contraction (mcpar(7)), and with GCC on x86-64 Linux for three kinds of CPU, of which the program
 * takes the best that it finds. With other compilers it does nothing: compile with -O3 -ffp-contract=off there. */
#if defined(__GNUC__) && !defined(__clang__) && !defined(__INTEL_COMPILER) && !defined(__NVCOMPILER)
#if defined(__x86_64__) && defined(__gnu_linux__) && __GNUC__ >= 12
#define MCPAR_EACH_CPU                                                                                        \
    __attribute__((optimize("O3", "fp-contract=off"), target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MCPAR_EACH_CPU __attribute__((optimize("O3", "fp-contract=off")))
#endif
#else
#define MCPAR_EACH_CPU
#endif

/* As mcpar_sample, and the same bits for the same trials. */
MCPAR_API MCPAR_USE_RESULT int mcpar_sample_block(mcpar *mc, uint64_t n, mcpar_block_fn block, void *arg);

/* The next draw of each of the n trials: n numbers, valid until the block function returns. Never NULL; when
 * memory is short they give some array and the run ends with MCPAR_ERR_MEMORY. */
MCPAR_API const double *mcpar_uniforms(mcpar_block *block);
MCPAR_API const uint64_t *mcpar_words(mcpar_block *block);
MCPAR_API const uint64_t *mcpar_belows(mcpar_block *block, uint64_t bound);
MCPAR_API const double *mcpar_normals(mcpar_block *block);
MCPAR_API const double *mcpar_exponentials(mcpar_block *block);

/* The reference workload: takes the next two draws x, y of each of the n trials and gives how many of them have
 * x * x + y * y < 1, as fast as the CPU can. */
MCPAR_API uint64_t mcpar_darts(mcpar_block *block);

/* ---- The stream of any trial, outside of sampling ---------------------------------------------------- */

typedef struct mcpar_rng_space {           /* room for one stream: on the stack, in an array, anywhere */
    uint64_t opaque[128];
} mcpar_rng_space;

/* The stream of a trial, at its draw 0: the numbers that the trial sees. No handle, no allocation, nothing to
 * close; *space must not be copied or moved while in use. NULL if space is NULL or stream above 2^24 - 1. */
MCPAR_API mcpar_rng *mcpar_rng_open(mcpar_rng_space *space, uint64_t seed, uint32_t stream, uint64_t trial);

/* Goes to draw number `draw`, below 2^32 (else MCPAR_ERR_ARGUMENT, and nothing moves). */
MCPAR_API int mcpar_rng_jump(mcpar_rng *rng, uint64_t draw);

/* ---- About the run ----------------------------------------------------------------------------------- */

MCPAR_API int mcpar_rank(const mcpar *mc);                /* 0 to size - 1; -1 for no handle; 0 if init failed before
                                                             this process knew its rank */
MCPAR_API int mcpar_size(const mcpar *mc);                /* ranks; 0 for no handle */
MCPAR_API int mcpar_workers(const mcpar *mc);             /* workers of this rank's pool, as sampling will ask for,
                                                             or may have had in the last one; 0 for no handle */

/* The options in force, each filled in. in_force->size is set by MCPAR_OPTIONS_INIT. tag is owned by the handle. */
MCPAR_API MCPAR_USE_RESULT int mcpar_options_in_force(const mcpar *mc, mcpar_options *in_force);

typedef enum mcpar_origin {
    MCPAR_ORIGIN_UNKNOWN = -1,             /* no such option or handle */
    MCPAR_ORIGIN_DEFAULT = 0,
    MCPAR_ORIGIN_ENVIRONMENT = 1,
    MCPAR_ORIGIN_PROGRAM = 2
} mcpar_origin;

/* Where the value of an option came from, by its member's name: "pool", "comm", "workers", "stream", "seed",
 * "confidence", "tag", "deadlock_seconds". */
MCPAR_API mcpar_origin mcpar_option_origin(const mcpar *mc, const char *option);

/* A line for people: what = "pool", "comm" (in use), "cpus" (how many, and why that many), "cpu_path" (which
 * code makes the random numbers), "mpi" (which MPI libmcpar_mpi would use; looks for it, does not start it).
 * NULL for anything else. Owned by the handle, valid until the next call of this function for the same `what`. */
MCPAR_API const char *mcpar_about(mcpar *mc, const char *what);

MCPAR_API const char *mcpar_version(void);                /* of the library that runs, as MCPAR_VERSION */
MCPAR_API int mcpar_version_number(void);                 /* as MCPAR_VERSION_NUMBER */
MCPAR_API int mcpar_contract(void);                       /* as MCPAR_CONTRACT */

/* For mcpar_mpi.h: mcpar_init on a communicator of the host's, by the table that libmcpar_mpi exports. */
struct mcpar_comm_table;
MCPAR_API MCPAR_USE_RESULT int mcpar_init_comm(mcpar **mc, const struct mcpar_comm_table *table, const void *comm,
                                               const mcpar_options *options);

/* ---- Inline ------------------------------------------------------------------------------------------ */

#ifndef MCPAR_NO_INLINE
MCPAR_INLINE double mcpar_uniform(mcpar_rng *rng)
{
    return MCPAR_LIKELY(rng->next != rng->end) ? *rng->next++ : mcpar_refill(rng);
}

#ifdef __cplusplus
#define MCPAR__CAST(type, x) static_cast<type>(x)
#else
#define MCPAR__CAST(type, x) ((type)(x))
#endif

/* The word of the next ready number, and whether there is one. */
#define MCPAR__HAS_WORD(rng) MCPAR_LIKELY((rng)->next != (rng)->end && (rng)->words)
#define MCPAR__NEXT_WORD(rng)                                                                                \
    (*MCPAR__CAST(const uint64_t *,                                                                          \
                  MCPAR__CAST(const void *, MCPAR__CAST(const char *, MCPAR__CAST(const void *, (rng)->next)) + \
                                                (rng)->words)))

MCPAR_INLINE uint64_t mcpar_word(mcpar_rng *rng)
{
    if (MCPAR__HAS_WORD(rng)) {
        uint64_t word = MCPAR__NEXT_WORD(rng);

        rng->next++;
        return word;
    }
    return mcpar_refill_word(rng);
}

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 mcpar__wide;
#endif

/* Lemire's method. Where the lower half is not below the bound, the word is accepted without a division; bound 0 is
 * always left to the call. */
MCPAR_INLINE uint64_t mcpar_below(mcpar_rng *rng, uint64_t bound)
{
#ifdef __SIZEOF_INT128__
    if (MCPAR__HAS_WORD(rng)) {
        mcpar__wide product = MCPAR__CAST(mcpar__wide, MCPAR__NEXT_WORD(rng)) * bound;

        if (MCPAR_LIKELY(MCPAR__CAST(uint64_t, product) > bound - 1)) {
            rng->next++;
            return MCPAR__CAST(uint64_t, product >> 64);
        }
    }
#endif
    return mcpar_refill_below(rng, bound);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
