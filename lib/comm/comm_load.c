/* SPDX-License-Identifier: BSD-3-Clause */
/* comm_load.c - finds out whether there is a launcher and an MPI in this process, and loads libmcpar_mpi */
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

/* Returns the number if the text is only digits and the number is above 1 and below 2^64; otherwise 0. */
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

/* Returns the number in the first of these variables that says more than one process, and sets *which to its name. A 1
 * says nothing: a shell that was started as a job of one process has these variables too. */
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

/* The number of tasks that a scheduler (Slurm's srun, Flux or jsrun) says it started in this step or job. In a batch
 * script and in the shell of an allocation this is 0, because the scheduler has started only one process. */
static uint64_t tasks(const char **which)
{
    static const char *const variable[] = { "SLURM_STEP_NUM_TASKS", "FLUX_JOB_SIZE", "JSM_NAMESPACE_SIZE" };

    return first_of(variable, sizeof variable / sizeof *variable, which);
}

/* Whether the scheduler itself connects its tasks: through Cray's PMI, or through PMIx. PMIx variables may also come
 * from an mpirun that the scheduler started as one task per node; its processes inherit the variables of the
 * scheduler. */
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
            return 0;                      /* there is an MPI launcher, even if it started only one process */
    return tasks(variable);
}

/* ---- MPI in this process ----------------------------------------------------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const struct mcpar_comm_table *loaded; /* of libmcpar_mpi, which is never unloaded */
static bool brought;                       /* the process had no MPI before libmcpar_mpi was loaded */

/* The state of the MPI that this handle of dlopen gives access to. */
static enum mcpar__host_mpi state(void *handle)
{
    int (*initialized)(int *), (*finalized)(int *), flag = 0;

    /* POSIX prescribes this form (dlsym): C has no conversion from an object pointer to a function pointer. */
    *(void **)&initialized = dlsym(handle, "MPI_Initialized");
    *(void **)&finalized = dlsym(handle, "MPI_Finalized");
    if (!initialized || !finalized)
        return MCPAR__MPI_ABSENT;
    if (!finalized(&flag) && flag)
        return MCPAR__MPI_FINALIZED;
    return !initialized(&flag) && flag ? MCPAR__MPI_STARTED : MCPAR__MPI_LINKED;
}

/* If there are several MPIs, a started one counts more than a finalized one, and that more than one that is only
 * loaded. */
static enum mcpar__host_mpi stronger(enum mcpar__host_mpi a, enum mcpar__host_mpi b)
{
    static const int weight[] = { [MCPAR__MPI_ABSENT] = 0, [MCPAR__MPI_LINKED] = 1, [MCPAR__MPI_FINALIZED] = 2,
                                  [MCPAR__MPI_STARTED] = 3 };

    return weight[a] >= weight[b] ? a : b;
}

/* Whether a library of this file name is loaded. (dlopen with RTLD_NOLOAD would search the disk for each of the names
 * in each init.) */
static int is_loaded(struct dl_phdr_info *info, size_t size, void *name)
{
    const char *slash = info->dlpi_name ? strrchr(info->dlpi_name, '/') : NULL;

    (void)size;
    return info->dlpi_name && !strcmp(slash ? slash + 1 : info->dlpi_name, name);
}

/* The MPI that is linked to the program, or that was loaded with RTLD_LOCAL, for example by a Python module; such a
 * library can be found only by its name. The names are those of Open MPI, of MPICH and the MPIs with its ABI (Intel,
 * Cray), of MPICH on Debian, and of the common ABI of MPI 5. */
static enum mcpar__host_mpi any_mpi(void)
{
    static const char *const name[] = { "libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.so.20",
                                        "libmpi.so.80", "libmpi_cray.so.12", "libmpi_abi.so.0", "libmpi_abi.so.1",
                                        "libmpi.so", "libmpich.so" };
    enum mcpar__host_mpi found = state(RTLD_DEFAULT);

    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        void *handle = NULL;

