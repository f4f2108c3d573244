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
 * Everything here has been available since version 0.1 unless its comment says otherwise. Trials and draws are
 * counted from 0; times are in seconds. Calls return 0 or a positive code of enum mcpar_error. Every call accepts
 * NULL as the handle (and returns MCPAR_ERR_ARGUMENT). Only one thread at a time may use a handle.
 *
 * "Collective" means that all ranks of an MPI job must make the call, in the same order and with the same arguments;
 * all other calls are local. The manual pages are mcpar(7), which describes the whole library, mcpar_init(3),
 * mcpar_sample(3), mcpar_run(3), mcpar_request_stop(3), mcpar_progress_bar(3), mcpar_reduce(3), mcpar_save(3),
 * mcpar_uniform(3), mcpar_dist(3), mcpar_shuffle(3), mcpar_block(3), mcpar_rng_open(3), mcpar_exp(3), mcpar_replay(3),
 * mcpar_observe(3), mcpar_diagnose(3), mcpar_ratio(3), mcpar_interval_for(3), mcpar_message(3) and mcpar_version(3).
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
/* The version of the contract that defines the random numbers; it is part of every result. See mcpar-contract(7). */
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

/* All codes: the name, the value (whose meaning never changes) and the text (mcpar_strerror). */
#define MCPAR_ERRORS(X)                                                                              \
    X(MCPAR_OK, 0, "success")                                                                        \
    X(MCPAR_ERR_ARGUMENT, 1, "invalid argument")                                                     \
    X(MCPAR_ERR_OPTION, 2, "invalid option")                                                         \
    X(MCPAR_ERR_ENVIRONMENT, 3, "invalid environment variable")                                      \
    X(MCPAR_ERR_MEMORY, 4, "out of memory")                                                          \
    X(MCPAR_ERR_STATE, 5, "not possible in this state of the handle")                                \
    X(MCPAR_ERR_BUSY, 6, "the handle is in use by another thread or by its own trial")               \
    X(MCPAR_ERR_FORKED, 7, "the handle belongs to the process that made it, not to its child")       \
    X(MCPAR_ERR_STALE, 8, "the last sampling has not been combined: call mcpar_reduce first")        \
    X(MCPAR_ERR_TRIAL, 9, "a trial asked to stop the run or returned a value other than 0 or 1")     \
    X(MCPAR_ERR_VALUE, 10, "a trial reported an observable that is not finite")                      \
    X(MCPAR_ERR_HITS, 11, "a block reported more hits than it has trials")                           \
    X(MCPAR_ERR_DRAWS, 12, "a trial took more than 2^32 draws")                                      \
    X(MCPAR_ERR_CRASH, 13, "a trial ends its process whenever it is run")                            \
    X(MCPAR_ERR_KILLED, 14, "workers were repeatedly killed from outside")                           \
    X(MCPAR_ERR_WORKERS, 15, "workers could not be started or kept running")                         \
    X(MCPAR_ERR_SCRATCH, 16, "the scratch_new callback did not provide scratch memory")              \
    X(MCPAR_ERR_POOL, 17, "this pool cannot be used here")                                           \
    X(MCPAR_ERR_COMM, 18, "communication between the ranks failed")                                  \
    X(MCPAR_ERR_MPI_LIBRARY, 19, "libmcpar_mpi cannot be used")                                      \
    X(MCPAR_ERR_MPI_STATE, 20, "this call cannot use MPI in its current state")                      \
    X(MCPAR_ERR_LAUNCHER, 21, "the launcher and MPI disagree about the number of processes")         \
    X(MCPAR_ERR_MISMATCH, 22, "the ranks made different calls or passed different arguments")        \
    X(MCPAR_STOPPED, 23, "stopped before all trials were run; the result so far is valid")           \
    X(MCPAR_UNMET, 24, "the goal was not met within the trials it allows; the result so far is valid")  \
    X(MCPAR_ERR_FILE, 25, "a file cannot be read or written")                                        \
    X(MCPAR_ERR_FORMAT, 26, "not a result file, or a damaged or truncated one")                      \
    X(MCPAR_ERR_NEWER, 27, "a result file of a newer version")                                       \
    X(MCPAR_ERR_LINEAGE, 28, "a result of other random numbers, observables or trials")              \
    X(MCPAR_ERR_OVERLAP, 29, "trials would be counted twice")                                        \
    X(MCPAR_ERR_STUCK, 30, "a trial does not end")                                                   \
    X(MCPAR_ERR_LEFT, 31, "a trial or callback did not return")                                      \
    X(MCPAR_ERR_DEADLOCK, 32, "all workers are waiting for locks")                                   \
    X(MCPAR_ERR_LIMIT, 33, "a resource limit of the system ended a worker")                          \
    X(MCPAR_ERR_CHECK, 34, "a check found a trial that breaks the rules for trials")

typedef enum mcpar_error {
#define MCPAR__ENUM(name, value, text) name = value,
    MCPAR_ERRORS(MCPAR__ENUM)
#undef MCPAR__ENUM
    MCPAR__NO_ERROR = 0                    /* C++98 and C89 allow no comma at the end of an enum */
} mcpar_error;

/* Whether a call of mcpar_sample or mcpar_run leaves a result that is worth reading: all trials were run, the call was
 * stopped, or its goal was not met. */
#define MCPAR_HAS_RESULT(err) ((err) == MCPAR_OK || (err) == MCPAR_STOPPED || (err) == MCPAR_UNMET)

/* Returns the text of a code. It is never NULL, not even for numbers that are not codes. Static storage. */
MCPAR_API const char *mcpar_strerror(int code);

typedef struct mcpar mcpar;                /* the handle: one estimation, its pool and its communicator */

/* Returns the message of the last call that failed on this handle: the text of its code and the details (which
 * trial, option, variable, errno or rank). It is "" if no call has failed, and never NULL. It belongs to the handle
 * and is valid until the next call on it. MCPAR_ERR_BUSY and MCPAR_ERR_FORKED do not change the message. */
MCPAR_API const char *mcpar_message(const mcpar *mc);

/* Returns note number `index`, counted from 0, or NULL after the last one. Notes are worth knowing but are not errors
 * (fewer workers than you asked for, more workers than CPUs, ...). They are never part of the result and belong to
 * the handle. */
MCPAR_API const char *mcpar_note(const mcpar *mc, size_t index);

/* Tells which trial failed in the last sampling or check (the one that the message names). mcpar_replay runs it alone.
 * Returns 0, or MCPAR_ERR_STATE if no trial has failed since the last mcpar_reset or since sampling last began. Any of
 * the pointers may be NULL. Local; all ranks get the same answer. */
MCPAR_API int mcpar_failed(const mcpar *mc, uint64_t *seed, uint32_t *stream, uint64_t *trial);

/* ---- The handle -------------------------------------------------------------------------------------- */

#define MCPAR_UNSET (-1)                   /* the program leaves an int option to the environment */
#define MCPAR_SEED_UNSET UINT64_MAX        /* seeds are therefore 0 to 2^64 - 2 */
#define MCPAR_STREAM_UNSET UINT32_MAX      /* streams are 0 to 2^24 - 1 */
#define MCPAR_SEED_DEFAULT UINT64_C(271828182845904523)

