/*
 * Whether a certificate is on a distrust list, by its number or by its key. Inside the verify room.
 */
#ifndef SEALWARD_VERIFY_LISTED_H
#define SEALWARD_VERIFY_LISTED_H

#include "pki/x509.h"
#include "proof/authority.h"
#include "proof/distrust.h"

struct listed {
    bool by_key; /* else by its number */
    int64_t effective;
};

/* True if it is; of two reasons the one that takes effect earlier. */
bool listed_find(struct listed *ret, const struct distrust *list, const struct authority *authority,
                 const struct x509 *certificate);

/* True if the authority numbered the certificate after the list was made. */
bool listed_is_younger(const struct distrust *list, const struct authority *authority,
                       const struct x509 *certificate);

#endif
