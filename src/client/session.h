/*
 * A grant's session: the key made for it, and what that key signs. Held by the helper of `sealward
 * run`, and nowhere else.
 *
 *   session_new         before the grant's statement, which names session_spki
 *   session_open        when the grant is entered: from now on it knows its leaf hash
 *   session_sign        signatures, one request; a request that stands in the record already is
 *                       answered from there, so a retry is counted once
 *   session_close_body  the body of the closing entry
 *
 * Owns its private key, wiped when freed. Immutable but for session_open: after it threads may sign
 * at once, each with a client of its own.
 */
#ifndef SEALWARD_CLIENT_SESSION_H
#define SEALWARD_CLIENT_SESSION_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "client/client.h"
#include "rules/requests.h"

struct session;

/* `authority` is the authority id, 32 bytes. */
CHECKED bool session_new(struct session **ret, struct bytes authority, struct err *e);
void session_free(struct session *s);
AUTO_FREE(session)

/* SubjectPublicKeyInfo, for the grant; lives as long as the session. */
struct bytes session_spki(const struct session *s);

void session_open(struct session *s, const uint8_t grant[32]);

/* The grant's leaf hash. */
struct bytes session_grant(const struct session *s);

/* Appends the body of a request entry; request->grant and ->signature are filled here. */
CHECKED bool session_request_body(struct buf *ret, const struct session *s,
                                  const struct request *request, struct err *e);

/* Enters the request and gives one signed_item for each of its items, in their order, in the arena;
 * *ret_entry is the request's entry. Signatures are as the token gave them, not verified here. */
CHECKED bool session_sign(struct client *c, const struct session *s, const struct request *request,
                          struct signed_item *ret_items, int64_t *ret_entry, struct arena *a,
                          struct err *e);

/* Appends the body of the "close" entry. */
CHECKED bool session_close_body(struct buf *ret, const struct session *s, struct err *e);

#endif
