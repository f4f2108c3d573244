/* SPDX-License-Identifier: BSD-3-Clause */
/* Codes and their texts, the first message of a call, notes. */
#include "unit.h"
#include "base/report.h"

/* Never changed and never used again: who stored a code reads it right with every later library. */
static const struct { int code, value; } frozen[] = {
    { MCPAR_OK, 0 }, { MCPAR_ERR_ARGUMENT, 1 }, { MCPAR_ERR_OPTION, 2 }, { MCPAR_ERR_ENVIRONMENT, 3 },
    { MCPAR_ERR_MEMORY, 4 }, { MCPAR_ERR_STATE, 5 }, { MCPAR_ERR_BUSY, 6 }, { MCPAR_ERR_FORKED, 7 },
    { MCPAR_ERR_STALE, 8 }, { MCPAR_ERR_TRIAL, 9 }, { MCPAR_ERR_VALUE, 10 }, { MCPAR_ERR_HITS, 11 },
    { MCPAR_ERR_DRAWS, 12 }, { MCPAR_ERR_CRASH, 13 }, { MCPAR_ERR_KILLED, 14 }, { MCPAR_ERR_WORKERS, 15 },
    { MCPAR_ERR_SCRATCH, 16 }, { MCPAR_ERR_POOL, 17 }, { MCPAR_ERR_COMM, 18 }, { MCPAR_ERR_MPI_LIBRARY, 19 },
    { MCPAR_ERR_MPI_STATE, 20 }, { MCPAR_ERR_LAUNCHER, 21 }, { MCPAR_ERR_MISMATCH, 22 },
    { MCPAR_STOPPED, 23 }, { MCPAR_ERR_FILE, 25 }, { MCPAR_ERR_FORMAT, 26 }, { MCPAR_ERR_NEWER, 27 },
    { MCPAR_ERR_LINEAGE, 28 }, { MCPAR_ERR_OVERLAP, 29 },
    { MCPAR_ERR_LEFT, 31 }, { MCPAR_ERR_DEADLOCK, 32 }, { MCPAR_ERR_LIMIT, 33 }
};
enum { CODES = sizeof frozen / sizeof *frozen };

Test(report, values_of_codes_are_frozen_and_each_has_a_text_of_its_own)
{
    for (size_t i = 0; i < CODES; i++) {
        cr_assert_eq(frozen[i].code, frozen[i].value);
        cr_assert_str_neq(mcpar_strerror(frozen[i].code), mcpar_strerror(-1), "code %d", frozen[i].code);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(mcpar_strerror(frozen[i].code), mcpar_strerror(frozen[j].code));
    }
    cr_assert_str_eq(mcpar_strerror(-1), "unknown error code");
    cr_assert_str_eq(mcpar_strerror(INT32_MIN), "unknown error code");
    cr_assert_str_eq(mcpar_strerror(INT32_MAX), "unknown error code");
}

Test(report, the_first_failure_of_a_call_wins)
{
    static struct mcpar__report report;

    cr_assert_eq(mcpar__fail(&report, MCPAR_ERR_OPTION, "workers is %d", 0), MCPAR_ERR_OPTION);
    cr_assert_eq(mcpar__fail(&report, MCPAR_ERR_MEMORY, "for the tag"), MCPAR_ERR_OPTION);
    cr_assert_eq(report.code, MCPAR_ERR_OPTION);
    cr_assert_str_eq(report.text, "invalid option: workers is 0");
    report.code = 0;                       /* the next call */
    cr_assert_eq(mcpar__fail(&report, MCPAR_ERR_MEMORY, "for the tag"), MCPAR_ERR_MEMORY);
    cr_assert_str_eq(report.text, "out of memory: for the tag");
}

Test(report, a_long_message_is_cut)
{
    static struct { struct mcpar__report report; char guard[16]; } r;
    static char word[3 * MCPAR__TEXT];

    memset(word, 'x', sizeof word - 1);
    (void)mcpar__fail(&r.report, MCPAR_ERR_OPTION, "%s", word);
    cr_assert_eq(strlen(r.report.text), MCPAR__TEXT - 1);
    mcpar__note(&r.report, "%s", word);
    cr_assert_eq(r.report.notes, 1);
    cr_assert_eq(strlen(r.report.note[0]), MCPAR__NOTE - 1);
    mcpar__note(&r.report, "%s", word);
    cr_assert_eq(r.report.notes, 1, "cut notes are compared too");
    for (size_t i = 0; i < sizeof r.guard; i++)
        cr_assert_eq(r.guard[i], 0);
}

Test(report, a_note_is_kept_once_and_later_ones_are_dropped)
{
    static struct { struct mcpar__report report; char guard[MCPAR__NOTE]; } r;

    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < 3; i++)
            mcpar__note(&r.report, "note %d", i);
    cr_assert_eq(r.report.notes, 3);
    cr_assert_str_eq(r.report.note[0], "note 0");
    cr_assert_str_eq(r.report.note[2], "note 2");
    cr_assert_eq(r.report.code, 0, "no failure");
    for (int i = 0; i < 100; i++)
        mcpar__note(&r.report, "more %d", i);
    cr_assert_eq(r.report.notes, MCPAR__NOTES);
    cr_assert_str_eq(r.report.note[MCPAR__NOTES - 1], "more 12");
    for (size_t i = 0; i < sizeof r.guard; i++)
        cr_assert_eq(r.guard[i], 0);
}
