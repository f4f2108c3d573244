/* SPDX-License-Identifier: BSD-3-Clause */
/* values.c - checks that the values that trials reported are finite */
#include "sum/sums.h"
#include "trial/runner.h"

int mcpar__check_values(const struct mcpar__runner *runner, uint64_t first, size_t n, struct mcpar__failure *failure)
{
    const struct mcpar__sums *sums = mcpar__sums_path();

    for (size_t k = 0; k < runner->job.schema->observables; k++) {
        size_t bad = sums->first_nonfinite(runner->column[k], n);

        if (bad < n) {
            *failure = (struct mcpar__failure){ MCPAR_ERR_VALUE, .trial = first + bad, .observable = k, .n = 1 };
            n = bad;
        }
    }
    return failure->code;
}
