#include "http/calls.h"

#include "base/json.h"
#include "base/limits.h"
#include "http/parameters.h"

enum { ROWS = 100, ROWS_MAX = 1000 };

static bool page_read(struct account_query *ret, const struct target *t, struct err *e)
{
    return parameter_before(&ret->before, t, e) &&
           parameter_limit(&ret->limit, t, ROWS_MAX, ROWS, e);
}

/* The one parameter that says of what; its name is the kind. */
static bool subject_read(struct account_query *ret, const struct target *t, struct err *e)
{
    static const char *const kinds[] = {"key",      "certificate", "path",   "grant",
                                        "artifact", "signature",   "person", "workload"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct bytes id = target_parameter(t, kinds[i]);
        if (id.data == NULL)
            continue;
        if (ret->kind.data != NULL)
            return err_set(e, ERR_INPUT, "a blast radius is of one thing");
        ret->kind = bytes_text(kinds[i]);
        ret->id = id;
    }
    if (ret->kind.data != NULL)
        return true;
    (void)err_set(e, ERR_INPUT, "a blast radius of what?");
    return err_hint(e, "?key=, certificate=, path=, grant=, artifact=, signature=, person= or "
                       "workload=");
}

bool calls_radius(struct call *c, struct err *e)
{
    struct account_query query = {.limit = ROWS};
    if (!subject_read(&query, &c->target, e) || !page_read(&query, &c->target, e) ||
        !service_radius(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_what_if(struct call *c, struct err *e)
{
    struct account_query query = {.limit = ROWS};
    const struct target *t = &c->target;
    if (!parameter_text(&query.kind, t, "kind", e) || !parameter_text(&query.id, t, "id", e) ||
        !parameter_number(&query.effective, t, "effective", 0, LIMIT_TIME_MS, 0, e) ||
        !page_read(&query, t, e) || !service_what_if(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}

bool calls_story(struct call *c, struct err *e)
{
    struct story_query query;
    const struct target *t = &c->target;
    if (!parameter_text(&query.kind, t, "kind", e) || !parameter_text(&query.id, t, "id", e) ||
        !parameter_number(&query.after, t, "after", 0, JSON_INTEGER_MAX, -1, e) ||
        !parameter_limit(&query.limit, t, ROWS_MAX, ROWS, e) ||
        !service_story(c->service, &query, &c->reply.body, e))
        return false;
    call_answer(c);
    return true;
}
