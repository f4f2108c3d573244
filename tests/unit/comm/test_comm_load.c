/* SPDX-License-Identifier: BSD-3-Clause */
/* test_comm_load.c - launchers, MPI in the process, the search for libmcpar_mpi; with libraries that only pretend,
 * made here by the compiler. Real ones are tested in tests/mpi. */
#include "comm/comm.h"
#include <criterion/criterion.h>
#include <dlfcn.h>
#include <mcpar.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the launcher ------------------------------------------------------------------------------------------------ */

static void no_launcher(void)
{
    static const char *const variables[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PMI_RANK",
                                             "PMI_FD", "PMI_PORT", "PMI_CONTROL_PORT", "PMIX_RANK", "PMIX_NAMESPACE",
                                             "SLURM_STEP_NUM_TASKS", "FLUX_JOB_SIZE", "JSM_NAMESPACE_SIZE" };

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
}

Test(launcher, each_is_known, .init = no_launcher)
{
    cr_assert_eq(mcpar__launched(), 0);
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    cr_assert_eq(mcpar__launched(), 4);
    no_launcher();
    setenv("PMI_SIZE", "100000", 1);
    cr_assert_eq(mcpar__launched(), 100000);
    no_launcher();
    setenv("SLURM_STEP_NUM_TASKS", "8", 1);
    cr_assert_eq(mcpar__launched(), 0, "srun --mpi=none brings no MPI");
    setenv("PMIX_RANK", "0", 1);
    cr_assert_eq(mcpar__launched(), 8);
}

/* As Slurm, Open MPI and Hydra set them. */
Test(launcher, who_is_whose, .init = no_launcher)
{
    setenv("SLURM_STEP_NUM_TASKS", "3", 1); /* of an mpirun over three nodes, of one rank */
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    setenv("PMIX_RANK", "0", 1);
    setenv("PMIX_NAMESPACE", "1165164545", 1);
    cr_assert_eq(mcpar__launched(), 0);
    setenv("PMIX_NAMESPACE", "slurm.pmix.2.0", 1);         /* of srun, from the shell of an mpirun */
    cr_assert_eq(mcpar__launched(), 3);
    no_launcher();
    setenv("FLUX_JOB_SIZE", "5", 1);
    setenv("PMIX_RANK", "4", 1);
    setenv("PMIX_NAMESPACE", "f3XyZ", 1);
    cr_assert_eq(mcpar__launched(), 5);
    no_launcher();
    setenv("SLURM_STEP_NUM_TASKS", "6", 1);
    setenv("PMI_CONTROL_PORT", "20001", 1);
    cr_assert_eq(mcpar__launched(), 6);
    no_launcher();
    setenv("MV2_COMM_WORLD_SIZE", "2", 1);
    cr_assert_eq(mcpar__launched(), 2);
}

Test(launcher, tasks_that_cannot_find_each_other, .init = no_launcher)
{
    static const char *const schedulers[] = { "SLURM_STEP_NUM_TASKS", "FLUX_JOB_SIZE", "JSM_NAMESPACE_SIZE" };
    static const char *const signs[] = { "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "PMIX_RANK",
                                         "PMI_RANK", "PMI_FD", "PMI_PORT", "PMI_CONTROL_PORT" };
    const char *variable;

    cr_assert_eq(mcpar__strangers(&variable), 0);
    for (size_t i = 0; i < sizeof schedulers / sizeof *schedulers; i++) {
        no_launcher();
        setenv(schedulers[i], "1", 1);
        cr_assert_eq(mcpar__strangers(&variable), 0, "one task");
        setenv(schedulers[i], "4", 1);
        cr_assert_eq(mcpar__launched(), 0);
        cr_assert_eq(mcpar__strangers(&variable), 4);
        cr_assert_str_eq(variable, schedulers[i]);
        for (size_t s = 0; s < sizeof signs / sizeof *signs; s++) {
            setenv(signs[s], "1", 1);
            cr_assert_eq(mcpar__strangers(&variable), 0, "%s", signs[s]);
            unsetenv(signs[s]);
        }
    }
}

Test(launcher, one_process_is_none, .init = no_launcher)
{
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    setenv("PMI_SIZE", "1", 1);
    setenv("SLURM_STEP_NUM_TASKS", "1", 1);
    setenv("PMIX_RANK", "0", 1);
    cr_assert_eq(mcpar__launched(), 0);
    setenv("PMI_SIZE", "3", 1);
    cr_assert_eq(mcpar__launched(), 3, "a 1 inherited from elsewhere hides nothing");
}

Test(launcher, garbage_is_none, .init = no_launcher)
{
    static const char *const bad[] = { "", " ", "0", "-4", "+4", " 4", "4 ", "4x", "0x4", "4.0", "1e3", "four",
                                       "18446744073709551616", "99999999999999999999999" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("OMPI_COMM_WORLD_SIZE", bad[i], 1);
        cr_assert_eq(mcpar__launched(), 0, "\"%s\"", bad[i]);
    }
    setenv("OMPI_COMM_WORLD_SIZE", "18446744073709551615", 1);
    cr_assert_eq(mcpar__launched(), UINT64_MAX);
}

