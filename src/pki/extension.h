/*
 * X.509 extensions (RFC 5280 4.1.2.9) as certificates, CRLs and timestamps share them: the frame
 * around each, and the parts that occur in more than one. Inside pki.
 */
#ifndef SEALWARD_PKI_EXTENSION_H
#define SEALWARD_PKI_EXTENSION_H

#include "base/buf.h"
#include "base/bytes.h"
#include "pki/der.h"

#define EXTENSION_AUTHORITY_KEY_ID "2.5.29.35"

/* ---- Reading ---- */

struct extension {
    struct bytes oid; /* contents octets */
    bool critical;
    struct bytes value; /* contents of the OCTET STRING */
};

/* The next Extension of the list; its fault is the list's. */
struct extension extension_next(struct der *list);

/* A BOOLEAN that defaults to FALSE. DER forbids to write the default; certificates that do so have
 * been issued, and nothing is rebuilt from them, so it is read as what it says. */
bool extension_flag(struct der *r);

/* The value of an authorityKeyIdentifier: the key identifier, data NULL if it has none. */
struct bytes extension_authority_key_id(struct der *value);

/* Sets a fault if a key identifier is empty or too long. */
void extension_check_key_id(struct der *r, struct bytes id);

/* ---- Writing ---- */

struct extension_mark {
    size_t all;
    size_t value;
};

/* Opens an Extension whose value is put between the two calls. */
struct extension_mark extension_begin(struct buf *b, const char *oid, bool critical);
void extension_end(struct buf *b, struct extension_mark mark);

/* The whole extension authorityKeyIdentifier with a key identifier alone. */
void extension_put_authority_key_id(struct buf *b, struct bytes id);

/* A DistributionPointName [0] of one URI as its fullName. */
void extension_put_full_name(struct buf *b, struct bytes url);

#endif
