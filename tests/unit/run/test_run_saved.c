/* SPDX-License-Identifier: BSD-3-Clause */
/* Ranks with files and checkpoints: the reference's answer on any number of ranks, one code where one rank fails, and
 * memory that runs out on one rank at any moment, with nothing left behind.
 *
 * To be linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=aligned_alloc,--wrap=free,
 * --wrap=fcntl,--wrap=flock. */
#include "sampling.h"
#include "base/disk.h"
#include "base/sha256.h"
#include "run/checkpoint.h"
#include "run/combine.h"
#include "wrapped.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

static char folder[64], path[96], other[96];

static void enter(void)
{
    (void)snprintf(folder, sizeof folder, "%s/mcpar-saved.XXXXXX", P_tmpdir);
    if (!mkdtemp(folder))
        abort();
    (void)snprintf(path, sizeof path, "%s/file", folder);
    (void)snprintf(other, sizeof other, "%s/other", folder);
}

static void leave(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        abort();
}

TestSuite(saved, .init = enter, .fini = leave, .timeout = 240);

static void empty_folder(void)
{
    leave();
    if (mkdir(folder, 0700) != 0)
        abort();
}

/* ---- Memory that runs out, in one thread ---- */

static _Thread_local long until = -1;      /* -1: never */
static _Thread_local int for_good;
static long failed;                        /* of the one thread that lacks memory */

static _Atomic long live;                  /* allocations that have not been freed */

static int refuse(void)
{
    if (until < 0)
        return 0;
    if (until > 0)
        return until--, 0;
    until = for_good ? 0 : -1;
    failed++;
    return 1;
}

static void *counted(void *p)
{
    live += p != NULL;
    return p;
}

