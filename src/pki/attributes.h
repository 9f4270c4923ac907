/*
 * CMS SignedAttributes (RFC 5652 5.3, 11): what is really signed in CMS, Authenticode and JAR.
 *
 * The form throughout is the DER SET OF (tag 31) whose hash is signed, not the [0] that stands in a
 * SignerInfo. Read strictly: DER, in order, no type twice, contentType and messageDigest there once
 * with one value each, signingTime likewise if there. Attributes of other types are left alone.
 */
#ifndef SEALWARD_PKI_ATTRIBUTES_H
#define SEALWARD_PKI_ATTRIBUTES_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define ATTRIBUTES_MAX 16384 /* bytes */
#define ATTRIBUTES_COUNT_MAX 32
#define ATTRIBUTES_ID_DATA "1.2.840.113549.1.7.1"
#define ATTRIBUTES_NO_TIME INT64_MIN

/* Views into the bytes. */
struct attributes {
    struct bytes content_type; /* contents octets of the OID */
    struct bytes message_digest;
    int64_t signing_time; /* milliseconds; ATTRIBUTES_NO_TIME if absent */
};

CHECKED bool attributes_parse(struct attributes *ret, struct bytes set, struct err *e);

/* The one value of the attribute of that dotted type, header included. `contents` is what stands
 * inside a set of attributes, signed or unsigned, in whatever order. ERR_NOT_FOUND; ERR_INPUT if it
 * is there twice or has not one value. */
CHECKED bool attributes_find(struct bytes *ret_value, struct bytes contents, const char *type,
                             struct err *e);

/* Opens an attribute of that dotted type, whose one value is put between the two calls. */
struct attribute_mark {
    size_t all;
    size_t values;
};

struct attribute_mark attribute_begin(struct buf *b, const char *type);
void attribute_end(struct buf *b, struct attribute_mark mark);

/* Appends contentType and messageDigest, as every set of signed attributes has them. */
void attributes_put_required(struct buf *b, const char *content_type, struct bytes message_digest);

/* Appends exactly contentType, messageDigest and signingTime (milliseconds, rounded down to the
 * second). */
CHECKED bool attributes_build(struct buf *ret, const char *content_type,
                              struct bytes message_digest, int64_t signing_time, struct err *e);

#endif
