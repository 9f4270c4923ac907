/*
 * Certificate revocation lists (RFC 5280 section 5): written byte for byte, read strictly.
 *
 * Written by our own DER in one pass: the same plan gives the same bytes on every machine, so that
 * whoever has the record can rebuild a list that was published. Version 2, entries in the order of
 * their serial numbers, no revokedCertificates where nothing is revoked; extensions: authority key
 * identifier, number, and the critical issuingDistributionPoint with the partition's URL. Memory is
 * the output's alone. docs/protocol/crl.md says which bytes these are.
 *
 * Read: a struct crl is plain memory full of views into the DER, which must outlive it. Nothing is
 * verified by parsing. A list speaks about a certificate if all of these hold:
 *
 *   crl_parse(&crl, der, e)                       it is well formed,
 *   crl_check_issuer(&crl, issuer, e)             by the certificate's issuer,
 *   crl_verify(&crl, issuer_key, e)               truly,
 *   crl_check_time(&crl, now, age_max, e)         still good,
 *   crl_check_scope(&crl, cert, e)                and this certificate is in its scope;
 *   crl_find(&crl, cert->serial, &entry)          then this says whether it is revoked.
 *
 * Else it says nothing, which must not be taken for good.
 *
 * Refused by crl_parse: what is not DER, trailing bytes, an empty revokedCertificates, extensions
 * in version 1, serial numbers of more than 20 octets, times that RFC 5280 would write otherwise,
 * an extension twice, malformed known ones, an issuingDistributionPoint that says nothing or
 * contradicts itself. Unknown critical extensions of the list or of an entry, indirect lists,
 * deltas and lists for some reasons only are parsed, and refused by crl_check_scope.
 *
 * Threads: nothing shared. Not done here: deltas, indirect lists, fetching.
 */
#ifndef SEALWARD_PKI_CRL_H
#define SEALWARD_PKI_CRL_H

#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/mechanism.h"
#include "pki/x509.h"

#define CRL_DER_MAX (128u << 20) /* bytes: two million entries */
#define CRL_ENTRIES_MAX 2000000
#define CRL_NO_TIME INT64_MIN

/* CRLReason (RFC 5280 5.3.1), with the values that stand in the extension. */
enum crl_reason {
    CRL_UNSPECIFIED = 0,
    CRL_KEY_COMPROMISE = 1,
    CRL_CA_COMPROMISE = 2,
    CRL_AFFILIATION_CHANGED = 3,
    CRL_SUPERSEDED = 4,
    CRL_CESSATION_OF_OPERATION = 5,
    CRL_CERTIFICATE_HOLD = 6,
    CRL_REMOVE_FROM_CRL = 8,
    CRL_PRIVILEGE_WITHDRAWN = 9,
    CRL_AA_COMPROMISE = 10,
};

/* "keyCompromise", ...; NULL for a number that is no reason. */
const char *crl_reason_name(unsigned reason);

struct crl_entry {
    int64_t time;                    /* revocationDate, milliseconds */
    uint8_t serial[X509_SERIAL_MAX]; /* big-endian, without leading zeros */
    uint8_t serial_size;
    uint8_t reason; /* enum crl_reason */
};

/* Fills an entry. ERR_INPUT for a serial number that is empty, zero or longer than 20 octets as an
 * INTEGER. */
CHECKED bool crl_entry_make(struct crl_entry *ret, struct bytes serial, int64_t time,
                            enum crl_reason reason, struct err *e);

/* ---- Writing ---- */

struct crl_plan {
    enum mechanism mechanism;   /* how the issuer signs */
    struct bytes issuer;        /* DER name: the issuing certificate's subject, copied */
    struct bytes issuer_key_id; /* the issuing certificate's subject key identifier */
    int64_t beginning;   /* the issuing certificate's notBefore: what a time of 0 stands for */
    int64_t this_update; /* milliseconds, rounded down to the second like all times here */
    int64_t next_update;
    uint64_t number;  /* cRLNumber */
    struct bytes url; /* of the partition, as in the certificates; empty: for all that it issued */
    bool users_only;  /* sets onlyContainsUserCerts */
    const struct crl_entry *entries; /* in the order of crl_sort, no serial number twice; a time of
                                        0 stands for `beginning` */
    size_t count; /* at most CRL_ENTRIES_MAX; no certificateHold, no removeFromCRL */
};

/* Puts entries into the order in which they are written: that of their serial numbers as numbers.
 * ERR_MEMORY. */
CHECKED bool crl_sort(struct crl_entry *entries, size_t count, struct err *e);

/* Appends the TBSCertList. ERR_INPUT says which part of the plan is missing, malformed or out of
 * order. */
CHECKED bool crl_build(struct buf *ret, const struct crl_plan *plan, struct err *e);

/* Appends the list: TBS, algorithm, signature. `raw` is r || s for ECDSA. The signature is not
 * verified. */
CHECKED bool crl_finish(struct buf *ret, struct bytes tbs, enum mechanism mechanism,
                        struct bytes raw, struct err *e);

/* ---- Reading ---- */

/* What an issuingDistributionPoint, or an extension that is not read here, limits a list to. */
#define CRL_USERS_ONLY (1U << 0)
#define CRL_CAS_ONLY (1U << 1)
#define CRL_ATTRIBUTES_ONLY (1U << 2)
#define CRL_SOME_REASONS (1U << 3)
#define CRL_INDIRECT (1U << 4)
#define CRL_DELTA (1U << 5)
#define CRL_UNKNOWN_CRITICAL (1U << 6) /* of the list or of any entry */

struct crl {
    struct bytes der;
    struct bytes tbs;
    struct bytes algorithm;
    struct bytes signature; /* ECDSA still DER */
    unsigned version;       /* 1 or 2 */
    struct bytes issuer;    /* DER name */
    int64_t this_update;
    int64_t next_update;  /* CRL_NO_TIME if absent */
    struct bytes entries; /* contents of revokedCertificates */
    size_t count;
    struct bytes authority_key_id; /* data NULL if absent */
    struct bytes number;           /* big-endian, without leading zeros; data NULL if absent */
    struct bytes names;            /* GeneralNames of the distribution point, contents; data NULL if
                                      it names none */
    unsigned scope;                /* CRL_ bits */
};

/* Parses exactly one CertificateList, all entries included. */
CHECKED bool crl_parse(struct crl *ret, struct bytes der, struct err *e);

/* Checks that this is the certificate of the list's issuer: name (RFC 5280 7.1), key identifier,
 * cRLSign. ERR_REFUSED by "crl.issuer" or "crl.usage". Whether it is to be trusted is for
 * pki/chain. */
CHECKED bool crl_check_issuer(const struct crl *crl, const struct x509 *issuer, struct err *e);

/* Checks the signature with the issuer's key. ERR_AUTH if it does not hold. */
CHECKED bool crl_verify(const struct crl *crl, const struct pubkey *issuer, struct err *e);

/* Checks thisUpdate <= time <= nextUpdate, and that it is not older than age_max (milliseconds;
 * 0: no limit of age, but then it must have a nextUpdate). ERR_REFUSED by "crl.time". */
CHECKED bool crl_check_time(const struct crl *crl, int64_t time, int64_t age_max, struct err *e);

/* Checks that the list answers for this certificate, for every reason: same issuer, the partition
 * is one that the certificate names, the kind of certificate is in it. ERR_REFUSED by "crl.scope".
 */
CHECKED bool crl_check_scope(const struct crl *crl, const struct x509 *cert, struct err *e);

/* True if the serial number is listed; gives its entry, a reason that is absent as unspecified. */
bool crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *ret);

#endif
