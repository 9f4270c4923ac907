#include "service/propagation.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "index/kept.h"
#include "rules/watch.h"
#include "wire/rows.h"

#define PICTURE_ARENA ARENA(64u << 20)
enum { CLASSES_MAX = 256, ENDPOINTS_MAX = 100000 };

/* An endpoint, and what is kept of it. */
struct machine {
    struct bytes id;
    size_t class;   /* in the picture's classes */
    bool confirms;  /* its class can */
    int64_t since;  /* when it was enrolled: what came before was another machine's */
    int64_t number; /* of the newest list that it confirmed; -1: none */
    int64_t last_ms;
};

struct horizon {
    struct bytes class;
    const char *reads;
    int64_t time; /* HORIZON_UNBOUNDED */
};

struct spread {
    struct watched_revocation revocation;
    struct horizon *horizons; /* one a class */
};

/* What the state says, copied out. */
struct picture {
    const struct propagation_query *query;
    struct arena arena;
    bool status_known;
    struct watched_status status;
    struct watched_class *classes;
    size_t class_count;
    struct machine *machines;
    size_t machine_count;
    struct spread *spreads; /* newest first */
    size_t spread_count;
};

static void picture_done(struct picture *p)
{
    if (p != NULL)
        arena_done(&p->arena);
}
AUTO_DONE(picture)

/* --- From the state --------------------------------------------------------------------------- */

static bool room(void *made, struct err *e)
{
    return made != NULL || err_set(e, ERR_LIMIT, "there are too many endpoints or revocations");
}

static bool text_copy(struct picture *p, struct bytes *text, struct err *e)
{
    if (text->data == NULL)
        return true;
    *text = arena_copy(&p->arena, *text);
    return room((void *)(uintptr_t)text->data, e);
}

static bool classes_take(struct picture *p, const struct rules_state *s, struct err *e)
{
    p->classes = arena_alloc(&p->arena, CLASSES_MAX * sizeof *p->classes);
    if (!room(p->classes, e))
        return false;
    while (p->class_count < CLASSES_MAX &&
           watch_class_at(&p->classes[p->class_count], s, p->class_count))
        if (!text_copy(p, &p->classes[p->class_count++].id, e))
            return false;
    return true;
}

static size_t class_find(const struct picture *p, struct bytes id)
{
    size_t i = 0;
    while (i < p->class_count && !bytes_equal(p->classes[i].id, id))
        i++;
    return i;
}

static bool machines_take(struct picture *p, const struct rules_state *s, struct err *e)
{
    struct watched_endpoint endpoint;
    struct watched_counts counts;
    watch_counts(&counts, s);
    size_t most = counts.endpoints < ENDPOINTS_MAX ? (size_t)counts.endpoints : ENDPOINTS_MAX;
    p->machines = arena_alloc(&p->arena, (most + 1) * sizeof *p->machines);
    if (!room(p->machines, e))
        return false;
    for (size_t n = 0; n < most && watch_endpoint_at(&endpoint, s, n); n++) {
        struct machine *m = &p->machines[p->machine_count++];
        *m = (struct machine){.id = endpoint.id,
                              .class = class_find(p, endpoint.class),
                              .since = endpoint.time,
                              .number = -1};
        m->confirms = m->class < p->class_count && p->classes[m->class].confirms;
        if (!text_copy(p, &m->id, e))
            return false;
    }
    return true;
}

static bool horizons_take(struct picture *p, struct spread *spread, const struct rules_state *s,
                          struct err *e)
{
    const struct watched_revocation *r = &spread->revocation;
    spread->horizons = arena_alloc(&p->arena, (p->class_count + 1) * sizeof *spread->horizons);
    if (!room(spread->horizons, e))
        return false;
    for (size_t i = 0; i < p->class_count; i++) {
        struct horizon *h = &spread->horizons[i];
        *h = (struct horizon){.class = p->classes[i].id, .reads = p->classes[i].reads};
        if (!rules_horizon(&h->time, s, bytes_text(r->kind), r->id, h->class, e))
            return false;
    }
    return true;
}

static bool spread_take(struct picture *p, const struct watched_revocation *r,
                        const struct rules_state *s, struct err *e)
{
    struct spread *spread = &p->spreads[p->spread_count++];
    spread->revocation = *r;
    return text_copy(p, &spread->revocation.id, e) && text_copy(p, &spread->revocation.leaf, e) &&
           text_copy(p, &spread->revocation.actor, e) && horizons_take(p, spread, s, e);
}

