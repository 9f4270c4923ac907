/*
 * Timestamps (RFC 3161, RFC 5816): the request, the response around a token, and TSTInfo, the
 * statement inside. pki/tsp_token.h makes and verifies the token itself.
 *
 * Reading is strict DER; views point into the bytes given. Writing is deterministic: the rulebook
 * builds TSTInfo and signed attributes from an entry, so no clock and no randomness come in.
 * Imprints are SHA-256, SHA-384 or SHA-512. docs/protocol/timestamp.md has the bytes.
 *
 * Threads: nothing shared. Not done here: HTTP, and the one extension that anybody defined.
 */
#ifndef SEALWARD_PKI_TSP_H
#define SEALWARD_PKI_TSP_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

#define TSP_REQUEST_MAX 4096 /* bytes; requests take 50 to 100 */
#define TSP_INFO_MAX 4096
#define TSP_RESPONSE_MAX (64u << 10) /* token, certificates and text */
#define TSP_NONCE_MAX 20             /* contents octets */
#define TSP_SERIAL_MAX 20
#define TSP_NO_ACCURACY (-1)

/* PKIFailureInfo (RFC 3161 2.4.2), the bit's number. */
enum tsp_failure {
    TSP_BAD_ALG = 0,
    TSP_BAD_REQUEST = 2,
    TSP_BAD_DATA_FORMAT = 5,
    TSP_TIME_NOT_AVAILABLE = 14,
    TSP_UNACCEPTED_POLICY = 15,
    TSP_UNACCEPTED_EXTENSION = 16,
    TSP_ADD_INFO_NOT_AVAILABLE = 17,
    TSP_SYSTEM_FAILURE = 25,
};

/* ---- The request ---- */

struct tsp_request {
    enum digest_alg alg;
    struct bytes imprint; /* digest_size(alg) bytes */
    struct bytes policy;  /* contents octets of the OID asked for; data NULL: any */
    struct bytes nonce; /* contents octets of the INTEGER as sent, sign included; data NULL: none */
    bool certificates;  /* the token is to bring the certificates */
};

/* Parses exactly one TimeStampReq. On failure *ret_failure says what the answer's failInfo is (and
 * only then is it written): badDataFormat (also for an imprint that is not as long as its hash),
 * badRequest (version, nonce too long), badAlg, unacceptedExtension (any extension, critical or
 * not, as RFC 3161 2.4.1 demands). */
CHECKED bool tsp_request_parse(struct tsp_request *ret, enum tsp_failure *ret_failure,
                               struct bytes der, struct err *e);

/* The policy that this authority stamps under, "<arc>.3"; a request may name it or none. ERR_INPUT
 * otherwise: answered by unacceptedPolicy. */
CHECKED bool tsp_request_check_policy(const struct tsp_request *request, struct bytes arc,
                                      struct err *e);

/* Appends a TimeStampReq (request->policy data NULL, or contents octets). */
CHECKED bool tsp_request_build(struct buf *ret, const struct tsp_request *request, struct err *e);

/* ---- TSTInfo ---- */

struct tsp_info {
    struct bytes policy; /* contents octets */
    enum digest_alg alg;
    struct bytes imprint;
    struct bytes serial; /* big-endian, without leading zeros */
    int64_t time;        /* genTime, milliseconds; a finer fraction is cut off */
    int64_t accuracy;    /* milliseconds, rounded up; TSP_NO_ACCURACY if not stated */
    bool ordering;
    struct bytes nonce; /* as in struct tsp_request */
};

/* Parses exactly one TSTInfo of any authority. Its tsa name and extensions that are not critical
 * are passed over; critical ones are refused. */
CHECKED bool tsp_info_parse(struct tsp_info *ret, struct bytes der, struct err *e);

struct tsp_plan {
    struct bytes arc; /* dotted; the policy is "<arc>.3" */
    enum digest_alg alg;
    struct bytes imprint; /* digest_size(alg) bytes */
    uint64_t serial;      /* at least 1 */
    int64_t time;         /* milliseconds */
    uint64_t accuracy;    /* milliseconds; at least 1, below 2^31 */
    struct bytes nonce;   /* contents octets of an INTEGER; data NULL: none */
};

/* Appends the TSTInfo. ERR_INPUT says which part of the plan is missing or malformed. */
CHECKED bool tsp_info_build(struct buf *ret, const struct tsp_plan *plan, struct err *e);

/* ---- The response ---- */

/* Appends a TimeStampResp: granted, with the token (a ContentInfo); or a rejection with failInfo
 * and, for people, a plain text. */
CHECKED bool tsp_response_build(struct buf *ret, struct bytes token, struct err *e);
CHECKED bool tsp_rejection_build(struct buf *ret, enum tsp_failure failure, const char *text,
                                 struct err *e);

/* Parses exactly one TimeStampResp and gives its token, unverified. A response that grants nothing
 * is ERR_REFUSED by "timestamp.rejected", with the authority's text and failInfo in the message. */
CHECKED bool tsp_response_parse(struct bytes *ret_token, struct bytes der, struct err *e);

#endif
