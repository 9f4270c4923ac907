/* Consistency proofs that the keeper adds to statements about older checkpoints. */
#include "rules/rules.h"
#include "rules/state.h"
#include "rules/statement.h"
#include "rules/tables.h"

bool rules_needs_proof(const struct rules_state *s, struct bytes body, int64_t *ret_size)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_statement outer;
    struct statement inner;
    struct bytes root;
    struct err ignored;
    if (!signed_statement_read(&outer, &inner, body, &arena, &ignored) ||
        inner.seen.size > (int64_t)s->tree.size || state_root_at(s, inner.seen.size, &root))
        return false;
    *ret_size = inner.seen.size;
    return true;
}

bool rules_add_proof(struct buf *ret_body, struct bytes body, struct bytes path, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct signed_statement outer;
    struct statement inner;
    if (!signed_statement_read(&outer, &inner, body, &arena, e))
        return false;
    outer.consistency = path;
    signed_statement_write(ret_body, &outer);
    return buf_ok(ret_body, "statement with its consistency proof", e);
}
