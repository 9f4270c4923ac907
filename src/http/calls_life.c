#include "http/calls.h"

#include "base/hex.h"
#include "base/json.h"
#include "base/limits.h"
#include "http/parameters.h"

enum { PROPAGATION_ROWS = 20, INVENTORY_ROWS_MAX = 10000 };

static bool answered(struct call *c)
{
    call_answer(c);
    return true;
}

/* --- What there is ---------------------------------------------------------------------------- */

/* Where a page begins, if not at the beginning. */
static bool page_read(struct inventory_filter *ret, uint8_t key[32], const struct target *t,
                      struct err *e)
{
    struct bytes keys = target_parameter(t, "keys");
    if (target_parameter(t, "limit").data != NULL &&
        !parameter_limit(&ret->limit, t, INVENTORY_ROWS_MAX, 0, e))
        return false;
    if (!parameter_number(&ret->certificates_from, t, "certificates", 0, JSON_INTEGER_MAX, 0, e))
        return false;
    if (keys.data == NULL)
        return true;
    if (!hex_decode(key, 32, keys, e))
        return err_wrap(e, "parameter \"keys\"");
    ret->keys_from = bytes_make(key, 32);
    return true;
}

bool calls_inventory(struct call *c, struct err *e)
{
    uint8_t key[32];
    const struct target *t = &c->target;
    struct inventory_filter filter = {.owner = target_parameter(t, "owner")};
    return parameter_number(&filter.expiring, t, "expiring", 0, LIMIT_TIME_MS, 0, e) &&
           parameter_number(&filter.unused, t, "unused", 0, LIMIT_TIME_MS, 0, e) &&
           page_read(&filter, key, t, e) &&
           service_inventory(c->service, &filter, &c->reply.body, e) && answered(c);
}

bool calls_calendar(struct call *c, struct err *e)
{
    int64_t until;
    return parameter_number(&until, &c->target, "until", 0, LIMIT_TIME_MS, LIMIT_TIME_MS, e) &&
           service_calendar(c->service, until, &c->reply.body, e) && answered(c);
}

bool calls_life(struct call *c, struct err *e)
{
    return service_life(c->service, &c->reply.body, e) && answered(c);
}

bool calls_reach(struct call *c, struct err *e)
{
    return service_reach(c->service, c->target.segments[2], &c->reply.body, e) && answered(c);
}

bool calls_explain(struct call *c, struct err *e)
{
    return service_explain(c->service, c->body, &c->reply.body, e) && answered(c);
}

/* --- What is not to be trusted ---------------------------------------------------------------- */

bool calls_revocations(struct call *c, struct err *e)
{
    return service_revocations(c->service, &c->reply.body, e) && answered(c);
}

bool calls_revocable(struct call *c, struct err *e)
{
    struct bytes kind;
    struct bytes id;
    return parameter_text(&kind, &c->target, "kind", e) &&
           parameter_text(&id, &c->target, "id", e) &&
           service_revocable(c->service, kind, id, &c->reply.body, e) && answered(c);
}

bool calls_confirm(struct call *c, struct err *e)
{
    return service_confirm(c->service, c->body, &c->reply.body, e) && answered(c);
}

bool calls_propagation(struct call *c, struct err *e)
{
    const struct target *t = &c->target;
    struct propagation_query query = {.kind = target_parameter(t, "kind"),
                                      .id = target_parameter(t, "id")};
    if ((query.kind.data == NULL) != (query.id.data == NULL))
        return err_set(e, ERR_INPUT, "parameters \"kind\" and \"id\" belong together");
    return parameter_limit(&query.limit, t, PROPAGATION_MAX, PROPAGATION_ROWS, e) &&
           service_propagation(c->service, &query, &c->reply.body, e) && answered(c);
}
