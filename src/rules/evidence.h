/*
 * Judging statements and the evidence for them: is this fresh, of this authority, about a history
 * that happened, and did this actor really say it? Whether the actor may is for the entries' files.
 */
#ifndef SEALWARD_RULES_EVIDENCE_H
#define SEALWARD_RULES_EVIDENCE_H

#include "rules/entry.h"
#include "rules/state.h"
#include "rules/statement.h"

/* How a statement must stand in time and history. Reducing ones are never refused for age or for
 * the checkpoint seen. */
enum statement_kind { STATEMENT_NONE, STATEMENT_ORDINARY, STATEMENT_REDUCING };

/* Judges authority, freshness, checkpoint seen, and that it has not been used before. */
CHECKED bool statement_judge(const struct rules_state *s, const struct entry *entry,
                             const struct signed_statement *outer,
                             const struct statement *statement, enum statement_kind kind,
                             struct err *e);

/* Judges that the checkpoint seen is of this record's history. Refused by "statement.seen". */
CHECKED bool seen_judge(const struct rules_state *s, const struct signed_statement *outer,
                        const struct seen *seen, struct err *e);

/* Judges that the actor said exactly this: SSHSIG by one of the person's authenticators, or the
 * workload's identity token and keys, at the entry's time. */
CHECKED bool evidence_judge(const struct rules_state *s, const struct entry *entry,
                            const struct statement *statement, const struct evidence *evidence,
                            struct err *e);

/* That the actor is known to the policy in force. */
CHECKED bool actor_judge(const struct rules_state *s, struct bytes actor, struct err *e);

/* Remembers that the statement has been used. */
CHECKED bool statement_spend(struct rules_state *s, const struct statement *statement,
                             struct err *e);

/* An SSHSIG by a person over any text; `authenticators` say which keys count and how. */
CHECKED bool person_signed(const struct person *person, struct bytes text, struct bytes signature,
                           struct err *e);

#endif
