#include "client/statement.h"

bool statement_build(struct buf *ret, const struct authority *authority,
                     const struct checkpoint *seen, const struct statement_plan *plan,
                     struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct statement read;
    struct statement statement = {
        .type = bytes_text(plan->type),
        .authority = BYTES_OF(authority->id),
        .time = plan->time,
        .seen = {.size = (int64_t)seen->size, .root = BYTES_OF(seen->root)},
        .actor = plan->actor,
        .body = plan->body,
    };
    statement_write(&text, &statement);
    /* Read once more: better refused here, with words, than by the keeper. */
    if (!buf_ok(&text, "a statement", e) || !statement_read(&read, buf_bytes(&text), &arena, e))
        return false;
    buf_put(ret, buf_bytes(&text));
    return buf_ok(ret, "a statement", e);
}

bool statement_wrap(struct buf *ret, struct bytes text, const struct evidence *evidence,
                    struct err *e)
{
    struct signed_statement whole = {.statement = text, .evidence = *evidence};
    signed_statement_write(ret, &whole);
    return buf_ok(ret, "a signed statement", e);
}

bool statement_submit(struct client *c, const char *type, struct bytes text,
                      const struct evidence *evidence, struct admitted *ret, struct arena *a,
                      struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    return statement_wrap(&body, text, evidence, e) &&
           client_submit(c, type, buf_bytes(&body), ret, NULL, a, e);
}
