/* The confirmation of what is held, signed (proof/confirmation.h): for the daemon, or to be carried
 * to it. */
#ifndef SEALWARD_GUARD_CONFIRM_H
#define SEALWARD_GUARD_CONFIRM_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/err.h"
#include "guard/held.h"
#include "pki/session_key.h"

/* Appends it. ERR_STATE if there is nothing to confirm. */
CHECKED bool confirm_make(struct buf *ret, const struct held *h, const struct session_key *key,
                          const struct held_moment *at, struct err *e);

#endif
