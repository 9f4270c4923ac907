/*
 * The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1.1) with SHA-256, as a compact
 * range: of a log of n entries it keeps the hashes of the at most 53 complete subtrees that n's
 * binary digits name, so memory is O(log n) and an append costs two hashes on average.
 *
 * A plain struct, copied by value, owning nothing; `peaks[l]` means something only where bit l of
 * `size` is set. Not for two threads at once while one appends. What it does not do: keep leaves,
 * prove anything (proof/path.h does), or touch a file (keeper/hashes.h does).
 */
#ifndef SEALWARD_PROOF_TREE_H
#define SEALWARD_PROOF_TREE_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define TREE_HASH 32
#define TREE_LEVELS 53
/* Sizes and indexes stay below 2^53, as every integer in the record does. */
#define TREE_SIZE_MAX ((UINT64_C(1) << TREE_LEVELS) - 1)
/* A serialised tree is at most this long. */
#define TREE_BYTES_MAX (8 + TREE_LEVELS * TREE_HASH)

struct tree {
    uint64_t size;
    uint8_t peaks[TREE_LEVELS][TREE_HASH];
};

/* SHA-256(00 || entry): the hash of a leaf, and the name of an entry. */
void tree_leaf_hash(uint8_t ret[TREE_HASH], struct bytes entry);

/* SHA-256(01 || left || right). `ret` may be either of the two. */
void tree_node_hash(uint8_t ret[TREE_HASH], const uint8_t left[TREE_HASH],
                    const uint8_t right[TREE_HASH]);

/* The empty tree. */
void tree_init(struct tree *t);

/* Appends a leaf hash. A log of TREE_SIZE_MAX entries takes no more; none ever gets there. */
void tree_append(struct tree *t, const uint8_t leaf[TREE_HASH]);

/* Like tree_append, and gives the hash of every complete subtree that this leaf finishes: ret[0] is
 * the leaf itself, ret[l] the subtree of 2^l leaves that ends with it. Returns their number, at
 * least 1. */
unsigned tree_append_nodes(struct tree *t, const uint8_t leaf[TREE_HASH],
                           uint8_t ret[TREE_LEVELS + 1][TREE_HASH]);

/* The root over all leaves; of the empty tree SHA-256 of nothing. */
void tree_root(uint8_t ret[TREE_HASH], const struct tree *t);

/* The one serialisation: u64 size, then the peaks from the largest subtree (the leftmost) to the
 * smallest. */
void tree_write(struct buf *b, const struct tree *t);

/* Reads exactly that; a size over TREE_SIZE_MAX or any other length is ERR_INPUT. The peaks that
 * stand for nothing are zero in *ret. */
CHECKED bool tree_read(struct tree *ret, struct bytes bytes, struct err *e);

#endif
