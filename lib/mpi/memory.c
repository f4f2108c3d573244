/* SPDX-License-Identifier: BSD-3-Clause */
/* memory.c - one rank creates a memory file without a name and invites the others, which open it through /proc; then
 * all agree whether every rank has it */
#include "base/cache_line.h"
#include "mpi/memory.h"
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME "mcpar"

struct invitation {
    uint64_t process, file;                /* the process and its file descriptor; process 0: there is no memory */
    uint64_t token;                        /* also stands at the start of the memory, because in a container this
                                              process number may belong to another process */
};

enum { WORDS = sizeof(struct invitation) / sizeof(uint64_t) };

static void map(struct mcpar__memory *memory, int file)
{
    void *base = mmap(NULL, memory->size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    if (base == MAP_FAILED)
        return;
    memory->base = base;
    memory->at = (char *)base + MCPAR__LINE;
}

/* A file larger than the limit of the process would raise SIGXFSZ, which ends it. */
static int is_allowed(size_t size)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= size;
}

/* Returns the file descriptor, or -1. The other ranks can open the file as long as the descriptor is open. */
static int make(struct mcpar__memory *memory, struct invitation *invitation)
{
    int file = -1;

    if (!is_allowed(memory->size))
        return file;
#ifdef MFD_CLOEXEC
    file = memfd_create(NAME, MFD_CLOEXEC);
#endif
    if (file < 0)
        return file;
    /* Allocate now: if memory ran out later, a write to the mapping would end the process with SIGBUS. */
    if (posix_fallocate(file, 0, (off_t)memory->size) == 0)
        map(memory, file);
    if (memory->at) {
        struct timespec now = { 0, 0 };

        (void)clock_gettime(CLOCK_REALTIME, &now);
        *invitation = (struct invitation){ (uint64_t)getpid(), (uint64_t)file, (uint64_t)now.tv_nsec };
        invitation->token ^= (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 44;
        memcpy(memory->base, &invitation->token, sizeof invitation->token);
    }
    return file;
}

/* Checks the name of the file, so that files of other programs are not even opened. */
static int is_ours(const char *path)
{
    static const char start[] = "/memfd:" NAME;
    char target[sizeof start];
    ssize_t n = readlink(path, target, sizeof target - 1);

    return n == (ssize_t)sizeof start - 1 && !memcmp(target, start, sizeof start - 1);
}

static void follow(struct mcpar__memory *memory, const struct invitation *invitation)
{
    char path[64];
    struct stat found;
    int file;

    (void)snprintf(path, sizeof path, "/proc/%" PRIu64 "/fd/%" PRIu64, invitation->process, invitation->file);
    if (invitation->process == 0 || !is_ours(path))
        return;
    file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    if (fstat(file, &found) == 0 && found.st_size == (off_t)memory->size)
        map(memory, file);
    (void)close(file);
    if (memory->at && memcmp(memory->base, &invitation->token, sizeof invitation->token) != 0)
        mcpar__memory_close(memory);
}

int mcpar__memory_open(struct mcpar__memory *memory, MPI_Comm ranks, size_t bytes,
                       void (*set_up)(void *at, size_t bytes))
{
    struct invitation invitation = { 0, 0, 0 };
    int rank = 0, file = -1, good, all = 0, error;

    *memory = (struct mcpar__memory){ .size = bytes + MCPAR__LINE };
    (void)MPI_Comm_rank(ranks, &rank);
    if (rank == 0)
        file = make(memory, &invitation);
    good = MPI_Bcast(&invitation, WORDS, MPI_UINT64_T, 0, ranks) == MPI_SUCCESS;
    if (rank != 0 && good)
        follow(memory, &invitation);
    if (rank == 0 && memory->at)
        set_up(memory->at, bytes);         /* the MPI_Allreduce below makes it visible to the other ranks */
    good = good && memory->at;
    error = MPI_Allreduce(&good, &all, 1, MPI_INT, MPI_MIN, ranks);
    if (file >= 0)
        (void)close(file);
    if (error != MPI_SUCCESS || !all)
        mcpar__memory_close(memory);
    return error;
}

void mcpar__memory_close(struct mcpar__memory *memory)
{
    if (memory->at)
        (void)munmap(memory->base, memory->size);
    memory->at = memory->base = NULL;
}
