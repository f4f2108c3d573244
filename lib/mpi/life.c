/* SPDX-License-Identifier: BSD-3-Clause */
/* life.c - the life of MPI in this process: whether it can be used, who started it, and how it ends */
#define MCPAR_NO_INLINE                    /* this library must not depend on libmcpar */
#include "base/signal_save.h"
#include "mpi/life.h"
#include <mpi.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The process in which we first found MPI started, and the process in which we started it ourselves; 0 if there is none
 * yet. A forked child inherits MPI's flags but no working MPI, so it must not trust MPI_Initialized. */
static _Atomic pid_t home, started_in;
static _Atomic long open_communicators;
static atomic_int late;                    /* the exit function has run and found open communicators */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static void end(void);

void mcpar__mpi_opened(void)
{
    atomic_fetch_add(&open_communicators, 1);
}

/* A host may finalize its handle in an exit function or destructor. If it registered that before MPI was started, it
 * runs after our exit function, and then MPI is finalized here. */
void mcpar__mpi_closed(void)
{
    if (atomic_fetch_sub(&open_communicators, 1) == 1 && atomic_load(&late))
        end();
}

/* Below MPI_THREAD_SERIALIZED only the thread that started MPI may call it. */
static int thread_allowed(int *level)
{
    int main_thread = 0;

    if (MPI_Query_thread(level) != MPI_SUCCESS)
        return 0;
    if (*level == MPI_THREAD_SERIALIZED || *level == MPI_THREAD_MULTIPLE)
        return 1;
    return MPI_Is_thread_main(&main_thread) == MPI_SUCCESS && main_thread;
}

int mcpar__mpi_usable(pid_t here, char *message, size_t room)
{
    int initialized = 0, finalized = 0, level = 0;
    pid_t none = 0;

    (void)MPI_Initialized(&initialized);
    (void)MPI_Finalized(&finalized);
    if (finalized) {
        (void)snprintf(message, room, "MPI has been finalized and cannot be started again");
        return MCPAR_ERR_MPI_STATE;
    }
    if (!initialized) {
        (void)snprintf(message, room, "MPI has not been started: call MPI_Init or MPI_Init_thread first");
        return MCPAR_ERR_MPI_STATE;
    }
    if (!atomic_compare_exchange_strong(&home, &none, here) && none != here) {
        (void)snprintf(message, room, "MPI was started by the parent of this process (%ld) and cannot be used in a "
                       "child process: set MCPAR_COMM=self there", (long)none);
        return MCPAR_ERR_MPI_STATE;
    }
    if (!thread_allowed(&level)) {
        (void)snprintf(message, room, "MPI was started with %s, so only the thread that started it may call MPI: make "
                       "this call from that thread, or start MPI with MPI_THREAD_SERIALIZED",
                       level == MPI_THREAD_FUNNELED ? "MPI_THREAD_FUNNELED" : "MPI_THREAD_SINGLE");
        return MCPAR_ERR_MPI_STATE;
    }
    return 0;
}

int mcpar__mpi_threads(char *message, size_t room)
{
    int level = MPI_THREAD_SINGLE;

    if (MPI_Query_thread(&level) == MPI_SUCCESS && level >= MPI_THREAD_FUNNELED)
        return 0;
    (void)snprintf(message, room, "MPI was started with MPI_THREAD_SINGLE, which forbids other threads: start it with "
                   "MPI_Init_thread and MPI_THREAD_FUNNELED, or take another pool");
    return MCPAR_ERR_MPI_STATE;
}

static void end(void)
{
    int finalized = 0, level = 0;

    if (atomic_load(&started_in) != getpid())
        return;
    atomic_store(&late, 1);
    if (atomic_load(&open_communicators) != 0)
        return;
    (void)MPI_Finalized(&finalized);       /* the host may have finalized MPI although we started it */
    if (!finalized && thread_allowed(&level))
        (void)MPI_Finalize();
}

static int init(void)
{
    struct mcpar__signal_save host;
    int error, level;

    mcpar__signal_save(&host);
    error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
    mcpar__signal_restore(&host);
    return error;
}

/* Without a launcher, Open MPI 4 forks a daemon that acts as one: a child process that the host does not know about. If
 * it cannot start the daemon (no PATH, no ssh), it ends the process. In isolated mode it needs no daemon. */
static int init_without_daemon(void)
{
#ifdef OPEN_MPI
    static const char isolated[] = "OMPI_MCA_ess_singleton_isolated";

    if (!getenv("PMIX_RANK") && !getenv(isolated) && !setenv(isolated, "1", 1)) {
        int error = init();

        (void)unsetenv(isolated);
        return error;
    }
#endif
    return init();
}

/* If MPI_Init fails, it ends the process: there is no communicator yet whose error handler could be set, and MPI 3 has
 * no other way to ask for an error code. Everything that can be checked is therefore checked before. */
static int start(char *message, size_t room)
{
    static int registered;
    int error = init_without_daemon();

    if (error != MPI_SUCCESS) {
        (void)snprintf(message, room, "MPI_Init_thread failed with error %d", error);
        return MCPAR_ERR_MPI_STATE;
    }
    /* Not before MPI has started: exit functions run in reverse order, and MPI's libraries register their own when MPI
     * starts. Those of MPICH 4.2 close the connection to the launcher, which then kills the ranks that have not yet
     * finalized MPI. */
    if (!registered && atexit(end)) {
        (void)MPI_Finalize();
        (void)snprintf(message, room, "atexit cannot register another function");
        return MCPAR_ERR_MEMORY;
    }
    registered = 1;
    atomic_store(&started_in, getpid());
    return 0;
}

int mcpar__mpi_start(char *message, size_t room)
{
    int initialized = 0, finalized = 0, code = 0;

    (void)pthread_mutex_lock(&starting);
    (void)MPI_Initialized(&initialized);
    (void)MPI_Finalized(&finalized);
    if (!initialized && !finalized)
        code = start(message, room);
    (void)pthread_mutex_unlock(&starting);
    return code ? code : mcpar__mpi_usable(getpid(), message, room);
}

/* The first line of MPI's description, up to the first comma, with each run of blanks replaced by one space. */
const char *mcpar__mpi_library(char *text, size_t room)
{
    char full[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
    int length = 0;
    size_t n = 0;

    if (MPI_Get_library_version(full, &length) != MPI_SUCCESS)
        full[0] = '\0';
    full[strcspn(full, ",\r\n")] = '\0';
    for (const char *c = full; *c && n + 1 < room; c++) {
        int blank = *c == ' ' || *c == '\t';

        if (!blank || (n > 0 && text[n - 1] != ' '))
            text[n++] = blank ? ' ' : *c;
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (room > 0)
        text[n] = '\0';
    return text;
}

int mcpar__mpi_failed(int error, const char *function, char *message, size_t room)
{
    char words[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;

    if (MPI_Error_string(error, words, &length) != MPI_SUCCESS)
        words[0] = '\0';
    (void)snprintf(message, room, "%s failed: %s (MPI error %d)", function, words, error);
    return MCPAR_ERR_COMM;
}
