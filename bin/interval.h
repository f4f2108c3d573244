/* SPDX-License-Identifier: BSD-3-Clause */
/* interval.h - what kind of interval an estimate has, for the commands that print estimates: pi and show */
#ifndef INTERVAL_H
#define INTERVAL_H

#include "tool.h"

#include <mcpar.h>

/* Whether it is the interval that a fixed number of trials has, or there is none: then its kind is not worth a line. */
bool interval_is_usual(const mcpar_estimate *e);

/* The kind in words that fit on a line after a label. */
const char *interval_words(const mcpar_estimate *e);

/* Writes the members lower, upper, confidence, interval and guarantee. */
void json_interval(const mcpar_estimate *e);

#endif
