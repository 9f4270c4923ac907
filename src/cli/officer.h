/*
 * The keeper's second socket (wire/brake.h), from the officer's side: a suspension with no daemon.
 */
#ifndef SEALWARD_CLI_OFFICER_H
#define SEALWARD_CLI_OFFICER_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/err.h"
#include "wire/brake.h"

struct officer;

CHECKED bool officer_connect(struct officer **ret, const char *path, struct err *e);
void officer_free(struct officer *o);
AUTO_FREE(officer)

/* One question, its answer in the arena; a refusal becomes the error. */
CHECKED bool officer_ask(struct officer *o, const struct brake_message *question,
                         struct brake_message *ret, struct arena *a, struct err *e);

#endif
