/* SPDX-License-Identifier: BSD-3-Clause */
/* Checkpoints: a program that is stopped or killed at any moment and started again gives the bits of the undisturbed
 * run, on other pools and workers; and whatever is wrong with the file is said. */
#include "darts.h"
#include "folder.h"
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { N = 200000 };

TestSuite(checkpoint, .init = folder_enter, .fini = folder_leave, .timeout = 120);

/* ---- Handles with a checkpoint ---- */

static mcpar_options checkpointed(struct place place, const char *path)
{
    mcpar_options options = options_for(place);

    options.tag = "darts";
    options.checkpoint = path;
    return options;
}

static mcpar *open_checkpointed(struct place place, const char *path)
{
    mcpar_options options = checkpointed(place, path);
    mcpar *mc = NULL;

    MUST(mc, mcpar_init(&mc, &options));
    return mc;
}

static void print_of(mcpar *mc, char print[MCPAR_FINGERPRINT_SIZE], mcpar_status status)
{
    mcpar_estimate e;

    MUST(mc, mcpar_reduce(mc, &e));
    cr_assert_eq(e.status, status, "status %d instead of %d", (int)e.status, (int)status);
    MUST(mc, mcpar_fingerprint(mc, print));
}

static void undisturbed(uint32_t stream, uint64_t n, char print[MCPAR_FINGERPRINT_SIZE])
{
    mcpar *mc = open_checkpointed(places[0], "");

    MUST(mc, mcpar_reset(mc, stream));
    MUST(mc, mcpar_sample_block(mc, n, darts, NULL));
    print_of(mc, print, MCPAR_STATUS_COMPLETE);
    close_handle(mc);
}

#define MUST_BE(mc, wanted)                                                       \
    do {                                                                          \
        char print_[MCPAR_FINGERPRINT_SIZE];                                      \
        print_of(mc, print_, MCPAR_STATUS_COMPLETE);                              \
        cr_assert_str_eq(print_, wanted);                                         \
    } while (0)

static bool noted(mcpar *mc, const char *words)
{
    for (size_t i = 0; mcpar_note(mc, i); i++)
        if (strstr(mcpar_note(mc, i), words))
            return true;
    return false;
}

/* ---- Killed ---- */

static int slow_dart(mcpar_rng *rng, double *values, void *arg)
{
    for (volatile int i = 0; i < 2000; i++)
        continue;
    return dart(rng, values, arg);
}

/* The whole program: it makes the same calls each time. Ends with 0 if it gave the answer of `wanted`. */
static void program(struct place place, const char *wanted)
{
    mcpar_options options = checkpointed(place, "file");
    char print[MCPAR_FINGERPRINT_SIZE] = "";
    mcpar *mc;
    int err;

    options.checkpoint_seconds = 0.005;
    err = mcpar_init(&mc, &options);
    for (int call = 0; call < 2 && !err; call++)
        err = mcpar_sample(mc, N / 2, slow_dart, NULL);
    if (!err)
        err = mcpar_reduce(mc, NULL);
    if (!err)
        err = mcpar_fingerprint(mc, print);
    if (err)
        fprintf(stderr, "%s\n", mcpar_message(mc));
    err = err || mcpar_finalize(&mc) ? 2 : strcmp(print, wanted) ? 1 : 0;
    _exit(err);
}

static int started(struct place place, const char *wanted, uint64_t kill_ns)
{
    struct timespec moment = { (time_t)(kill_ns / 1000000000), (long)(kill_ns % 1000000000) };
    int status = 0;
    pid_t child = fork();

    cr_assert(child >= 0);
    if (child == 0)
        program(place, wanted);
    if (kill_ns) {
        (void)nanosleep(&moment, NULL);
        (void)kill(child, SIGKILL);
    }
    cr_assert(waitpid(child, &status, 0) == child);
    return status;
}

