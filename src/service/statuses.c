#include "service/statuses.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/reader.h"
#include "index/kept.h"

/* Entries that a keeper may have gone on since the last status that it says it has signed: it may
 * still be signing one of them. */
enum { STATUS_BACK = 256 };

void statuses_begin(struct statuses *s)
{
    s->told = false;
    s->roots = true;
}

static bool signatures_take(struct statuses *s, struct bytes records, struct err *e)
{
    struct reader r = reader_make(records);
    while (r.rest.size > 0 && !r.failed) {
        int64_t index = (int64_t)reader_u64(&r);
        struct bytes path = reader_string32(&r, CUSTODY_PATH_MAX);
        struct bytes signature = reader_string32(&r, CUSTODY_STATUS_SIGNATURE_MAX);
        if (!r.failed && !status_sign(s->status, index, path, signature, e))
            return false;
    }
    return reader_done(&r, "signatures of a status", e);
}

void statuses_take(struct statuses *s, const struct letter *letter, int64_t expected)
{
    struct err e;
    if (letter->status_told) {
        s->told = true;
        s->from = letter->status >= 0 ? letter->status : expected - STATUS_BACK;
    }
    if (!signatures_take(s, buf_bytes(&letter->signatures), &e))
        diag_err(DIAG_ERROR, "status-unsigned", &e);
}

struct built {
    struct status *status;
    int64_t index;
};

static bool build(void *context, const struct rules_state *state, struct err *e)
{
    const struct built *b = context;
    return status_build(b->status, state, b->index, e);
}

void statuses_applied(struct statuses *s, const struct entry *entry)
{
    struct built b = {.status = s->status, .index = entry->index};
    struct err e;
    if (bytes_is(entry->type, "root-crl"))
        s->roots = true;
    if (!bytes_is(entry->type, "status") || entry->index < s->from)
        return;
    if (!replica_look(s->replica, build, &b, &e))
        diag_err(DIAG_ERROR, "status-not-built", &e);
}

static bool roots_write(void *context, const struct rules_state *state, struct err *e)
{
    return status_roots(context, state, e);
}

static bool written_keep(struct statuses *s, struct err *e)
{
    struct status_written newest = status_newest(s->status);
    struct kept_published published = {.number = newest.number,
                                       .time_ms = clock_wall_ms(),
                                       .list = newest.listed ? BYTES_OF(newest.list) : BYTES_NONE};
    if (newest.number <= s->written)
        return true;
    bool ok = kept_published_put(unrecorded_begin(s->unrecorded), &published, e);
    unrecorded_end(s->unrecorded);
    if (!ok)
        return false;
    metrics_set(s->metrics, METRIC_STATUS, newest.number);
    diag_write(DIAG_INFO, "status-published", DIAG_INTEGER("number", newest.number));
    s->written = newest.number;
    return true;
}

bool statuses_step(struct statuses *s, struct err *e)
{
    if (!status_step(s->status, e) || !written_keep(s, e))
        return false;
    if (s->roots && !replica_look(s->replica, roots_write, s->status, e))
        return false;
    s->roots = false;
    return true;
}
