/*
 * Statements of another authority, another time or another history; used twice; and histories that
 * did not happen.
 */
#include "world.h"

#include "proof/path.h"

static struct bytes proposal(struct world *w)
{
    return world_format(w, "{\"kind\":\"key\",\"detail\":%s}",
                        (const char *)world_key_detail(w, "desktop", "soft", "p-256").data);
}

static struct statement proposed(struct world *w)
{
    return world_statement(w, "proposal", bytes_text("person/release-engineer"), proposal(w));
}

static bool say(struct world *w, const struct statement *s)
{
    return world_enter(w, "proposal", world_signed(w, s, ENGINEER));
}

static void another_authoritys_statement_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    static const uint8_t other[32] = {1};
    world_found(&w, false);
    struct statement s = proposed(&w);
    s.authority = BYTES_OF(other);
    refused(&w, say(&w, &s), "statement.authority");
}

static void age_has_two_ends(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct statement s = proposed(&w);
    s.time = w.now + MINUTE + 1;
    refused(&w, say(&w, &s), "statement.future");
    s.time = w.now + MINUTE;
    accepted(&w, say(&w, &s));
    s = proposed(&w);
    w.now += WORLD_STATEMENT_AGE + 1;
    refused(&w, say(&w, &s), "statement.stale");
    w.now -= 1;
    accepted(&w, say(&w, &s));
}

static void a_statement_is_used_once(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct statement s = proposed(&w);
    struct bytes body = world_signed(&w, &s, ENGINEER);
    accepted(&w, world_enter(&w, "proposal", body));
    refused(&w, world_enter(&w, "proposal", body), "statement.used");
    w.now += WORLD_STATEMENT_AGE;
    refused(&w, world_enter(&w, "proposal", body), "statement.used");
    /* Signed once more it is the same statement. */
    struct bytes again = world_signed(&w, &s, ENGINEER);
    refused(&w, world_enter(&w, "proposal", again), "statement.used");
    w.now += 1;
    refused(&w, world_enter(&w, "proposal", body), "statement.stale");
}

static void what_was_forgotten_stays_old_when_policy_grows_patient(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct statement s = proposed(&w);
    struct bytes body = world_signed(&w, &s, ENGINEER);
    accepted(&w, world_enter(&w, "proposal", body));
    w.now += WORLD_STATEMENT_AGE + 1;
    struct edit edit = {.kind = "limits", .id = "main"};
    edit.value =
        bytes_text("{\"statement_age\":864000000,\"proposal_age\":86400000,\"silence\":604800000}");
    world_decide(&w, "policy", world_changes(&w, &edit, 1), OFFICER_1, OFFICER_2);
    refused(&w, world_enter(&w, "proposal", body), "statement.stale");
    s = proposed(&w);
    w.now += 10 * DAY;
    accepted(&w, say(&w, &s));
}

static void a_statement_does_not_pass_for_another_kind_of_entry(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    struct statement s = proposed(&w);
    accepted(&w, say(&w, &s));
    memcpy(leaf, w.leaf, sizeof leaf);
    struct bytes verdict =
        world_format(&w, "{\"subject\":\"%s\"}", world_base64(&w, BYTES_OF(leaf)));
    s = world_statement(&w, "rejection", bytes_text("person/officer-1"), verdict);
    failed(&w, world_enter(&w, "approval", world_signed(&w, &s, OFFICER_1)), ERR_INPUT,
           "the statement is a \"rejection\"");
}

static void a_signature_in_another_namespace_is_none(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    world_found(&w, false);
    struct statement s = proposed(&w);
    statement_write(&text, &s);
    hand_sign_as(&signature, ENGINEER, "file", buf_bytes(&text), 0);
    failed(&w,
           world_enter(
               &w, "proposal",
               world_evidence(&w, buf_bytes(&text), buf_bytes(&signature), BYTES_NONE, BYTES_NONE)),
           ERR_AUTH, "namespace");
    failed(&w,
           world_enter(&w, "proposal",
                       world_evidence(&w, buf_bytes(&text), BYTES_NONE, BYTES_NONE, BYTES_NONE)),
           ERR_AUTH, "needs an SSH signature");
    failed(&w,
           world_enter(&w, "proposal",
                       world_evidence(&w, buf_bytes(&text), buf_bytes(&signature),
                                      bytes_text("aaaaaaaaaaaaaaaaaaaaaa"), BYTES_NONE)),
           ERR_INPUT, "no identity token");
}

/* ---- The checkpoint seen ---- */

static void a_checkpoint_that_never_was_is_an_alarm(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t root[32];
    world_found(&w, false);
    struct statement s = proposed(&w);
    s.seen.size++;
    refused(&w, say(&w, &s), "statement.seen");
    assert_non_null(strstr(w.e.message, "future"));
    s = proposed(&w);
    memcpy(root, s.seen.root.data, sizeof root);
    root[31] ^= 1;
    s.seen.root = BYTES_OF(root);
    refused(&w, say(&w, &s), "statement.seen");
    assert_non_null(strstr(w.e.message, "another root"));
    assert_non_null(strstr(w.e.hint, "alarm"));
}