        if (dl_iterate_phdr(is_loaded, (void *)(uintptr_t)name[i]))
            handle = dlopen(name[i], RTLD_LAZY | RTLD_NOLOAD);
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
        found = MCPAR__MPI_ABSENT;         /* only libmcpar_mpi uses it */
    (void)pthread_mutex_unlock(&lock);
    return found;
}

/* ---- static programs --------------------------------------------------------------------------------------------- */

/* A program that is linked with -static contains no dynamic linker, and glibc's dlopen crashes it. Such a program is
 * recognised by its program headers, which name no interpreter (no dynamic linker). */
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

/* Returns what is wrong with a table, or NULL. In a table of another ABI, only the first member can be relied on. */
static const char *fault(const struct mcpar_comm_table *table)
{
    if (!table)
        return "it has no mcpar_mpi_table";
    if (table->abi != MCPAR__COMM_ABI)
        return "it belongs to another version of libmcpar";
    if (!table->name || strcmp(table->name, "mpi") != 0 || !table->open || !table->close || !table->rank ||
        !table->size || !table->usable || !table->agree || !table->set_speed || !table->share || !table->add ||
        !table->least || !table->library)
        return "its table is damaged";
    return NULL;
}

struct tried {
    char text[1024];                       /* "PATH: why it cannot be used; PATH: ..." */
    size_t n;
};

static void note_failure(struct tried *tried, const char *path, const char *why)
{
    int named = !strncmp(why, path, strlen(path)); /* most messages of dlopen begin with the path */
    int n = snprintf(tried->text + tried->n, sizeof tried->text - tried->n, "%s%s%s%s", tried->n ? "; " : "",
                     named ? "" : path, named ? "" : ": ", why);

    if (n > 0)
        tried->n = (size_t)n < sizeof tried->text - tried->n ? tried->n + (size_t)n : sizeof tried->text - 1;
}

/* Loads a library and returns its table. It uses RTLD_LOCAL, so that the symbols of its MPI do not take precedence over
 * those of an MPI that the program loads later. If the library cannot be used, it is closed again: a started MPI must
 * not be unloaded, but this one has not been started. */
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
    *(void **)&get = dlsym(handle, "mcpar_mpi_table");     /* the form that POSIX prescribes */
    table = get ? get() : NULL;
    why = fault(table);
    if (!why)
        return table;
    note_failure(tried, path, why);
    (void)dlclose(handle);
    return NULL;
}

/* Returns the path of libmcpar_mpi in the folder that this code was loaded from, or NULL; the caller frees it. If
 * libmcpar is linked into the program, that folder comes from argv[0], which the caller of a set-uid program chooses;
 * so a set-uid program does not look there. The path is on the heap because the stack of the thread may be small. */
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

    if (given)                             /* if the user names a file, no other file is tried */
        return take(given, tried);
    path = beside();
    if (path)
        table = take(path, tried);
    free(path);
    return table ? table : take(LIBRARY, tried);
}

int mcpar__comm_load(const struct mcpar_comm_table **table, char *message, size_t room)
{
    const char *given = secure_getenv(VARIABLE); /* NULL in a set-uid program: its caller must not choose the library */
    struct tried tried = { .n = 0 };
    char advice[128];
    int n;

    *table = NULL;
    if (is_static()) {
        (void)snprintf(message, room, "this program is linked with -static and cannot load a library: link it "
                       "dynamically, or set MCPAR_COMM=self to run independent copies without MPI");
        return MCPAR_ERR_MPI_LIBRARY;
    }
    if (given && !*given)
        given = NULL;                      /* an empty variable counts as unset; dlopen("") would be the program */
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
    n = room > (size_t)n ? (int)(room - 1) - n : 0; /* if the text is too long, cut it before the advice */
    (void)snprintf(message, room, "%.*s%s", n, tried.text, advice);
    return MCPAR_ERR_MPI_LIBRARY;
}
