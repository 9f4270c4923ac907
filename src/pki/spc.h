/*
 * SpcIndirectDataContent (Authenticode): the content that is "signed" in a PE file's signature. It
 * says by which hash the file is known; the messageDigest of the SignedAttributes is over its value
 * octets, without the outer header.
 */
#ifndef SEALWARD_PKI_SPC_H
#define SEALWARD_PKI_SPC_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"
#include "pki/digest.h"

#define SPC_MAX 4096 /* bytes; 80 to 200 in the wild */
#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
#define SPC_NESTED_SIGNATURE "1.3.6.1.4.1.311.2.4.1"

struct spc {
    enum digest_alg alg;
    struct bytes digest; /* of the file; a view */
    struct bytes value;  /* the value octets that messageDigest covers; a view */
};

/* Parses exactly one SpcIndirectDataContent of a PE image, outer SEQUENCE header included. */
CHECKED bool spc_parse(struct spc *ret, struct bytes der, struct err *e);

#endif
