/*
 * A new file that is written piece by piece, its size and SHA-256 taken on the way; durable when
 * copying_end returns. Shared by `sealward backup` and `sealward restore`.
 */
#ifndef SEALWARD_CLI_COPYING_H
#define SEALWARD_CLI_COPYING_H

#include "base/auto.h"
#include "base/file.h"
#include "pki/digest.h"

struct copying {
    struct file *file;
    uint64_t size;
    struct digest digest;
};

/* ERR_CONFLICT if it exists. The folder must be there. */
CHECKED bool copying_begin(struct copying *ret, const char *path, struct err *e);
CHECKED bool copying_add(struct copying *c, struct bytes bytes, struct err *e);
CHECKED bool copying_end(struct copying *c, uint8_t ret_hash[DIGEST_SHA256_SIZE], struct err *e);
void copying_done(struct copying *c);
AUTO_DONE(copying)

/* Reads a whole file in pieces into `to`, or, where that is NULL, only for its size and hash. */
CHECKED bool copying_file(struct copying *to, const char *path, uint64_t *ret_size,
                          uint8_t ret_hash[DIGEST_SHA256_SIZE], struct err *e);

#endif
