/*
 * A secret: a PIN, a passphrase, a private session key at rest. It lives in pages of its own that
 * are kept out of core dumps and, where the system lets us, out of swap; secret_free wipes them and
 * is the only way to get rid of one. Nothing here is ever printed, and no message quotes it.
 *
 * Owned by one holder; not locked: one thread at a time.
 * Not here: keys inside libcrypto objects (pki frees those) and keys on a token (they never leave).
 */
#ifndef SEALWARD_BASE_SECRET_H
#define SEALWARD_BASE_SECRET_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

struct secret;

/* `size` zero bytes to be filled through secret_data; size > 0. */
CHECKED bool secret_new(struct secret **ret, size_t size, struct err *e);
void secret_free(struct secret *s);
AUTO_FREE(secret)

uint8_t *secret_data(struct secret *s);
struct bytes secret_bytes(const struct secret *s);

/* Everything up to the end of the descriptor, one trailing newline cut, 1 to `max` bytes. `what`
 * names it in messages ("PIN of token root"). The descriptor stays open. */
CHECKED bool secret_from_descriptor(struct secret **ret, int descriptor, size_t max,
                                    const char *what, struct err *e);

/* The same from a regular file that only its owner can read (mode 0600 or 0400), the owner being
 * this process's user or root. */
CHECKED bool secret_from_file(struct secret **ret, const char *path, size_t max, const char *what,
                              struct err *e);

/* Opens such a file, checked in the same way, for a process that is to read the secret itself from
 * the descriptor. Close-on-exec; the caller closes it. */
CHECKED bool secret_file_descriptor(int *ret, const char *path, const char *what, struct err *e);

/* Takes as long whatever the contents; only the sizes show. */
bool secret_equal(struct bytes a, struct bytes b);

/* Overwrites memory that held a secret on its way, in a manner that no compiler leaves out. */
void secret_wipe(void *data, size_t size);

#endif
