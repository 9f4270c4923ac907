/*
 * DER (ITU-T X.690), our own strict reader and small writer.
 *
 * Acceptance decides verdicts, and certificates are rebuilt byte for byte, so no library decides
 * what is well formed. Read is exactly DER: definite lengths in their shortest form, shortest
 * integers, BOOLEAN 00 or FF, no unused bits set. Tag numbers above 30 and lengths over four octets
 * do not occur in anything Sealward reads and are refused.
 *
 * The reader has a sticky failure, like base/reader.h: after the first fault every read gives zero
 * or nothing, and der_done says what the fault was. Results must not be acted on before der_done
 * has returned true. Views point into the bytes given.
 *
 *   struct der all = der_open(bytes);
 *   struct der seq = der_enter(&all, DER_SEQUENCE);
 *   struct bytes oid = der_oid(&seq);
 *   struct bytes key = der_bits(&seq);
 *   der_leave(&all, &seq);                          nothing may be left inside
 *   if (!der_done(&all, "public key", e)) ...       nothing may be left behind
 *
 * The writer appends to a struct buf and uses the buffer's sticky failure: a value that cannot be
 * encoded (an object identifier that is none, a year past 9999) sets it.
 *
 *   size_t seq = der_begin(b, DER_SEQUENCE);
 *   der_put_oid(b, "1.2.840.10045.2.1");
 *   der_end(b, seq);
 */
#ifndef SEALWARD_PKI_DER_H
#define SEALWARD_PKI_DER_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_UTF8_STRING = 0x0c,
    DER_PRINTABLE_STRING = 0x13,
    DER_IA5_STRING = 0x16,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};

/* Context-specific [n], n <= 30: primitive (IMPLICIT over a primitive type) and constructed. */
#define DER_CONTEXT(n) (0x80 + (n))
#define DER_CONTEXT_CONSTRUCTED(n) (0xa0 + (n))

/* ---- Reading ---- */

struct der {
    struct bytes rest;
    const char *fault; /* the first one; NULL while all is well */
};

struct der der_open(struct bytes bytes);

/* True if the next element has that identifier octet (see enum der_tag and the macros). */
bool der_next_is(const struct der *r, unsigned tag);

/* True if nothing is left, or if a fault has occurred: ends a loop over elements. */
bool der_at_end(const struct der *r);

/* The next element, which must have that identifier octet: its contents; or all of it, header
 * included. */
struct bytes der_body(struct der *r, unsigned tag);
struct bytes der_whole(struct der *r, unsigned tag);

/* The next element whatever it is, header included; its identifier octet to *ret_tag if not NULL.
 */
struct bytes der_any(struct der *r, unsigned *ret_tag);

/* A reader over the contents of the next element, and the way back: der_leave takes over the inner
 * reader's fault, or makes one if anything is left in it. */
struct der der_enter(struct der *r, unsigned tag);
void der_leave(struct der *r, const struct der *inner);

bool der_boolean(struct der *r);
void der_null(struct der *r);

/* INTEGER >= 0: as a number up to 2^63-1; as big-endian bytes without leading zeros (zero is one
 * zero byte). Negative ones are a fault. */
uint64_t der_small(struct der *r);
struct bytes der_natural(struct der *r);

/* OBJECT IDENTIFIER: its contents octets, checked to be well formed. */
struct bytes der_oid(struct der *r);
struct bytes der_octets(struct der *r);

/* BIT STRING of whole octets; and one of named bits (X.680 22.7: no trailing zero bits), bit n of
 * the type at 1 << n, n <= 15. */
struct bytes der_bits(struct der *r);
unsigned der_flags(struct der *r);

/* Time as RFC 5280 4.1.2.5 demands: UTCTime through 2049, GeneralizedTime from 2050, seconds
 * present, Z, no fractions. Milliseconds since 1970; a year before 1970 is a fault. */
int64_t der_time(struct der *r);

/* Records a fault of the caller's own finding, unless there is one already. */
void der_fail(struct der *r, const char *fault);

/* True if there was no fault and nothing is left; else ERR_INPUT naming `what` and the fault. */
CHECKED bool der_done(const struct der *r, const char *what, struct err *e);

/* True if the contents octets are those of that dotted identifier. */
bool der_oid_is(struct bytes oid, const char *dotted);

/* True if the elements that make up `contents` stand in the order of a SET OF (X.690 11.6). Bytes
 * that are no elements are not in order. */
bool der_is_ordered(struct bytes contents);

/* ---- Writing ---- */

/* Opens an element; der_end fills in its length. What der_begin returns is what der_end takes. */
size_t der_begin(struct buf *b, unsigned tag);
void der_end(struct buf *b, size_t start);

/* Like der_end, and puts the elements inside into the order of a SET OF (X.690 11.6); at most
 * DER_SET_MAX of them. */
#define DER_SET_MAX 64
void der_end_set(struct buf *b, size_t start);

/* The header of an element whose contents' size is known ahead, below 2^32. */
void der_put_header(struct buf *b, unsigned tag, size_t size);

/* How many bytes that header has. */
size_t der_header_size(size_t size);

/* One whole primitive element. */
void der_put(struct buf *b, unsigned tag, struct bytes contents);

void der_put_boolean(struct buf *b, bool value);
void der_put_null(struct buf *b);
void der_put_small(struct buf *b, uint64_t value);

/* INTEGER >= 0 from big-endian bytes; leading zeros are dropped. */
void der_put_natural(struct buf *b, struct bytes magnitude);
void der_put_oid(struct buf *b, const char *dotted);
void der_put_octets(struct buf *b, struct bytes octets);
void der_put_bits(struct buf *b, struct bytes octets);

/* BIT STRING of named bits, bit n of the type at 1 << n, n <= 15. */
void der_put_flags(struct buf *b, unsigned flags);

/* Milliseconds since 1970, rounded down to the second; the form as der_time wants it. */
void der_put_time(struct buf *b, int64_t ms);

/* An object identifier's contents octets as dotted text, appended. */
void der_put_oid_text(struct buf *b, struct bytes oid);

#endif
