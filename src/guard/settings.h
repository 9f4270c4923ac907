/*
 * What an endpoint is told once (settings.json) and what its guard remembers besides the list and
 * the log's checkpoint (standing.json): one line of canonical JSON each, docs/protocol/guard.md.
 *
 * Texts are views into what was read or into the arena. Pure; the files are guard/folder's.
 */
#ifndef SEALWARD_GUARD_SETTINGS_H
#define SEALWARD_GUARD_SETTINGS_H

#include "base/arena.h"
#include "base/auto.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"
#include "rules/policy.h"

#define SETTINGS_MAX 4096
#define SETTINGS_ARENA ARENA(1 << 20)

struct settings {
    struct bytes endpoint; /* id */
    struct bytes class;    /* id */
    struct bytes url;      /* below which the public files are, and the daemon's API */
    struct endpoint_class rules;
};

/* Whether two heads of the log disagree. */
enum doubt {
    DOUBT_NONE,
    DOUBT_SUSPECTED, /* an older head was shown that was not proven to be a beginning; over when
                        the log is seen whole again */
    DOUBT_PROVEN,    /* for good, until a person has looked */
};
extern const char *const doubt_names[]; /* "none", "suspected", "proven" */

/* Times are milliseconds since 1970; -1: never. */
struct standing {
    int64_t newest;    /* the newest time known to have passed, guard/held.h */
    int64_t number;    /* the highest of all lists ever held; -1: none */
    int doubt;         /* enum doubt */
    int64_t seen;      /* when list and checkpoint were last both seen to be the newest */
    int64_t confirmed; /* number of the list that was last confirmed; -1: none */
    int64_t confirmed_at;
};

/* The reader takes what the writer writes and nothing else: ERR_INPUT, ERR_LIMIT. */
void settings_write(struct buf *b, const struct settings *s);
CHECKED bool settings_read(struct settings *ret, struct bytes text, struct arena *a, struct err *e);

void standing_write(struct buf *b, const struct standing *s);
CHECKED bool standing_read(struct standing *ret, struct bytes text, struct err *e);

#endif
