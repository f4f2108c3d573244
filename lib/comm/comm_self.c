/* SPDX-License-Identifier: BSD-3-Clause */
/* comm_self.c - the communicator self: this process alone */
#include "comm/comm.h"
#include <stdio.h>

static int open_self(void **comm, const void *host, uint64_t expected, char *message, size_t room)
{
    static char self;                      /* it has no state, but the pointer must not be NULL */

    (void)host, (void)expected, (void)message, (void)room;
    *comm = &self;
    return 0;
}

static void close_self(void *comm)
{
    (void)comm;
}

static int rank_self(const void *comm)
{
    (void)comm;
    return 0;
}

static int size_self(const void *comm)
{
    (void)comm;
    return 1;
}

static int usable_self(const void *comm, pid_t here, char *message, size_t room)
{
    (void)comm, (void)here, (void)message, (void)room;
    return 0;
}

static int agree_self(void *comm, struct mcpar__agreement *agreement)
{
    (void)comm, (void)agreement;
    return 0;
}

static void set_speed_self(void *comm, uint64_t speed)
{
    (void)comm, (void)speed;
}

/* The part is the whole round, whatever the speed. */
static int share_self(void *comm, struct mcpar__split *split)
{
    (void)comm;
    *split = (struct mcpar__split){ .before = 0, .mine = 1, .queue = NULL, .takers = 1 };
    return 0;
}

static int add_self(void *comm, int64_t *limb, size_t n)
{
    (void)comm, (void)limb, (void)n;
    return 0;
}

static int least_self(void *comm, uint64_t (*pair)[2], size_t n)
{
    (void)comm, (void)pair, (void)n;
    return 0;
}

static const char *library_self(char *text, size_t room)
{
    (void)snprintf(text, room, "none");
    return text;
}

static int threads_self(const void *comm, char *message, size_t room)
{
    (void)comm, (void)message, (void)room;
    return 0;
}

const struct mcpar_comm_table mcpar__comm_self = {
    .abi = MCPAR__COMM_ABI,
    .name = "self",
    .open = open_self,
    .close = close_self,
    .rank = rank_self,
    .size = size_self,
    .usable = usable_self,
    .agree = agree_self,
    .set_speed = set_speed_self,
    .share = share_self,
    .add = add_self,
    .least = least_self,
    .library = library_self,
    .threads = threads_self,
};