typedef enum mcpar_pool {                  /* where one process runs its trials; MCPAR_POOL */
    MCPAR_POOL_AUTO = 0,                   /* serial with more than one rank or if MPI has been started, else fork */
    MCPAR_POOL_SERIAL = 1,                 /* in the calling thread */
    MCPAR_POOL_FORK = 2,                   /* in worker processes that are forked when sampling starts */
    MCPAR_POOL_THREADS = 3                 /* in threads of this process: the trial must be thread-safe, and a crash of
                                              it ends the process. Only if asked for by name */
} mcpar_pool;

typedef enum mcpar_comm {                  /* which processes take part; MCPAR_COMM */
    MCPAR_COMM_AUTO = 0,                   /* MPI if a launcher reports more than one process, else self */
    MCPAR_COMM_SELF = 1,                   /* this process only; under a launcher, each process is a separate run */
    MCPAR_COMM_MPI = 2                     /* all ranks of the job */
} mcpar_comm;

/* How far a sampling call is, for the callback below. */
typedef struct mcpar_progress mcpar_progress;
typedef int (*mcpar_progress_fn)(const mcpar_progress *progress, void *progress_arg);

/* Options. Those that the program leaves unset are taken from the environment, and otherwise from the defaults.
 * Initialize the struct with MCPAR_OPTIONS_INIT, so that a program compiled today works with later versions of the
 * library. */
typedef struct mcpar_options {
    size_t size;                           /* set by MCPAR_OPTIONS_INIT */
    int pool;                              /* enum mcpar_pool; MCPAR_POOL=auto|serial|fork|threads; default auto */
    int comm;                              /* enum mcpar_comm; MCPAR_COMM=auto|self|mpi; default auto */
    int workers;                           /* number of worker processes or threads, 1 to 4096; MCPAR_WORKERS; default:
                                              the CPUs that affinity and cgroup quotas leave to this process */
    uint32_t stream;                       /* 0 to 2^24 - 1; MCPAR_STREAM; default 0 */
    uint64_t seed;                         /* 0 to 2^64 - 2; MCPAR_SEED; default MCPAR_SEED_DEFAULT */
    double confidence;                     /* confidence level of intervals, in (0, 1); unset: -1; default 0.95 */
    const char *tag;                       /* a name for the trial and its parameters, part of the fingerprint; at most
                                              4,095 bytes, copied; unset: NULL; default "" */
    void *(*scratch_new)(void *scratch_arg);               /* called once in each worker before its first trial; if it
                                                              returns NULL, the run fails with MCPAR_ERR_SCRATCH;
                                                              NULL: no scratch memory */
    void (*scratch_free)(void *scratch, void *scratch_arg); /* called when a worker exits normally; NULL: not called */
    void *scratch_arg;                     /* passed to both callbacks */
    double deadlock_seconds;               /* if a program has threads and all workers have waited for locks for this
                                              long, sampling fails with MCPAR_ERR_DEADLOCK; long timed waits count too
                                              (mcpar(7)). Up to 10^6; 0: never. MCPAR_DEADLOCK_SECONDS, an integer;
                                              unset: -1; default 30 */
    double max_seconds;                    /* sampling stops (MCPAR_STOPPED) when this many seconds have passed since
                                              mcpar_init returned, above 0, at most 10^9; MCPAR_MAX_SECONDS, an
                                              integer; unset: -1; default: no limit */
    double deadline;                       /* sampling stops at this time, in seconds since 1970 (time(2)), or
                                              MCPAR_DEADLINE_SLURM; MCPAR_DEADLINE, such a time as an integer, slurm or
                                              slurm:MARGIN; unset: -1; default: none */
    int part, parts;                       /* this run is part number `part`, from 0, of `parts` that share the trials
                                              (a job array): of a call for n trials that begin at trial a, it runs
                                              a + n * part / parts up to, not including, a + n * (part + 1) / parts.
                                              parts is 1 to 10^6; MCPAR_PART=part/parts; unset: -1; default 0 of 1 */
    const char *checkpoint;                /* a file in which the result is kept while it grows. The program started
                                              again, on any ranks and workers, makes the same calls and runs only what
                                              the file does not have. Needs a tag. In the name, %k stands for part, %t
                                              for the tag, %r for the rank that the launcher gave this process, %% for
                                              %; with parts above 1 and no %k, ".part-parts" is appended. Copied;
                                              MCPAR_CHECKPOINT; unset: NULL; "" and default: none */
    double checkpoint_seconds;             /* the time between writes, up to 10^6; 0: at the end of each call that has
                                              sampled; MCPAR_CHECKPOINT_SECONDS, an integer; unset: -1; default 60 */
    mcpar_progress_fn progress;            /* called on rank 0 while mcpar_sample runs, by the thread that called it, about
                                              every progress_seconds and at the end of the call. If it returns something
                                              else than 0, the call stops (MCPAR_STOPPED). On this handle it may call
                                              only mcpar_request_stop and functions that read (else MCPAR_ERR_BUSY).
                                              NULL: none */
    void *progress_arg;                    /* passed to it */
    double progress_seconds;               /* above 0, up to 10^6; unset: -1; default 1. Trials that take longer are waited
                                              for */
    double stop_seconds;                   /* after a stop, the fork pool kills workers that are still in a trial so many
                                              seconds later; their trials are not held. Up to 10^6; 0: at once;
                                              MCPAR_STOP_SECONDS, an integer; unset: -1; default 30 */
    double stuck_seconds;                  /* a worker process whose trial runs longer is killed, and the trial is run
                                              again; the third time that it runs alone and is killed, the run fails with
                                              MCPAR_ERR_STUCK. Up to 10^6; 0: never; MCPAR_STUCK_SECONDS, an integer;
                                              unset: -1; default 0 */
    int block;                             /* trials in a block at most, 1 to 65,536; MCPAR_BLOCK; unset: -1; default:
                                              chosen by the library */
    int check;                             /* 1: before each call of mcpar_sample runs its trials, about 64 of them are
                                              run several times and compared (mcpar_replay(3)); 0: not. MCPAR_CHECK;
                                              unset: -1; default 0 */
} mcpar_options;

#define MCPAR_DEADLINE_SLURM (-2.0)        /* 60 seconds before the Slurm job ends (SLURM_JOB_END_TIME); slurm:MARGIN
                                              sets another margin, in seconds */

#define MCPAR_OPTIONS_INIT                                                                                  \
    { sizeof(mcpar_options), MCPAR_UNSET, MCPAR_UNSET, MCPAR_UNSET, MCPAR_STREAM_UNSET, MCPAR_SEED_UNSET,   \
      -1.0, NULL, NULL, NULL, NULL, -1.0, -1.0, -1.0, MCPAR_UNSET, MCPAR_UNSET, NULL, -1.0,         \
      NULL, NULL, -1.0, -1.0, -1.0, MCPAR_UNSET, MCPAR_UNSET }

/* Creates a handle. If options is NULL, no option is set. Collective. If the call fails, *mc is still set to a
 * handle, which only holds the message and must be finalized. *mc is NULL only if there is not enough memory. */
MCPAR_API MCPAR_USE_RESULT int mcpar_init(mcpar **mc, const mcpar_options *options);

/* Frees the handle and everything that belongs to it, and sets *mc to NULL. Collective. *mc may already be NULL. In a
 * forked child the call only frees the memory. A handle that is in use (by its own trial or by another thread) is not
 * touched; the call then returns MCPAR_ERR_BUSY or, in a worker, MCPAR_ERR_FORKED. */
