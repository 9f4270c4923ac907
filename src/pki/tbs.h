/*
 * Builds a TBSCertificate from a plan, and a certificate from TBS and signature.
 *
 * Deterministic: the same plan gives the same bytes, on every machine and with every version of
 * every library. The rules rebuild the TBS of an issuance and compare it with the one recorded.
 * docs/protocol/certificates.md says which bytes these are.
 *
 * Pure. The caller owns everything; nothing is kept.
 */
#ifndef SEALWARD_PKI_TBS_H
#define SEALWARD_PKI_TBS_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/mechanism.h"
#include "pki/profile.h"
#include "pki/x509.h"

struct tbs_plan {
    enum profile profile;
    enum mechanism mechanism;   /* how the issuer signs */
    struct bytes random;        /* X509_SERIAL_SIZE bytes; see tbs_serial */
    struct bytes issuer;        /* DER name: the issuer's subject, copied */
    struct bytes subject;       /* DER name */
    int64_t not_before;         /* milliseconds, whole seconds */
    int64_t not_after;          /* the last second that counts */
    struct bytes spki;          /* of the subject */
    struct bytes issuer_key_id; /* the issuer's subject key identifier; empty where self-signed */
    struct bytes crl_url;       /* where the profile has one; else empty */
    struct bytes arc;           /* dotted, such as "1.3.6.1.4.1.32473" */
    struct bytes authority;     /* X509_AUTHORITY_SIZE bytes: the authority id */
    uint64_t number;            /* the certificate's number, below 2^53 */
};

/* The serial number made of 16 random bytes: the top bit cleared, the next one set. So it is
 * positive, always 16 octets long, and has 126 random bits. */
void tbs_serial(uint8_t ret[X509_SERIAL_SIZE], struct bytes random);

/* Appends the TBSCertificate. ERR_INPUT says which part of the plan is missing, too long,
 * malformed, or not of this profile. Whether the certificate should be issued is for lint and the
 * rules. */
CHECKED bool tbs_build(struct buf *ret, const struct tbs_plan *plan, struct err *e);

/* Appends the certificate: TBS, algorithm, signature. `raw` is r || s for ECDSA. The signature is
 * not verified. */
CHECKED bool tbs_certify(struct buf *ret, struct bytes tbs, enum mechanism mechanism,
                         struct bytes raw, struct err *e);

#endif
