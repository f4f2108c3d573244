/* SPDX-License-Identifier: BSD-3-Clause */
/* sha256.h - SHA-256 (FIPS 180-4), for the fingerprint */
#ifndef MCPAR__SHA256_H
#define MCPAR__SHA256_H

#include <stddef.h>
#include <stdint.h>

struct mcpar__sha256 {
    uint32_t state[8];
    uint64_t bytes;
    uint8_t block[64];
};

void mcpar__sha256_start(struct mcpar__sha256 *sha);
void mcpar__sha256_add(struct mcpar__sha256 *sha, const void *data, size_t n);
void mcpar__sha256_end(struct mcpar__sha256 *sha, uint8_t digest[32]);

#endif
