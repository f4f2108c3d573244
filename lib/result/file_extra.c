/* SPDX-License-Identifier: BSD-3-Clause */
/* file_extra.c - the table of the sections that a result may have or lack, outside of its fingerprint */
#include "result/file_section.h"

const struct mcpar__extra mcpar__extra[MCPAR__EXTRAS] = {
    { MCPAR__PROF, mcpar__has_profiles, mcpar__put_profiles, mcpar__read_profiles },
    { MCPAR__GOAL, mcpar__has_goal, mcpar__put_goal, mcpar__read_goal }
};
