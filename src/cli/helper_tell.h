/*
 * Refusals as the user sees them. PKCS#11 has no place for a text: tools print a number at best. So
 * the helper says on standard error what was refused, why, and by which id to find it,
 *
 *   sealward: refused: the window of the grant is over (request 812)
 *   sealward: hint: open another grant
 *
 * and says the same thing once only, because some tools try again after a refusal.
 * May be called in any thread.
 */
#ifndef SEALWARD_CLI_HELPER_TELL_H
#define SEALWARD_CLI_HELPER_TELL_H

#include "cli/helper_call.h"

struct helper_tell;

CHECKED bool helper_tell_new(struct helper_tell **ret, struct err *e);
void helper_tell_free(struct helper_tell *t);
AUTO_FREE(helper_tell)

/* Shows an answer that is not good. */
void helper_tell_refusal(struct helper_tell *t, const struct helper_answer *answer);

#endif
