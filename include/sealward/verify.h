/*
 * libsealward-verify: is this file to be trusted now?
 *
 * For updaters, installers and devices. The caller brings bytes: the file, its signature, the root
 * certificates that it trusts, the authority that it has pinned, the distrust list that it last
 * fetched, receipts, and the time. The answer comes with every reason. See sealward_verify(3).
 *
 * No network, no files, no clock, no threads; nothing is kept between two calls but libcrypto's own
 * tables. Any number of threads may call at once. No pointer given is kept, none returned has to be
 * freed. Memory: what `memory_max` allows, at most 3 MB of working buffers besides, and some 400 KB
 * that libcrypto takes for itself at the first call.
 *
 * Times are milliseconds since 1970 (UTC). `size` says which version of this header the caller was
 * compiled with: set it, and zero what is not used.
 */
#ifndef SEALWARD_VERIFY_H
#define SEALWARD_VERIFY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SEALWARD_API __attribute__((visibility("default")))
#else
#define SEALWARD_API
#endif

struct sealward_bytes {
    const void *data;
    size_t size;
};

/* Room for a list of some millions of certificates and for as many receipts as are taken. */
#define SEALWARD_MEMORY ((size_t)32 << 20)

struct sealward_input {
    size_t size;                               /* sizeof(struct sealward_input) */
    const char *format;                        /* "pe", "cms" or "raw" */
    struct sealward_bytes file;                /* whole */
    struct sealward_bytes signature;           /* beside it, whole ("cms": DER; "raw": bare); empty
 for "pe" */
    const struct sealward_bytes *certificates; /* DER; "raw": the signer's first. Not trusted. */
    size_t certificate_count;                  /* at most 16 */
    const struct sealward_bytes *roots;        /* DER; trusted */
    size_t root_count;                         /* at most 16 */
    struct sealward_bytes authority;           /* authority.json, from somewhere safe */
    struct sealward_bytes list;                /* the distrust list; may be empty */
    const struct sealward_bytes *receipts;     /* may be none */
    size_t receipt_count;                      /* at most 64 */
    const struct sealward_bytes *crls;         /* DER; if there are any, one must speak about the
                                                  signer's certificate */
    size_t crl_count;                          /* at most 16 */
    int demand_fresh;     /* not trusted without a list that is good at `now` */
    int demand_receipt;   /* not trusted without a receipt */
    int demand_time;      /* not trusted without a trusted time */
    int64_t list_age_max; /* milliseconds since its issue, with demand_fresh; 0: until it expires */
    int64_t now;
    size_t memory_max; /* bytes for this call; 0: SEALWARD_MEMORY */
};

/* What is asked of a signature. */
enum sealward_check {
    SEALWARD_SIGNATURE, /* "signature": the certificate's key made it */
    SEALWARD_ARTIFACT,  /* "artifact": what was signed leads to this file */
    SEALWARD_CHAIN,     /* "chain": a chain for code signing to a root, valid at the time */
    SEALWARD_AUTHORITY, /* "authority": the certificate names the pinned authority */
    SEALWARD_RECEIPT,   /* "receipt": the authority's log has the request for it */
    SEALWARD_TIME,      /* "time": a receipt or timestamp says when it was made */
    SEALWARD_STATUS     /* "status": distrust list and CRLs have nothing against it */
};
#define SEALWARD_CHECKS 7

enum sealward_answer {
    SEALWARD_UNASKED, /* nothing was given to judge it by, or an earlier check failed */
    SEALWARD_HOLDS,
    SEALWARD_FAILS
};

struct sealward_reason {
    enum sealward_answer answer;
    const char *check; /* its name, a constant */
    char rule[56];     /* stable name of what fails, such as "revoked.key"; may be empty */
    char text[400];    /* for people, where it fails */
};

enum sealward_trusted_time { SEALWARD_TIME_NONE, SEALWARD_TIME_RECEIPT, SEALWARD_TIME_TIMESTAMP };

/* A file may have several signatures: told here is the first good one, else the first. */
struct sealward_verdict {
    size_t size;         /* sizeof(struct sealward_verdict), set by the caller */
    int trusted;         /* 1: to be trusted; 0: not */
    char error[400];     /* why nothing could be judged; else empty */
    char error_code[16]; /* "input", "limit", "not-found", ...; else empty */
    char error_rule[56]; /* such as "list.authority"; may be empty */
    size_t signatures;   /* in the file */
    struct sealward_reason reasons[SEALWARD_CHECKS];
    enum sealward_trusted_time trusted_time;
    int64_t time;          /* at which the chain was judged: the trusted time, or `now` */
    uint64_t certificate;  /* number of the certificate, where "authority" holds */
    int64_t entry;         /* index of the request in the log, where "receipt" holds; else -1 */
    unsigned char key[32]; /* SHA-256 of the SPKI */
    int list_used;         /* a list was given, and it is the authority's */
    uint64_t list_number;  /* of it */
    int64_t list_expires;
    size_t memory; /* bytes that this call took at most, libcrypto's own aside */
};

/* Judges the file. Returns verdict->trusted: 1 only if it is to be trusted. */
SEALWARD_API int sealward_verify(const struct sealward_input *input,
                                 struct sealward_verdict *verdict);

enum sealward_purpose {
    SEALWARD_CODE_SIGNING,
    SEALWARD_TIME_STAMPING,
    SEALWARD_DISTRUST_LIST,
    SEALWARD_ANY_PURPOSE /* extended key usages are not asked */
};

/* Is there a chain for the purpose, valid at the time, from the first certificate over the others
 * to one of the roots (all DER)? Revocation is not asked. Returns 1 if so; else 0, and reason->rule
 * and
 * ->text say why. */
SEALWARD_API int sealward_verify_chain(const struct sealward_bytes *certificates, size_t count,
                                       const struct sealward_bytes *roots, size_t root_count,
                                       enum sealward_purpose purpose, int64_t time,
                                       struct sealward_reason *reason);

/* Does the signature over the message hold under the key? `spki` is a DER SubjectPublicKeyInfo;
 * `mechanism` is one of ecdsa-sha256, ecdsa-sha384, ecdsa-sha512 (signature as DER),
 * rsa-pkcs1-sha256, rsa-pkcs1-sha384, rsa-pkcs1-sha512, ed25519. Returns as above. */
SEALWARD_API int sealward_verify_signature(struct sealward_bytes spki, const char *mechanism,
                                           struct sealward_bytes message,
                                           struct sealward_bytes signature,
                                           struct sealward_reason *reason);

/* The version of the library, such as "0.1.0". */
SEALWARD_API const char *sealward_verify_version(void);

#ifdef __cplusplus
}
#endif

#endif
