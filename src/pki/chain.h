/*
 * Chains of a certificate for one purpose up to a root that the caller trusts already.
 *
 * From the end entity upwards the issuer is looked for among the certificates given: its subject is
 * the other's issuer byte for byte, key identifiers agree where both are there, and its key
 * verifies the signature. Then (RFC 5280 6.1, CSBR 7.1.2): each is valid at the time, version 3,
 * without an unknown critical extension; the end entity is no CA, may sign data and nothing else,
 * and is for the purpose; each CA between is one, may sign certificates, is for the purpose too,
 * and its path length holds; the root is a CA that may sign certificates, and if it limits extended
 * usages, then the purpose is among them.
 *
 * For code signing: codeSigning among the end entity's extended usages and those of each CA
 * between. For time stamping (RFC 3161 2.3): timeStamping, critical, alone; a CA between that has
 * no extended usages is not limited. For distrust lists: the one usage that x509_is_for_lists
 * tells, critical; the CAs that issue code-signing certificates are limited to those, so it is the
 * root that issues it. For any purpose: extended usages are not asked.
 *
 * Not done here: revocation, names or policies as constraints (a certificate that has them as
 * critical is refused). Pure; the time is a parameter.
 */
#ifndef SEALWARD_PKI_CHAIN_H
#define SEALWARD_PKI_CHAIN_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/x509.h"

#define CHAIN_MAX 6 /* certificates in a chain, both ends counted */

enum chain_purpose { CHAIN_CODE_SIGNING, CHAIN_TIME_STAMPING, CHAIN_LIST, CHAIN_ANY };

struct chain {
    size_t count;
    const struct x509 *list[CHAIN_MAX]; /* the end entity first, the root last */
};

/* Verifies, and gives the chain found (ret may be NULL). ERR_REFUSED by "chain.issuer",
 * ".validity",
 * ".extension", ".version", ".ca", ".usage", ".purpose" or ".length"; ERR_AUTH for a signature. */
CHECKED bool chain_verify(struct chain *ret, enum chain_purpose purpose, const struct x509 *leaf,
                          const struct x509 *between, size_t count, const struct x509 *root,
                          int64_t time, struct err *e);

#endif
