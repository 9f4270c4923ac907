#include "pki/x509.h"

#include "pki/algorithm.h"
#include "pki/der.h"
#include "pki/name.h"
#include "pki/x509_extensions.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

#define SECOND 1000

static unsigned version_read(struct der *tbs)
{
    if (!der_next_is(tbs, DER_CONTEXT_CONSTRUCTED(0)))
        return 1;
    struct der explicit = der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0));
    uint64_t version = der_small(&explicit);
    if (explicit.fault == NULL && version == 0)
        der_fail(&explicit, "version 1 is written though it is the default");
    if (version > 2)
        der_fail(&explicit, "the version is not 1, 2 or 3");
    der_leave(tbs, &explicit);
    return (unsigned)(version & 3) + 1;
}

static struct bytes serial_read(struct der *tbs)
{
    struct bytes serial = der_natural(tbs);
    if (tbs->fault != NULL)
        return BYTES_NONE;
    if (serial.data[0] == 0)
        der_fail(tbs, "the serial number is zero");
    if (serial.size + (serial.data[0] >> 7) > X509_SERIAL_MAX)
        der_fail(tbs, "the serial number is longer than 20 octets");
    return serial;
}

static void unique_ids_skip(struct der *tbs, unsigned version)
{
    for (unsigned n = 1; n <= 2; n++) {
        if (!der_next_is(tbs, DER_CONTEXT(n)))
            continue;
        if (version < 2)
            der_fail(tbs, "a unique identifier stands in version 1");
        der_any(tbs, NULL);
    }
}

static struct bytes extensions_read(struct der *tbs, unsigned version)
{
    if (!der_next_is(tbs, DER_CONTEXT_CONSTRUCTED(3)))
        return BYTES_NONE;
    if (version != 3)
        der_fail(tbs, "extensions stand in a version before 3");
    struct der explicit = der_enter(tbs, DER_CONTEXT_CONSTRUCTED(3));
    struct bytes list = der_body(&explicit, DER_SEQUENCE);
    if (list.size == 0)
        der_fail(&explicit, "there is a list of extensions, but it is empty");
    der_leave(tbs, &explicit);
    return list;
}

/* The fields of a TBSCertificate in their order (RFC 5280 4.1), without the extensions' insides. */
static bool fields_parse(struct x509 *c, struct bytes tbs, struct err *e)
{
    struct der all = der_open(tbs);
    struct der fields = der_enter(&all, DER_SEQUENCE);
    c->tbs = tbs;
    c->version = version_read(&fields);
    c->serial = serial_read(&fields);
    c->algorithm = der_whole(&fields, DER_SEQUENCE);
    c->issuer = der_whole(&fields, DER_SEQUENCE);
    struct der validity = der_enter(&fields, DER_SEQUENCE);
    c->not_before = der_time(&validity);
    c->not_after = der_time(&validity);
    der_leave(&fields, &validity);
    c->subject = der_whole(&fields, DER_SEQUENCE);
    c->spki = der_whole(&fields, DER_SEQUENCE);
    unique_ids_skip(&fields, c->version);
    c->extensions = extensions_read(&fields, c->version);
    der_leave(&all, &fields);
    return der_done(&all, "a certificate's TBSCertificate", e);
}

bool x509_parse_tbs(struct x509 *ret, struct bytes tbs, struct err *e)
{
    struct x509 c = {.path_length = -1};
    if (tbs.size > X509_DER_MAX)
        return err_set(e, ERR_LIMIT, "a certificate has %zu bytes; at most %d are read", tbs.size,
                       X509_DER_MAX);
    if (!fields_parse(&c, tbs, e))
        return false;
    if (!name_check(c.issuer, e))
        return err_wrap(e, "issuer of a certificate");
    if (!name_check(c.subject, e))
        return err_wrap(e, "subject of a certificate");
    if (!x509_extensions_parse(&c, e))
        return false;
    *ret = c;
    return true;
}

bool x509_parse(struct x509 *ret, struct bytes der, struct err *e)
{
    struct der all = der_open(der);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    struct bytes tbs = der_whole(&parts, DER_SEQUENCE);
    struct bytes algorithm = der_whole(&parts, DER_SEQUENCE);
    struct bytes signature = der_bits(&parts);
    der_leave(&all, &parts);
    struct x509 c;
    if (!der_done(&all, "a certificate", e) || !x509_parse_tbs(&c, tbs, e))
        return false;
    if (!bytes_equal(algorithm, c.algorithm))
        return err_set(e, ERR_INPUT,
                       "a certificate names one signature algorithm inside and another outside");
    c.der = der;
    c.signature = signature;
    *ret = c;
    return true;
}