MCPAR_API int mcpar_finalize(mcpar **mc);

/* ---- The trial --------------------------------------------------------------------------------------- */

/* A stream of random numbers: those of one trial, in the order of its draws. The three members are public only
 * because draws are inlined; programs must not use them. */
typedef struct mcpar_rng {
    const double *next, *end;              /* the next ready number, and the end of the ready numbers */
    ptrdiff_t words;                       /* the word of a ready number is this many bytes after it; 0: none ready */
} mcpar_rng;

/* One trial. It returns 1 for a hit, 0 for a miss, or a negative number to stop the run (MCPAR_ERR_TRIAL); a number
 * above 1 is an error. values has one element for each observable of mcpar_observe, set to 0 before each trial, or is
 * NULL if there are no observables. arg is the pointer that was passed to mcpar_sample. Trials must only read what it
 * points to: a worker is another process, and what it writes stays there, or a thread, and writing is a race. Trials run in round-to-nearest mode without
 * traps, whatever the floating-point environment of the program; a trial that unmasks traps must mask them again. In
 * a worker, signals are blocked or ignored (mcpar(7)). */
typedef int (*mcpar_trial_fn)(mcpar_rng *rng, double *values, void *arg);

/* Runs n more trials: n trials followed by m trials give the same result as n + m trials, bit for bit. Collective.
 * n is the number of trials that all ranks run together; n and the kind of the function are the same on all ranks. n
 * above 2^63 is refused, because it can only be a negative number that was converted.
 * If a trial fails, the handle holds exactly the trials below the lowest failing one, on any pool and any number of
 * ranks; after any other error, it holds some of the first trials. Both are valid results. The missing trials still
 * count as asked for. A call with n = 0 runs them, with the function and arg of that call. Until they have been run,
 * or mcpar_reset has been called, n > 0 returns MCPAR_ERR_STATE. A call that returns MCPAR_ERR_ARGUMENT,
 * MCPAR_ERR_STATE, MCPAR_ERR_BUSY or MCPAR_ERR_MISMATCH changes nothing. */
MCPAR_API MCPAR_USE_RESULT int mcpar_sample(mcpar *mc, uint64_t n, mcpar_trial_fn trial, void *arg);

/* Stops sampling, in this call or the next one: no more trials are begun, those that have been begun are finished, and
 * mcpar_sample returns MCPAR_STOPPED on all ranks, unless all trials are already in. A call with n = 0 runs the missing
 * trials, with the bits of the undisturbed run. The same happens when max_seconds or the deadline is reached.
 * mcpar_request_stop may be called from any thread and from a signal handler (it is async-signal-safe), also while the
 * handle is in use, but not after mcpar_finalize; in a worker process it does nothing. It stays in force, also through
 * mcpar_reset, until mcpar_clear_stop, which does not change the time limits. Local; one rank is enough. NULL does
 * nothing. A stop takes half a second and the longest piece of work (under a second, or one trial) within one node;
 * on several nodes, it takes until the end of a round (at most ten seconds, or the longest trial). */
MCPAR_API void mcpar_request_stop(mcpar *mc);
MCPAR_API void mcpar_clear_stop(mcpar *mc);

/* The number of trials that the program has asked for since mcpar_init or mcpar_reset, and of those that all ranks
 * together hold: fewer if a sampling was stopped or failed. 0 without a handle. Local. */
MCPAR_API uint64_t mcpar_asked(const mcpar *mc);
MCPAR_API uint64_t mcpar_held(const mcpar *mc);

/* Draws. Each call takes exactly one draw of the trial, so draw j has the same word whichever functions are used. */
MCPAR_API MCPAR_INLINE double mcpar_uniform(mcpar_rng *rng); /* in [0, 1), a multiple of 2^-53 */
MCPAR_API MCPAR_INLINE uint64_t mcpar_word(mcpar_rng *rng); /* 64 random bits */
MCPAR_API MCPAR_INLINE uint64_t mcpar_below(mcpar_rng *rng, uint64_t bound); /* in [0, bound), unbiased; a bound of 0
                                                             stands for 2^64 */
MCPAR_API double mcpar_normal(mcpar_rng *rng);            /* mean 0, variance 1; at most 9.16 in magnitude */
MCPAR_API double mcpar_exponential(mcpar_rng *rng);       /* mean 1; positive, at most 45.06 */

/* The three inline functions call these when no numbers are ready. Each takes the next draw, as they do. */
MCPAR_API double mcpar_refill(mcpar_rng *rng);
MCPAR_API uint64_t mcpar_refill_word(mcpar_rng *rng);
MCPAR_API uint64_t mcpar_refill_below(mcpar_rng *rng, uint64_t bound);

/* Each takes n draws and writes the numbers to x: the same numbers as n single calls and, if n is large, several
 * times as fast. */
MCPAR_API void mcpar_fill_uniforms(mcpar_rng *rng, double *x, size_t n);
MCPAR_API void mcpar_fill_normals(mcpar_rng *rng, double *x, size_t n);
MCPAR_API void mcpar_fill_exponentials(mcpar_rng *rng, double *x, size_t n);

MCPAR_API uint64_t mcpar_trial_number(const mcpar_rng *rng);     /* the number of the running trial */
MCPAR_API void *mcpar_scratch(const mcpar_rng *rng);      /* what scratch_new returned for this worker, or NULL */

/* ---- Results ----------------------------------------------------------------------------------------- */

typedef enum mcpar_interval {
    MCPAR_INTERVAL_CLOPPER_PEARSON = 1,    /* for hits: the exact central two-sided binomial interval */
    MCPAR_INTERVAL_NORMAL = 2,             /* for means: mean -+ z * std_error */
    MCPAR_INTERVAL_MIXTURE = 3,            /* for hits, while sampling: by a mixture of binomials (Robbins 1970) */
    MCPAR_INTERVAL_INVERSE_BINOMIAL = 4,   /* for hits, after mcpar_run has stopped at a number of hits: exact */
    MCPAR_INTERVAL_BETA_BINOMIAL = 5,      /* for hits, in mcpar_run: a mixture of binomials tuned to the goal */
    MCPAR_INTERVAL_MEAN_SEQUENCE = 6,      /* for means, in mcpar_run: an asymptotic confidence sequence */
    MCPAR_INTERVAL_HALL = 7,               /* for means: Student's t, corrected for skewness (Hall 1992) */
    /* on request: mcpar_interval_for for hits and for means, mcpar_interval_within for means of bounded values */
    MCPAR_INTERVAL_WILSON = 8,             /* for hits: the score interval; covers about as often as the confidence says */
    MCPAR_INTERVAL_JEFFREYS = 9,           /* for hits: Bayesian with the prior Beta(1/2, 1/2) */
    MCPAR_INTERVAL_STUDENT = 10,           /* for means: mean -+ t * std_error, exact for normal values */
    MCPAR_INTERVAL_HOEFFDING = 11,         /* within bounds: exact for all values, from the bounds alone */
    MCPAR_INTERVAL_MAURER_PONTIL = 12,     /* within bounds: exact for all values, from their variance, too */
    MCPAR_INTERVAL_BOUNDED_MIXTURE = 13    /* within bounds: MCPAR_INTERVAL_MIXTURE, from the sum of the values */
} mcpar_interval;

