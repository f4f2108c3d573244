/* SPDX-License-Identifier: BSD-3-Clause */
/* test_stack.c - threads with small stacks: what the library keeps on the caller's stack is small */
#include "api.h"
#include <limits.h>
#include <pthread.h>
#include <unistd.h>

/* The least stack that a thread may have, and a little: on it everything must work. */
enum { ROOM = 16384 };

static int plain(mcpar_rng *rng, double *values, void *arg)
{
    (void)values, (void)arg;
    return mcpar_uniform(rng) < 0.5;
}

static int reporting(mcpar_rng *rng, double *values, void *arg)
{
    (void)arg;
    values[0] = mcpar_normal(rng) * 1e10;
    values[1] = mcpar_exponential(rng);
    values[2] = mcpar_uniform(rng) * 1e-200;
    return mcpar_below(rng, 6) == 0;
}

static int hits_of_block(mcpar_block *block, void *arg)
{
    const double *x = mcpar_uniforms(block), *y = mcpar_normals(block), *z = mcpar_exponentials(block);

    (void)arg;
    (void)mcpar_words(block);
    (void)mcpar_belows(block, 6);
    for (size_t i = 0; i < block->n; i++) {
        block->values[0][i] = x[i];
        block->values[1][i] = y[i];
        block->values[2][i] = z[i] * 1e300;
    }
    block->hits = mcpar_darts(block);
    return 0;
}

static int filling(mcpar_rng *rng, double *values, void *arg)
{
    double x[32];

    (void)values, (void)arg;
    mcpar_fill_uniforms(rng, x, 32);
    mcpar_fill_normals(rng, x, 32);
    mcpar_fill_exponentials(rng, x, 32);
    return x[0] < 0.5;
}

/* How a thread went: the first code that is not 0, and what it has to say. */
struct run {
    int pool, err;
    bool only_init;
    char message[1024];
};

static int with_observables(mcpar *mc)
{
    static const char *const names[] = { "a", "b", "c" };
    static const size_t pairs[] = { 0, 1, 1, 2 };
    mcpar_estimate e;
    double covariance;
    char fingerprint[MCPAR_FINGERPRINT_SIZE];
    int err = mcpar_reset(mc, 1);

    if (!err) err = mcpar_observe(mc, 3, names);
    if (!err) err = mcpar_observe_pairs(mc, 2, pairs);
    if (!err) err = mcpar_sample(mc, 20000, reporting, NULL);
    if (!err) err = mcpar_sample_block(mc, 20000, hits_of_block, NULL);
    if (!err) err = mcpar_reduce(mc, &e);
    if (!err) err = mcpar_mean(mc, 1, &e);
    if (!err) err = mcpar_covariance(mc, 0, 1, &covariance);
    return err ? err : mcpar_fingerprint(mc, fingerprint);
}

static void *all_calls(void *arg)
{
    struct run *run = arg;
    mcpar_options options = MCPAR_OPTIONS_INIT;
    mcpar_estimate e;
    mcpar *mc;

    options.comm = MCPAR_COMM_SELF;
    options.pool = run->pool;
    options.workers = 2;
    run->err = mcpar_init(&mc, &options);
    if (!run->only_init) {
        if (!run->err) run->err = mcpar_sample(mc, 20000, plain, NULL);
        if (!run->err) run->err = mcpar_sample(mc, 1000, filling, NULL);
        if (!run->err) run->err = mcpar_reduce(mc, &e);
        if (!run->err) run->err = with_observables(mc);
    }
    (void)snprintf(run->message, sizeof run->message, "%s", mcpar_message(mc));
    (void)mcpar_finalize(&mc);
    return NULL;
}

static void on_stack_of(size_t size, struct run *run)
{
    pthread_attr_t attributes;
    pthread_t thread;

    cr_assert(pthread_attr_init(&attributes) == 0);
    cr_assert(pthread_attr_setstacksize(&attributes, size) == 0, "a stack of %zu bytes is refused", size);
    /* A guard that no frame steps over. */
    cr_assert(pthread_attr_setguardsize(&attributes, (size_t)1 << 20) == 0);
    cr_assert(pthread_create(&thread, &attributes, all_calls, run) == 0);
    cr_assert(pthread_join(thread, NULL) == 0);
    cr_assert(pthread_attr_destroy(&attributes) == 0);
    cr_assert(run->err == 0, "%s", run->message);
}

/* 16 KiB on most systems; more where the kernel's signal frame is large. */
static size_t least(void)
{
    long size = sysconf(_SC_THREAD_STACK_MIN);

    return size > 0 ? (size_t)size : (size_t)PTHREAD_STACK_MIN;
}

Test(stack, init_and_finalize_need_no_more_than_the_least)
{
    struct run run = { .pool = MCPAR_POOL_SERIAL, .only_init = true };

#ifdef __SANITIZE_ADDRESS__
    cr_skip_test("its frames are larger");
#endif
    on_stack_of(least(), &run);
}

Test(stack, the_serial_pool_needs_little_more)
{
    struct run run = { .pool = MCPAR_POOL_SERIAL };

    on_stack_of(least() + ROOM, &run);
}

Test(stack, the_fork_pool_needs_little_more)
{
    struct run run = { .pool = MCPAR_POOL_FORK };

    on_stack_of(least() + ROOM, &run);
}