Test(checkpoint, killed_at_any_moment_and_started_again_on_other_workers)
{
    char wanted[MCPAR_FINGERPRINT_SIZE];
    uint64_t state = 5;
    int kills = 0, status;

    undisturbed(0, N, wanted);
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 40; i++) {
            status = started(places[other_random(&state) % PLACES], wanted, 1000000 + other_random(&state) % 60000000);
            if (WIFEXITED(status))
                break;
            kills++;
        }
        status = started(places[2], wanted, 0);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x after %d kills", (unsigned)status, kills);
        cr_assert(access("file.new", F_OK) < 0, "a temporary file is left");
        cr_assert(remove("file") == 0);
        (void)remove("file~");
    }
    cr_assert_gt(kills, 10);
}

/* ---- Stopped, and started again ---- */

Test(checkpoint, what_is_there_is_not_run_again)
{
    char wanted[MCPAR_FINGERPRINT_SIZE], half[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc;

    undisturbed(0, N, wanted);
    undisturbed(0, N / 2, half);
    for (size_t i = 0; i < PLACES; i++) {
        mc = open_checkpointed(places[i], "file");
        MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
        close_handle(mc);
        mc = open_checkpointed(places[PLACES - 1 - i], "file");
        cr_assert_eq(mcpar_held(mc), 0, "it is read by the first call");
        MUST(mc, mcpar_sample_block(mc, N / 2, darts, NULL));
        MUST_BE(mc, half);
        MUST(mc, mcpar_sample_block(mc, N / 2, darts, NULL));
        MUST_BE(mc, wanted);
        MUST(mc, mcpar_sample(mc, 0, dart, NULL));
        close_handle(mc);
        mc = open_checkpointed(places[0], "file");         /* more is there than was asked for so far */
        MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
        cr_assert(mcpar_asked(mc) == N / 2 && mcpar_held(mc) == N);
        print_of(mc, half, MCPAR_STATUS_AHEAD);
        cr_assert_str_eq(half, wanted);
        undisturbed(0, N / 2, half);
        MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
        MUST_BE(mc, wanted);
        close_handle(mc);
        cr_assert(remove("file") == 0 && remove("file~") == 0);
    }
}

Test(checkpoint, a_stop_writes)
{
    char wanted[MCPAR_FINGERPRINT_SIZE];

    undisturbed(0, N, wanted);
    for (size_t i = 0; i < PLACES; i++) {
        mcpar_options options = checkpointed(places[i], "file");
        uint64_t held;
        mcpar *mc;

        options.max_seconds = 0.05;
        MUST(mc, mcpar_init(&mc, &options));
        MUST_FAIL(mc, mcpar_sample(mc, UINT64_C(1) << 40, dart, NULL), MCPAR_STOPPED);
        held = mcpar_held(mc);
        {
            mcpar *other = open_serial();  /* the file is complete when the call returns */

            MUST(other, mcpar_set_tag(other, "darts"));
            MUST(other, mcpar_merge(other, "file"));
            cr_assert_eq(mcpar_held(other), held);
            close_handle(other);
        }
        close_handle(mc);
        cr_assert(remove("file") == 0);
        (void)remove("file~");
    }
}

/* A file that has all trials is an answer, also when the time is up. */
Test(checkpoint, complete_after_the_deadline)
{
    mcpar_options options = checkpointed(places[2], "file");
    char wanted[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc = open_checkpointed(places[0], "file");

    undisturbed(0, 1000, wanted);
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    close_handle(mc);
    options.deadline = 1;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    MUST_BE(mc, wanted);
    MUST_FAIL(mc, mcpar_sample(mc, 1, dart, NULL), MCPAR_STOPPED);
    close_handle(mc);
}

/* ---- Which result of the file ---- */

static void scan(struct place place, uint32_t first, uint32_t end, char print[][MCPAR_FINGERPRINT_SIZE])
{
    mcpar *mc = open_checkpointed(place, "scan");

    for (uint32_t s = first; s < end; s++) {
        MUST(mc, mcpar_reset(mc, s));
        MUST(mc, mcpar_sample(mc, 1000 + s, dart, NULL));
        MUST_BE(mc, print[s]);
    }
    close_handle(mc);
}

Test(checkpoint, a_scan_of_streams_in_one_file)
{
    char print[6][MCPAR_FINGERPRINT_SIZE];

    for (uint32_t s = 0; s < 6; s++)
        undisturbed(s, 1000 + s, print[s]);
    scan(places[0], 0, 3, print);
    scan(places[2], 0, 5, print);
    scan(places[1], 2, 6, print);
    scan(places[3], 0, 6, print);
}

Test(checkpoint, two_handles_on_one_file)
{
    mcpar *one = open_checkpointed(places[0], "file"), *two = open_checkpointed(places[2], "./file"), *three;
    char wanted[2][MCPAR_FINGERPRINT_SIZE];

    undisturbed(0, 1000, wanted[0]);
    undisturbed(1, 1000, wanted[1]);
    MUST(one, mcpar_sample(one, 1000, dart, NULL));
    MUST_FAIL(two, mcpar_sample(two, 1000, dart, NULL), MCPAR_ERR_STATE);
    MUST_SAY(two, "another estimation of this process");
    MUST_FAIL(two, mcpar_reduce(two, NULL), MCPAR_ERR_STATE);
    MUST(two, mcpar_reset(two, 1));
    MUST(two, mcpar_sample(two, 1000, dart, NULL));
    /* one handle cannot take a result twice either: it might be another problem now */
    MUST(one, mcpar_reset(one, 0));
    MUST_FAIL(one, mcpar_sample(one, 1000, dart, NULL), MCPAR_ERR_STATE);
    close_handle(one);
    close_handle(two);
    three = open_checkpointed(places[1], "file");
    MUST(three, mcpar_sample(three, 1000, dart, NULL));
    MUST_BE(three, wanted[0]);
    MUST(three, mcpar_reset(three, 1));
    MUST(three, mcpar_sample(three, 1000, dart, NULL));
    MUST_BE(three, wanted[1]);
    close_handle(three);
}

Test(checkpoint, another_seed_or_tag_is_noted_and_kept_apart)
{
    mcpar_options options = checkpointed(places[0], "file");
    mcpar *mc = open_checkpointed(places[0], "file");
    char wanted[MCPAR_FINGERPRINT_SIZE];

    undisturbed(0, 1000, wanted);
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    close_handle(mc);
    options.seed = 8;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 500, dart, NULL));
    cr_assert(noted(mc, "no result of seed 8"), "%s", mcpar_note(mc, 0));
    close_handle(mc);
    options.tag = "spears";
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 500, dart, NULL));
    cr_assert(noted(mc, "no result of tag \"spears\""), "%s", mcpar_note(mc, 0));
    close_handle(mc);
    mc = open_checkpointed(places[0], "file");
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    MUST_BE(mc, wanted);
    close_handle(mc);
}