static int spread_newer(const void *left, const void *right)
{
    const struct watched_revocation *a = left;
    const struct watched_revocation *b = right;
    return (a->time < b->time) - (a->time > b->time);
}

/* The newest revocations, as many as are wanted. */
static bool spreads_newest(struct picture *p, const struct rules_state *s, struct err *e)
{
    struct watched_counts counts;
    struct watched_revocation one;
    watch_counts(&counts, s);
    size_t all = (size_t)counts.revocations;
    struct watched_revocation *list = arena_alloc(&p->arena, (all + 1) * sizeof *list);
    if (!room(list, e))
        return false;
    size_t count = 0;
    while (count < all && watch_revocation_at(&one, s, count))
        list[count++] = one;
    qsort(list, count, sizeof *list, spread_newer);
    for (size_t i = 0; i < count && i < p->query->limit; i++)
        if (!spread_take(p, &list[i], s, e))
            return false;
    return true;
}

static bool spreads_take(struct picture *p, const struct rules_state *s, struct err *e)
{
    const struct propagation_query *q = p->query;
    struct watched_revocation one;
    p->spreads = arena_alloc(&p->arena, (q->limit + 1) * sizeof *p->spreads);
    if (!room(p->spreads, e))
        return false;
    if (q->kind.data == NULL)
        return spreads_newest(p, s, e);
    if (watch_revocation(&one, s, q->kind, q->id))
        return spread_take(p, &one, s, e);
    return err_set(e, ERR_NOT_FOUND, "no %.*s \"%.*s\" is revoked", BYTES_PRINT(q->kind),
                   BYTES_PRINT(q->id));
}

static bool machines_glance(void *context, const struct rules_state *s, struct err *e)
{
    struct picture *p = context;
    p->status_known = watch_status(&p->status, s);
    return classes_take(p, s, e) && machines_take(p, s, e);
}

static bool picture_glance(void *context, const struct rules_state *s, struct err *e)
{
    return machines_glance(context, s, e) && spreads_take(context, s, e);
}

/* --- From what is kept ------------------------------------------------------------------------ */

static bool machine_ask(struct kept *k, struct machine *m, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1u << 16);
    struct kept_confirmation newest;
    if (!kept_confirmation_newest(k, m->id, &newest, &arena, e))
        return e->code == ERR_NOT_FOUND;
    if (newest.last_ms < m->since)
        return true;
    m->number = newest.number;
    m->last_ms = newest.last_ms;
    return true;
}

static bool machines_ask(struct picture *p, struct unrecorded *u, struct err *e)
{
    struct kept *k = unrecorded_begin(u);
    bool ok = true;
    for (size_t i = 0; i < p->machine_count && ok; i++)
        ok = machine_ask(k, &p->machines[i], e);
    unrecorded_end(u);
    return ok;
}

static bool covers(const struct machine *m, const struct watched_revocation *r)
{
    return r->status >= 0 && m->number >= r->status;
}

/* When the endpoint first confirmed a list that has it; -1: not yet. */
static bool first_ask(struct unrecorded *u, const struct machine *m,
                      const struct watched_revocation *r, int64_t *ret_ms, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1u << 16);
    struct kept_confirmation first = {.first_ms = -1};
    if (!covers(m, r)) {
        *ret_ms = -1;
        return true;
    }
    bool ok = kept_confirmation_from(unrecorded_begin(u), m->id, r->status, &first, &arena, e);
    unrecorded_end(u);
    if (!ok && e->code != ERR_NOT_FOUND)
        return false;
    *ret_ms = ok && first.first_ms < m->since ? m->since : first.first_ms;
    return true;
}

/* When the files of the first status that has it were written; -1: not yet, or not by this daemon.
 */
static bool written_ask(struct unrecorded *u, const struct watched_revocation *r, int64_t *ret_ms,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4096);
    struct kept_published published = {.time_ms = -1};
    *ret_ms = -1;
    if (r->status < 0)
        return true;
    bool ok = kept_published_from(unrecorded_begin(u), r->status, &published, &arena, e);
    unrecorded_end(u);
    if (!ok && e->code != ERR_NOT_FOUND)
        return false;
    *ret_ms = published.time_ms;
    return true;
}

/* --- As JSON ---------------------------------------------------------------------------------- */

static void time_put(struct buf *b, const char *name, int64_t time)
{
    if (time < 0)
        buf_printf(b, ",\"%s\":null", name);
    else
        buf_printf(b, ",\"%s\":%" PRId64, name, time);
}

