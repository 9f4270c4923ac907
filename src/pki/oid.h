/*
 * Object identifiers, between dotted text and DER contents octets (X.690 8.19). Inside pki; others
 * use der.h. Arcs up to 2^128 are handled, because anybody may make one under 2.25 from a UUID.
 */
#ifndef SEALWARD_PKI_OID_H
#define SEALWARD_PKI_OID_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"

#define OID_MAX 64 /* contents octets */

struct oid {
    uint8_t data[OID_MAX];
    size_t size;
};

/* False, and *ret untouched, if the text is no object identifier, or one too long. */
CHECKED bool oid_encode(struct oid *ret, const char *dotted);

/* Shortest form, whole, at most OID_MAX octets. */
bool oid_is_valid(struct bytes contents);

/* Appends the dotted text; sets the buffer's failure if the octets are not valid. */
void oid_put_text(struct buf *b, struct bytes contents);

#endif
