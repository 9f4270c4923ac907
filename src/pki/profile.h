/*
 * Certificate profiles: the templates that an issuance must fit. One row a profile; the builder
 * (pki/tbs) writes what the row says, and lint (pki/lint) checks that a certificate is so.
 * The profiles are described in docs/protocol/certificates.md. Names stand in entries and policies
 * and never change; a changed row would change bytes that were recorded, so it becomes a new row.
 */
#ifndef SEALWARD_PKI_PROFILE_H
#define SEALWARD_PKI_PROFILE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/mechanism.h"

enum profile {
    PROFILE_ROOT,         /* self-signed, offline */
    PROFILE_ISSUING_CA,   /* signed by the root; issues code-signing certificates only */
    PROFILE_PRIVATE,      /* end entity that signs code, in an organisation's own hierarchy */
    PROFILE_TIMESTAMP_CA, /* signed by the root; issues time-stamping certificates only */
    PROFILE_TIMESTAMP,    /* end entity that signs timestamps */
    PROFILE_LIST,         /* signed by the root; end entity that signs the distrust list */
};

#define PROFILE_COUNT 6

/* "root", "issuing-ca", "private", "timestamp-ca", "timestamp", "list", NULL: indexed by enum
 * profile, as FIELD_ENUM wants them. */
extern const char *const profile_names[];

/* The one extended key usage of a certificate. */
enum profile_purpose {
    PURPOSE_NONE, /* has no such extension */
    PURPOSE_CODE_SIGNING,
    PURPOSE_TIME_STAMPING,
    PURPOSE_LIST, /* <arc>.2 */
};

struct profile_row {
    bool ca;
    int path_length;    /* -1: none stated */
    unsigned key_usage; /* X509_KU_ bits (pki/x509.h), always critical */
    enum profile_purpose purpose;
    bool purpose_critical;
    bool crl_url;          /* has the URL of its CRL; else must have none */
    bool self_signed;      /* issuer and subject are the same, no authority key identifier */
    unsigned rsa_bits_min; /* smallest RSA key */
    int64_t validity_max;  /* milliseconds, both ends counted as CSBR does */
};

const struct profile_row *profile_get(enum profile profile);

#endif