void *__wrap_malloc(size_t n)
{
    return refuse() ? NULL : counted(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : counted(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
    bool fresh = !p;
    void *more = refuse() ? NULL : __real_realloc(p, n);

    return fresh ? counted(more) : more;
}

char *__wrap_strdup(const char *s)
{
    return refuse() ? NULL : counted(__real_strdup(s));
}

void *__wrap_aligned_alloc(size_t line, size_t n)
{
    return refuse() ? NULL : counted(__real_aligned_alloc(line, n));
}

void __wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}

/* The communicator of the tests finds memory. */
static int calm_agree(void *comm, struct mcpar__agreement *agreement)
{
    long before = until;
    int err;

    until = -1;
    err = fake_comm.agree(comm, agreement);
    until = before;
    return err;
}

static int calm_add(void *comm, int64_t *limb, size_t n)
{
    long before = until;
    int err;

    until = -1;
    err = fake_comm.add(comm, limb, n);
    until = before;
    return err;
}

static int calm_least(void *comm, uint64_t (*pair)[2], size_t n)
{
    long before = until;
    int err;

    until = -1;
    err = fake_comm.least(comm, pair, n);
    until = before;
    return err;
}

static int calm_share(void *comm, struct mcpar__split *split)
{
    long before = until;
    int err;

    until = -1;
    err = fake_comm.share(comm, split);
    until = before;
    return err;
}

static struct mcpar_comm_table calm;

/* ---- One call after another, of which any may lack memory ---- */

enum { TRIALS = 3000 };

enum call { SAMPLE, REDUCE, SAVE, PACK, MERGE, UNPACK, BECOME, RESET, FINALIZE, CALLS };

static const char *const names[CALLS] = { "sample", "reduce", "save", "pack", "merge", "unpack", "open", "reset",
                                         "finalize" };

struct shortage {
    enum call call;
    int rank;                              /* the one without memory */
    long until;
    int for_good;
};

static uint8_t packed[1 << 16];
static size_t packed_n;

static int agree_on(mcpar *mc)
{
    const struct mcpar__said said = { .call = MCPAR__OPEN };

    return mcpar__agree(mc, &said, NULL);
}

/* As mcpar_open does, which cannot be given a communicator. */
static int become(mcpar *mc)
{
    struct mcpar__saved saved = { .merges = 0 };
    struct mcpar__file file = { 0 };
    int err = mcpar__begin(mc);

    if (!err) {
        if (mc->rank == 0 && !mcpar__file_read(&file, packed, packed_n, &mc->report))
            (void)mcpar__choose(mc, &file, "the test", MCPAR_ONLY, &saved);
        mcpar__file_close(&file);
        err = mcpar__become(mc, &saved, "the test", agree_on);
    }
    return mcpar__end(mc, err);
}

static int make_call(struct fake_process *p, enum call call)
{
    size_t n = 0;

    switch (call) {
    case SAMPLE: return mcpar_sample(p->mc, TRIALS, trial, NULL);
    case REDUCE: return mcpar_reduce(p->mc, &p->hits);
    case SAVE: return mcpar_save(p->mc, other);
    case PACK: return mcpar_pack(p->mc, NULL, 0, &n);
    case MERGE: return mcpar_merge(p->mc, other);
    case UNPACK: return mcpar_unpack(p->mc, packed, packed_n);
    case BECOME: return become(p->mc);
    default: return mcpar_reset(p->mc, 1);
    }
}

/* What must have been done before. */
static int prepare_call(struct fake_process *p, enum call call)
{
    int err = call == BECOME ? 0 : observe(p->mc);

    if (call != SAMPLE && call != MERGE && call != UNPACK && call != BECOME && !err)
        err = mcpar_sample(p->mc, TRIALS, trial, NULL);
    if ((call == SAVE || call == PACK) && !err)
        err = mcpar_reduce(p->mc, NULL);
    return err;
}

static void short_of_memory(struct fake_process *p)
{
    struct shortage *s = p->job->arg;
    bool here = p->seat.rank == s->rank;
    int err;

    calm = fake_comm;
    calm.agree = calm_agree;
    calm.add = calm_add;
    calm.least = calm_least;
    calm.share = calm_share;
    p->mc->comm = &calm;
    (void)fake_note(p, prepare_call(p, s->call));
    if (here) {
        for_good = s->for_good;
        until = s->until;
    }
    if (s->call == FINALIZE)
        return;                            /* it comes next */
    err = make_call(p, s->call);
    until = -1;
    (void)fake_note(p, err);
    if (err && s->call == SAMPLE && mcpar_asked(p->mc))
        (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));
    else                                   /* what failed can be repeated, unless only this rank knows */
        (void)fake_note(p, err && s->call != PACK ? make_call(p, s->call) : 0);
    if (s->call == RESET)
        return;
    read_off(p);
}

/* Each allocation of the call on that rank fails, once or for good. */
static void each_allocation(enum call call, int rank, int good, long least, const char *print)
{
    for (long n = 0;; n++) {
        struct shortage s = { call, rank, n, good };
        long before = live;
        int code, files = host_open_files();

        failed = 0;
        empty_folder();
        fake_prepare(&job, 3, short_of_memory, &s);
        for (int r = 0; r < 3; r++) {
            job.rank[r].options.tag = "shortage";
            job.rank[r].options.checkpoint = call == BECOME ? "" : path;
            job.rank[r].options.checkpoint_seconds = call >= RESET ? 1000 : 0;
        }
        if (call == MERGE) {
            FILE *file = fopen(other, "w");

            cr_assert(file && fwrite(packed, 1, packed_n, file) == packed_n && fclose(file) == 0);
        }
        fake_run(&job);
        cr_assert_eq(live, before, "%s, allocation %ld of rank %d: %ld allocations are left", names[call], n, rank,
                     live - before);
        cr_assert_eq(host_open_files(), files, "%s, allocation %ld of rank %d: open files", names[call], n, rank);
        code = job.rank[rank].code[2];
        cr_assert(job.rank[0].code[1] == 0, "%s", job.rank[0].message[1]);
        cr_assert(code == 0 || code == MCPAR_ERR_MEMORY, "%s, allocation %ld of rank %d: code %d, %s", names[call], n,
                  rank, code, job.rank[rank].message[2]);
        for (int r = 0; r < 3; r++)
            cr_assert(job.rank[r].code[2] == code || call == PACK || (call == FINALIZE && r > 0),
                      "%s, allocation %ld of rank %d: code %d on rank %d", names[call], n, rank, job.rank[r].code[2],
                      r);
        for (int r = 0; r < 3 && call != FINALIZE; r++)
            for (int c = 3; c < job.rank[r].codes - (call == RESET); c++)  /* finalize says what was lost in a reset */
                cr_assert_eq(job.rank[r].code[c], 0, "%s, allocation %ld of rank %d, then call %d on rank %d: %s",
                             names[call], n, rank, c, r, job.rank[r].message[c]);
        for (int r = 0; r < 3 && call != FINALIZE && call != RESET; r++)
            cr_assert_str_eq(job.rank[r].print, print, "%s, allocation %ld", names[call], n);
        cr_assert_eq(host_entries(folder, ".new"), 0);
        if (!failed) {
            cr_assert_geq(n, least, "%s on rank %d: only %ld allocations", names[call], rank, n);
            return;
        }
        cr_assert_lt(n, 1000);
    }
}

