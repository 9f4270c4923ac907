/*
 * Which numbers may be an RSA public key. Inside pki: SPKI and SSH keys obey the same rule.
 */
#ifndef SEALWARD_PKI_RSA_H
#define SEALWARD_PKI_RSA_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Both big-endian without leading zeros. The modulus odd and of KEY_RSA_BITS_MIN to
 * KEY_RSA_BITS_MAX bits, the exponent odd, at least 3 and at most 8 bytes (RFC 8017 3.1);
 * ERR_INPUT. */
CHECKED bool rsa_check(unsigned *ret_bits, struct bytes modulus, struct bytes exponent,
                       struct err *e);

#endif
