/*
 * Making statements (rules/statement.h): what an actor says, when, having seen what, with the
 * evidence that it was he.
 *
 *   statement_build    the text: the exact bytes that count
 *   (evidence)         an SSHSIG by client/sshagent, an identity token by client/identity, or both
 *   statement_wrap     text and evidence as the body of an entry
 *   statement_submit   the same, entered
 */
#ifndef SEALWARD_CLIENT_STATEMENT_H
#define SEALWARD_CLIENT_STATEMENT_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "client/client.h"
#include "proof/authority.h"
#include "proof/checkpoint.h"
#include "rules/statement.h"

/* What is said, and by whom. */
struct statement_plan {
    const char *type;   /* of the entry: "proposal", "approval", "grant", ... */
    struct bytes actor; /* "person/<handle>" or "workload/<id>" */
    struct bytes body;  /* canonical JSON object */
    int64_t time;       /* milliseconds; clock_wall_ms() */
};

/* Appends the statement's text. `seen` is the checkpoint that the actor saw: client_head, or
 * client_seen where no daemon can be asked. ERR_INPUT for what no statement may be. */
CHECKED bool statement_build(struct buf *ret, const struct authority *authority,
                             const struct checkpoint *seen, const struct statement_plan *plan,
                             struct err *e);

/* Appends the entry's body: statement and evidence. */
CHECKED bool statement_wrap(struct buf *ret, struct bytes text, const struct evidence *evidence,
                            struct err *e);

/* Wraps and enters. Everything in *ret lives in the arena. */
CHECKED bool statement_submit(struct client *c, const char *type, struct bytes text,
                              const struct evidence *evidence, struct admitted *ret,
                              struct arena *a, struct err *e);

#endif