/* ---- Another trial function, and merges again ---- */

static int all_hit(mcpar_rng *rng, double *values, void *arg)
{
    (void)rng, (void)values;
    return *(int *)arg;
}

Test(checkpoint, another_function_or_argument_is_noticed)
{
    for (size_t i = 0; i < PLACES; i++) {
        mcpar *mc = open_checkpointed(places[i], "file");
        int hit = 1, miss = 0;

        MUST(mc, mcpar_sample(mc, 1000, all_hit, &hit));
        close_handle(mc);
        mc = open_checkpointed(places[i], "file");
        MUST_FAIL(mc, mcpar_sample(mc, 1000, all_hit, &miss), MCPAR_ERR_LINEAGE);
        MUST_SAY(mc, "trial 0 now returns something else");
        MUST(mc, mcpar_sample(mc, 0, all_hit, &hit));
        close_handle(mc);
        cr_assert(remove("file") == 0);
        (void)remove("file~");
    }
}

static void *late_scratch(void *arg)
{
    static const struct timespec moment = { 0, 60000000 };

    (void)nanosleep(&moment, NULL);
    return arg;
}

/* Workers that are late, as on a busy machine: the round of the trial that is compared is cut before it is run. */
Test(checkpoint, another_function_is_noticed_by_late_workers)
{
    for (size_t i = 0; i < PLACES; i++) {
        mcpar_options options = checkpointed(places[i], "file");
        int hit = 1, miss = 0;
        mcpar *mc = open_checkpointed(places[i], "file");

        MUST(mc, mcpar_sample(mc, 1000, all_hit, &hit));
        close_handle(mc);
        options.scratch_new = late_scratch;
        options.scratch_arg = &options;
        MUST(mc, mcpar_init(&mc, &options));
        MUST_FAIL(mc, mcpar_sample(mc, 2000, all_hit, &miss), MCPAR_ERR_LINEAGE);
        close_handle(mc);
        cr_assert(remove("file") == 0);
        (void)remove("file~");
    }
}

