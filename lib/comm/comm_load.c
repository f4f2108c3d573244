/* SPDX-License-Identifier: BSD-3-Clause */
/* comm_load.c - is there a launcher, is there an MPI in this process, where is libmcpar_mpi */
#include "base/signal_save.h"
#include "comm/comm.h"
#include <dlfcn.h>
#include <link.h>
#include <mcpar.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#define LIBRARY "libmcpar_mpi.so.0"
#define VARIABLE "MCPAR_MPI_LIBRARY"

/* ---- the launcher ------------------------------------------------------------------------------------------------ */

/* Digits only, no sign, no blank, below 2^64: a number above 1, else 0. */
static uint64_t several(const char *text)
{
    uint64_t n = 0;

    if (!text || !*text)
        return 0;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(unsigned char)*text - '0';

        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return 0;
        n = 10 * n + digit;
    }
    return n > 1 ? n : 0;
}

/* The first of some variables that says more than one, and how many. Shells inherit them from jobs of one process, so a
 * 1 says nothing. */
static uint64_t first_of(const char *const *variable, size_t n, const char **which)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t processes = several(getenv(variable[i]));

        *which = variable[i];
        if (processes)
            return processes;
    }
    return 0;
}

/* Tasks of this step or job as its scheduler says it, which has started them itself: Slurm's srun, Flux, jsrun. Not in
 * a batch script or in the shell of an allocation, where it has started one process. */
static uint64_t tasks(const char **which)
{
    static const char *const variable[] = { "SLURM_STEP_NUM_TASKS", "FLUX_JOB_SIZE", "JSM_NAMESPACE_SIZE" };

    return first_of(variable, sizeof variable / sizeof *variable, which);
}

/* Does the scheduler itself bring its tasks together? By PMIx, if that is not of an mpirun, which the scheduler started
 * as a task on each node and whose processes inherit its variables; or in Cray's way. */
static bool scheduler_has_pmi(void)
{
    const char *space = getenv("PMIX_NAMESPACE");

    if (getenv("PMI_CONTROL_PORT"))
        return true;
    return getenv("PMIX_RANK") && (space ? !strncmp(space, "slurm.", 6) || !getenv("OMPI_COMM_WORLD_SIZE") : true);
}

uint64_t mcpar__launched(void)
{
    static const char *const variable[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE" };
    const char *which;
    uint64_t n = first_of(variable, sizeof variable / sizeof *variable, &which);

    return n ? n : scheduler_has_pmi() ? tasks(&which) : 0;
}

uint64_t mcpar__launched_rank(void)
{
    static const char *const variable[] = { "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK",
                                            "SLURM_PROCID", "FLUX_TASK_RANK", "JSM_NAMESPACE_RANK" };

    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++) {
        const char *text = getenv(variable[i]);

        if (text && *text)
            return several(text);          /* 0 for 0 */
    }
    return 0;
}

uint64_t mcpar__strangers(const char **variable)
{
    static const char *const signs[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PMIX_RANK",
                                         "PMI_RANK", "PMI_FD", "PMI_PORT", "PMI_CONTROL_PORT" };

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (getenv(signs[i]))
            return 0;                      /* a launcher of MPI, if only of one process */
    return tasks(variable);
}

/* ---- MPI in this process ----------------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct mcpar_comm_table *loaded; /* by us, for good */
static bool brought;                       /* loading it brought MPI into a process that had none */

/* What the MPI that is seen through a handle of dlopen says of itself. */
static enum mcpar__host_mpi state(void *handle)
{
    int (*initialized)(int *), (*finalized)(int *), flag = 0;

    /* As POSIX has it (dlsym): C has no conversion from an object's address to a function's. */
    *(void **)&initialized = dlsym(handle, "MPI_Initialized");
    *(void **)&finalized = dlsym(handle, "MPI_Finalized");
    if (!initialized || !finalized)
        return MCPAR__MPI_ABSENT;
    if (!finalized(&flag) && flag)
        return MCPAR__MPI_FINALIZED;
    return !initialized(&flag) && flag ? MCPAR__MPI_STARTED : MCPAR__MPI_LINKED;
}