/* The result of the undisturbed run, packed, with its fingerprint. */
static void pack_reference(char print[MCPAR_FINGERPRINT_SIZE])
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar *mc;

    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    options.seed = 99;
    options.tag = "shortage";
    cr_assert_eq(mcpar_init(&mc, &options), 0);
    cr_assert_eq(observe(mc), 0);
    cr_assert_eq(mcpar_sample(mc, TRIALS, trial, NULL), 0);
    cr_assert_eq(mcpar_reduce(mc, NULL), 0);
    cr_assert_eq(mcpar_fingerprint(mc, print), 0);
    cr_assert_eq(mcpar_pack(mc, packed, sizeof packed, &packed_n), 0);
    cr_assert_eq(mcpar_finalize(&mc), 0);
}

Test(saved, without_memory_on_one_rank)
{
    static const long least[CALLS][2] = { { 9, 4 }, { 1, 1 }, { 8, 0 }, { 2, 2 }, { 9, 4 }, { 9, 4 }, { 9, 9 },
                                          { 2, 2 }, { 2, 2 } };
    char print[MCPAR_FINGERPRINT_SIZE];

    pack_reference(print);
    for (enum call call = 0; call < CALLS; call++)
        for (int rank = 0; rank < 2; rank++)
            for (int good = 0; good < 2; good++)
                each_allocation(call, rank, good, least[call][rank], print);
}

/* ---- Checkpoints of ranks ---- */

static void prepare_checkpointed(int size, void (*body)(struct fake_process *), void *arg)
{
    fake_prepare(&job, size, body, arg);
    for (int r = 0; r < size; r++) {
        job.rank[r].options.tag = "t";
        job.rank[r].options.checkpoint = path;
        job.rank[r].options.checkpoint_seconds = 0;
    }
}

/* How many trials the file has of a stream. */
static uint64_t in_file(uint32_t stream)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;
    uint64_t held;
    mcpar *mc;

    options.comm = MCPAR_COMM_SELF;
    options.seed = 99;
    options.stream = stream;
    options.tag = "t";
    cr_assert_eq(mcpar_init(&mc, &options), 0);
    cr_assert_eq(mcpar_merge(mc, path), 0, "%s", mcpar_message(mc));
    held = mcpar_held(mc);
    cr_assert_eq(mcpar_finalize(&mc), 0);
    return held;
}

static int fails_late(mcpar_rng *rng, double *values, void *arg)
{
    (void)values;
    (void)arg;
    return mcpar_trial_number(rng) == 700 ? -3 : 1;
}

