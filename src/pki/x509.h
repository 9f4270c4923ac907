/*
 * X.509 certificates (RFC 5280): our own strict reader. What is read here decides verdicts, so no
 * library decides it.
 *
 * A struct x509 is plain memory full of views into the DER it was parsed from, which must outlive
 * it. Nothing is verified by parsing: pki/chain verifies, pki/lint judges by profile.
 *
 * Refused: anything that is not DER, trailing bytes, versions other than 1 to 3, extensions outside
 * version 3, serial numbers that are zero, negative or longer than 20 octets, times that RFC 5280
 * would write otherwise, signature algorithms that differ inside and outside, an extension twice,
 * and a known extension that is malformed. Unknown critical extensions are kept in
 * `unknown_critical`, so that a certificate can be shown; pki/chain and pki/lint refuse it.
 */
#ifndef SEALWARD_PKI_X509_H
#define SEALWARD_PKI_X509_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"
#include "pki/key.h"

#define X509_DER_MAX 16384
#define X509_SERIAL_SIZE 16 /* bytes of ours */
#define X509_SERIAL_MAX 20
#define X509_KEY_ID_SIZE 20
#define X509_EXTENSIONS_MAX 32
#define X509_ARC_MAX 64 /* characters of a dotted arc */
#define X509_URL_MAX 512
#define X509_AUTHORITY_SIZE 32

/* Key usage, bit n of the BIT STRING at 1 << n (RFC 5280 4.2.1.3). */
#define X509_KU_DIGITAL_SIGNATURE (1U << 0)
#define X509_KU_CONTENT_COMMITMENT (1U << 1)
#define X509_KU_CERT_SIGN (1U << 5)
#define X509_KU_CRL_SIGN (1U << 6)

/* Extended key usages that we tell apart. */
#define X509_EKU_CODE_SIGNING (1U << 0)
#define X509_EKU_TIME_STAMPING (1U << 1)
#define X509_EKU_OCSP_SIGNING (1U << 2)
#define X509_EKU_ANY (1U << 3)
#define X509_EKU_OTHER (1U << 4)

/* Extensions that are read; a bit each in `present` and `critical`. */
#define X509_EXT_BASIC_CONSTRAINTS (1U << 0)
#define X509_EXT_KEY_USAGE (1U << 1)
#define X509_EXT_EXTENDED_KEY_USAGE (1U << 2)
#define X509_EXT_SUBJECT_KEY_ID (1U << 3)
#define X509_EXT_AUTHORITY_KEY_ID (1U << 4)
#define X509_EXT_CRL_POINTS (1U << 5)

struct x509 {
    struct bytes der;       /* the whole certificate; data NULL when only a TBS was parsed */
    struct bytes tbs;       /* TBSCertificate, header included: what is signed */
    struct bytes signature; /* as in the BIT STRING: ECDSA still DER; data NULL for a TBS */
    struct bytes algorithm; /* AlgorithmIdentifier of the signature, as DER */
    unsigned version;       /* 1 to 3 */
    struct bytes serial;    /* big-endian, no leading zeros */
    struct bytes issuer;    /* DER names */
    struct bytes subject;
    int64_t not_before; /* milliseconds since 1970 */
    int64_t not_after;  /* of the last second that it is valid in, which counts whole */
    struct bytes spki;
    struct bytes extensions; /* the contents of the SEQUENCE OF Extension; empty if none */
    unsigned present;        /* X509_EXT_ bits */
    unsigned critical;
    struct bytes unknown_critical; /* contents octets of the first such OID; else data NULL */
    bool ca;
    int path_length;    /* -1: no limit stated */
    unsigned key_usage; /* X509_KU_ and other bits; 0 if absent */
    unsigned extended_key_usage;
    struct bytes purpose; /* contents octets of the extended key usage if there is just one; else
                             data NULL */
    struct bytes subject_key_id;
    struct bytes authority_key_id; /* the key identifier only; data NULL if it has none */
    struct bytes crl_url;          /* the first URL of the first distribution point */
    size_t crl_points;             /* how many there are */
};

/* Parses exactly one certificate; or exactly one TBSCertificate. */
CHECKED bool x509_parse(struct x509 *ret, struct bytes der, struct err *e);
CHECKED bool x509_parse_tbs(struct x509 *ret, struct bytes tbs, struct err *e);

/* The extension of that dotted identifier: its value (contents of the OCTET STRING) and whether it
 * is critical. ERR_NOT_FOUND if the certificate has none. */
CHECKED bool x509_extension(const struct x509 *cert, const char *dotted, struct bytes *ret_value,
                            bool *ret_critical, struct err *e);

/* Our own extension <arc>.1: which authority, and the certificate's number there. ERR_NOT_FOUND if
 * there is none; ERR_INPUT if it is critical or malformed. */
CHECKED bool x509_number(const struct x509 *cert, struct bytes arc,
                         uint8_t ret_authority[X509_AUTHORITY_SIZE], uint64_t *ret_number,
                         struct err *e);

/* The same by a verifier who knows the authority but not its arc: the number in the extension whose
 * value names this authority, whatever its identifier. ERR_NOT_FOUND if none does. */
CHECKED bool x509_number_under(const struct x509 *cert,
                               const uint8_t authority[X509_AUTHORITY_SIZE], uint64_t *ret_number,
                               struct err *e);

/* True if the one purpose of the certificate is to sign distrust lists: its extended key usage is
 * <arc>.2 alone, where <arc>.1 is one of its extensions with the form of our own. */
bool x509_is_for_lists(const struct x509 *cert);

/* Checks the signature with the issuer's key. ERR_AUTH if it does not hold. */
CHECKED bool x509_verify(const struct x509 *cert, const struct pubkey *issuer, struct err *e);

/* Checks not_before <= time <= the end of the second not_after; ERR_REFUSED by "x509.validity". */
CHECKED bool x509_check_time(const struct x509 *cert, int64_t time, struct err *e);

/* The key identifier that our certificates carry: the first 20 bytes of SHA-256 of the public key's
 * bits (RFC 7093 section 2, method 1). */
CHECKED bool x509_key_id(uint8_t ret[X509_KEY_ID_SIZE], struct bytes spki, struct err *e);

#endif