bool x509_verify(const struct x509 *cert, const struct pubkey *issuer, struct err *e)
{
    enum mechanism m;
    if (cert->der.data == NULL)
        return err_set(e, ERR_INPUT, "there is no signature over this TBSCertificate yet");
    if (!algorithm_parse_signature(&m, cert->algorithm, e))
        return false;
    return algorithm_verify(issuer, m, cert->tbs, cert->signature, e);
}

bool x509_check_time(const struct x509 *cert, int64_t time, struct err *e)
{
    if (time >= cert->not_before && time - cert->not_after < SECOND)
        return true;
    char from[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE], at[TEXT_TIME_SIZE];
    return err_refuse(
        e, "x509.validity", "the certificate is valid from %s until %s, and the time is %s",
        text_time(from, cert->not_before), text_time(until, cert->not_after), text_time(at, time));
}

bool x509_key_id(uint8_t ret[X509_KEY_ID_SIZE], struct bytes spki, struct err *e)
{
    struct der all = der_open(spki);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    der_body(&parts, DER_SEQUENCE);
    struct bytes bits = der_bits(&parts);
    der_leave(&all, &parts);
    if (!der_done(&all, "a public key", e))
        return false;
    uint8_t digest[DIGEST_SHA256_SIZE];
    digest_sha256(digest, bits);
    memcpy(ret, digest, X509_KEY_ID_SIZE);
    return true;
}

/* The value of our own extension. */
static bool number_read(uint8_t ret_authority[X509_AUTHORITY_SIZE], uint64_t *ret_number,
                        struct bytes value, struct err *e)
{
    struct der all = der_open(value);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    struct bytes authority = der_octets(&parts);
    uint64_t number = der_small(&parts);
    if (parts.fault == NULL && authority.size != X509_AUTHORITY_SIZE)
        der_fail(&parts, "the authority id has not 32 octets");
    der_leave(&all, &parts);
    if (!der_done(&all, "the certificate's number extension", e))
        return false;
    memcpy(ret_authority, authority.data, X509_AUTHORITY_SIZE);
    *ret_number = number;
    return true;
}

bool x509_number(const struct x509 *cert, struct bytes arc,
                 uint8_t ret_authority[X509_AUTHORITY_SIZE], uint64_t *ret_number, struct err *e)
{
    char dotted[X509_ARC_MAX + sizeof ".1"];
    struct bytes value;
    bool critical;
    if (arc.size > X509_ARC_MAX)
        return err_set(e, ERR_LIMIT, "an OID arc has %zu characters; at most %d are allowed",
                       arc.size, X509_ARC_MAX);
    (void)snprintf(dotted, sizeof dotted, "%.*s.1", (int)arc.size, (const char *)arc.data);
    if (!x509_extension(cert, dotted, &value, &critical, e))
        return false;
    if (critical)
        return err_set(e, ERR_INPUT, "the certificate's number extension is marked critical");
    return number_read(ret_authority, ret_number, value, e);
}

bool x509_number_under(const struct x509 *cert, const uint8_t authority[X509_AUTHORITY_SIZE],
                       uint64_t *ret_number, struct err *e)
{
    struct bytes rest = cert->extensions;
    struct bytes oid, value;
    struct err ignored;
    while (x509_extensions_next(&rest, &oid, &value)) {
        uint8_t named[X509_AUTHORITY_SIZE];
        uint64_t number;
        if (number_read(named, &number, value, &ignored) &&
            memcmp(named, authority, sizeof named) == 0) {
            *ret_number = number;
            return true;
        }
    }
    return err_set(e, ERR_NOT_FOUND, "the certificate does not name this authority");
}

/* Whether both stand directly under one arc, by these last numbers (below 128: one octet each). */
static bool are_siblings(struct bytes a, uint8_t last_a, struct bytes b, uint8_t last_b)
{
    return a.size == b.size && a.size > 1 && memcmp(a.data, b.data, a.size - 1) == 0 &&
           a.data[a.size - 2] < 0x80 && a.data[a.size - 1] == last_a &&
           b.data[b.size - 1] == last_b;
}

bool x509_is_for_lists(const struct x509 *cert)
{
    struct bytes rest = cert->extensions;
    struct bytes oid, value;
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint64_t number;
    struct err ignored;
    while (cert->purpose.data != NULL && x509_extensions_next(&rest, &oid, &value))
        if (are_siblings(oid, 1, cert->purpose, 2) &&
            number_read(authority, &number, value, &ignored))
            return true;
    return false;
}