typedef enum mcpar_guarantee {
    MCPAR_GUARANTEE_NONE = 0,              /* there is no interval: no trials, or an observable whose values were all
                                              equal, as that of one trial is */
    MCPAR_GUARANTEE_EXACT = 1,             /* covers the truth with at least the confidence, for any number of trials */
    MCPAR_GUARANTEE_ASYMPTOTIC = 2,        /* covers the truth with about the confidence if there are many trials */
    MCPAR_GUARANTEE_ANYTIME = 3,           /* as exact, even if one looks after every trial and stops when one likes */
    MCPAR_GUARANTEE_ANYTIME_ASYMPTOTIC = 4 /* as asymptotic, even if one looks again and again and stops when one likes */
} mcpar_guarantee;

typedef enum mcpar_status {
    MCPAR_STATUS_COMPLETE = 0,             /* the result holds exactly the trials that mcpar_sample was asked for */
    MCPAR_STATUS_EMPTY = 1,                /* the result holds no trial: mean, variance and std_error are NaN */
    MCPAR_STATUS_PARTIAL = 2,              /* a sampling failed or was stopped, and trials are missing */
    MCPAR_STATUS_PART = 3,                 /* the result holds all trials of this part of a job array (option parts) */
    MCPAR_STATUS_AHEAD = 4,                /* the result holds all trials asked for, and others that were read */
    MCPAR_STATUS_DOUBTFUL = 5              /* of a mean: complete, but do not trust its error (mcpar_diagnose) */
} mcpar_status;                            /* the first that applies: EMPTY, PARTIAL, PART, AHEAD, DOUBTFUL, COMPLETE */

typedef struct mcpar_estimate {            /* this struct will never grow */
    uint64_t trials, hits;
    double mean;                           /* exact sum / trials, rounded once */
    double variance;                       /* of one trial, divisor trials - 1, rounded once; NaN for one trial */
    double std_error;                      /* of the mean, rounded once; NaN for one trial */
    double lower, upper, confidence;       /* the interval for the true mean: [0, 1] for the hits of no trials, NaN for
                                              an observable of fewer than two trials, or whose values were all equal */
    mcpar_interval interval;
    mcpar_guarantee guarantee;
    mcpar_status status;
} mcpar_estimate;

/* What the callback of the option progress is told. Later versions may append members; size says how many there are. */
struct mcpar_progress {
    size_t size;                           /* of the struct */
    uint64_t held, asked;                  /* trials that this run (this part) holds and was asked for so far; asked is 0
                                              while mcpar_run does not know it */
    double seconds, since;                 /* since the call began; since the callback was last called, or the call began */
    double rate, remaining;                /* trials per second lately; seconds until the end at this rate, NaN: not known */
    mcpar_estimate estimate;               /* of the hits so far, or what the goal of mcpar_run is about at its last look. As people look again and again, its interval is one that
                                              holds at all looks together (MCPAR_GUARANTEE_ANYTIME), wider than the one
                                              of mcpar_reduce */
    int last;                              /* 1 if the call is about to return */
};

/* A ready callback, for the option progress: a bar on a terminal, with the time left, the estimate of the hits and the
 * rate as far as there is room; elsewhere a line a minute, and at the end if the call took a minute. file is a FILE * or
 * NULL for stderr. It uses no colours. Returns 0. */
MCPAR_API int mcpar_progress_bar(const mcpar_progress *progress, void *file);

/* Combines the results of all ranks and returns the estimate of the hits; every rank gets the same estimate. If hits
 * is NULL, it only combines. Collective. The call can be repeated at any time and does not change what it reads. If
 * trials report values and return 0, this estimate is 0; read the means of the values with mcpar_mean. */
MCPAR_API MCPAR_USE_RESULT int mcpar_reduce(mcpar *mc, mcpar_estimate *hits);

/* ---- Goals: sampling up to a precision --------------------------------------------------------------- */

#define MCPAR_HITS SIZE_MAX                /* in the place of an observable: the hits */

/* How precise an estimate must be. Initialize the struct with MCPAR_GOAL_INIT, set either half_width or relative, and set
 * most. */
typedef struct mcpar_goal {
    size_t size;                           /* set by MCPAR_GOAL_INIT */
    size_t observable;                     /* the goal is about the mean of this observable; default MCPAR_HITS */
    double half_width;                     /* half the width of the interval, above 0; default 0: not asked for */
    double relative;                       /* the same over the magnitude of the estimate, from 1e-8 to below 1; default 0:
                                              not asked for. 1e-3 stands for three digits */
    uint64_t least;                        /* the goal is not judged before so many trials, at least 1; default 1024 */
    uint64_t most;                         /* the run ends here in any case, at most 2^63; must be set */
} mcpar_goal;

#define MCPAR_GOAL_INIT { sizeof(mcpar_goal), MCPAR_HITS, 0.0, 0.0, 1024, 0 }

/* Works like mcpar_sample, but chooses the number of trials: it ends when the interval of the estimate, at the confidence
 * level of the handle, is as short as the goal says. The trial at which it ends depends on the seed, the stream, the trial
 * function and the goal, and on nothing else; it stays the same when the run is killed, stopped and resumed, on any
 * workers and ranks. Trials held before the call count. Collective.
 *
 * An interval for a fixed number of trials does not hold in a run that looks at its result to decide when to end. So from
 * then on, until mcpar_reset, and in files, the estimates of this result have intervals that allow for it; `interval` and
 * `guarantee` say which. A relative goal of the hits ends at a number of hits that depends only on relative and the
 * confidence level: 384 for 0.1, 38,415 for 0.01 and 3,841,459 for 0.001 at 0.95; its interval is exact. (If more than
 * 0.6 of the first `least` trials hit, or more than `least` were held before, it is handled as the others.) All other
 * goals use confidence sequences, which need about two and a half times the trials that a fixed number would. A goal for
 * an observable is not met while the status of its mean is doubtful.
 *
 * Returns 0 if the goal is met. MCPAR_UNMET if it is not after goal->most trials, and MCPAR_STOPPED after a stop or a
 * time limit: the result is valid, and calling mcpar_run again goes on (after MCPAR_UNMET with a larger `most`).
 * mcpar_asked is `most` until the goal is met, and the number of trials held from then on. MCPAR_ERR_ARGUMENT for a goal
 * that is not possible, MCPAR_ERR_STATE if trials of a failed or stopped mcpar_sample are missing or this is a part of a
 * job array (option parts); and what mcpar_sample returns. */
MCPAR_API MCPAR_USE_RESULT int mcpar_run(mcpar *mc, mcpar_trial_fn trial, void *arg, const mcpar_goal *goal);

/* Tells about how many trials a goal takes in all, and how many seconds more at the speed of the last sampling in this
 * process, by what the last reduce combined. Either pointer may be NULL. NaN: not known (no hit yet, nothing timed yet).
 * goal->most does not matter. Returns MCPAR_ERR_STALE without a reduce after the last sampling, MCPAR_ERR_ARGUMENT for a
 * goal that is not possible. Local. */
MCPAR_API MCPAR_USE_RESULT int mcpar_forecast(mcpar *mc, const mcpar_goal *goal, double *trials, double *seconds);

