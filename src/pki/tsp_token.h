/*
 * The timestamp token (RFC 3161 2.4.2, RFC 5816): CMS SignedData with one signer over a TSTInfo.
 *
 * Written in two steps, as everything that a token signs: tsp_attributes_build gives the bytes to
 * sign (deterministic), tsp_token_build joins them with the signature.
 * Verified: tokens of any authority, up to roots that the caller trusts for time.
 *
 * Pure; the caller owns everything, views point into the token. Not done here: revocation of the
 * authority's certificates (the chain is given for that), archive timestamps.
 */
#ifndef SEALWARD_PKI_TSP_TOKEN_H
#define SEALWARD_PKI_TSP_TOKEN_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/chain.h"
#include "pki/cms.h"
#include "pki/mechanism.h"
#include "pki/tsp.h"
#include "pki/x509.h"

#define TSP_TOKEN_MAX (64u << 10)
#define TSP_OTHERS_MAX 8
#define TSP_TST_INFO "1.2.840.113549.1.9.16.1.4"

/* ---- Writing ---- */

/* Appends the SignedAttributes as the SET OF that is hashed and signed: contentType, messageDigest
 * of the TSTInfo by that hash, and ESSCertIDv2 (SHA-256, with issuer and serial number) of the
 * authority's certificate. signingTime is left out: genTime says it. */
CHECKED bool tsp_attributes_build(struct buf *ret, struct bytes info, enum digest_alg alg,
                                  struct bytes certificate, struct err *e);

struct tsp_token_plan {
    struct bytes info;
    struct bytes attributes; /* of tsp_attributes_build, by the mechanism's hash */
    enum mechanism mechanism;
    struct bytes signature;           /* over the attributes; r || s for ECDSA */
    const struct bytes *certificates; /* DER; the signing one first, then its issuers' */
    size_t certificate_count;         /* at least 1 */
    bool with_certificates;           /* put them into the token: the request's certReq */
};

/* Appends the token. The signature is not verified. */
CHECKED bool tsp_token_build(struct buf *ret, const struct tsp_token_plan *plan, struct err *e);

/* ---- Verifying ---- */

struct tsp_token {
    struct cms cms;
    struct bytes content; /* the TSTInfo as it stands */
    struct tsp_info info;
};

/* Parses exactly one token: SignedData over TSTInfo with exactly one signer. Verifies nothing. */
CHECKED bool tsp_token_parse(struct tsp_token *ret, struct bytes der, struct err *e);

/* What to verify a token against. */
struct tsp_trust {
    const struct x509 *roots; /* trusted for time */
    size_t root_count;
    const struct x509 *others; /* certificates that the token may lack; may be NULL */
    size_t other_count;        /* at most TSP_OTHERS_MAX */
};

struct tsp_verified {
    int64_t time;     /* genTime, milliseconds */
    int64_t accuracy; /* milliseconds; TSP_NO_ACCURACY if not stated */
    size_t chain_count;
    struct bytes chain[CHAIN_MAX]; /* DER: the authority's certificate first, the root last */
};

/* Checks that the token is a timestamp over `message` (whose digest is the imprint): the imprint,
 * the signature, ESSCertIDv2 (one over SHA-1 alone is not enough), and a chain for time stamping up
 * to one of the roots that holds at genTime. ERR_REFUSED by "timestamp.imprint",
 * "timestamp.certificate", or one of pki/chain's; ERR_AUTH, ERR_NOT_FOUND. */
CHECKED bool tsp_token_verify(struct tsp_verified *ret, const struct tsp_token *token,
                              struct bytes message, const struct tsp_trust *trust, struct err *e);

#endif
