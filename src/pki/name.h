/*
 * Distinguished names (RFC 5280 4.1.2.4): what our certificates are called, and what others' are.
 *
 * Building knows six attributes, one to a relative name, in the order C, ST, L, O, OU, CN: C as
 * PrintableString, all else as UTF8String, so a set of values has exactly one DER. Limits count
 * characters as RFC 5280 appendix A does. Texts are valid UTF-8 without control characters, not
 * empty, without space at either end.
 *
 * A name in a certificate is compared as bytes (CSBR 7.1.4.1) and copied, never encoded again.
 * Pure: no allocation but the caller's buffer. Not done here: name constraints.
 */
#ifndef SEALWARD_PKI_NAME_H
#define SEALWARD_PKI_NAME_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define NAME_DER_MAX 2048 /* bytes of a DER name; ours stay below 1,500 */

/* data NULL: absent. */
struct name {
    struct bytes country;      /* two letters A-Z */
    struct bytes state;        /* at most 128 characters */
    struct bytes locality;     /* 128 */
    struct bytes organization; /* 64 */
    struct bytes unit;         /* 64 */
    struct bytes common_name;  /* 64; always needed */
};

/* Appends the DER of the name. ERR_INPUT names the attribute that is missing or not as above. */
CHECKED bool name_build(struct buf *ret, const struct name *name, struct err *e);

/* Parses what name_build writes, and nothing else. Views into the bytes. */
CHECKED bool name_parse(struct name *ret, struct bytes der, struct err *e);

/* Checks the form of anybody's name: a sequence of non-empty ordered sets of type and value. An
 * empty name is well formed. */
CHECKED bool name_check(struct bytes der, struct err *e);

/* Whether two names are the same to RFC 5280 7.1, as far as ASCII goes: attributes in the same
 * order, of the same types; values that are both PrintableString, UTF8String or IA5String without
 * regard to case, spaces at the ends, and the length of runs of spaces; all others as bytes. Both
 * must have passed name_check. */
bool name_matches(struct bytes a, struct bytes b);

/* Appends one line for people, in the order of the name, such as "C=DE, O=Example, CN=Release".
 * Characters that would confuse a reader (comma, plus, equals, quote, backslash, leading or
 * trailing space, controls, anything that is not valid UTF-8) are written \XX, unknown types as
 * dotted numbers, values that are no strings as # and hex. Bytes that are no name give "(not a
 * name)". */
void name_show(struct buf *b, struct bytes der);

#endif
