/* SPDX-License-Identifier: BSD-3-Clause */
/* block.h - the inside of an mcpar_block: the arrays of draws that a block function asks for */
#ifndef MCPAR__BLOCK_H
#define MCPAR__BLOCK_H

#include "random/philox/philox.h"
#include <mcpar.h>

/* The generator makes two draws of a trial at once, so an odd draw's array is made with that of the even one before. */
enum mcpar__kind { MCPAR__NOTHING, MCPAR__UNIFORMS, MCPAR__WORDS };

struct mcpar__block {
    mcpar_block open;                      /* must be first: what the user sees */
    struct mcpar__key key;
    uint64_t draw;                         /* the next one */
    enum mcpar__kind ahead;                /* if draw number `draw` is odd: what `odd` holds for it */
    void *odd;
    size_t longest, room;                  /* trials in a block at most; numbers that each array can hold */
    void **array;                          /* the arrays made so far, kept from block to block */
    size_t arrays, arrays_room, used;
    void *spare;                           /* two zeroed arrays, handed out when memory is short */
    int short_of_memory;
    int past_last;                         /* it took more than 2^32 draws; the further ones mean nothing */
};

/* Prepares for blocks of at most `longest` trials. Returns 0 or MCPAR_ERR_MEMORY; close it in either case. */
int mcpar__block_open(struct mcpar__block *block, struct mcpar__key key, size_t longest);
void mcpar__block_close(struct mcpar__block *block);

/* Begins a block: trials [first, first + n), at draw 0. */
void mcpar__block_start(struct mcpar__block *block, uint64_t first, size_t n);

/* An array for the rest of the block: n numbers. Without memory, it is the spare one, and the run will end with an
 * error. */
double *mcpar__block_take(struct mcpar__block *block);

#endif
