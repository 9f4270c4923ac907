#include "http/calls.h"

#include "base/hex.h"
#include "base/json.h"
#include "http/parameters.h"

enum { WAIT_MAX_MS = 30000, KEY_MAX = 255 };

bool calls_authority(struct call *c, struct err *e)
{
    if (!service_authority(c->service, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_entries(struct call *c, struct err *e)
{
    struct entries_query query = {.type = target_parameter(&c->target, "type")};
    if (!parameter_number(&query.before, &c->target, "before", 0, JSON_INTEGER_MAX, INT64_MAX, e) ||
        !parameter_limit(&query.limit, &c->target, SEARCH_LIMIT_MAX, SEARCH_LIMIT, e) ||
        !service_entries(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_entry(struct call *c, struct err *e)
{
    struct entry_name name;
    if (!parameter_entry(&name, c->target.segments[2], e) ||
        !service_entry(c->service, &name, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_receipt(struct call *c, struct err *e)
{
    struct entry_name name;
    int64_t wait;
    if (!parameter_entry(&name, c->target.segments[2], e) ||
        !parameter_number(&wait, &c->target, "wait", 0, WAIT_MAX_MS, 0, e))
        return false;
    if (wait > 0 && !c->woken) {
        call_suspend(c);
        return service_wait_receipt(c->service, &name, wait, call_wake, c, e);
    }
    if (!service_receipt(c->service, &name, &c->reply.body, e))
        return false;
    call_answer(c);
    c->reply.type = "text/plain; charset=utf-8";
    return true;
}

bool calls_search(struct call *c, struct err *e)
{
    uint8_t key[KEY_MAX];
    struct bytes hex = target_parameter(&c->target, "key");
    struct marks_query query = {.kind = target_parameter(&c->target, "kind")};
    if (query.kind.data == NULL || hex.data == NULL)
        return err_set(e, ERR_INPUT, "a search needs the parameters \"kind\" and \"key\"");
    if (hex.size % 2 != 0 || hex.size / 2 > sizeof key)
        return err_set(e, ERR_INPUT, "parameter \"key\" is no hex of 1 to %d bytes", KEY_MAX);
    if (!hex_decode(key, hex.size / 2, hex, e))
        return err_wrap(e, "parameter \"key\"");
    query.key = bytes_make(key, hex.size / 2);
    if (!parameter_number(&query.before, &c->target, "before", 0, JSON_INTEGER_MAX, INT64_MAX, e) ||
        !parameter_limit(&query.limit, &c->target, SEARCH_LIMIT_MAX, SEARCH_LIMIT, e) ||
        !service_marks(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}
