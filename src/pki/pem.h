/*
 * Certificates as files hold them: DER, or PEM (RFC 7468) with any number of CERTIFICATE blocks.
 *
 * Text before, between and behind the blocks is left alone, as tools write it there; blocks of
 * other kinds are an error, because whoever hands over a private key should hear of it. Nothing is
 * parsed but the encoding: pki/x509.h reads what is given.
 */
#ifndef SEALWARD_PKI_PEM_H
#define SEALWARD_PKI_PEM_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Bytes of a file of certificates. */
#define PEM_MAX (1 << 20)

/* Gives 1 to `max` certificates as DER; each lives in the arena or is a view into `text`.
 * ERR_INPUT, ERR_LIMIT. */
CHECKED bool pem_certificates(struct bytes *ret_list, size_t max, size_t *ret_count,
                              struct bytes text, struct arena *a, struct err *e);

#endif