/* Discards all results, for the next problem; the next trial is trial 0 of stream `stream`. Collective. */
MCPAR_API MCPAR_USE_RESULT int mcpar_reset(mcpar *mc, uint32_t stream);

/* Writes the fingerprint of the combined result: 32 hexadecimal digits and a terminating 0. It is the first 128 bits
 * of SHA-256 over what was run (contract, seed, stream, tag, observables and pairs), the trials held, and the exact
 * tallies. Returns MCPAR_ERR_STALE without a reduce after the last sampling. */
#define MCPAR_FINGERPRINT_SIZE 33
MCPAR_API MCPAR_USE_RESULT int mcpar_fingerprint(mcpar *mc, char fingerprint[MCPAR_FINGERPRINT_SIZE]);

/* ---- Results as files and bytes ---------------------------------------------------------------------- */

/* Results can be saved, and added up later: by another process, on other ranks and workers, on another CPU, in any
 * order. A result belongs to its seed, stream, tag, observables and pairs: only results of the same can be merged. The
 * function and its argument are not known to the library: give each problem a tag of its own. As a safeguard a result
 * says what its lowest trial returned, and the next sampling runs that trial again and compares (MCPAR_ERR_LINEAGE).
 * mcpar-result(5) describes the format. */

/* Writes what the last reduce combined to a file: a new one, or in the place of the result of the same seed, stream,
 * tag, observables and pairs; other results in the file stay. The file is replaced as a whole, after it has reached the
 * disk, and path~ keeps what it was before. path.lock keeps other processes from writing at the same time. Collective;
 * rank 0 writes. Returns MCPAR_ERR_STALE without a reduce after the last sampling; MCPAR_ERR_FILE if the file cannot be
 * written or is being written by another process for ten seconds; MCPAR_ERR_FORMAT or MCPAR_ERR_NEWER if there is a file
 * that is not a result file of this version: it is not touched. */
MCPAR_API MCPAR_USE_RESULT int mcpar_save(mcpar *mc, const char *path);

/* Adds the result of this seed, stream, tag and observables that is in a file. Trials that are held then need not be
 * run. Collective; rank 0 reads. All or nothing: MCPAR_ERR_OVERLAP if a trial is held already; MCPAR_ERR_LINEAGE if
 * there is no such result, or if it comes from another trial function; MCPAR_ERR_FILE, MCPAR_ERR_FORMAT,
 * MCPAR_ERR_NEWER. */
MCPAR_API MCPAR_USE_RESULT int mcpar_merge(mcpar *mc, const char *path);

/* Makes a handle from a result in a file, as mcpar_init does without one: with its seed, stream, tag, observables and
 * pairs; what the environment says of them does not count. If the file has several results, the options of the program
 * (seed, stream, tag) say which; index counts those that fit, from 0, and MCPAR_ONLY stands for the only one. Its trials
 * up to the last one held count as asked for: mcpar_sample with n = 0 runs those that are missing, n > 0 adds others.
 * Collective; rank 0 reads. MCPAR_ERR_LINEAGE if no result fits, MCPAR_ERR_ARGUMENT if several do or there is none of
 * that index, MCPAR_ERR_OPTION with the option checkpoint, MCPAR_ERR_FILE, MCPAR_ERR_FORMAT, MCPAR_ERR_NEWER, and what
 * mcpar_init returns. */
#define MCPAR_ONLY SIZE_MAX
MCPAR_API MCPAR_USE_RESULT int mcpar_open(mcpar **mc, const char *path, size_t index, const mcpar_options *options);

/* As mcpar_save, to memory: writes *n bytes if room is enough. With room = 0 it only says how many they are, and bytes
 * may be NULL. MCPAR_ERR_ARGUMENT if room is too small, with *n set. Local. */
MCPAR_API MCPAR_USE_RESULT int mcpar_pack(mcpar *mc, void *bytes, size_t room, size_t *n);

/* As mcpar_merge, from n bytes of mcpar_pack or of a file. Collective; the bytes of rank 0 count. */
MCPAR_API MCPAR_USE_RESULT int mcpar_unpack(mcpar *mc, const void *bytes, size_t n);

/* The ranges of trials in the result that the last reduce combined, in order: trials *first to *first + *n - 1, index
 * from 0. MCPAR_ERR_ARGUMENT past the last one, MCPAR_ERR_STALE without a reduce after the last sampling. Local. */
MCPAR_API MCPAR_USE_RESULT int mcpar_range(mcpar *mc, size_t index, uint64_t *first, uint64_t *n);

/* Sets the tag, as the option does; NULL stands for "". Only if no trials have been asked for and none is held since
 * mcpar_init or mcpar_reset, else MCPAR_ERR_STATE. Local, but all ranks must have the same one when they sample. */
MCPAR_API MCPAR_USE_RESULT int mcpar_set_tag(mcpar *mc, const char *tag);

/* ---- Observables ------------------------------------------------------------------------------------- */

#define MCPAR_MAX_OBSERVABLES 4096
#define MCPAR_MAX_PAIRS 65536

/* Declares n observables, n <= MCPAR_MAX_OBSERVABLES: each trial reports the doubles values[0] to values[n - 1]. names
 * holds n different strings of at most 255 bytes; they are copied. Call it before any trials have been asked for (else
 * MCPAR_ERR_STATE), with the same arguments on all ranks. It replaces an earlier call and removes all pairs; with
 * n = 0, there are no observables. */
MCPAR_API MCPAR_USE_RESULT int mcpar_observe(mcpar *mc, size_t n, const char *const *names);

/* Returns the name of observable number `index`, counted from 0, or NULL after the last one: those of mcpar_observe, or
 * those of the result that mcpar_open has read. The string belongs to the handle, until the observables change. Local. */
MCPAR_API const char *mcpar_observable(const mcpar *mc, size_t index);

/* Declares n pairs of observables, n <= MCPAR_MAX_PAIRS. The library keeps the exact sums of their products, so that
 * you can read their covariances. pairs has 2 * n elements: pairs[2 * k] and pairs[2 * k + 1] are the observables of
 * pair k. The same rules apply as above. It replaces an earlier call. */
MCPAR_API MCPAR_USE_RESULT int mcpar_observe_pairs(mcpar *mc, size_t n, const size_t *pairs);

/* Reads the estimate of the mean of an observable from the last reduce. Returns MCPAR_ERR_STALE without a reduce after
 * the last sampling. */
MCPAR_API MCPAR_USE_RESULT int mcpar_mean(mcpar *mc, size_t observable, mcpar_estimate *mean);

/* Whether to trust the error and the interval of a mean. A Monte Carlo error is itself estimated from the trials, and it
 * is too small, without any other sign, if rare large values contribute much and have not turned up often enough yet. */
enum mcpar_doubt {
    MCPAR_DOUBT_SKEWED = 1,                /* |skewness| / sqrt(trials) is above 0.2 */
    MCPAR_DOUBT_DOMINATED = 2,             /* one trial makes more than a tenth of the sum of the squared deviations */
    MCPAR_DOUBT_CONSTANT = 4               /* all values were equal, which says nothing about how much they can differ */
};

