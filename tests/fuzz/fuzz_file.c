/* SPDX-License-Identifier: BSD-3-Clause */
/* fuzz_file.c - arbitrary bytes as a result file: each is refused by a code with a message, or read, written and read
 * again without a change. libFuzzer; make fuzz */
#include "base/sha256.h"
#include "result/file.h"
#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned int seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint64_t get(const uint8_t *at)
{
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

static void put(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Lengths past the end are cut off there: first of the results, then of the sections in them. */
static void cut_lengths(uint8_t *data, size_t at, size_t end, int depth)
{
    while (end - at >= MCPAR__SECTION_HEAD) {
        size_t left = end - at - MCPAR__SECTION_HEAD;

        if (get(data + at + 4) > left)
            put(data + at + 4, left);
        if (depth == 0)
            cut_lengths(data, at + MCPAR__SECTION_HEAD, at + MCPAR__SECTION_HEAD + (size_t)get(data + at + 4), 1);
        at += MCPAR__SECTION_HEAD + (size_t)get(data + at + 4);
    }
}

/* Without the right checksum at its end, nothing gets past the first check. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t most, unsigned int seed)
{
    static const uint8_t head[MCPAR__SECTION_HEAD] = { 'S', 'H', 'A', '2', 32 };
    struct mcpar__sha256 sha;

    if (seed % 8 == 0 || most < 2 * MCPAR__FILE_SEAL)
        return LLVMFuzzerMutate(data, n, most);
    n = n > MCPAR__FILE_SEAL ? n - MCPAR__FILE_SEAL : n;
    n = LLVMFuzzerMutate(data, n, seed % 2 ? n : most - MCPAR__FILE_SEAL);
    if (seed % 4 && n > MCPAR__FILE_START)
        cut_lengths(data, MCPAR__FILE_START, n, 0);
    memcpy(data + n, head, sizeof head);
    mcpar__sha256_start(&sha);
    mcpar__sha256_add(&sha, data, n);
    mcpar__sha256_end(&sha, data + n + sizeof head);
    return n + MCPAR__FILE_SEAL;
}

static void must(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct mcpar__report report;
    struct mcpar__file file, again;
    uint8_t *bytes, *more;
    size_t size, larger;
    int err;

    memset(&report, 0, sizeof report);
    err = mcpar__file_read(&file, data, n, &report);
    if (err) {
        must((err == MCPAR_ERR_FORMAT || err == MCPAR_ERR_NEWER || err == MCPAR_ERR_MEMORY) && report.code == err);
        must(strlen(report.text) > 10 && file.n == 0 && file.saved == NULL);
        return 0;
    }
    must(mcpar__file_write(&file, &bytes, &size, &report) == 0);
    must(mcpar__file_read(&again, bytes, size, &report) == 0 && again.n == file.n);
    must(mcpar__file_write(&again, &more, &larger, &report) == 0);
    must(larger == size && memcmp(bytes, more, size) == 0);
    must(size == n && memcmp(bytes, data, n) == 0);        /* there is only one way to write a result */
    mcpar__file_close(&file);
    mcpar__file_close(&again);
    free(bytes);
    free(more);
    return 0;
}
