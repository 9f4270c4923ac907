/*
 * One call of a tool for a signature: what the module's SIGN asks for, taken apart, and the answer.
 *
 * Tools either hash by themselves (family A: only a digest comes) or hand over what is to be signed
 * (family B: it is hashed here, piece by piece). Either way a call is a mechanism and a digest. A
 * call that carries its own evidence (the bare hash of a declared artifact, or SignedAttributes
 * over one) names the artifact, so that its signature is bound at once.
 *
 * Pure: no sockets, no threads. A call owns its memory.
 */
#ifndef SEALWARD_CLI_HELPER_CALL_H
#define SEALWARD_CLI_HELPER_CALL_H

#include <sys/queue.h>

#include "base/fields.h"
#include "base/limits.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "wire/module.h"

/* DATA that has come on one connection since its last SIGN. Which hash is wanted is said only at
 * the end, so all are running. */
struct helper_stream {
    bool begun;
    struct digest running[DIGEST_COUNT];
    struct buf whole; /* all of it, while it is short enough to be a preimage */
};

void helper_stream_init(struct helper_stream *s);
void helper_stream_done(struct helper_stream *s);
void helper_stream_add(struct helper_stream *s, struct bytes piece);

struct helper_answer {
    bool good;
    uint8_t signature[KEY_SIGNATURE_MAX];
    size_t size;
    /* Where it is not good: */
    enum module_why why;
    struct err err;
    char request[24]; /* by what the user finds it: the digest's first hex digits, or an entry */
};

struct helper_call {
    TAILQ_ENTRY(helper_call) link;
    uint64_t connection; /* which one asked */
    enum mechanism mechanism;
    uint8_t digest[DIGEST_MAX];
    size_t digest_size;
    int64_t artifact; /* index into the grant's artifacts where the call binds by itself; else -1 */
    struct buf whole; /* what is to be signed, where it is known and short; else failed or empty */
    bool with_preimage; /* `whole` is the preimage that binds it to the artifact */
    struct helper_answer answer;
};

void helper_call_free(struct helper_call *call);
AUTO_FREE(helper_call)

/* Takes a SIGN and the stream before it apart, for a key of that kind and id; the stream is empty
 * afterwards, whatever comes of it. ERR_INPUT for what does not fit the key or the hashes that
 * Sealward signs. */
CHECKED bool helper_call_new(struct helper_call **ret, const struct module_sign *sign,
                             struct helper_stream *stream, enum key_kind kind, struct bytes id,
                             struct err *e);

/* Names the artifact (struct artifact) that the call binds to by itself, if there is one. */
void helper_call_match(struct helper_call *call, const struct list *artifacts);

static inline struct bytes helper_call_digest(const struct helper_call *call)
{
    return bytes_make(call->digest, call->digest_size);
}

#endif
