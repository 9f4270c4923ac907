/*
 * The kinds of entry: one file and one row each. Inside the rules room only.
 */
#ifndef SEALWARD_RULES_ENTRIES_H
#define SEALWARD_RULES_ENTRIES_H

#include "rules/evidence.h"
#include "rules/rules.h"
#include "rules/state.h"

struct entry_row {
    const char *name;
    int64_t since; /* rules version from which on the kind exists */
    enum entry_origin origin;
    bool in_doubt; /* admitted while the clock is in doubt */
    /* Of the signed statement that is the entry's body: rules_apply judges it, its actor and its
     * evidence, and spends it. */
    enum statement_kind statement;
    bool brings; /* the statement may bring an older entry along */
    /* Judges what has to be judged before the deadlines of the entry's time fire; usually NULL. */
    bool (*before)(const struct rules_state *s, const struct entry *entry, struct err *e);
    /* Judges other evidence in the entry; NULL where there is none. */
    bool (*judge)(const struct rules_state *s, const struct entry *entry, struct err *e);
    /* Judges the entry against the state and moves it. A refusal may come at any point: rules_apply
     * undoes changes of tables. Everything else is changed last. */
    bool (*apply)(struct rules_state *s, const struct entry *entry, struct outcome *out,
                  struct err *e);
    bool (*describe)(struct buf *b, const struct entry *entry, struct err *e);
    bool (*marks)(struct mark **list, const struct entry *entry, struct arena *a, struct err *e);
};

/* The row of that type, or NULL. */
const struct entry_row *entry_row_find(struct bytes type);

extern const struct entry_row entry_genesis;
extern const struct entry_row entry_ceremony;
extern const struct entry_row entry_start;
extern const struct entry_row entry_reconciled;
extern const struct entry_row entry_proposal;
extern const struct entry_row entry_approval;
extern const struct entry_row entry_rejection;
extern const struct entry_row entry_key;
extern const struct entry_row entry_issuance;
extern const struct entry_row entry_certificate;
extern const struct entry_row entry_grant;
extern const struct entry_row entry_request;
extern const struct entry_row entry_binding;
extern const struct entry_row entry_close;
extern const struct entry_row entry_suspend;
extern const struct entry_row entry_revoke;
extern const struct entry_row entry_status;
extern const struct entry_row entry_root_crl;
extern const struct entry_row entry_timestamp;
extern const struct entry_row entry_clock_doubt;
extern const struct entry_row entry_clock_confirm;
extern const struct entry_row entry_renewal;
extern const struct entry_row entry_confirm;
extern const struct entry_row entry_retire;
extern const struct entry_row entry_destroyed;
extern const struct entry_row entry_enroll;
extern const struct entry_row entry_expel;

/* --- What several kinds share (entry_common.c) --- */

/* A signed statement as an entry's whole body; its type must be the entry's. */
struct signed_entry {
    struct signed_statement outer;
    struct statement statement;
};
CHECKED bool signed_entry_read(struct signed_entry *ret, const struct entry *entry, struct arena *a,
                               struct err *e);

/* The person who made the statement; refused for a workload ("actor.person"). */
CHECKED bool statement_person(struct bytes *ret_handle, const struct statement *statement,
                              struct err *e);

/* The leaf hash that an approval or rejection names. */
struct verdict {
    struct bytes subject;
};
extern const struct fields verdict_fields;

/* Adds a finding. */
CHECKED bool outcome_find(struct outcome *out, const char *kind, struct bytes subject,
                          struct err *e, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Keys that only one of token and record knows (entry_start.c): at a start, and while the keeper
 * runs. */
extern const struct fields start_finding_fields;
CHECKED bool start_findings_tell(struct outcome *out, const struct list *list, struct err *e);

/* Adds a mark; key bytes are copied. */
CHECKED bool mark_add(struct mark **list, const char *kind, struct bytes key, int64_t item,
                      struct arena *a, struct err *e);
/* Marks what a revocation, suspension or retirement is about, by the word for its kind and its id.
 */
CHECKED bool subject_mark(struct mark **list, const char *kind, struct bytes id, struct arena *a,
                          struct err *e);
/* Marks of what a statement is about (marks.c): "key", "signer", "path", "endpoint", the "number"
 * of a certificate, the leaf of the entry that it answers. */
CHECKED bool subject_marks(struct mark **list, const struct statement *statement, struct arena *a,
                           struct err *e);
/* Marks of the objects of policy that the authority begins with. */
bool genesis_marks(struct mark **list, const struct entry *entry, struct arena *a, struct err *e);
/* Marks of the actor of a signed entry, and of what it is about. */
bool signed_entry_marks(struct mark **list, const struct entry *entry, struct arena *a,
                        struct err *e);

/* Refuses a leaf hash that names nothing open, telling why if the state remembers. */
bool subject_refuse(const struct rules_state *s, struct bytes leaf, const char *what,
                    struct err *e);

/* Moves who-did-what from one subject to another. */
CHECKED bool acts_move(struct rules_state *s, struct bytes from, struct bytes to, struct err *e);

#endif
