/*
 * The protocol between the daemon and the keeper (docs/protocol/custody.md): messages of
 * wire/frame, each a type and a payload of canonical JSON. One table row a message: its type, name,
 * who sends it, its size limit and its fields. Writing and reading both follow from that row.
 *
 * The daemon asks; each question carries a `tag` of its choosing (0 .. 2^53-1) that the answer
 * repeats. Answers may come in another order than the questions. Every question gets exactly one
 * answer: the one its row names, or REFUSED. The keeper pushes PUSH_CHECKPOINT and PUSH_STATUS
 * unasked.
 *
 * Ownership: texts, bytes and lists of a message read live in the arena or are views of the
 * payload; both must outlive the message. Threads: no state. Pure: bytes in, bytes out.
 * What it does not do: frames (wire/frame), deciding what may be asked when (keeper/dispatch).
 */
#ifndef SEALWARD_WIRE_CUSTODY_H
#define SEALWARD_WIRE_CUSTODY_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/fields.h"
#include "wire/refusal.h"

#define CUSTODY_HASH_SIZE 32
#define CUSTODY_ENTRY_MAX 65535
#define CUSTODY_NOTE_MAX 16384
#define CUSTODY_ITEMS_MAX 256
#define CUSTODY_SIGNATURE_MAX 1024
#define CUSTODY_EXTRA_MAX 8192
/* Of one status: lists and CRLs, with their paths below the public folder. */
#define CUSTODY_PUBLICATIONS_MAX 4096
#define CUSTODY_PATH_MAX 128
#define CUSTODY_STATUS_SIGNATURE_MAX 512
#define CUSTODY_FINDINGS_MAX 128
/* The most that ENTRIES may be asked for, in bytes of entries. */
#define CUSTODY_ENTRIES_BYTES_MAX (2 << 20)
#define CUSTODY_ENTRIES_COUNT_MAX 8192
/* No payload is larger; for wire/frame. */
#define CUSTODY_PAYLOAD_MAX (4 << 20)
/* An arena of this maximum holds any message read. */
#define CUSTODY_ARENA_MAX (16 << 20)

/* The numbers stand on the wire. */
enum custody_type {
    CUSTODY_STATE = 1,
    CUSTODY_SHOW = 2,
    CUSTODY_SUBMIT = 3,
    CUSTODY_SIGN_AGAIN = 4,
    CUSTODY_ENTRIES = 5,
    CUSTODY_CHECKPOINT = 7,
    CUSTODY_STATUS = 8,
    CUSTODY_RECONCILE = 9,
    CUSTODY_REFUSED = 128,
    CUSTODY_STATE_IS = 129,
    CUSTODY_ADMITTED = 131,
    CUSTODY_RESULT = 132,
    CUSTODY_ENTRIES_ARE = 133,
    CUSTODY_CHECKPOINT_IS = 135,
    CUSTODY_STATUS_IS = 136,
    CUSTODY_RECONCILED = 137,
    CUSTODY_PUSH_CHECKPOINT = 192,
    CUSTODY_PUSH_STATUS = 193,
};

/* STATE, CHECKPOINT, STATUS, RECONCILE: nothing but the tag, which stands first in every message
 * but the pushes. */
struct custody_bare {
    int64_t tag;
};

/* SHOW: the gate of a start. The newest published checkpoint, or none and `first`, which only an
 * operator's flag may set. Answered by STATE_IS. */
struct custody_show {
    int64_t tag;
    struct bytes note; /* signed note; absent: none was ever published */
    bool first;
};

/* SUBMIT: please admit an entry of this type with this body (evidence and all). */
struct custody_submit {
    int64_t tag;
    struct bytes type;
    struct bytes body; /* one canonical JSON object */
};

/* SIGN_AGAIN: the signature for an item of a request that is recorded already. */
struct custody_sign_again {
    int64_t tag;
    int64_t entry;
    int64_t item;
};

/* ENTRIES: from that index on, as many as fit into max_bytes of entries (at least one, if there is
 * one), and at most CUSTODY_ENTRIES_COUNT_MAX. */
struct custody_entries {
    int64_t tag;
    int64_t from;
    int64_t max_bytes;
};

