/*
 * What several views share. Inside the views only.
 */
#ifndef SEALWARD_RULES_VIEW_PARTS_H
#define SEALWARD_RULES_VIEW_PARTS_H

#include "base/buf.h"
#include "rules/state.h"

/* All records of a table as a JSON array. */
void view_put_table(struct buf *b, const struct table *t);

/* A comma in front of all but the first of a list. */
void view_put_comma(struct buf *b, bool *first);

/* Goes through the objects of a kind: the next one from *i on, and moves *i behind it; NULL behind
 * the last. Start with *i at 0. */
const struct object *view_next_object(const struct rules_state *s, enum object_kind kind,
                                      size_t *i);

#endif
