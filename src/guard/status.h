/* What an endpoint holds, in lines for people; and what a person has to enter to enrol it. Pure. */
#ifndef SEALWARD_GUARD_STATUS_H
#define SEALWARD_GUARD_STATUS_H

#include "base/buf.h"
#include "guard/holding.h"

void status_text(struct buf *b, const struct holding *h);

/* The public key, and the command by which a person who may enrols it. */
void status_enroll(struct buf *b, const struct settings *s, struct bytes spki);

#endif