struct custody_state {
    int64_t tag;
    int64_t size;           /* durable entries */
    struct bytes root;      /* of the tree of that size */
    bool started;           /* false: it can only withhold */
    struct bytes authority; /* absent before entry 0 */
    struct bytes digest;    /* of the canonical state */
    int64_t rules_version;
    bool clock_doubt;
    struct bytes checkpoint; /* the newest signed note; absent if none */
};

struct custody_result {
    int64_t item;
    struct bytes signature;
    struct bytes extra; /* what the keeper built and signed (SignedAttributes); absent if nothing */
};

struct custody_admitted {
    int64_t tag;
    int64_t index;
    struct bytes entry;  /* the entry's bytes as they are in the record */
    struct list results; /* struct custody_result, by item; empty for what signs nothing */
};

struct custody_refused {
    int64_t tag;
    struct refusal why; /* refusal_err makes an error of it again */
    int64_t entry;      /* the entry that stands against it, or -1 */
};

struct custody_again {
    int64_t tag;
    struct bytes signature;
    struct bytes extra;
};

struct custody_entries_are {
    int64_t tag;
    int64_t from;
    struct list entries; /* struct bytes each; empty: there is none at `from` yet */
};

struct custody_note {
    int64_t tag;
    struct bytes note; /* absent: none signed yet */
};

/* Everything admitted with an index below the note's size is now covered. */
struct custody_push {
    struct bytes note;
};

/* What makes a publication of the bytes that follow from the state of a status. */
struct custody_publication {
    struct bytes path;      /* below the public folder */
    struct bytes signature; /* as the token gives it: raw r||s for ECDSA */
};

/* PUSH_STATUS: a status is signed. One whose token was away for a part of it is pushed again. */
struct custody_push_status {
    int64_t index;          /* of the status entry */
    struct list signatures; /* struct custody_publication */
};

/* The newest status that was signed in this run of the keeper. */
struct custody_status {
    int64_t tag;
    int64_t index; /* -1: none yet */
    struct list signatures;
};

/* A key that only one of token and record knows. */
struct custody_finding {
    struct bytes kind; /* "unknown-key", "missing-key" */
    struct bytes id;   /* CKA_ID */
    struct bytes note;
};

struct custody_reconciled {
    int64_t tag;
    int64_t index;        /* of the entry that records them; -1: nothing new was found */
    struct list findings; /* struct custody_finding: as things stand now */
};

struct custody_message {
    enum custody_type type;
    union {
        struct custody_bare bare;
        struct custody_show show;
        struct custody_submit submit;
        struct custody_sign_again sign_again;
        struct custody_entries entries;
        struct custody_state state;
        struct custody_admitted admitted;
        struct custody_refused refused;
        struct custody_again again;
        struct custody_entries_are entries_are;
        struct custody_note note;
        struct custody_push push;
        struct custody_status status;
        struct custody_reconciled reconciled;
        struct custody_push_status push_status;
    };
};

enum custody_sender { CUSTODY_DAEMON, CUSTODY_KEEPER };

struct custody_row {
    enum custody_type type;
    const char *name;
    enum custody_sender sender;
    enum custody_type answer; /* a question's; 0 for what is not asked */
    size_t max;               /* bytes of payload */
    const struct fields *fields;
};

extern const struct custody_row custody_rows[];
extern const size_t custody_row_count;

/* The row of that number, NULL if there is none. */
const struct custody_row *custody_row_find(unsigned type);

/* Appends the payload (the type is the frame's). ERR_INTERNAL if the message holds what its row
 * does not allow or the buffer is too small, ERR_LIMIT if it is over its row's size; the buffer is
 * then useless. */
CHECKED bool custody_write(struct buf *payload, const struct custody_message *m, struct err *e);

/* Reads the payload of a frame of that type that came from `sender`. ERR_INPUT says what is wrong,
 * also that the sender may not send it; ERR_LIMIT that it is nested too deep or the arena is full.
 */
CHECKED bool custody_read(struct custody_message *ret, unsigned type, enum custody_sender sender,
                          struct bytes payload, struct arena *a, struct err *e);

/* Carries an error across: `m` becomes REFUSED with views of `refusal` (see refusal_make), which
 * must outlive it. `entry` is the entry that stands against it, or -1. */
void custody_refuse(struct custody_message *m, int64_t tag, struct err *refusal, int64_t entry);

#endif
