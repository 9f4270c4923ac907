/*
 * What an SSH agent answers (draft-miller-ssh-agent): the list of its keys, and signatures. Outside
 * bytes: nothing but the answer asked for is taken, and nothing may stand behind it.
 */
#ifndef SEALWARD_CLIENT_SSHAGENT_ANSWER_H
#define SEALWARD_CLIENT_SSHAGENT_ANSWER_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

/* Bytes of one answer, without its length. */
#define SSHAGENT_ANSWER_MAX (256 * 1024)
#define SSHAGENT_KEYS_MAX 256

struct sshagent_key {
    struct bytes blob;
    struct bytes comment;
};

struct sshagent_keys {
    size_t count;
    struct sshagent_key list[SSHAGENT_KEYS_MAX];
};

/* The keys, as views; their blobs are not parsed. ERR_AUTH if the agent refuses. */
CHECKED bool sshagent_answer_read_keys(struct sshagent_keys *ret, struct bytes answer,
                                       struct err *e);

/* The signature in wire form, as a view. ERR_AUTH if the agent refuses to sign. */
CHECKED bool sshagent_answer_read_signature(struct bytes *ret, struct bytes answer, struct err *e);

#endif
