/*
 * Which receipt, if any, shows that a signature was asked for and admitted. Inside the verify room.
 */
#ifndef SEALWARD_VERIFY_RECEIPTS_H
#define SEALWARD_VERIFY_RECEIPTS_H

#include "proof/declared.h"
#include "verify/verify.h"

/* Looks through the receipts for a request of the signature's key, mechanism and to-be-signed
 * digest; fills s->entry, s->grant, s->log_size and *ret_time. With one receipt the error says what
 * is wrong with it, with several what is wrong with the one that came nearest. */
CHECKED bool receipts_find(struct verify_signature *s, int64_t *ret_time,
                           const struct verify_input *in, struct arena *a, struct err *e);

/* The grant with that leaf hash, if a receipt shows it; it lives in the arena. */
bool grant_find(struct declared_grant *ret, const struct verify_input *in, struct bytes leaf,
                struct arena *a);

#endif