/* ---- libraries that pretend -------------------------------------------------------------------------------------- */

static char folder[] = "/tmp/mcpar-find.XXXXXX", path[128], message[1024];

static const char fake_mpi[] = "int initialized, finalized;\n"
                               "int MPI_Initialized(int *f) { *f = initialized; return 0; }\n"
                               "int MPI_Finalized(int *f) { *f = finalized; return 0; }\n";

/* -DABI, -DNAME, -DOPEN break it in one place each; -DHANDLER takes signals when loaded, as UCX does. */
static const char fake_table[] =
    "#include \"comm/comm.h\"\n#include <signal.h>\n#include <string.h>\n"
    "extern int MPI_Initialized(int *);\n#ifdef LINKED\nint (*keep)(int *) = MPI_Initialized;\n#endif\n"
    "static void h(int s) { (void)s; }\n"
    "__attribute__((constructor)) static void take(void) { signal(SIGSEGV, h); signal(SIGHUP, h); }\n"
    "static int o(void **c, const void *h, uint64_t e, char *m, size_t r) { return 0; }\n"
    "static void cl(void *c) { }\nstatic int i(const void *c) { return 1; }\n"
    "static int us(const void *c, pid_t p, char *m, size_t r) { return 0; }\n"
    "static int ag(void *c, struct mcpar__agreement *a) { return 0; }\n"
    "static void we(void *c, uint64_t w) { }\n"
    "static int sh(void *c, struct mcpar__split *s) { return 0; }\n"
    "static int ad(void *c, int64_t *l, size_t n) { return 0; }\n"
    "static int le(void *c, uint64_t (*p)[2], size_t n) { return 0; }\n"
    "static const char *li(char *t, size_t r) { return t; }\n"
    "static const struct mcpar_comm_table table = { ABI, NAME, OPEN, cl, i, i, us, ag, we, sh, ad, le, li };\n"
    "const struct mcpar_comm_table *mcpar_mpi_table(void) { return &table; }\n";

static void make(const char *file, const char *source, const char *flags)
{
    char command[1024];
    const char *cc = getenv("CC"), *top = getenv("TOP_SRC");
    FILE *pipe;

    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    (void)snprintf(command, sizeof command, "%s -I'%s/lib' -I'%s/include' -w -fPIC -shared -x c - -x none -o %s %s",
                   cc ? cc : "cc", top ? top : ".", top ? top : ".", path, flags);
    pipe = popen(command, "w");
    cr_assert_not_null(pipe);
    cr_assert_geq(fputs(source, pipe), 0);
    cr_assert_eq(pclose(pipe), 0, "%s", command);
}

static void set_up(void)
{
    no_launcher();
    cr_assert_not_null(mkdtemp(folder));
}

