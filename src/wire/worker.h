/*
 * The messages between the keeper's core and a worker process of its token room
 * (docs/protocol/worker.md): the core asks, the worker answers each request once, in the order in
 * which they came, under the job number that the request carried. Job 0 is the worker's own: its
 * first message says that the token is open, or why it is not.
 *
 * Each message is a frame of wire/frame, its type the operation. Both ends are the same build, so
 * there is no version; but a worker runs a vendor's code, so what it answers is outside bytes:
 * everything is checked, a trailing byte is an error, and a list has a limit.
 *
 * Ownership: what is read are views into the payload; an answer's list lives in the arena. Writers
 * put a whole frame behind what the buffer holds. Threads: no state. Pure: bytes in, bytes out.
 * Kinds and mechanisms of keys are numbers here; the token room gives them their meaning and
 * checks their range.
 */
#ifndef SEALWARD_WIRE_WORKER_H
#define SEALWARD_WIRE_WORKER_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "wire/frame.h"

/* Payloads for wire/frame: of a request, and of an answer, which may list all keys of a token. */
#define WORKER_REQUEST_MAX 5120
#define WORKER_ANSWER_MAX (4u << 20)
#define WORKER_DATA_MAX 4096 /* bytes to be signed: a digest, or a short message */
#define WORKER_LABEL_MAX 128
#define WORKER_ID_MAX 64 /* a key id of ours has 32; foreign keys may have others */
#define WORKER_SPKI_MAX 2048
#define WORKER_SIGNATURE_MAX 1024
#define WORKER_KEYS_MAX 4096

enum worker_op {
    WORKER_PING = 1,
    WORKER_SIGN = 2,
    WORKER_GENERATE = 3,
    WORKER_LIST = 4,
    WORKER_DESTROY = 5,
};

struct worker_request {
    enum worker_op op;
    uint64_t job;
    uint8_t kind;       /* GENERATE */
    uint8_t mechanism;  /* SIGN */
    struct bytes id;    /* SIGN, DESTROY: 32 bytes, the SHA-256 of the SPKI */
    struct bytes label; /* GENERATE, DESTROY: 1..WORKER_LABEL_MAX bytes */
    struct bytes data;  /* SIGN: 1..WORKER_DATA_MAX bytes */
};

/* What a token says of one private key. `kind` means something only where there is an SPKI. */
struct worker_key {
    struct bytes id;
    struct bytes label;
    uint8_t kind;
    uint8_t attributes; /* bits, meaning given by the token room */
    struct bytes spki;  /* DER; absent where the token has no fitting public key */
};

struct worker_answer {
    enum worker_op op; /* what was asked; WORKER_PING with job 0 */
    uint64_t job;
    bool ok;
    struct err err;          /* only if !ok */
    struct bytes signature;  /* SIGN */
    bool found;              /* GENERATE: an earlier try under that label was completed; DESTROY:
                                there was something to destroy */
    struct worker_key *keys; /* GENERATE: one; LIST: all */
    size_t key_count;
};

/* A value out of its limits sets the buffer's failure. */
void worker_request_write(struct buf *b, const struct worker_request *request);
void worker_answer_write(struct buf *b, const struct worker_answer *answer);

/* Both read one frame. ERR_INPUT says what does not fit. */
CHECKED bool worker_request_read(struct worker_request *ret, const struct frame *frame,
                                 struct err *e);
CHECKED bool worker_answer_read(struct worker_answer *ret, const struct frame *frame,
                                struct arena *a, struct err *e);

#endif