static void text_put(struct buf *b, const char *name, struct bytes text)
{
    buf_printf(b, ",\"%s\":", name);
    json_put_string(b, text);
}

static void status_put(struct buf *b, const struct picture *p)
{
    if (!p->status_known) {
        buf_put_text(b, "{\"status\":null");
        return;
    }
    buf_printf(b, "{\"status\":{\"number\":%" PRId64, p->status.number);
    time_put(b, "time", p->status.time);
    time_put(b, "list_expires", p->status.list_expires == 0 ? -1 : p->status.list_expires);
    time_put(b, "crl_next", p->status.crl_next == 0 ? -1 : p->status.crl_next);
    buf_put_u8(b, '}');
}

static bool is_silent(const struct picture *p, const struct machine *m, int64_t now)
{
    return m->confirms && (m->number < 0 || now - m->last_ms > p->classes[m->class].silence);
}

static void machines_put(struct buf *b, const struct picture *p)
{
    int64_t now = clock_wall_ms();
    buf_put_text(b, ",\"endpoints\":[");
    for (size_t i = 0; i < p->machine_count; i++) {
        const struct machine *m = &p->machines[i];
        buf_put_text(b, i == 0 ? "{\"id\":" : ",{\"id\":");
        json_put_string(b, m->id);
        text_put(b, "class", m->class < p->class_count ? p->classes[m->class].id : bytes_text(""));
        time_put(b, "number", m->number);
        time_put(b, "last", m->number < 0 ? -1 : m->last_ms);
        buf_printf(b, ",\"silent\":%s}", is_silent(p, m, now) ? "true" : "false");
    }
    buf_put_u8(b, ']');
}

static void horizons_put(struct buf *b, const struct picture *p, const struct spread *spread)
{
    buf_put_text(b, ",\"horizons\":[");
    for (size_t i = 0; i < p->class_count; i++) {
        const struct horizon *h = &spread->horizons[i];
        buf_put_text(b, i == 0 ? "{\"class\":" : ",{\"class\":");
        json_put_string(b, h->class);
        text_put(b, "reads", bytes_text(h->reads));
        time_put(b, "time", h->time == HORIZON_UNBOUNDED ? -1 : h->time);
        buf_put_u8(b, '}');
    }
    buf_put_u8(b, ']');
}

/* What the endpoints say of one revocation. */
struct tally {
    int64_t count;
    int64_t confirmed;
    int64_t last; /* first confirmation of the slowest that has confirmed; -1: of nobody */
};

static bool tally_make(struct tally *ret, const struct picture *p, struct unrecorded *u,
                       const struct watched_revocation *r, struct err *e)
{
    *ret = (struct tally){.last = -1};
    for (size_t i = 0; i < p->machine_count; i++) {
        int64_t first;
        if (!p->machines[i].confirms)
            continue;
        ret->count++;
        if (!first_ask(u, &p->machines[i], r, &first, e))
            return false;
        ret->confirmed += first >= 0;
        ret->last = first > ret->last ? first : ret->last;
    }
    return true;
}

static void laggards_put(struct buf *b, const struct picture *p, const struct watched_revocation *r)
{
    size_t count = 0;
    buf_put_text(b, ",\"laggards\":[");
    for (size_t i = 0; i < p->machine_count && count < PROPAGATION_LAGGARDS; i++) {
        const struct machine *m = &p->machines[i];
        if (!m->confirms || covers(m, r))
            continue;
        if (count++ > 0)
            buf_put_u8(b, ',');
        json_put_string(b, m->id);
    }
    buf_put_u8(b, ']');
}

/* Endpoint by endpoint. */
static bool confirmations_put(struct buf *b, const struct picture *p, struct unrecorded *u,
                              const struct watched_revocation *r, struct err *e)
{
    bool first = true;
    buf_put_text(b, ",\"confirmations\":[");
    for (size_t i = 0; i < p->machine_count; i++) {
        const struct machine *m = &p->machines[i];
        int64_t time;
        if (!m->confirms)
            continue;
        if (!first_ask(u, m, r, &time, e))
            return false;
        buf_put_text(b, first ? "{\"endpoint\":" : ",{\"endpoint\":");
        first = false;
        json_put_string(b, m->id);
        time_put(b, "time", time);
        buf_put_u8(b, '}');
    }
    buf_put_u8(b, ']');
    return true;
}