/* A started MPI says more than a finalized one, that more than one which only lies there. */
static enum mcpar__host_mpi stronger(enum mcpar__host_mpi a, enum mcpar__host_mpi b)
{
    static const int weight[] = { [MCPAR__MPI_ABSENT] = 0, [MCPAR__MPI_LINKED] = 1, [MCPAR__MPI_FINALIZED] = 2,
                                  [MCPAR__MPI_STARTED] = 3 };

    return weight[a] >= weight[b] ? a : b;
}

/* Is an object of such a name loaded? dlopen would look for it on disk, a dozen times in each init. */
static int is_loaded(struct dl_phdr_info *info, size_t size, void *name)
{
    const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;

    (void)size;
    return info->dlpi_name && !strcmp(slash ? slash + 1 : info->dlpi_name, name);
}

/* Linked to the program; or loaded by somebody for himself alone (a Python module), which only its name can find:
 * Open MPI, MPICH and what shares its ABI (Intel, Cray), MPICH on Debian, the common ABI of MPI 5. */
static enum mcpar__host_mpi any_mpi(void)
{
    static const char *const name[] = { "libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.so.20",
                                        "libmpi.so.80", "libmpi_cray.so.12", "libmpi_abi.so.0", "libmpi_abi.so.1",
                                        "libmpi.so", "libmpich.so" };
    enum mcpar__host_mpi found = state(RTLD_DEFAULT);

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        void *handle = dl_iterate_phdr(is_loaded, (void *)(uintptr_t)name[i]) ? dlopen(name[i], RTLD_LAZY | RTLD_NOLOAD) : NULL;

        if (handle) {
            found = stronger(found, state(handle));
            (void)dlclose(handle);
        }
    }
    return found;
}

enum mcpar__host_mpi mcpar__host_mpi(void)
{
    enum mcpar__host_mpi found = any_mpi();

    (void)pthread_mutex_lock(&lock);
    if (found == MCPAR__MPI_LINKED && brought)
        found = MCPAR__MPI_ABSENT;         /* nobody but us has it here */
    (void)pthread_mutex_unlock(&lock);
    return found;
}

/* ---- a program that can load nothing ----------------------------------------------------------------------------- */

/* The dynamic linker of glibc is not in a program that is linked with -static, whose dlopen ends it by SIGSEGV. Such a
 * program names no interpreter. */
static bool is_static(void)
{
    const ElfW(Phdr) *header = (const void *)(uintptr_t)getauxval(AT_PHDR);
    unsigned long n = getauxval(AT_PHNUM);

    for (unsigned long i = 0; header && i < n; i++)
        if (header[i].p_type == PT_INTERP)
            return false;
    return header != NULL;
}

/* ---- libmcpar_mpi ------------------------------------------------------------------------------------------------ */

/* What is wrong with a table, NULL if nothing. Of another ABI's table only the first member is where it is here. */
static const char *fault(const struct mcpar_comm_table *table)
{
    if (!table)
        return "it has no mcpar_mpi_table";
    if (table->abi != MCPAR__COMM_ABI)
        return "it belongs to another version of libmcpar";
    if (!table->name || strcmp(table->name, "mpi") != 0 || !table->open || !table->close || !table->rank ||
        !table->size || !table->usable || !table->agree || !table->set_speed || !table->share || !table->add ||
        !table->library)
        return "its table is damaged";
    return NULL;
}

struct tried {
    char text[1024];                       /* "PATH: why it was not taken; PATH: ..." */
    size_t n;
};

