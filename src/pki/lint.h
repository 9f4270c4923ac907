/*
 * Lint: everything that is wrong with a certificate, measured by its profile. Works on a parsed
 * certificate or TBS (pki/x509.h), so a planned certificate is built, parsed and linted before
 * anybody signs it.
 *
 * All checks are run and every fault is reported, each under a stable name. Pure; allocates nothing
 * that outlives the call.
 */
#ifndef SEALWARD_PKI_LINT_H
#define SEALWARD_PKI_LINT_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/profile.h"
#include "pki/x509.h"

/* One fault: a stable name ("key-usage", "validity", ...) and a sentence. Both are constants. */
struct lint_fault {
    const char *name;
    const char *text;
};

#define LINT_MAX 24

struct lint {
    size_t count;
    struct lint_fault faults[LINT_MAX];
};

/* Finds all faults of a certificate or TBS that claims to be of the profile; `arc` is where our own
 * extension stands. */
void lint_certificate(struct lint *ret, const struct x509 *cert, enum profile profile,
                      struct bytes arc);

/* ERR_REFUSED by "lint.NAME" for the first fault; the message lists all of them. */
CHECKED bool lint_check(const struct x509 *cert, enum profile profile, struct bytes arc,
                        struct err *e);

#endif