static void revocation_put(struct buf *b, const struct watched_revocation *r)
{
    buf_put_text(b, "{\"kind\":");
    json_put_string(b, bytes_text(r->kind));
    text_put(b, "id", r->id);
    buf_put_text(b, ",\"leaf\":");
    json_put_base64(b, r->leaf);
    text_put(b, "actor", r->actor);
    text_put(b, "reason", bytes_text(r->reason));
    time_put(b, "effective", r->effective);
    time_put(b, "stopped", r->time);
    time_put(b, "number", r->status);
    time_put(b, "published", r->status < 0 ? -1 : r->published);
}

static bool spread_put(struct buf *b, const struct picture *p, const struct spread *spread,
                       struct unrecorded *u, struct err *e)
{
    const struct watched_revocation *r = &spread->revocation;
    struct tally tally;
    int64_t written;
    if (!written_ask(u, r, &written, e) || !tally_make(&tally, p, u, r, e))
        return false;
    revocation_put(b, r);
    time_put(b, "written", written);
    buf_printf(b, ",\"count\":%" PRId64 ",\"confirmed\":%" PRId64, tally.count, tally.confirmed);
    time_put(b, "last", tally.last);
    laggards_put(b, p, r);
    horizons_put(b, p, spread);
    if (p->query->kind.data != NULL && !confirmations_put(b, p, u, r, e))
        return false;
    buf_put_u8(b, '}');
    return true;
}

bool propagation_tell(const struct confirmations_parts *parts,
                      const struct propagation_query *query, struct buf *b, struct err *e)
{
    AUTO_VALUE(picture) p = {.query = query, .arena = PICTURE_ARENA};
    if (!replica_ready(parts->replica, e) || !replica_look(parts->replica, picture_glance, &p, e) ||
        !machines_ask(&p, parts->unrecorded, e))
        return false;
    status_put(b, &p);
    machines_put(b, &p);
    buf_put_text(b, ",\"revocations\":[");
    for (size_t i = 0; i < p.spread_count; i++) {
        if (i > 0)
            buf_put_u8(b, ',');
        if (!spread_put(b, &p, &p.spreads[i], parts->unrecorded, e))
            return false;
    }
    buf_put_text(b, "]}");
    return buf_ok(b, "how far revocations have come", e);
}

static void cover_put(struct buf *b, const struct picture *p, size_t class,
                      const struct watched_revocation *r)
{
    int64_t count = 0;
    int64_t covered = 0;
    for (size_t i = 0; i < p->machine_count; i++) {
        if (p->machines[i].class != class)
            continue;
        count++;
        covered += r != NULL && covers(&p->machines[i], r);
    }
    buf_put_text(b, "{\"class\":");
    json_put_string(b, p->classes[class].id);
    buf_printf(b, ",\"count\":%" PRId64 ",\"covered\":%" PRId64 "}", count, covered);
}

bool propagation_cover(const struct confirmations_parts *parts, struct bytes kind, struct bytes id,
                       struct buf *b, struct err *e)
{
    struct propagation_query query = {.kind = kind, .id = id, .limit = 1};
    AUTO_VALUE(picture) p = {.query = &query, .arena = PICTURE_ARENA};
    bool first = true;
    if (!replica_look(parts->replica, picture_glance, &p, e) && e->code != ERR_NOT_FOUND)
        return false;
    if (!machines_ask(&p, parts->unrecorded, e))
        return false;
    const struct watched_revocation *r = p.spread_count > 0 ? &p.spreads[0].revocation : NULL;
    buf_put_u8(b, '[');
    for (size_t i = 0; i < p.class_count; i++) {
        if (!p.classes[i].confirms)
            continue;
        if (!first)
            buf_put_u8(b, ',');
        first = false;
        cover_put(b, &p, i, r);
    }
    buf_put_u8(b, ']');
    return buf_ok(b, "endpoints that are covered", e);
}

bool propagation_count(const struct confirmations_parts *parts, struct propagation_counts *ret,
                       struct err *e)
{
    AUTO_VALUE(picture) p = {.arena = PICTURE_ARENA};
    struct propagation_counts counts = {.endpoints = 0};
    int64_t now = clock_wall_ms();
    if (!replica_look(parts->replica, machines_glance, &p, e) ||
        !machines_ask(&p, parts->unrecorded, e))
        return false;
    for (size_t i = 0; i < p.machine_count; i++) {
        counts.endpoints += p.machines[i].confirms;
        counts.silent += is_silent(&p, &p.machines[i], now);
    }
    *ret = counts;
    return true;
}