/* Later versions may append members; size says how many there are. */
typedef struct mcpar_diagnosis {
    size_t size;                           /* set by MCPAR_DIAGNOSIS_INIT */
    uint64_t trials;
    unsigned int doubts;                   /* bits of enum mcpar_doubt; 0: none. Whatever the status is */
    double skewness;                       /* the mean of the cubed deviations over the cube of the standard deviation
                                              (both with the divisor trials); NaN if it is not known */
    double largest_share;                  /* the largest squared deviation / the sum of all; NaN if it is not known */
    double minimum, maximum;               /* the smallest and the largest value; NaN if they are not known */
    uint64_t minimum_trial, maximum_trial; /* the lowest trial that had each; UINT64_MAX if they are not known */
} mcpar_diagnosis;

#define MCPAR_DIAGNOSIS_INIT { sizeof(mcpar_diagnosis), 0, 0, 0, 0, 0, 0, 0, 0 }

/* Reads the figures behind the status MCPAR_STATUS_DOUBTFUL of an observable from the last reduce. Returns
 * MCPAR_ERR_STALE without a reduce after the last sampling. */
MCPAR_API MCPAR_USE_RESULT int mcpar_diagnose(mcpar *mc, size_t observable, mcpar_diagnosis *diagnosis);

/* Reads the covariance of two observables within one trial, with the divisor trials - 1, rounded once; NaN for fewer
 * than two trials. If i == j, it is the variance, and no pair is needed. Returns MCPAR_ERR_ARGUMENT if the pair was not
 * declared, in either order. */
MCPAR_API MCPAR_USE_RESULT int mcpar_covariance(mcpar *mc, size_t i, size_t j, double *covariance);

/* Reads the ratio of the means of two observables that are a pair of mcpar_observe_pairs, in either order: its mean is
 * the ratio, its std_error that of the delta method (from exact sums, so that it is right where the two go together
 * closely), its variance trials * std_error^2. The interval is mean -+ t * std_error; it is -infinity to infinity, and
 * guarantee is MCPAR_GUARANTEE_NONE, while the mean of the denominator cannot be told from 0. The ratio has a bias of
 * order 1 / trials, far below its std_error. All is NaN if the denominators add up to 0; the ends are NaN if all trials
 * have the same ratio. MCPAR_ERR_STALE without a reduce after the last sampling, MCPAR_ERR_ARGUMENT without the pair. Local. */
MCPAR_API MCPAR_USE_RESULT int mcpar_ratio(mcpar *mc, size_t numerator, size_t denominator, mcpar_estimate *ratio);

/* ---- Intervals of other kinds and at other levels ---------------------------------------------------- */

#define MCPAR_HITS SIZE_MAX                /* in the place of an observable: the hits */

/* Reads another interval from the last reduce: of this kind and at this confidence, in (0, 1), whatever the options say.
 * MCPAR_INTERVAL_CLOPPER_PEARSON, _WILSON, _JEFFREYS and _MIXTURE are for MCPAR_HITS; _NORMAL and _STUDENT for
 * observables, as is _HALL. Any other kind must be the one that mcpar_reduce or mcpar_mean tells of a result of mcpar_run.
 * If lower or upper is NULL, the interval is one-sided: the other end alone has the confidence, which must then be above
 * 0.5. The ends are [0, 1] for the hits of no trials, and NaN for an observable of fewer than two or whose values were
 * all equal. Returns MCPAR_ERR_ARGUMENT for any other kind, and MCPAR_ERR_STALE without a reduce after the last
 * sampling. Local. */
MCPAR_API MCPAR_USE_RESULT int mcpar_interval_for(mcpar *mc, size_t observable, mcpar_interval kind, double confidence,
                                                  double *lower, double *upper);

/* The same for values that are always in [least, most], as you know of them: it holds whatever their distribution is, for
 * any number of trials. The kind is MCPAR_INTERVAL_HOEFFDING, _MAURER_PONTIL or _BOUNDED_MIXTURE. Without trials the
 * ends are least and most. MCPAR_ERR_ARGUMENT if the mean and variance show that there were values outside; they do not
 * always show it. */
MCPAR_API MCPAR_USE_RESULT int mcpar_interval_within(mcpar *mc, size_t observable, mcpar_interval kind,
                                                     double confidence, double least, double most,
                                                     double *lower, double *upper);

/* ---- Blocks of trials, for speed --------------------------------------------------------------------- */

/* A block: several consecutive trials, run at once. Only the library creates blocks, so later versions may append
 * members. */
typedef struct mcpar_block {
    size_t n;                              /* number of trials, at least 1 */
    uint64_t first;                        /* number of the first trial */
    uint64_t hits;                         /* 0 on entry; the function adds its hits; more than n is an error */
    double *const *values;                 /* values[k][i] is observable k of trial first + i, 0 on entry; NULL if there
                                              are no observables */
    void *scratch;                         /* as returned by mcpar_scratch */
} mcpar_block;

/* Runs the trials of a block. It returns 0; any other value stops the run (MCPAR_ERR_TRIAL). The block is then run
 * again with n = 1, trial by trial, to find the lowest trial that fails. The results must not depend on how the trials
 * are split into blocks. */
typedef int (*mcpar_block_fn)(mcpar_block *block, void *arg);

/* Put this before a block function that consists of arithmetic loops, as in
 * `static MCPAR_EACH_CPU int darts(mcpar_block *b, void *arg)`. GCC then compiles the function at -O3 without FMA
 * contraction (mcpar(7)). On x86-64 Linux, GCC 12 and later compile it for three kinds of CPU, and the program uses the
 * best version that the CPU can run. With other compilers it does nothing; use -O3 -ffp-contract=off there. */
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

/* Work like mcpar_sample and mcpar_run, and give the same bits for the same trials. */
MCPAR_API MCPAR_USE_RESULT int mcpar_sample_block(mcpar *mc, uint64_t n, mcpar_block_fn block, void *arg);
MCPAR_API MCPAR_USE_RESULT int mcpar_run_block(mcpar *mc, mcpar_block_fn block, void *arg, const mcpar_goal *goal);

/* Each takes the next draw of each of the n trials and returns an array of n numbers, which is valid until the block
 * function returns. They never return NULL. If they run out of memory, they return an array of arbitrary contents, and
 * the run ends with MCPAR_ERR_MEMORY. */
MCPAR_API const double *mcpar_uniforms(mcpar_block *block);
MCPAR_API const uint64_t *mcpar_words(mcpar_block *block);
MCPAR_API const uint64_t *mcpar_belows(mcpar_block *block, uint64_t bound);
MCPAR_API const double *mcpar_normals(mcpar_block *block);
MCPAR_API const double *mcpar_exponentials(mcpar_block *block);

/* The reference workload: takes the next two draws x, y of each of the n trials and returns how many of the trials
 * have x * x + y * y < 1, as fast as the CPU can. */
MCPAR_API uint64_t mcpar_darts(mcpar_block *block);

/* ---- Distributions ----------------------------------------------------------------------------------- */

/* Each call below that returns a number takes exactly one draw, as mcpar_normal does; what a rejection method needs
 * beyond the draw's word moves no other draw. Counts are doubles too: whole numbers, exact up to 2^53. If a parameter
 * is out of range, or NaN, the draw is taken and the number is NaN. mcpar_dist(3) describes each distribution. */
