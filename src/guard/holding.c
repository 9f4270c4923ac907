#include "guard/holding.h"

#include "base/text.h"
#include "rules/tables.h"

/* So that sums of a time and of milliseconds cannot overflow. */
#define HOLDING_SECONDS_MAX (LIMIT_DURATION_MS / 1000)

FIELDS(holding_fields, "what a guard holds", struct holding, ROW_ID(struct holding, endpoint),
       ROW_ID(struct holding, class), ROW_WORD(struct holding, stale, endpoint_stale_names),
       ROW_INTEGER(struct holding, grace, 0, HOLDING_SECONDS_MAX),
       ROW_INTEGER(struct holding, clock_error, 0, HOLDING_SECONDS_MAX),
       ROW_TIME(struct holding, now), ROW_TIME(struct holding, clock),
       ROW_WORD(struct holding, doubt, doubt_names),
       ROW_INTEGER_OR_NULL(struct holding, number, 0, JSON_INTEGER_MAX),
       ROW_INTEGER_OR_NULL(struct holding, issued, 0, LIMIT_TIME_MS),
       ROW_INTEGER_OR_NULL(struct holding, expires, 0, LIMIT_TIME_MS),
       ROW_DIGEST_OR_NULL(struct holding, list),
       ROW_INTEGER_OR_NULL(struct holding, size, 0, JSON_INTEGER_MAX),
       ROW_DIGEST_OR_NULL(struct holding, root),
       ROW_INTEGER_OR_NULL(struct holding, seen, 0, LIMIT_TIME_MS),
       ROW_INTEGER_OR_NULL(struct holding, confirmed, 0, JSON_INTEGER_MAX),
       ROW_INTEGER_OR_NULL(struct holding, confirmed_at, 0, LIMIT_TIME_MS),
       {.name = "trouble",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct holding, trouble),
        .max = 2048});

void holding_write(struct buf *b, const struct holding *h)
{
    fields_write(b, &holding_fields, h);
}

bool holding_read(struct holding *ret, struct bytes text, struct arena *a, struct err *e)
{
    if (text.size > HOLDING_MAX)
        return err_set(e, ERR_LIMIT, "a guard's answer of %zu bytes is over the %d allowed",
                       text.size, HOLDING_MAX);
    return fields_read(ret, &holding_fields, text, a, e);
}

static bool stale_refuse(const struct holding *h, struct err *e)
{
    char expired[TEXT_TIME_SIZE];
    char now[TEXT_TIME_SIZE];
    (void)err_refuse(e, "guard.stale",
                     "the distrust list %lld expired at %s and it is %s: what has been revoked "
                     "since is not known here",
                     (long long)h->number, text_time(expired, h->expires), text_time(now, h->now));
    return err_hint(e, "let the guard reach its server, or carry list and checkpoint here: "
                       "sealward-guard import");
}

/* Why it does not count; true if it does. */
static bool list_counts(const struct holding *h, struct err *e)
{
    if (h->doubt != DOUBT_NONE) {
        (void)err_refuse(e, "guard.split",
                         "ALARM: the log has shown this endpoint two histories (%s)",
                         doubt_names[h->doubt]);
        return err_hint(e, "the files are in its folder, in seen/ and conflict-list-*: show them "
                           "to the authority's people");
    }
    if (h->number < 0) {
        (void)err_refuse(e, "guard.none", "this endpoint holds no distrust list yet");
        return err_hint(e, "let the guard reach its server, or sealward-guard import");
    }
    return h->now <= h->expires + 1000 * h->grace || stale_refuse(h, e);
}

bool holding_trust(const struct holding *h, struct err *ret_note, struct err *e)
{
    char expired[TEXT_TIME_SIZE];
    struct err why;
    *ret_note = (struct err){.code = ERR_NONE};
    if (!list_counts(h, &why)) {
        *(h->stale == STALE_WARN ? ret_note : e) = why;
        return h->stale == STALE_WARN;
    }
    if (h->now > h->expires)
        (void)err_refuse(ret_note, "guard.stale",
                         "the distrust list expired at %s; this class of endpoints goes on for "
                         "%lld seconds",
                         text_time(expired, h->expires), (long long)h->grace);
    return true;
}
