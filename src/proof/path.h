/*
 * Inclusion and consistency proofs over the tree of proof/tree.h: checking them (RFC 9162 sections
 * 2.1.3.2 and 2.1.4.2) and making them (sections 2.1.3.1 and 2.1.4.1) from stored hashes of
 * complete subtrees, with O(log n) reads.
 *
 * A path is a plain struct, copied by value. Checking allocates nothing and takes the same time for
 * any content. What it does not do: say that a root is the log's (proof/checkpoint.h does).
 */
#ifndef SEALWARD_PROOF_PATH_H
#define SEALWARD_PROOF_PATH_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "proof/tree.h"

/* The longest proof between sizes below 2^53 has 54 hashes. */
#define PATH_HASHES 54

struct path {
    size_t count;
    uint8_t hashes[PATH_HASHES][TREE_HASH];
};

/* Where the hashes of complete subtrees are read: `level` 0 is the leaves, `index` counts the
 * subtrees of 2^level leaves from the left. Only asked for subtrees that lie wholly in a tree of
 * the size in question. */
struct path_source {
    bool (*node)(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                 struct err *e);
    void *context;
};

/* True if the leaf stands at `index` of the tree of `size` leaves with that root. Else ERR_AUTH;
 * ERR_INPUT if index, size and number of hashes cannot fit together. */
CHECKED bool path_check_inclusion(const struct path *p, uint64_t index, uint64_t size,
                                  const uint8_t leaf[TREE_HASH], const uint8_t root[TREE_HASH],
                                  struct err *e);

/* True if the tree of `old_size` leaves with `old_root` is the beginning of the tree of `size`
 * leaves with `root`. Equal sizes need equal roots and an empty path. A proof from the empty tree
 * says nothing and is refused. Errors as above. */
CHECKED bool path_check_consistency(const struct path *p, uint64_t old_size,
                                    const uint8_t old_root[TREE_HASH], uint64_t size,
                                    const uint8_t root[TREE_HASH], struct err *e);

/* The inclusion proof of the leaf at `index` in the tree of the first `size` leaves. ERR_NOT_FOUND
 * if the tree has no such leaf; else what the source says. */
CHECKED bool path_prove_inclusion(struct path *ret, uint64_t index, uint64_t size,
                                  const struct path_source *source, struct err *e);

/* The consistency proof from the first `old_size` leaves to the first `size`. ERR_NOT_FOUND unless
 * 0 < old_size <= size; else what the source says. */
CHECKED bool path_prove_consistency(struct path *ret, uint64_t old_size, uint64_t size,
                                    const struct path_source *source, struct err *e);

/* The compact range (and so the root) of the first `size` leaves. */
CHECKED bool path_tree(struct tree *ret, uint64_t size, const struct path_source *source,
                       struct err *e);

/* The hashes behind each other: how a path stands in entries and messages. */
static inline struct bytes path_bytes(const struct path *p)
{
    return bytes_make(p->hashes, p->count * TREE_HASH);
}

/* Reads that; ERR_INPUT if it is no whole number of hashes, ERR_LIMIT if there are too many. */
CHECKED bool path_read(struct path *ret, struct bytes hashes, struct err *e);

#endif