MCPAR_API double mcpar_lognormal(mcpar_rng *rng, double mu, double sigma);   /* exp of a normal; sigma >= 0 */
MCPAR_API double mcpar_gamma(mcpar_rng *rng, double shape, double scale);    /* mean shape * scale; both > 0 */
MCPAR_API double mcpar_chi_square(mcpar_rng *rng, double degrees);           /* > 0, not only whole numbers */
MCPAR_API double mcpar_beta(mcpar_rng *rng, double a, double b);             /* in [0, 1]; both > 0 */
MCPAR_API double mcpar_student(mcpar_rng *rng, double degrees);              /* Student's t; > 0 */
MCPAR_API double mcpar_poisson(mcpar_rng *rng, double mean);                 /* 0 <= mean <= 10^15 */
MCPAR_API double mcpar_binomial(mcpar_rng *rng, double n, double p);         /* successes in n attempts, n whole, up to
                                                                                10^15; 0 <= p <= 1 */
MCPAR_API double mcpar_bernoulli(mcpar_rng *rng, double p);                  /* 1 with probability p, else 0 */
MCPAR_API double mcpar_geometric(mcpar_rng *rng, double p);                  /* attempts up to the first success, at
                                                                                least 1; 2^-1000 < p <= 1 */
MCPAR_API double mcpar_weibull(mcpar_rng *rng, double shape, double scale);  /* both > 0 */
MCPAR_API double mcpar_cauchy(mcpar_rng *rng, double median, double scale);  /* scale > 0, the half width at half
                                                                                height */
MCPAR_API double mcpar_logistic(mcpar_rng *rng, double mean, double scale);  /* scale > 0 */
MCPAR_API double mcpar_triangular(mcpar_rng *rng, double low, double mode, double high);     /* low < high, mode between
                                                                                them or equal to one */

/* A distribution whose parameters have been checked and prepared, for arrays and for speed. The parameters are those
 * of the functions above, in their order. Of the kinds without such a function, uniform has low <= high, normal has the
 * mean and the standard deviation >= 0, and exponential the mean >= 0. */
typedef enum mcpar_dist_kind {
    MCPAR_DIST_UNIFORM = 1,
    MCPAR_DIST_NORMAL = 2,
    MCPAR_DIST_LOGNORMAL = 3,
    MCPAR_DIST_EXPONENTIAL = 4,
    MCPAR_DIST_GAMMA = 5,
    MCPAR_DIST_CHI_SQUARE = 6,
    MCPAR_DIST_BETA = 7,
    MCPAR_DIST_STUDENT = 8,
    MCPAR_DIST_POISSON = 9,
    MCPAR_DIST_BINOMIAL = 10,
    MCPAR_DIST_BERNOULLI = 11,
    MCPAR_DIST_GEOMETRIC = 12,
    MCPAR_DIST_WEIBULL = 13,
    MCPAR_DIST_CAUCHY = 14,
    MCPAR_DIST_LOGISTIC = 15,
    MCPAR_DIST_TRIANGULAR = 16
} mcpar_dist_kind;

typedef struct mcpar_dist {                /* memory for one, anywhere; it may be copied, and read by many threads */
    uint64_t opaque[256];
} mcpar_dist;

/* Prepares *dist. Parameters that the kind does not have must be 0. Returns 0, or MCPAR_ERR_ARGUMENT if the kind or a
 * parameter is out of range; all draws from *dist are then NaN. It needs no handle. */
MCPAR_API MCPAR_USE_RESULT int mcpar_dist_init(mcpar_dist *dist, mcpar_dist_kind kind, double a, double b, double c);

/* A draw, the array of the next draw in a block function (as mcpar_normals), and n draws of one trial (as
 * mcpar_fill_normals). All give the numbers that the function by name gives for the same draw. */
MCPAR_API double mcpar_draw(mcpar_rng *rng, const mcpar_dist *dist);
MCPAR_API const double *mcpar_draws(mcpar_block *block, const mcpar_dist *dist);
MCPAR_API void mcpar_fill_draws(mcpar_rng *rng, const mcpar_dist *dist, double *x, size_t n);

/* Several numbers, or one choice. Each takes the number of draws that its comment says, one after the other. */

/* Shuffles n elements of `size` bytes each, n - 1 draws; the other writes a random order of 0 to n - 1. All orders are
 * equally likely. */
MCPAR_API void mcpar_shuffle(mcpar_rng *rng, void *base, size_t n, size_t size);
MCPAR_API void mcpar_permutation(mcpar_rng *rng, size_t *order, size_t n);

/* Choice by weight: index i with probability weights[i] / sum, right to 2^-50, one draw; never one with weight 0. The
 * table is made once, in an array of n cells of the program; its members are not for use by programs. mcpar_choice_init
 * returns MCPAR_ERR_ARGUMENT if n is 0 or above 2^31, a weight is negative or NaN, or the sum is 0 or infinite; index 0
 * is then always chosen. */
typedef struct mcpar_cell {
    uint64_t keep, other;
} mcpar_cell;
MCPAR_API MCPAR_USE_RESULT int mcpar_choice_init(mcpar_cell *cells, const double *weights, size_t n);
MCPAR_API uint64_t mcpar_choice(mcpar_rng *rng, const mcpar_cell *cells, size_t n);
MCPAR_API const uint64_t *mcpar_choices(mcpar_block *block, const mcpar_cell *cells, size_t n);     /* in a block */

/* A point on the unit sphere in n dimensions, n draws; and one in the unit ball, n + 1 draws. */
MCPAR_API void mcpar_direction(mcpar_rng *rng, double *x, size_t n);
MCPAR_API void mcpar_ball(mcpar_rng *rng, double *x, size_t n);

/* Normals with means (NULL: 0) and covariances, n draws. Matrices are n by n, row by row. mcpar_factor computes, once,
 * a factor (Cholesky's) of a covariance matrix; variances may be 0 and variables dependent. It returns
 * MCPAR_ERR_ARGUMENT if n is 0 or the matrix is not symmetric or has a negative eigenvalue beyond rounding; the factor
 * is then NaN. */
MCPAR_API MCPAR_USE_RESULT int mcpar_factor(size_t n, const double *covariance, double *factor);
MCPAR_API void mcpar_multinormal(mcpar_rng *rng, size_t n, const double *mean, const double *factor, double *x);

/* How n independent attempts, up to 10^15, fall on k categories with these weights; k - 1 draws. All counts are NaN if
 * n or a weight is out of range. */
MCPAR_API void mcpar_multinomial(mcpar_rng *rng, double n, size_t k, const double *weights, double *counts);

/* ---- The stream of any trial, outside of sampling ---------------------------------------------------- */

typedef struct mcpar_rng_space {           /* memory for one stream, on the stack, in an array or anywhere else */
    uint64_t opaque[128];
} mcpar_rng_space;

/* Opens the stream of a trial at draw 0: the numbers that the trial sees. It needs no handle and allocates nothing, and
 * you do not have to close the stream. Do not copy or move *space while it is in use. Returns NULL if space is NULL or
 * stream is above 2^24 - 1. */
MCPAR_API mcpar_rng *mcpar_rng_open(mcpar_rng_space *space, uint64_t seed, uint32_t stream, uint64_t trial);

/* Moves the stream to draw number `draw`, which must be below 2^32; otherwise it returns MCPAR_ERR_ARGUMENT, and the
 * stream stays where it is. */
MCPAR_API int mcpar_rng_jump(mcpar_rng *rng, uint64_t draw);

