/*
 * The record as the public has it, replayed from its files for a ceremony: the machine that holds
 * the root trusts nothing but the pinned authority and the rulebook.
 */
#ifndef SEALWARD_KEEPER_PUBLIC_RECORD_H
#define SEALWARD_KEEPER_PUBLIC_RECORD_H

#include "proof/authority.h"
#include "rules/rules.h"

/* Reads `<folder>/log/checkpoint` and the entry bundles below it, replays every entry with all its
 * evidence judged, and holds the tree against the signed checkpoint. ERR_AUTH or ERR_DAMAGED names
 * what does not fit. */
CHECKED bool public_record_replay(struct rules_state **ret, const char *folder,
                                  const struct authority *authority, struct err *e);

#endif
