/*
 * Aims at statement_read and signed_statement_read, and at rules_needs_proof and rules_add_proof.
 * What was read is written as it stood.
 */
#include "recorded.h"

#include "base/limits.h"
#include "rules/statement.h"

static void statement_whole(struct bytes text)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) again = BUF(LIMIT_ENTRY);
    struct statement s;
    struct bytes name;
    struct err e;
    if (!statement_read(&s, text, &arena, &e))
        return;
    statement_write(&again, &s);
    PROPERTY(bytes_equal(buf_bytes(&again), text));
    PROPERTY(!actor_is_person(s.actor, &name) || !actor_is_workload(s.actor, &name));
    PROPERTY(s.authority.size == 32 && s.seen.root.size == 32 && s.seen.size > 0);
}

static void proof_add(struct bytes body)
{
    static const uint8_t proof[64];
    static struct rules_state *state;
    AUTO_VALUE(buf) with = BUF(2 * LIMIT_ENTRY);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct signed_statement outer;
    struct statement inner;
    int64_t seen = 0;
    struct err e;
    if (state == NULL)
        state = recorded_state(1);
    bool needed = rules_needs_proof(state, body, &seen);
    PROPERTY(!needed || seen < 1);
    if (!rules_add_proof(&with, body, BYTES_OF(proof), &e))
        return;
    PROPERTY(signed_statement_read(&outer, &inner, buf_bytes(&with), &arena, &e));
    PROPERTY(bytes_equal(outer.consistency, BYTES_OF(proof)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) again = BUF(2 * LIMIT_ENTRY);
    struct bytes text = bytes_make(data, size);
    struct signed_statement outer;
    struct statement inner;
    struct err e;
    statement_whole(text);
    proof_add(text);
    if (!signed_statement_read(&outer, &inner, text, &arena, &e))
        return 0;
    signed_statement_write(&again, &outer);
    PROPERTY(bytes_equal(buf_bytes(&again), text));
    PROPERTY(bytes_equal(inner.text, outer.statement));
    statement_whole(outer.statement);
    return 0;
}