/* A program that merges the parts of others, and is started again. */
Test(checkpoint, a_restart_that_merges_again)
{
    mcpar_options options = checkpointed(places[0], "");
    char wanted[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc;

    undisturbed(0, 900, wanted);
    options.parts = 3;
    for (options.part = 0; options.part < 3; options.part++) {
        char path[] = "part-0";

        path[5] = (char)('0' + options.part);
        MUST(mc, mcpar_init(&mc, &options));
        MUST(mc, mcpar_sample(mc, 900, dart, NULL));
        MUST(mc, mcpar_reduce(mc, NULL));
        MUST(mc, mcpar_save(mc, path));
        close_handle(mc);
    }
    for (int start = 0; start < 3; start++) {
        mc = open_checkpointed(places[start], "file");
        MUST(mc, mcpar_merge(mc, "part-0"));
        MUST(mc, mcpar_merge(mc, "part-2"));
        cr_assert_eq(noted(mc, "part-0 is in the checkpoint already"), start > 0);
        if (start == 0)
            MUST_FAIL(mc, mcpar_merge(mc, "part-0"), MCPAR_ERR_OVERLAP);
        cr_assert_eq(mcpar_held(mc), start == 2 ? 900 : 600);
        if (start == 1) {
            MUST(mc, mcpar_sample(mc, 900, dart, NULL));
            MUST_BE(mc, wanted);
            MUST_FAIL(mc, mcpar_merge(mc, "part-1"), MCPAR_ERR_OVERLAP);
        }
        close_handle(mc);
    }
}

/* ---- Names, options ---- */

static void run_named(const char *checkpoint, int part, int parts, const char *file)
{
    mcpar_options options = checkpointed(places[0], checkpoint);
    mcpar *mc;

    options.tag = "a/b";
    options.part = part;
    options.parts = parts;
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, 100, dart, NULL));
    close_handle(mc);
    cr_assert(access(file, F_OK) == 0, "%s is not %s", checkpoint, file);
}

Test(checkpoint, the_name_of_the_file)
{
    static const char *const bad[] = { "%", "a%x", "%kk%", "100%" };
    mcpar_options options = checkpointed(places[0], "file");
    mcpar *mc;

    (void)setenv("OMPI_COMM_WORLD_RANK", "12", 1);
    run_named("plain", 0, 1, "plain");
    run_named("plain", 2, 7, "plain.2-7");
    run_named("p%k", 2, 7, "p2");
    run_named("t-%t-%%", 0, 1, "t-a_b-%");
    run_named("r%r", 0, 1, "r12");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        options.checkpoint = bad[i];
        MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_OPTION);
        MUST_SAY(mc, bad[i]);
        (void)mcpar_finalize(&mc);
    }
}

