#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/hex.h"

enum { ENTRIES_MAX = 20000 };

void world_key_done(struct world_key *key)
{
    session_key_free(key->p256);
    key->p256 = NULL;
}

void world_done(struct world *w)
{
    rules_state_free(w->state);
    rules_state_free(w->mirror);
    outcome_done(&w->out);
    arena_done(&w->arena);
    free(w->entries);
    world_key_done(&w->root);
    world_key_done(&w->ca);
    session_key_free(w->session);
    memset(w, 0, sizeof *w);
}

/* ---- Texts ---- */

struct bytes world_copy(struct world *w, struct bytes bytes)
{
    struct bytes copy = arena_copy(&w->arena, bytes);
    assert_non_null(copy.data);
    return copy;
}

struct bytes world_format(struct world *w, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int size = vasprintf(&text, format, args);
    va_end(args);
    assert_true(size >= 0);
    struct bytes copy = world_copy(w, bytes_make(text, (size_t)size));
    free(text);
    return copy;
}

const char *world_base64(struct world *w, struct bytes bytes)
{
    AUTO_VALUE(buf) text = BUF(1 << 20);
    base64_put(&text, bytes);
    return (const char *)world_copy(w, buf_bytes(&text)).data;
}

const char *world_hex(struct world *w, struct bytes bytes)
{
    AUTO_VALUE(buf) text = BUF(1 << 20);
    hex_put(&text, bytes);
    return (const char *)world_copy(w, buf_bytes(&text)).data;
}

struct bytes world_replace(struct world *w, struct bytes text, const char *from, const char *to)
{
    AUTO_VALUE(buf) made = BUF(1 << 22);
    const uint8_t *at = memmem(text.data, text.size, from, strlen(from));
    if (at == NULL)
        fail_msg("\"%s\" is not in the text", from);
    size_t before = (size_t)(at - text.data);
    buf_put(&made, bytes_make(text.data, before));
    buf_put_text(&made, to);
    buf_put(&made, bytes_make(at + strlen(from), text.size - before - strlen(from)));
    return world_copy(w, buf_bytes(&made));
}

/* ---- Entering ---- */

/* The second state never judges evidence, and must follow all the same. */
static void mirror_apply(struct world *w, const struct entry *entry)
{
    struct outcome out;
    struct err e;
    uint8_t digest[32];
    outcome_init(&out);
    ok_call(rules_apply(w->mirror, entry, RULES_JUDGED, &out, &e), e);
    assert_int_equal(out.job_count, w->out.job_count);
    for (size_t i = 0; i < out.job_count; i++)
        ok_bytes(bytes_make(out.jobs[i].digest, out.jobs[i].digest_size),
                 bytes_make(w->out.jobs[i].digest, w->out.jobs[i].digest_size));
    outcome_done(&out);
    ok_call(rules_digest(w->state, w->digest, &e), e);
    ok_call(rules_digest(w->mirror, digest, &e), e);
    assert_memory_equal(digest, w->digest, sizeof digest);
}

static void digest_unchanged(const struct world *w)
{
    struct err e;
    uint8_t digest[32];
    ok_call(rules_digest(w->state, digest, &e), e);
    assert_memory_equal(digest, w->digest, sizeof digest);
    assert_int_equal(w->out.job_count, 0);
    assert_null(w->out.findings);
}

bool world_enter_text(struct world *w, struct bytes text)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct entry entry;
    outcome_done(&w->out);
    outcome_init(&w->out);
    w->e = (struct err){.code = ERR_NONE};
    if (!entry_read(&entry, text, &arena, &w->e) ||
        !rules_apply(w->state, &entry, RULES_JUDGE, &w->out, &w->e)) {
        if (!w->quick)
            digest_unchanged(w);
        return false;
    }
    assert_true(w->count < ENTRIES_MAX);
    w->text = w->entries[w->count++] = world_copy(w, text);
    memcpy(w->leaf, entry.leaf, sizeof w->leaf);
    rules_head(&w->head, w->state);
    if (!w->quick)
        mirror_apply(w, &entry);
    return true;
}

bool world_enter(struct world *w, const char *type, struct bytes body)
{
    AUTO_VALUE(buf) text = BUF(1 << 24);
    /* Not entry_write: what is too large for it must reach the reader as well. */
    buf_printf(&text, "{\"index\":%llu,\"time\":%lld,\"type\":\"%s\",\"body\":",
               (unsigned long long)w->head.size, (long long)w->now, type);
    buf_put(&text, body);
    buf_put_u8(&text, '}');
    assert_false(text.failed);
    return world_enter_text(w, buf_bytes(&text));
}

void world_found(struct world *w, bool demonstration)
{
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    struct err e;
    memset(w, 0, sizeof *w);
    w->arena = ARENA((size_t)1 << 31);
    w->now = WORLD_START;
    w->entries = calloc(ENTRIES_MAX, sizeof *w->entries);
    assert_non_null(w->entries);
    outcome_init(&w->out);
    ok_call(rules_new(&w->state, &e), e);
    ok_call(rules_new(&w->mirror, &e), e);
    ok_call(rules_digest(w->state, w->digest, &e), e);
    struct bytes statement = world_genesis_statement(w, demonstration, world_policy(w));
    accepted(w, world_enter(w, "genesis", world_genesis_body(w, statement, founders, 2)));
}

void world_ready(struct world *w)
{
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    struct bytes root = world_root(w, w->head.authority, 0);
    accepted(w, world_enter(w, "ceremony", world_ceremony_body(w, root, founders, 2)));
    world_key_make(w, &w->ca, NULL);
}