/* ---- Elementary functions ---------------------------------------------------------------------------- */

/* For trials that must return the same bits everywhere: those of libm differ between CPUs and between C libraries.
 * These give the same bits on every CPU. The bits belong to the contract: they change only if MCPAR_CONTRACT does. The
 * error is at most 0.51 ulp for exp and log, 0.53 ulp for pow, and 0.6 ulp for sin and cos (a correctly rounded result
 * has at most 0.5). sin and cos accept any finite angle, in radians.
 *
 * Infinities, zeros and NaNs are treated as in C11, Annex F. A result that is not a number is always the same NaN
 * (quiet, positive, no payload), whatever NaN was passed. Subnormal numbers are not flushed. errno is not set.
 *
 * They need no handle and can be called from any thread. They assume the floating-point environment that trials have:
 * round to nearest, no flush to zero. Elsewhere, a program that has changed it gets other bits. */
MCPAR_API double mcpar_exp(double x);
MCPAR_API double mcpar_log(double x);                     /* the natural logarithm */
MCPAR_API double mcpar_pow(double x, double y);           /* x to the power y */
MCPAR_API double mcpar_sin(double x);
MCPAR_API double mcpar_cos(double x);

/* The same for arrays, with the same bits, several times as fast: y[i] = exp(x[i]), ... and z[i] = pow(x[i], y[i]), for
 * each i below n. The results may replace an argument (y == x, z == x or z == y), but must not overlap one otherwise. */
MCPAR_API void mcpar_exp_array(double *y, const double *x, size_t n);
MCPAR_API void mcpar_log_array(double *y, const double *x, size_t n);
MCPAR_API void mcpar_pow_array(double *z, const double *x, const double *y, size_t n);
MCPAR_API void mcpar_sin_array(double *y, const double *x, size_t n);
MCPAR_API void mcpar_cos_array(double *y, const double *x, size_t n);

/* ---- Trials again: to look at one, and to check a trial function --------------------------------------- */

/* Runs one trial in this process, as sampling does: with its stream, with scratch memory of its own (scratch_new, and
 * scratch_free at the end), in the same floating-point environment. Any trial will do, whether it has been asked for
 * or not. *hit becomes what the trial returned, and values, with room for all observables, gets what it reported,
 * also if it failed; either may be NULL. The result in the handle stays as it is. Local. Returns what sampling would
 * return for this trial (MCPAR_ERR_TRIAL, MCPAR_ERR_VALUE, MCPAR_ERR_DRAWS, ...), or MCPAR_ERR_CHECK if it writes
 * outside of its values by up to 512 doubles. A trial that crashes ends the process: run it under a debugger. If an
 * exception or longjmp leaves the trial, it leaves this call too, and the handle can still be used. */
MCPAR_API MCPAR_USE_RESULT int mcpar_replay(mcpar *mc, uint64_t trial, mcpar_trial_fn fn, void *arg, int *hit,
                                            double *values);

/* The same for a block function: one block of trials first to first + n - 1, n from 1 to 65,536. values[k * n + i] is
 * observable k of trial first + i. */
MCPAR_API MCPAR_USE_RESULT int mcpar_replay_block(mcpar *mc, uint64_t first, size_t n, mcpar_block_fn block, void *arg,
                                                  uint64_t *hits, double *values);

/* Checks the trial function by running trials again: a sample of n, n > 0, of the trials that are held (all if they
 * are fewer), twice, in different orders and in different workers, with something else next to their values and on
 * the stack. What they return, report and draw must be the same to the bit, on all ranks, and must agree with what
 * the result says of its lowest trial. They must not write outside of their values, nor to what arg points to.
 * MCPAR_ERR_CHECK says the lowest trial that breaks a rule and what is probably wrong; mcpar_failed says its number,
 * too. The result in the handle stays as it is. Collective. Returns MCPAR_ERR_STATE if no trials are held,
 * MCPAR_STOPPED if a stop came before all were checked, and what sampling returns if a trial crashes, does not end,
 * or is left. A check can only find mistakes, not prove that there are none (mcpar_replay(3)). */
MCPAR_API MCPAR_USE_RESULT int mcpar_verify(mcpar *mc, uint64_t n, mcpar_trial_fn trial, void *arg);

/* The same for a block function: blocks of 16 trials, and a long one. Each is also run trial by trial and in two
 * pieces, because the results must not depend on the split. */
MCPAR_API MCPAR_USE_RESULT int mcpar_verify_block(mcpar *mc, uint64_t n, mcpar_block_fn block, void *arg);

/* ---- About the run ----------------------------------------------------------------------------------- */

MCPAR_API int mcpar_rank(const mcpar *mc);                /* 0 to size - 1; -1 without a handle; 0 if init failed
                                                             before this process knew its rank */
MCPAR_API int mcpar_size(const mcpar *mc);                /* number of ranks; 0 without a handle */
MCPAR_API int mcpar_workers(const mcpar *mc);             /* number of workers of this rank's pool: as many as
                                                             sampling may start or, after sampling, as many as it
                                                             could have had; 0 without a handle */

/* Writes all options in force to *in_force, which must have been initialized with MCPAR_OPTIONS_INIT. The string tag
 * there belongs to the handle. */
MCPAR_API MCPAR_USE_RESULT int mcpar_options_in_force(const mcpar *mc, mcpar_options *in_force);

typedef enum mcpar_origin {
    MCPAR_ORIGIN_UNKNOWN = -1,             /* no such option or handle */
    MCPAR_ORIGIN_DEFAULT = 0,
    MCPAR_ORIGIN_ENVIRONMENT = 1,
    MCPAR_ORIGIN_PROGRAM = 2,
    MCPAR_ORIGIN_FILE = 3                  /* of mcpar_open */
} mcpar_origin;

/* Returns where the value of an option came from. option is the name of its member: "pool", "comm", "workers",
 * "stream", "seed", "confidence", "tag", "deadlock_seconds", "max_seconds", "deadline", "part", "parts", "checkpoint",
 * "checkpoint_seconds", "stop_seconds", "stuck_seconds", "block", "progress_seconds" or "check". */
MCPAR_API mcpar_origin mcpar_option_origin(const mcpar *mc, const char *option);

/* Returns a line of text for people to read. what is one of "pool" and "comm" (those in use), "cpus" (how many CPUs
 * this process may use, and why), "cpu_path" (which code generates the random numbers) and "mpi" (which MPI
 * libmcpar_mpi would use; the library looks for it and loads it, but does not start it; if it cannot be loaded, the
 * line is "none: " and the reason). Returns NULL for anything else. The line belongs to the handle and is valid until
 * the next call with the same `what`. */
MCPAR_API const char *mcpar_about(mcpar *mc, const char *what);

MCPAR_API const char *mcpar_version(void);                /* of the running library, like MCPAR_VERSION */
MCPAR_API int mcpar_version_number(void);                 /* like MCPAR_VERSION_NUMBER */
MCPAR_API int mcpar_contract(void);                       /* like MCPAR_CONTRACT */

/* For mcpar_mpi.h: mcpar_init on a communicator of the program, with the table that libmcpar_mpi exports. */
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

/* Whether a number with its word is ready, and that word. */
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

/* Lemire's method. If the lower half of the product is not below the bound, the word is accepted without a division. A
 * bound of 0 is always left to mcpar_refill_below. */
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