Test(checkpoint, needs_a_tag_and_may_be_set_by_a_variable)
{
    mcpar_options options = options_for(places[0]);
    mcpar *mc;

    (void)setenv("MCPAR_CHECKPOINT", "variable", 1);
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_OPTION);
    MUST_SAY(mc, "needs a tag");
    (void)mcpar_finalize(&mc);
    options.checkpoint = "";               /* none, whatever the environment says */
    MUST(mc, mcpar_init(&mc, &options));
    close_handle(mc);
    options = checkpointed(places[0], NULL);
    MUST(mc, mcpar_init(&mc, &options));
    MUST_FAIL(mc, mcpar_set_tag(mc, ""), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_sample(mc, 100, dart, NULL));
    close_handle(mc);
    cr_assert(access("variable", F_OK) == 0);
    (void)unsetenv("MCPAR_CHECKPOINT");
}

/* ---- Files that cannot be read or written ---- */

static void spoil(const char *path)
{
    FILE *file = fopen(path, "r+");

    cr_assert(file != NULL && fseek(file, 40, SEEK_SET) == 0 && fputs("xyz", file) >= 0 && fclose(file) == 0);
}

Test(checkpoint, a_damaged_file)
{
    mcpar_options options = checkpointed(places[0], "file");
    char wanted[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc = open_checkpointed(places[0], "file");

    undisturbed(0, N, wanted);
    MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
    close_handle(mc);
    spoil("file");
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_FORMAT);
    MUST_SAY(mc, "file");
    MUST_FAIL(mc, mcpar_sample(mc, 10, dart, NULL), MCPAR_ERR_FORMAT);
    (void)mcpar_finalize(&mc);
    spoil("file");                         /* it was not touched: it is damaged in the same place */
    cr_assert(remove("file") == 0);
    for (int missing = 0; missing < 2; missing++) {
        mc = open_checkpointed(places[0], "file");
        MUST(mc, mcpar_sample(mc, N / 4, dart, NULL));
        close_handle(mc);
        mc = open_checkpointed(places[0], "file");
        MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
        close_handle(mc);
        if (missing)
            cr_assert(remove("file") == 0);
        else
            spoil("file");
        mc = open_checkpointed(places[0], "file");         /* the generation before is there */
        cr_assert(noted(mc, "file~"), "%s", mcpar_note(mc, 0));
        cr_assert_eq(access("file.damaged", F_OK) == 0, !missing, "the damaged file is kept, under another name");
        MUST(mc, mcpar_sample(mc, N, dart, NULL));
        MUST_BE(mc, wanted);
        close_handle(mc);
        mc = open_serial();                /* the damaged file has not become the generation before */
        MUST(mc, mcpar_set_tag(mc, "darts"));
        MUST(mc, mcpar_merge(mc, "file~"));
        cr_assert_eq(mcpar_held(mc), N / 4);
        close_handle(mc);
        cr_assert(remove("file") == 0 && remove("file~") == 0 && (missing || remove("file.damaged") == 0));
    }
}

Test(checkpoint, that_cannot_be_written_does_not_end_a_run)
{
    mcpar_options options = checkpointed(places[2], "in/file");
    char wanted[MCPAR_FINGERPRINT_SIZE];
    mcpar *mc;

    undisturbed(0, N, wanted);
    options.checkpoint_seconds = 0;
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_FILE);
    MUST_SAY(mc, "in/file");
    (void)mcpar_finalize(&mc);
    cr_assert(mkdir("in", 0777) == 0);
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, N / 2, dart, NULL));
    cr_assert(access("in/file", F_OK) == 0);
    cr_assert(rename("in", "elsewhere") == 0);
    MUST(mc, mcpar_sample(mc, N / 4, dart, NULL));
    cr_assert(noted(mc, "could not be written"), "%s", mcpar_note(mc, 0));
    cr_assert(rename("elsewhere", "in") == 0);
    MUST(mc, mcpar_sample(mc, N / 4, dart, NULL));         /* it is there again */
    MUST_BE(mc, wanted);
    cr_assert(rename("in", "elsewhere") == 0);
    MUST(mc, mcpar_sample(mc, 1, dart, NULL));
    cr_assert_eq(mcpar_finalize(&mc), MCPAR_ERR_FILE, "the last write is lost");
    cr_assert(mc == NULL && rename("elsewhere", "in") == 0);
    MUST(mc, mcpar_init(&mc, &options));
    MUST(mc, mcpar_sample(mc, N, dart, NULL));
    MUST_BE(mc, wanted);
    close_handle(mc);
}

