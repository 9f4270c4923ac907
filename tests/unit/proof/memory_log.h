/*
 * A log in memory for the tests of proofs: entries "entry 0", "entry 1" …, hashed by the recursive
 * definition of RFC 6962 section 2.1 straight on OpenSSL, so that nothing under test judges itself.
 * And a log key that signs notes.
 */
#ifndef SEALWARD_TESTS_UNIT_PROOF_MEMORY_LOG_H
#define SEALWARD_TESTS_UNIT_PROOF_MEMORY_LOG_H

#include "base/buf.h"
#include "base/bytes.h"
#include "proof/note.h"
#include "proof/path.h"

#define MEMORY_LOG_MAX 1024

struct memory_log {
    uint64_t size;
    uint64_t reads; /* of nodes, by the path_source */
    uint8_t leaves[MEMORY_LOG_MAX][TREE_HASH];
};

void memory_log_init(struct memory_log *log, uint64_t size);

/* The entry's bytes, in a buffer that the next call reuses. */
struct bytes memory_log_entry(uint64_t index);

/* MTH(D[begin:end]). */
void memory_log_root(const struct memory_log *log, uint64_t begin, uint64_t end,
                     uint8_t ret[TREE_HASH]);

struct path_source memory_log_source(struct memory_log *log);

/* An Ed25519 key made from one byte; signs the bytes. */
void memory_log_key(struct note_key *ret, const char *name, uint8_t seed);
void memory_log_sign(uint8_t ret[64], uint8_t seed, struct bytes message);

/* The signed checkpoint of the first `size` entries. */
void memory_log_checkpoint(struct buf *b, const struct memory_log *log, uint64_t size,
                           const char *origin, uint8_t seed);

#endif
