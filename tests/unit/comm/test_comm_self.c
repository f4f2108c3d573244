/* SPDX-License-Identifier: BSD-3-Clause */
/* test_comm_self.c - the communicator of a process that is alone */
#include "comm/comm.h"
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static const struct mcpar_comm_table *const t = &mcpar__comm_self;

Test(comm_self, is_complete)
{
    cr_assert_eq(t->abi, MCPAR__COMM_ABI);
    cr_assert_str_eq(t->name, "self");
    cr_assert(t->open && t->close && t->rank && t->size && t->usable && t->agree && t->set_speed && t->share && t->add && t->library);
}

Test(comm_self, is_alone_whatever_the_launcher_says)
{
    char message[64] = "untouched";
    int host = 0;
    void *a = NULL, *b = NULL;

    cr_assert_eq(t->open(&a, NULL, 64, message, sizeof message), 0);
    cr_assert_eq(t->open(&b, &host, 0, message, sizeof message), 0);
    cr_assert_not_null(a);
    cr_assert_not_null(b);
    cr_assert_eq(t->rank(a), 0);
    cr_assert_eq(t->size(a), 1);
    cr_assert_eq(t->usable(b, getpid(), message, sizeof message), 0);
    cr_assert_str_eq(message, "untouched");
    t->close(a);
    cr_assert_eq(t->size(b), 1);
    t->close(b);
    t->close(NULL);
}

Test(comm_self, combining_with_nobody_changes_nothing)
{
    struct mcpar__agreement agreement, before;
    int64_t limb[] = { INT64_MIN, -1, 0, INT64_MAX }, kept[4];
    struct mcpar__split split = { 99, 99, (struct mcpar__chunk_queue *)(void *)limb, 99 };
    void *comm;

    for (uint64_t k = 0; k < MCPAR__AGREE; k++) {
        agreement.min[k] = UINT64_MAX - k;
        agreement.sum[k] = k << 60;
    }
    before = agreement;
    memcpy(kept, limb, sizeof kept);
    cr_assert_eq(t->open(&comm, NULL, 0, NULL, 0), 0);
    cr_assert_eq(t->agree(comm, &agreement), 0);
    cr_assert_eq(memcmp(&agreement, &before, sizeof before), 0);
    t->set_speed(comm, 7);
    cr_assert_eq(t->share(comm, &split), 0);
    cr_assert(split.before == 0 && split.mine > 0 && split.queue == NULL && split.takers == 1);
    cr_assert_eq(t->add(comm, limb, 4), 0);
    cr_assert_eq(memcmp(limb, kept, sizeof kept), 0);
    t->close(comm);
}

Test(comm_self, names_no_library)
{
    char text[16], little[3];

    cr_assert_str_eq(t->library(text, sizeof text), "none");
    cr_assert_str_eq(t->library(little, sizeof little), "no");
}
