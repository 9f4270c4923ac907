#include "service/confirmations.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/limits.h"
#include "index/kept.h"
#include "proof/confirmation.h"
#include "rules/watch.h"
#include "wire/rows.h"

#define KEPT_ARENA ARENA(1u << 16)

/* What the state knows of the endpoint. */
struct known {
    struct bytes id; /* asked for */
    uint8_t authority[32];
    uint8_t spki[LIMIT_SPKI];
    size_t spki_size;
    int64_t newest; /* number of the newest status; -1: none */
};

static bool known_glance(void *context, const struct rules_state *s, struct err *e)
{
    struct known *known = context;
    struct watched_endpoint endpoint;
    struct watched_status status = {.number = -1};
    struct rules_head head;
    rules_head(&head, s);
    memcpy(known->authority, head.authority, sizeof known->authority);
    (void)watch_status(&status, s);
    known->newest = status.number;
    if (!watch_endpoint(&endpoint, s, known->id, e))
        return err_refuse(e, "confirmation.endpoint", "no endpoint \"%.*s\" is enrolled",
                          BYTES_PRINT(known->id));
    if (endpoint.spki.size > sizeof known->spki)
        return err_set(e, ERR_INTERNAL, "an endpoint's key is too long");
    memcpy(known->spki, endpoint.spki.data, endpoint.spki.size);
    known->spki_size = endpoint.spki.size;
    return true;
}

/* --- Against what is kept --------------------------------------------------------------------- */

/* Whether this key has said so before, or later than this: whoever has seen a confirmation could
 * hand it in again and again, for a machine that is silent. */
static bool is_repeated(const struct confirmation *c, const struct known *known, struct bytes text)
{
    AUTO_VALUE(arena) arena = CONFIRMATION_ARENA;
    struct confirmation_signed newest;
    struct err ignored;
    return confirmation_read(&newest, text, &arena, &ignored) &&
           newest.confirmation.time >= c->time &&
           confirmation_verify(&newest, bytes_make(known->spki, known->spki_size), &ignored);
}

static bool order_judge(struct kept *k, const struct confirmation *c, const struct known *known,
                        bool *ret_repeated, struct err *e)
{
    AUTO_VALUE(arena) arena = KEPT_ARENA;
    struct kept_confirmation newest;
    if (!kept_confirmation_newest(k, c->endpoint, &newest, &arena, e))
        return e->code == ERR_NOT_FOUND;
    *ret_repeated = newest.number == c->number && is_repeated(c, known, newest.text);
    if (newest.number <= c->number)
        return true;
    (void)err_refuse(e, "confirmation.older",
                     "endpoint \"%.*s\" confirms list %" PRId64 " and has confirmed %" PRId64,
                     BYTES_PRINT(c->endpoint), c->number, newest.number);
    return err_hint(e, "it was set back, or the confirmation was carried late");
}

/* Of lists that this daemon did not write it cannot tell. */
static bool list_judge(struct kept *k, const struct confirmation *c, struct err *e)
{
    AUTO_VALUE(arena) arena = KEPT_ARENA;
    struct kept_published published;
    if (!kept_published_from(k, c->number, &published, &arena, e))
        return e->code == ERR_NOT_FOUND;
    if (published.number != c->number || published.list.data == NULL ||
        bytes_equal(published.list, c->list))
        return true;
    return err_refuse(e, "confirmation.list",
                      "endpoint \"%.*s\" holds another list number %" PRId64
                      " than the one published",
                      BYTES_PRINT(c->endpoint), c->number);
}

static bool kept_judge(const struct confirmations_parts *parts, const struct confirmation *c,
                       const struct known *known, bool *ret_repeated, struct err *e)
{
    struct kept *k = unrecorded_begin(parts->unrecorded);
    bool ok = order_judge(k, c, known, ret_repeated, e) && list_judge(k, c, e);
    unrecorded_end(parts->unrecorded);
    return ok;
}

/* --- Against the history ---------------------------------------------------------------------- */

struct known_root {
    int64_t size;
    uint8_t root[32];
    bool known;
};

