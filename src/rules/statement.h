/*
 * Statements: what an actor signed. docs/protocol/statement.md.
 *
 * The signed bytes are exactly the text of the statement object as it stands in its entry. A
 * person signs with SSHSIG, namespace "sealward-statement". A workload with an issuer brings an
 * identity token whose audience is statement_audience of those bytes.
 */
#ifndef SEALWARD_RULES_STATEMENT_H
#define SEALWARD_RULES_STATEMENT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/fields.h"

/* Bytes of an artifact that comes with an entry. */
#define LIMIT_BROUGHT_ARTIFACT 2048

#define STATEMENT_AUDIENCE_PREFIX "sealward:sha256:"
#define STATEMENT_AUDIENCE_SIZE (sizeof STATEMENT_AUDIENCE_PREFIX + 64) /* with its NUL */

/* The checkpoint that the actor saw: so every signer is a witness of the history. */
struct seen {
    int64_t size;
    struct bytes root;
};

struct statement {
    struct bytes text; /* filled by statement_read: the exact signed bytes */
    struct bytes type;
    struct bytes authority;
    int64_t time;
    struct seen seen;
    struct bytes actor; /* "person/<handle>" or "workload/<id>" */
    struct bytes body;  /* canonical JSON object; its table depends on type */
};

struct evidence {
    struct bytes signature; /* SSHSIG blob, or absent */
    struct bytes token;     /* identity token, compact JWS, or absent */
};

/* An older entry that a reducing statement speaks of, brought along because the state holds only
 * what is open. Since rules version 2. */
struct brought {
    struct bytes entry;     /* raw: the entry's whole text */
    struct bytes inclusion; /* path_bytes: it stands in the tree of the checkpoint seen */
    /* What a request's item without digest was built for, raw: an artifact as its grant declares
     * it. Absent for other items. */
    struct bytes artifact;
    int64_t item; /* of the request */
};

/* How a statement stands in an entry. */
struct signed_statement {
    struct bytes statement; /* raw */
    struct evidence evidence;
    /* Consistency proof (path_bytes) from the checkpoint seen to the tree before this entry; the
     * keeper adds it where the state no longer knows that checkpoint's root. Else absent. */
    struct bytes consistency;
    /* Its entry is absent, and the member is not written, for all but the revocation of one
     * signature. */
    struct brought brought;
};

extern const struct fields statement_fields;
extern const struct fields evidence_fields;
extern const struct fields signed_statement_fields;
extern const struct fields bringing_statement_fields; /* with the member `brought` */
extern const struct fields brought_fields;

/* Reads one statement object. */
CHECKED bool statement_read(struct statement *ret, struct bytes text, struct arena *a,
                            struct err *e);

/* Writes the statement's canonical text: the bytes to be signed. `text` is not read. */
void statement_write(struct buf *b, const struct statement *statement);

/* Reads a signed statement and the statement in it. */
CHECKED bool signed_statement_read(struct signed_statement *ret, struct statement *ret_statement,
                                   struct bytes text, struct arena *a, struct err *e);

void signed_statement_write(struct buf *b, const struct signed_statement *s);

/* The one audience that makes an identity token vouch for exactly this statement:
 * "sealward:sha256:" and the lower-case hex SHA-256 of the statement's text. */
void statement_audience(char ret[STATEMENT_AUDIENCE_SIZE], struct bytes statement_text);

/* Splits an actor. Returns true for a person, with the handle, or for a workload, with its id. */
bool actor_is_person(struct bytes actor, struct bytes *ret_handle);
bool actor_is_workload(struct bytes actor, struct bytes *ret_id);

#endif
