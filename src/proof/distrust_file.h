/*
 * What writer and reader of a distrust list share beside its structs. Nobody else includes this.
 */
#ifndef SEALWARD_PROOF_DISTRUST_FILE_H
#define SEALWARD_PROOF_DISTRUST_FILE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/distrust.h"

#define DISTRUST_MAGIC "SWDLIST1"
#define DISTRUST_KEY_RECORD (DIGEST_SHA256_SIZE + 8)
/* Bytes of a group's head, and the fewest of a path. */
#define DISTRUST_GROUP_HEAD 17
#define DISTRUST_PATH_LEAST (1 + 1 + 8 + 2 + DIGEST_SHA256_SIZE)

CHECKED bool distrust_head_check(const struct distrust_head *head, struct err *e);

/* True if the records behind each other ascend, none twice, by their first `key` bytes. */
bool distrust_ascends(struct bytes records, size_t size, size_t key);

#endif