/* Hashes of the world's record, for proofs. */
static bool node_of(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                    struct err *e)
{
    struct world *w = context;
    uint8_t right[TREE_HASH];
    if (level == 0) {
        tree_leaf_hash(ret, w->entries[index]);
        return true;
    }
    if (!node_of(w, level - 1, 2 * index, ret, e) ||
        !node_of(w, level - 1, 2 * index + 1, right, e))
        return false;
    tree_node_hash(ret, ret, right);
    return true;
}

static void record_grow(struct world *w, size_t size)
{
    w->quick = true;
    while (w->head.size < size) {
        w->now++;
        struct statement s = proposed(w);
        accepted(w, say(w, &s));
        if (w->head.size < size)
            accepted(w, world_reject(w, ENGINEER, w->leaf));
    }
}

static struct bytes proven(struct world *w, struct bytes body, uint64_t from)
{
    AUTO_VALUE(buf) with = BUF(LIMIT_ENTRY);
    struct path_source source = {.node = node_of, .context = w};
    struct path path;
    struct err e;
    ok_call(path_prove_consistency(&path, from, w->head.size, &source, &e), e);
    ok_call(rules_add_proof(&with, body, path_bytes(&path), &e), e);
    return world_copy(w, buf_bytes(&with));
}

static void an_old_checkpoint_needs_its_proof(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t other[32] = {0};
    int64_t size = 0;
    world_found(&w, false);
    record_grow(&w, 5);
    struct rules_head old = w.head;
    record_grow(&w, 5 + STATE_ROOTS - 1);
    struct statement s = proposed(&w);
    s.seen = (struct seen){.size = 5, .root = BYTES_OF(old.root)};
    struct bytes body = world_signed(&w, &s, ENGINEER);
    assert_false(rules_needs_proof(w.state, body, &size));
    record_grow(&w, 5 + STATE_ROOTS);
    assert_true(rules_needs_proof(w.state, body, &size));
    assert_int_equal(size, 5);
    refused(&w, world_enter(&w, "proposal", body), "statement.seen");

    struct bytes proof = proven(&w, body, 5);
    refused(&w, world_enter(&w, "proposal", proven(&w, body, 6)), "statement.seen");
    struct statement lie = s;
    lie.seen.root = BYTES_OF(other);
    refused(&w, world_enter(&w, "proposal", proven(&w, world_signed(&w, &lie, ENGINEER), 5)),
            "statement.seen");
    accepted(&w, world_enter(&w, "proposal", proof));
    /* The proof was for that size of the record alone. */
    refused(&w, world_enter(&w, "proposal", proof), "statement.seen");
}

static void what_reduces_trust_is_never_too_old(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct statement s = world_statement(&w, "suspend", bytes_text("person/officer-1"),
                                         world_suspend_body(&w, "path", "desktop"));
    static const uint8_t nothing[32] = {0};
    s.seen = (struct seen){.size = 77, .root = BYTES_OF(nothing)};
    struct bytes body = world_signed(&w, &s, OFFICER_1);
    w.now += 300 * DAY;
    accepted(&w, world_enter(&w, "suspend", body));
    refused(&w, world_enter(&w, "suspend", body), "suspend.already");
}

/* ---- Where entries stand ---- */

static void an_entry_has_one_place(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    world_found(&w, false);
    struct statement s = proposed(&w);
    struct bytes body = world_signed(&w, &s, ENGINEER);
    entry_write(&text, 2, w.now, bytes_text("proposal"), body);
    refused(&w, world_enter_text(&w, buf_bytes(&text)), "entry.index");
    buf_reset(&text);
    entry_write(&text, 1, w.now - 1, bytes_text("proposal"), body);
    refused(&w, world_enter_text(&w, buf_bytes(&text)), "entry.time");
    struct bytes statement = world_genesis_statement(&w, false, world_policy(&w));
    refused(&w, world_enter(&w, "genesis", world_genesis_body(&w, statement, founders, 2)),
            "entry.genesis");
    failed(&w, world_enter(&w, "coronation", bytes_text("{}")), ERR_INPUT, "no kind of entry");
}

static void too_much_is_too_much(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) big = BUF(11 << 20);
    world_found(&w, false);
    buf_put_text(&big, "{\"a\":\"");
    memset(buf_grow(&big, 10 << 20), 'a', 10 << 20);
    buf_put_text(&big, "\"}");
    failed(&w, world_enter(&w, "proposal", buf_bytes(&big)), ERR_LIMIT, "65535");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_authoritys_statement_is_refused),
        cmocka_unit_test(age_has_two_ends),
        cmocka_unit_test(a_statement_is_used_once),
        cmocka_unit_test(what_was_forgotten_stays_old_when_policy_grows_patient),
        cmocka_unit_test(a_statement_does_not_pass_for_another_kind_of_entry),
        cmocka_unit_test(a_signature_in_another_namespace_is_none),
        cmocka_unit_test(a_checkpoint_that_never_was_is_an_alarm),
        cmocka_unit_test(an_old_checkpoint_needs_its_proof),
        cmocka_unit_test(what_reduces_trust_is_never_too_old),
        cmocka_unit_test(an_entry_has_one_place),
        cmocka_unit_test(too_much_is_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