static bool root_glance(void *context, const struct rules_state *s, struct err *e)
{
    struct known_root *known = context;
    (void)e;
    known->known = rules_knows_root(s, known->size, known->root);
    return true;
}

/* The state knows the newest roots, the public files all that are published. */
static bool history_judge(const struct confirmations_parts *parts, const struct confirmation *c,
                          struct err *e)
{
    struct known_root known = {.size = c->size};
    if (!replica_look(parts->replica, root_glance, &known, e))
        return false;
    if (!known.known && c->size <= publish_size(parts->publish)) {
        if (!publish_root(parts->publish, c->size, known.root, e))
            return false;
        known.known = true;
    }
    if (known.known && bytes_equal(c->root, BYTES_OF(known.root)))
        return true;
    return err_refuse(e, "confirmation.checkpoint",
                      "endpoint \"%.*s\" holds a checkpoint of %" PRId64
                      " entries that is not of this record",
                      BYTES_PRINT(c->endpoint), c->size);
}

/* Somebody has shown the endpoint another list or another history. */
static void fork_tell(const struct confirmations_parts *parts, const struct confirmation *c,
                      const struct err *why)
{
    bool fork = strcmp(why->rule, "confirmation.list") == 0 ||
                strcmp(why->rule, "confirmation.checkpoint") == 0;
    if (!fork)
        return;
    diag_err(DIAG_ERROR, "endpoint-fork", why);
    replica_find(parts->replica, "endpoint.fork", c->list, bytes_text(why->message));
}

/* --- Taking ----------------------------------------------------------------------------------- */

static bool confirmation_judge(const struct confirmations_parts *parts,
                               const struct confirmation_signed *c, bool *ret_repeated,
                               struct err *e)
{
    const struct confirmation *said = &c->confirmation;
    struct known known = {.id = said->endpoint};
    if (!replica_ready(parts->replica, e) || !replica_look(parts->replica, known_glance, &known, e))
        return false;
    if (!bytes_equal(said->authority, BYTES_OF(known.authority)))
        return err_refuse(e, "confirmation.authority", "the confirmation is for another authority");
    if (!confirmation_verify(c, bytes_make(known.spki, known.spki_size), e))
        return false;
    if (said->number > known.newest)
        return err_refuse(e, "confirmation.number",
                          "list number %" PRId64 " has never been published", said->number);
    return kept_judge(parts, said, &known, ret_repeated, e) && history_judge(parts, said, e);
}

static bool confirmation_keep(const struct confirmations_parts *parts, const struct confirmation *c,
                              struct bytes text, struct err *e)
{
    int64_t now = clock_wall_ms();
    struct kept_confirmation kept = {.endpoint = c->endpoint,
                                     .number = c->number,
                                     .first_ms = now,
                                     .last_ms = now,
                                     .list = c->list,
                                     .size = c->size,
                                     .text = text};
    bool ok = kept_confirmation_put(unrecorded_begin(parts->unrecorded), &kept, e);
    unrecorded_end(parts->unrecorded);
    return ok;
}

bool confirmations_take(const struct confirmations_parts *parts, struct bytes text, struct buf *b,
                        struct err *e)
{
    AUTO_VALUE(arena) arena = CONFIRMATION_ARENA;
    struct confirmation_signed c;
    bool repeated = false;
    if (!confirmation_read(&c, text, &arena, e))
        return false;
    if (!confirmation_judge(parts, &c, &repeated, e)) {
        metrics_add(parts->metrics, METRIC_CONFIRMATIONS_REFUSED, 1);
        fork_tell(parts, &c.confirmation, e);
        if (e->code == ERR_REFUSED) {
            unrecorded_refuse(parts->unrecorded, c.confirmation.endpoint, e);
            bell_ring(parts->bell);
        }
        return false;
    }
    if (!repeated && !confirmation_keep(parts, &c.confirmation, text, e))
        return false;
    metrics_add(parts->metrics, METRIC_CONFIRMATIONS, 1);
    buf_put_text(b, "{\"endpoint\":");
    json_put_string(b, c.confirmation.endpoint);
    buf_printf(b, ",\"number\":%" PRId64 "}", c.confirmation.number);
    return buf_ok(b, "a confirmation's answer", e);
}