/* The name is that of the folder in which the handle was made. */
Test(checkpoint, of_a_host_that_changes_its_folder)
{
    mcpar_options options = checkpointed(places[2], "file");
    mcpar *mc;

    options.checkpoint_seconds = 0;
    cr_assert(mkdir("elsewhere", 0777) == 0);
    MUST(mc, mcpar_init(&mc, &options));
    cr_assert(chdir("elsewhere") == 0);
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    close_handle(mc);
    cr_assert(access("file", F_OK) < 0 && access("../file", F_OK) == 0 && chdir("..") == 0);
    mc = open_checkpointed(places[0], "file");
    MUST(mc, mcpar_reduce(mc, NULL));
    cr_assert_eq(mcpar_held(mc), 1000);
    close_handle(mc);
}

/* Another process writes it: it is named. */
Test(checkpoint, of_another_process)
{
    mcpar_options options = checkpointed(places[0], "file");
    char words[64];
    int ready[2];
    pid_t child;
    mcpar *mc;

    cr_assert(pipe(ready) == 0);
    child = fork();
    if (child == 0) {
        mcpar *own;
        char done = mcpar_init(&own, &options) ? 1 : 0;

        (void)!write(ready[1], &done, 1);
        (void)pause();
        _exit(0);
    }
    cr_assert(child > 0 && read(ready[0], words, 1) == 1 && words[0] == 0);
    MUST_FAIL(mc, mcpar_init(&mc, &options), MCPAR_ERR_FILE);
    (void)snprintf(words, sizeof words, "process %ld", (long)child);
    MUST_SAY(mc, words);
    (void)mcpar_finalize(&mc);
    cr_assert(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
    MUST(mc, mcpar_init(&mc, &options));
    close_handle(mc);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

/* ---- Calls in another order ---- */

/* What a handle is to take from the file is known only when it first needs it, and changes with its observables. */
static void late(uint64_t n, uint64_t held, bool tag)
{
    static const char *const x[] = { "x" };
    mcpar *mc = open_checkpointed(places[0], "file");

    MUST(mc, mcpar_reduce(mc, NULL));      /* takes what there is without observables, of the first tag: nothing */
    if (tag)
        MUST(mc, mcpar_set_tag(mc, "late"));
    else
        MUST(mc, mcpar_observe(mc, 1, x));
    MUST(mc, mcpar_reduce(mc, NULL));
    if (!tag && mcpar_held(mc) == 0)
        MUST(mc, mcpar_observe(mc, 1, x)); /* the same ones again */
    MUST(mc, mcpar_sample(mc, n, dart, NULL));
    cr_assert_eq(mcpar_held(mc), held, "%llu trials", (unsigned long long)mcpar_held(mc));
    close_handle(mc);
}

Test(checkpoint, observables_and_tag_after_a_call_that_reads)
{
    for (int tag = 0; tag < 2; tag++) {
        late(1000, 1000, tag);
        late(500, 1000, tag);
        late(1500, 1500, tag);
    }
}

Test(checkpoint, a_first_call_that_fails_can_be_repeated)
{
    mcpar *mc = open_checkpointed(places[0], "file");

    MUST_FAIL(mc, mcpar_save(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST_FAIL(mc, mcpar_save(mc, "other"), MCPAR_ERR_STALE);
    MUST_FAIL(mc, mcpar_save(mc, "other"), MCPAR_ERR_STALE);
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    close_handle(mc);
    mc = open_checkpointed(places[0], "file");
    MUST_FAIL(mc, mcpar_save(mc, NULL), MCPAR_ERR_ARGUMENT);
    MUST(mc, mcpar_sample(mc, 1000, dart, NULL));
    cr_assert_eq(mcpar_held(mc), 1000);
    MUST(mc, mcpar_reset(mc, 0));          /* but not taken twice */
    MUST_FAIL(mc, mcpar_sample(mc, 1000, dart, NULL), MCPAR_ERR_STATE);
    close_handle(mc);
}

/* ---- Threads and children of the host ---- */

enum { THREADS = 8 };

static void *one_stream(void *arg)
{
    const uint32_t *stream = arg;
    mcpar_options options = checkpointed(places[0], "file");
    mcpar *mc = NULL;
    int err;

    options.stream = *stream;
    err = mcpar_init(&mc, &options);
    for (int call = 0; call < 3 && !err; call++)
        err = mcpar_sample(mc, 100, dart, NULL);
    if (err)
        fprintf(stderr, "%s\n", mcpar_message(mc));
    return mcpar_finalize(&mc) || err ? arg : NULL;
}

static int many_threads(void)
{
    uint32_t stream[THREADS];
    pthread_t thread[THREADS];
    void *failed = NULL;

    for (uint32_t t = 0; t < THREADS; t++) {
        stream[t] = t;
        if (pthread_create(&thread[t], NULL, one_stream, &stream[t]) != 0)
            return 2;
    }
    for (uint32_t t = 0; t < THREADS; t++) {
        void *one;

        failed = pthread_join(thread[t], &one) || one ? thread : failed;
    }
    return failed != NULL;
}

/* Each time in a new process, so that all are the first ones there. */
Test(checkpoint, threads_with_a_handle_each)
{
    for (int turn = 0; turn < 30; turn++) {
        int status;
        pid_t child = fork();
        mcpar *mc;

        if (child == 0)
            _exit(many_threads());
        cr_assert(child > 0 && waitpid(child, &status, 0) == child && status == 0, "status %#x", (unsigned)status);
        mc = open_serial();
        MUST(mc, mcpar_set_tag(mc, "darts"));
        for (uint32_t t = 0; t < THREADS; t++) {
            MUST(mc, mcpar_reset(mc, t));
            MUST(mc, mcpar_merge(mc, "file"));
            cr_assert_eq(mcpar_held(mc), 300);
        }
        close_handle(mc);
        cr_assert(remove("file") == 0 && (remove("file~") == 0 || true));
    }
}

static mcpar *open_in_time(const char *path)
{
    time_t before = time(NULL);
    mcpar *mc = open_checkpointed(places[0], path);

    cr_assert_lt(time(NULL) - before, 5);
    return mc;
}

/* The child has a copy of the lock's descriptor, and neither frees the lock nor keeps it. */
Test(checkpoint, a_child_that_the_host_forked)
{
    mcpar *mc = open_checkpointed(places[0], "file");
    int hold[2], status;
    pid_t stays, ends;
    char c;

    cr_assert(pipe(hold) == 0);
    stays = fork();
    if (stays == 0) {
        (void)close(hold[1]);
        _exit(read(hold[0], &c, 1) != 0);
    }
    ends = fork();
    if (ends == 0) {
        mcpar_options options = checkpointed(places[0], "file");
        mcpar *own;

        _exit(mcpar_finalize(&mc) != MCPAR_ERR_FORKED || mcpar_init(&own, &options) != MCPAR_ERR_FILE);
    }
    cr_assert(waitpid(ends, &status, 0) == ends && status == 0, "the lock is the parent's: %#x", (unsigned)status);
    MUST(mc, mcpar_sample(mc, 100, dart, NULL));
    close_handle(mc);
    close_handle(open_in_time("file"));
    (void)close(hold[0]);
    (void)close(hold[1]);
    cr_assert(waitpid(stays, &status, 0) == stays && status == 0);
}
