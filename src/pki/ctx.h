/*
 * The one OpenSSL library context that everything in Sealward uses.
 *
 * A machine's openssl.cnf may load other providers or set default properties (`fips=yes`), and what
 * the default context then fetches, or fails to fetch, would change verdicts from machine to
 * machine. So nothing here touches the default context: this one is made empty, gets the built-in
 * default provider and no configuration.
 *
 * Threads: made once, by whoever comes first; read-only afterwards, free for all threads. It lives
 * until the process ends. It does not change anything for other users of libcrypto in the process.
 */
#ifndef SEALWARD_PKI_CTX_H
#define SEALWARD_PKI_CTX_H

#include "base/auto.h"
#include "base/err.h"
#include "pki/openssl.h"

/* Gives the context; ERR_MEMORY if it could not be made. Never freed by the caller. */
CHECKED bool ctx_get(OSSL_LIB_CTX **ret, struct err *e);

/* Sets ERR_INTERNAL with the message, takes libcrypto's newest reason as the cause, and empties its
 * error queue, which is shared by the whole thread. Returns false. */
bool ctx_error(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