static void trial_fails(struct fake_process *p)
{
    int *written = p->job->arg, ranks = p->job->world.size;

    (void)fake_note(p, mcpar_sample(p->mc, 1000, fails_late, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    if (p->seat.rank == 0)                 /* the others are in reset, or wait there */
        *written = ranks > 0 && in_file(0) == 700;
    (void)fake_note(p, mcpar_reset(p->mc, 1));
}

Test(saved, a_trial_that_fails_is_no_failure_of_the_checkpoint)
{
    for EACH(s, sizes) {
        int written = 0;

        empty_folder();
        prepare_checkpointed(sizes[s], trial_fails, &written);
        fake_run(&job);
        all_say(1, MCPAR_ERR_TRIAL, "trial 700 returned -3");
        all_say(2, 0, NULL);
        all_say(3, 0, NULL);
        for (int r = 0; r < sizes[s]; r++)
            cr_assert_null(strstr(job.rank[r].message[1], "(rank "), "%s", job.rank[r].message[1]);
        cr_assert(written, "%d ranks", sizes[s]);
    }
}

#ifdef __GLIBC__
static _Thread_local jmp_buf outside;

static int jumps_out(mcpar_rng *rng, double *values, void *arg)
{
    if (mcpar_trial_number(rng) == 700)
        longjmp(outside, 1);
    return trial(rng, values, arg);
}

static void trial_left(struct fake_process *p)
{
    volatile int err = MCPAR_ERR_LEFT;

    if (setjmp(outside) == 0)
        err = mcpar_sample(p->mc, 1000, jumps_out, NULL);
    (void)fake_note(p, err);
    (void)fake_note(p, mcpar_sample(p->mc, 0, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
}

/* The rank that is out of the call makes the next one with the others. */
Test(saved, a_trial_that_is_left)
{
    for EACH(s, sizes) {
        empty_folder();
        prepare_checkpointed(sizes[s], trial_left, NULL);
        fake_run(&job);
        all_say(1, MCPAR_ERR_LEFT, NULL);
        all_say(2, 0, NULL);
        all_say(3, 0, NULL);
        all_say(4, 0, NULL);
        cr_assert_eq(job.rank[0].hits.trials, 1000);
        cr_assert_eq(in_file(0), 1000);
    }
}
#endif

static void one_path_is_missing(struct fake_process *p)
{
    int odd = p->seat.rank == p->job->world.size - 1;

    (void)fake_note(p, mcpar_save(p->mc, odd ? NULL : other));
    (void)fake_note(p, mcpar_sample(p->mc, 1000, trial, NULL));
    (void)fake_note(p, mcpar_reduce(p->mc, &p->hits));
    (void)fake_note(p, mcpar_merge(p->mc, odd ? NULL : other));
    (void)fake_note(p, mcpar_merge(p->mc, odd ? "elsewhere" : other));     /* rank 0 reads */
    (void)fake_note(p, mcpar_save(p->mc, odd ? "elsewhere" : other));
    (void)fake_note(p, mcpar_merge(p->mc, other));
}

Test(saved, a_path_that_is_missing_on_one_rank)
{
    for (size_t s = 1; s < sizeof sizes / sizeof *sizes; s++) {
        empty_folder();
        prepare_checkpointed(sizes[s], one_path_is_missing, NULL);
        fake_run(&job);
        all_say(1, MCPAR_ERR_STALE, NULL); /* so says rank 0, the lowest */
        all_say(2, 0, NULL);
        all_say(3, 0, NULL);
        all_say(4, MCPAR_ERR_FILE, "other cannot be read");
        all_say(5, MCPAR_ERR_FILE, NULL);
        all_say(6, 0, NULL);
        all_say(7, MCPAR_ERR_OVERLAP, NULL);
    }
}

static void nothing(struct fake_process *p)
{
    (void)p;
}

/* Their rounds would not be the same, so they are told before; and the file is free as soon as it is known. */
Test(saved, other_options_on_one_rank)
{
    for (int what = 0; what < 2; what++) {
        prepare_checkpointed(3, nothing, NULL);
        if (what)
            job.rank[2].options.checkpoint_seconds = 7;
        else
            job.rank[2].options.checkpoint = other;
        fake_run(&job);
        all_say(0, MCPAR_ERR_MISMATCH, "another checkpoint or checkpoint_seconds");
    }
}

/* It is kept, because it has the message. */
Test(saved, a_handle_whose_init_failed_does_not_hold_the_file)
{
    char holder[300];
    mcpar *mc;
    int lock;

    prepare_checkpointed(1, nothing, NULL);
    job.world.unusable = 1;
    cr_assert_eq(mcpar_init_comm(&mc, &fake_comm, &job.rank[0].seat, &job.rank[0].options), MCPAR_ERR_MPI_STATE);
    cr_assert_eq(mcpar__disk_lock(path, 0, &lock, holder, sizeof holder), 0);
    mcpar__disk_unlock(lock);
    (void)mcpar_finalize(&mc);
}

static void ends_badly(struct fake_process *p)
{
    (void)fake_note(p, mcpar_sample(p->mc, 1000, trial, NULL));
    (void)fake_note(p, mcpar_reset(p->mc, 1));             /* keeps it, and a later write brings it to the file */
    if (p->seat.rank == 0)                 /* the other one is about to end its handle */
        (void)fake_note(p, mcpar_reduce(p->mc, NULL));
}

Test(saved, what_was_kept_is_written_even_if_the_ranks_do_not_end_together)
{
    prepare_checkpointed(2, ends_badly, NULL);
    for (int r = 0; r < 2; r++)
        job.rank[r].options.checkpoint_seconds = 1000;
    fake_run(&job);
    all_say(2, 0, NULL);
    all_say(3, MCPAR_ERR_MISMATCH, NULL);
    cr_assert_eq(in_file(0), 1000);
}

/* ---- Unusual files ---- */

static int lock_error;                     /* of a file system without locks; 0: it has some */

int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);
int __real_fcntl(int fd, int command, ...);
int __wrap_fcntl(int fd, int command, ...);

int __wrap_flock(int fd, int operation)
{
    errno = lock_error;
    return lock_error ? -1 : __real_flock(fd, operation);
}

int __wrap_fcntl(int fd, int command, ...)
{
    void *arg;
    va_list args;

    va_start(args, command);
    arg = va_arg(args, void *);
    va_end(args);
    errno = lock_error;
    return lock_error ? -1 : __real_fcntl(fd, command, arg);
}

static int open_one(mcpar **mc)
{
    mcpar_options options = MCPAR_OPTIONS_INIT;

    options.comm = MCPAR_COMM_SELF;
    options.pool = MCPAR_POOL_SERIAL;
    options.tag = "t";
    options.checkpoint = path;
    return mcpar_init(mc, &options);
}

Test(saved, a_file_system_without_locks)
{
    static const int errors[] = { ENOLCK, ENOSYS, ENOTSUP, EOPNOTSUPP };

    for EACH(e, errors) {
        bool noted = false;
        mcpar *mc;

        lock_error = errors[e];
        cr_assert_eq(open_one(&mc), 0, "%s", mcpar_message(mc));
        for (size_t i = 0; mcpar_note(mc, i); i++)
            noted |= strstr(mcpar_note(mc, i), "has no locks") != NULL;
        cr_assert(noted);
        cr_assert_eq(mcpar_sample(mc, 1000, trial, NULL), 0);
        cr_assert_eq(mcpar_finalize(&mc), 0);
        lock_error = 0;
        cr_assert_eq(open_one(&mc), 0);
        cr_assert_eq(mcpar_reduce(mc, NULL), 0);
        cr_assert_eq(mcpar_held(mc), 1000);
        cr_assert_eq(mcpar_finalize(&mc), 0);
    }
}

/* It would be overwritten by the second write. */
Test(saved, only_a_generation_of_a_newer_version)
{
    char print[MCPAR_FINGERPRINT_SIZE], before[100];
    struct mcpar__sha256 sha;
    FILE *file;
    mcpar *mc;

    pack_reference(print);
    packed[MCPAR__FILE_MAGIC] = MCPAR__FILE_VERSION + 1;
    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, packed, packed_n - MCPAR__FILE_SEAL);
    mcpar__sha256_end(&sha, packed + packed_n - 32);
    (void)snprintf(before, sizeof before, "%s~", path);
    file = fopen(before, "w");
    cr_assert(file && fwrite(packed, 1, packed_n, file) == packed_n && fclose(file) == 0);
    cr_assert_eq(open_one(&mc), MCPAR_ERR_NEWER);
    cr_assert(strstr(mcpar_message(mc), "file~"), "%s", mcpar_message(mc));
    (void)mcpar_finalize(&mc);
}
