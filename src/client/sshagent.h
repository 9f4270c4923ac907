/*
 * The user's SSH agent (the protocol of draft-miller-ssh-agent): which keys it holds, and
 * signatures by them. The private keys never come here.
 *
 * One connection, one thread at a time. A signature may wait for a person (a touch, a question by
 * the agent): SSHAGENT_PATIENCE_MS. Answers are outside bytes; client/sshagent_answer reads them.
 */
#ifndef SEALWARD_CLIENT_SSHAGENT_H
#define SEALWARD_CLIENT_SSHAGENT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define SSHAGENT_PATIENCE_MS 120000

struct sshagent;

/* Connects to the agent's Unix socket (what SSH_AUTH_SOCK names; NULL or empty: ERR_STATE). */
CHECKED bool sshagent_open(struct sshagent **ret, const char *socket_path, struct err *e);
void sshagent_free(struct sshagent *agent);
AUTO_FREE(sshagent)

/* Chooses the key: `wanted` is a public key's blob that the agent must hold; absent: the only key
 * of a kind that Sealward takes. Appends its blob. */
CHECKED bool sshagent_choose(struct buf *ret_blob, struct sshagent *agent, struct bytes wanted,
                             struct err *e);

/* Appends the SSHSIG blob over the statement's text by that key, namespace "sealward-statement",
 * and makes sure that it holds. */
CHECKED bool sshagent_sign(struct buf *ret_sshsig, struct sshagent *agent, struct bytes key_blob,
                           struct bytes text, struct err *e);

#endif
