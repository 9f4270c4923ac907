/*
 * The protocol of the keeper's second socket (docs/protocol/brake.md), out of the daemon's reach:
 * an officer at the machine takes trust away, and learns the truth, with no daemon. Built like
 * wire/custody, with a table of its own; the second socket understands nothing else.
 *
 * One question, one answer, in order; no tags. Ownership and threads as in wire/custody.
 */
#ifndef SEALWARD_WIRE_BRAKE_H
#define SEALWARD_WIRE_BRAKE_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/fields.h"
#include "wire/refusal.h"

#define BRAKE_PAYLOAD_MAX (2 << 20)
#define BRAKE_ENTRIES_BYTES_MAX (1 << 20)

/* The numbers stand on the wire. */
enum brake_type {
    BRAKE_REDUCE = 1,
    BRAKE_CHECKPOINT = 2,
    BRAKE_ENTRIES = 3,
    BRAKE_SUBJECT = 4,
    BRAKE_REFUSED = 128,
    BRAKE_REDUCED = 129,
    BRAKE_CHECKPOINT_IS = 130,
    BRAKE_ENTRIES_ARE = 131,
    BRAKE_SUBJECT_IS = 132,
};

/* CHECKPOINT has no fields.
 *
 * REDUCE: withhold at once what this statement names, and enter it as soon as can be. */
struct brake_reduce {
    struct bytes type; /* of the entry */
    struct bytes body; /* one canonical JSON object */
};

struct brake_entries {
    int64_t from;
    int64_t max_bytes;
};

/* SUBJECT: what the keeper's own state knows of a key, release path, certificate ... */
struct brake_subject {
    struct bytes kind;
    struct bytes id;
};

enum brake_outcome {
    BRAKE_WITHHELD, /* durable in the side file, in force at once, not yet in the record */
    BRAKE_ENTERED,  /* in the record at `index` */
};

struct brake_reduced {
    int outcome;   /* enum brake_outcome */
    int64_t index; /* -1 while only withheld */
};

struct brake_note {
    struct bytes note; /* absent: none signed yet */
};

struct brake_entries_are {
    int64_t from;
    struct list entries; /* struct bytes each */
};

struct brake_subject_is {
    struct bytes json; /* one canonical JSON object */
};

struct brake_refused {
    struct refusal why; /* refusal_err makes an error of it again */
};

struct brake_message {
    enum brake_type type;
    union {
        struct brake_reduce reduce;
        struct brake_entries entries;
        struct brake_subject subject;
        struct brake_reduced reduced;
        struct brake_note note;
        struct brake_entries_are entries_are;
        struct brake_subject_is subject_is;
        struct brake_refused refused;
    };
};

enum brake_sender { BRAKE_OFFICER, BRAKE_KEEPER };

struct brake_row {
    enum brake_type type;
    const char *name;
    enum brake_sender sender;
    enum brake_type answer; /* a question's; 0 for an answer */
    size_t max;             /* bytes of payload */
    const struct fields *fields;
};

extern const struct brake_row brake_rows[];
extern const size_t brake_row_count;

/* The row of that number, NULL if there is none. */
const struct brake_row *brake_row_find(unsigned type);

/* As custody_write and custody_read. */
CHECKED bool brake_write(struct buf *payload, const struct brake_message *m, struct err *e);
CHECKED bool brake_read(struct brake_message *ret, unsigned type, enum brake_sender sender,
                        struct bytes payload, struct arena *a, struct err *e);

/* As custody_refuse. */
void brake_refuse(struct brake_message *m, struct err *refusal);

#endif
