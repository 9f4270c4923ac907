/*
 * Before there is a record: the log key, and the journal's first entry.
 */
#ifndef SEALWARD_KEEPER_FOUNDING_H
#define SEALWARD_KEEPER_FOUNDING_H

#include "keeper/options.h"

/* --prepare: makes the log key on its token unless there is one, and prints {"log_key": base64}. */
CHECKED bool founding_prepare(const struct options *o, struct err *e);

/* --found FILE: judges the genesis body in the file, makes sure that its log key is on the token,
 * writes it as entry 0 of a new journal, and prints {"authority": base64}. */
CHECKED bool founding_found(const struct options *o, struct err *e);

#endif
