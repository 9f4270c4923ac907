/*
 * The kinds of marks: their names in the rulebook and the API, and their numbers in the index.
 */
#ifndef SEALWARD_SERVICE_KINDS_H
#define SEALWARD_SERVICE_KINDS_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "index/index.h"

/* ERR_INTERNAL for a kind that the rulebook gives and this table lacks. */
CHECKED bool kind_of_mark(enum index_kind *ret, const char *name, struct err *e);

/* ERR_INPUT for a word that is no kind. */
CHECKED bool kind_of_word(enum index_kind *ret, struct bytes word, struct err *e);

#endif