static void clean_up(void)
{
    char command[128];

    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

/* A libmcpar_mpi by flags, linked to the libmpi.so.40 in the folder if that is asked for. */
static void make_table(const char *how, int linked)
{
    char flags[512];

    (void)snprintf(flags, sizeof flags, "%s%s%s%s%s", how, linked ? " -DLINKED -Wl,--no-as-needed " : "",
                   linked ? folder : "", linked ? "/libmpi.so.40 -Wl,-rpath," : "", linked ? folder : "");
    make("libmcpar_mpi.so.0", fake_table, flags);
}

#define GOOD "-DABI=MCPAR__COMM_ABI -DNAME='\"mpi\"' -DOPEN=o"

static int load(const char *library)
{
    const struct mcpar_comm_table *table = &mcpar__comm_self;
    int code;

    setenv("MCPAR_MPI_LIBRARY", library, 1);
    message[0] = '\0';
    code = mcpar__comm_load(&table, message, sizeof message);
    cr_assert_eq(table == NULL, code != 0);
    if (code)
        cr_assert(strstr(message, "MCPAR_COMM=self") && strstr(message, "MCPAR_MPI_LIBRARY"), "%s", message);
    return code;
}

#define refused(library, words)                                                  \
    do {                                                                         \
        cr_assert_eq(load(library), MCPAR_ERR_MPI_LIBRARY);                      \
        cr_assert_not_null(strstr(message, words), "\"%s\" in: %s", words, message); \
    } while (0)

TestSuite(library, .init = set_up, .fini = clean_up);

Test(library, is_taken_if_it_fits)
{
    const struct mcpar_comm_table *again = NULL;

    make_table(GOOD, 0);
    cr_assert_eq(load(path), 0, "%s", message);
    setenv("MCPAR_MPI_LIBRARY", "/nonexistent", 1);
    cr_assert_eq(mcpar__comm_load(&again, message, sizeof message), 0, "loaded once, for good");
    cr_assert_str_eq(again->name, "mpi");
    cr_assert_null(dlsym(RTLD_DEFAULT, "mcpar_mpi_table"), "nobody else sees it, nor the MPI behind it");
}

Test(library, the_one_that_is_named_or_none)
{
    refused("/nonexistent/libmcpar_mpi.so.0", "/nonexistent/libmcpar_mpi.so.0: cannot open");
    refused("/dev/null", "/dev/null");
    refused("libc.so.6", "no mcpar_mpi_table");
    make_table(GOOD, 0);
    cr_assert_eq(load(path), 0, "a failure is not for good: %s", message);
}

Test(library, one_that_does_not_fit_is_refused)
{
    make_table("-DABI=MCPAR__COMM_ABI+1 -DNAME='\"mpi\"' -DOPEN=o", 0);
    refused(path, "another version");
    make_table("-DABI=MCPAR__COMM_ABI -DNAME='\"self\"' -DOPEN=o", 0);
    refused(path, "damaged");
    make_table("-DABI=MCPAR__COMM_ABI -DNAME=0 -DOPEN=o", 0);
    refused(path, "damaged");
    make_table("-DABI=MCPAR__COMM_ABI -DNAME='\"mpi\"' -DOPEN=0", 0);
    refused(path, "damaged");
}

Test(library, without_a_name_it_says_where_it_looked)
{
    const struct mcpar_comm_table *table;

    setenv("MCPAR_MPI_LIBRARY", "", 1);    /* as good as unset */
    if (mcpar__comm_load(&table, message, sizeof message) == 0)
        return;                            /* one is installed on this machine */
    cr_assert(strstr(message, "libmcpar_mpi.so.0: ") && strstr(message, "; "), "%s", message);
    cr_assert(strstr(message, "MCPAR_COMM=self") && strstr(message, "MCPAR_MPI_LIBRARY"), "%s", message);
}

Test(library, a_message_is_cut_to_its_room)
{
    const struct mcpar_comm_table *table;
    char little[9] = "????????", name[3000];

    memset(name, 'x', sizeof name - 1);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    setenv("MCPAR_MPI_LIBRARY", name, 1);
    cr_assert_eq(mcpar__comm_load(&table, little, sizeof little), MCPAR_ERR_MPI_LIBRARY);
    cr_assert_str_eq(little, "; correc");
    cr_assert_eq(mcpar__comm_load(&table, message, sizeof message), MCPAR_ERR_MPI_LIBRARY);
    cr_assert(strstr(message, "/xxxx") && strstr(message, "MCPAR_COMM=self"), "%s", message);
    cr_assert_eq(mcpar__comm_load(&table, message, 200), MCPAR_ERR_MPI_LIBRARY);
    cr_assert(strlen(message) == 199 && strstr(message, "/xxxx") && strstr(message, "without MPI"), "%s", message);
}

static void mine(int signal)
{
    (void)signal;
}

Test(library, leaves_the_hosts_signals_alone)
{
    struct sigaction now;

    make_table(GOOD, 0);
    signal(SIGHUP, mine);
    signal(SIGSEGV, SIG_DFL);
    cr_assert_eq(load(path), 0, "%s", message);
    cr_assert(!sigaction(SIGHUP, NULL, &now) && now.sa_handler == mine);
    cr_assert(!sigaction(SIGSEGV, NULL, &now) && now.sa_handler == SIG_DFL);
}

/* ---- MPI in the process ------------------------------------------------------------------------------------------ */

TestSuite(host, .init = set_up, .fini = clean_up);

static void *load_mpi(int how)
{
    make("libmpi.so.40", fake_mpi, "-Wl,-soname,libmpi.so.40");
    return dlopen(path, RTLD_NOW | how);
}

static void set(void *handle, const char *flag)
{
    *(int *)dlsym(handle, flag) = 1;
}

Test(host, has_none)
{
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_ABSENT);
}

Test(host, has_it_for_all_to_see)
{
    void *mpi = load_mpi(RTLD_GLOBAL);

    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_LINKED);
    set(mpi, "initialized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_STARTED);
    set(mpi, "finalized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_FINALIZED);
}

Test(host, has_it_for_itself_as_python_does)
{
    void *mpi = load_mpi(RTLD_LOCAL);

    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_LINKED);
    set(mpi, "initialized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_STARTED);
}

Test(host, has_two_and_the_started_one_counts)
{
    void *mpi = load_mpi(RTLD_GLOBAL), *other;

    make("libmpich.so.12", fake_mpi, "-Wl,-soname,libmpich.so.12 -Wl,-Bsymbolic");
    other = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    cr_assert_not_null(other);
    set(mpi, "initialized");
    set(mpi, "finalized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_FINALIZED);
    set(other, "initialized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_STARTED);
}

Test(host, what_we_brought_is_not_the_hosts)
{
    void *mpi;

    make("libmpi.so.40", fake_mpi, "-Wl,-soname,libmpi.so.40");
    make_table(GOOD, 1);
    cr_assert_eq(load(path), 0, "%s", message);
    mpi = dlopen("libmpi.so.40", RTLD_NOW | RTLD_NOLOAD);
    cr_assert_not_null(mpi, "it came with the table");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_ABSENT);
    set(mpi, "initialized");
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_STARTED, "no fork after this, whoever started it");
}

Test(host, what_was_there_before_us_is)
{
    (void)load_mpi(RTLD_LOCAL);
    make_table(GOOD, 1);
    cr_assert_eq(load(path), 0, "%s", message);
    cr_assert_eq(mcpar__host_mpi(), MCPAR__MPI_LINKED);
}