static void note_failure(struct tried *tried, const char *path, const char *why)
{
    int named = !strncmp(why, path, strlen(path)); /* dlopen's own words mostly begin with the path */
    int n = snprintf(tried->text + tried->n, sizeof tried->text - tried->n, "%s%s%s%s", tried->n ? "; " : "",
                     named ? "" : path, named ? "" : ": ", why);

    if (n > 0)
        tried->n = (size_t)n < sizeof tried->text - tried->n ? tried->n + (size_t)n : sizeof tried->text - 1;
}

/* Not global: its MPI shall not come between the host and one that the host loads later. A file that is not taken is
 * closed again; MPI does not like to be unloaded, but nothing of it has run yet. */
static const struct mcpar_comm_table *take(const char *path, struct tried *tried)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct mcpar_comm_table *table, *(*get)(void);
    const char *why;

    if (!handle) {
        why = dlerror();
        note_failure(tried, path, why ? why : "dlopen failed");
        return NULL;
    }
    *(void **)&get = dlsym(handle, "mcpar_mpi_table");     /* as POSIX has it */
    table = get ? get() : NULL;
    why = fault(table);
    if (!why)
        return table;
    note_failure(tried, path, why);
    (void)dlclose(handle);
    return NULL;
}

/* libmcpar_mpi in the folder of the file that this code was loaded from; to be freed, NULL if there is none. In a
 * program that libmcpar is linked into, that is the program's, as argv[0] has it, which the caller of a set-uid program
 * chooses: not there. On the heap, for the caller's stack may be a small one. */
static char *beside(void)
{
    static const char here;
    Dl_info info;
    const char *slash;
    char *path;
    size_t n;

    if (getauxval(AT_SECURE) || !dladdr(&here, &info) || !info.dli_fname || !(slash = strrchr(info.dli_fname, '/')))
        return NULL;
    n = (size_t)(slash - info.dli_fname) + 1;
    path = malloc(n + sizeof LIBRARY);
    if (!path)
        return NULL;
    memcpy(path, info.dli_fname, n);
    memcpy(path + n, LIBRARY, sizeof LIBRARY);
    return path;
}

static const struct mcpar_comm_table *search(const char *given, struct tried *tried)
{
    const struct mcpar_comm_table *table = NULL;
    char *path;

    if (given)                             /* who names a file wants that one, or to hear why not */
        return take(given, tried);
    path = beside();
    if (path)
        table = take(path, tried);
    free(path);
    return table ? table : take(LIBRARY, tried);
}

int mcpar__comm_load(const struct mcpar_comm_table **table, char *message, size_t room)
{
    const char *given = secure_getenv(VARIABLE); /* not what the caller of a set-uid program chooses */
    struct tried tried = { .n = 0 };
    char advice[128];
    int n;

    *table = NULL;
    if (is_static()) {
        (void)snprintf(message, room, "this program is linked with -static and cannot load it: link the program "
                       "dynamically, or set MCPAR_COMM=self to run independent copies without MPI");
        return MCPAR_ERR_MPI_LIBRARY;
    }
    if (given && !*given)
        given = NULL;                      /* as with the other variables; dlopen("") is the program itself */
    (void)pthread_mutex_lock(&lock);
    if (!loaded) {
        bool alone = any_mpi() == MCPAR__MPI_ABSENT;
        struct mcpar__signal_save host;

        mcpar__signal_save(&host);
        loaded = search(given, &tried);
        mcpar__signal_restore(&host);
        brought = loaded && alone;
    }
    *table = loaded;
    (void)pthread_mutex_unlock(&lock);
    if (*table)
        return 0;
    n = snprintf(advice, sizeof advice, "; %s, or set MCPAR_COMM=self to run independent copies without MPI",
                 given ? "correct " VARIABLE " or unset it" : "install it, or set " VARIABLE " to its path");
    n = room > (size_t)n ? (int)(room - 1) - n : 0; /* the advice is not what is cut */
    (void)snprintf(message, room, "%.*s%s", n, tried.text, advice);
    return MCPAR_ERR_MPI_LIBRARY;
}
