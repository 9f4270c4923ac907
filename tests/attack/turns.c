/*
 * Ways to get round the rules of lives and revocations by doing one thing after another: what a
 * refusal, a second cause, a lift or a retirement leaves behind.
 */
#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"

/* ---- Deadlines ---- */

/* A refused entry behind a change of policy: whoever is not shown it must come to the same. */
static void a_refused_entry_does_not_hide_what_a_change_of_policy_made_due(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_wait_until(&l.w, l.w.now + 5 * DAY);
    struct bytes life = world_object(&l.w, "life", "internal-package");
    world_change(&l.w, "life", "internal-package",
                 world_replace(&l.w, life, "\"unused\":5184000", "\"unused\":864000"));
    failed(&l.w, world_say(&l.w, OFFICER_1, "confirm", bytes_text("{\"signer\":1}")), ERR_INPUT,
           "");
    world_wait_until(&l.w, l.w.now + 6 * DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
}

static uint32_t seed = 20270115;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static void life_change(struct world *w, const char *level)
{
    world_change(w, "life", level,
                 world_format(w,
                              "{\"renew\":%d,\"warn\":%d,\"alarm\":%d,\"unused\":%d,\"grace\":%d,"
                              "\"timestamp\":false}",
                              (40 + (int)random_below(20)) * 86400,
                              (20 + (int)random_below(20)) * 86400, (int)random_below(20) * 86400,
                              (1 + (int)random_below(9)) * 86400, 1 + (int)random_below(864000)));
}

/* Changes of policy, refusals and stretches of time in any order. The world compares each time with
 * a state that is shown what was accepted alone. */
static void what_was_refused_never_shows(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) next = {0};
    living_make(&l);
    world_standby(&l.w, &next, "package");
    world_decide(&l.w, "rollover",
                 world_rollover_detail(&l.w, "package", &l.key, &next, "null", 86400), OFFICER_1,
                 OFFICER_3);
    size_t suspended = 0;
    for (size_t i = 0; i < 80; i++) {
        if (random_below(3) == 0)
            life_change(&l.w, random_below(2) == 0 ? "internal-package" : "desktop-software");
        l.w.now += random_below(2) == 0 ? 0 : (int64_t)random_below(3 * 86400) * SECOND;
        if (random_below(2) == 0)
            failed(&l.w, world_say(&l.w, OFFICER_1, "confirm", bytes_text("{\"signer\":1}")),
                   ERR_INPUT, "");
        world_wait(&l.w, 0);
        if (world_key_state(&l.w, &l.key) != KEY_SUSPENDED)
            continue;
        suspended++;
        world_decide(&l.w, "resume", world_resume_detail(&l.w, "key", l.id), OFFICER_2, APPROVER_2);
    }
    assert_true(suspended > 5);
}

/* First the team is dissolved, then, shortly before the end, the owner leaves. */
static void a_second_departure_buys_no_time(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes members = bytes_text("{\"members\":[\"approver-1\",\"officer-3\"]}");
    struct bytes path = world_replace(&l.w, world_object(&l.w, "path", "package"),
                                      "\"approvers\":\"approvers\"", "\"approvers\":\"releasers\"");
    const struct edit edits[] = {{"team", "releasers", members}, {"path", "package", path}};
    world_decide(&l.w, "policy", world_changes(&l.w, edits, 2), OFFICER_1, OFFICER_3);
    world_change(&l.w, "team", "releasers", BYTES_NONE);
    int64_t deadline = state_orphan(l.w.state, bytes_text("package"))->deadline;
    accepted(&l.w, world_say(&l.w, ENGINEER, "confirm", bytes_text("{\"signer\":\"package\"}")));
    deadline += LIFE_GRACE;
    world_wait_until(&l.w, deadline - DAY);
    world_leave(&l.w, "release-engineer");
    const struct orphan *o = state_orphan(l.w.state, bytes_text("package"));
    assert_int_equal(o->cause, ORPHAN_OWNER);
    assert_int_equal(o->deadline, deadline);
    refused(&l.w, world_say(&l.w, APPROVER_2, "confirm", bytes_text("{\"signer\":\"package\"}")),
            "confirm.twice");
    world_wait_until(&l.w, deadline);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
}

/* Whoever cleans up behind a retired path does not stop its signer. */
static void a_retired_path_needs_no_team(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes members = bytes_text("{\"members\":[\"approver-1\",\"officer-3\"]}");
    struct bytes path = world_replace(&l.w, world_object(&l.w, "path", "package"),
                                      "\"approvers\":\"approvers\"", "\"approvers\":\"releasers\"");
    const struct edit edits[] = {{"team", "releasers", members}, {"path", "old", path}};
    world_decide(&l.w, "policy", world_changes(&l.w, edits, 2), OFFICER_1, OFFICER_3);
    world_change(&l.w, "team", "releasers", BYTES_NONE);
    assert_non_null(state_orphan(l.w.state, bytes_text("package")));
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "path", "old"));
    assert_null(state_orphan(l.w.state, bytes_text("package")));
    world_change(&l.w, "team", "others", members);
    assert_null(state_orphan(l.w.state, bytes_text("package")));
}

/* ---- Old statements ---- */

static void decide_lift(struct living *l, const char *kind, const char *id)
{
    world_decide(&l->w, "lift", world_lift_detail(&l->w, kind, id), OFFICER_2, OFFICER_3);
}

/* Signed before the revocation, kept back, entered after the lift. */
static void a_lift_outdates_every_reduction_that_was_signed_before(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes suspend[] = {world_suspend_body(&l.w, "path", "package"),
                              world_suspend_body(&l.w, "key", l.id)};
    struct bytes retire = world_retire_body(&l.w, "path", "package");
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "path", "package", "superseded", 0));
    decide_lift(&l, "path", "package");
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "superseded", 0));
    decide_lift(&l, "key", l.id);
    for (size_t i = 0; i < 2; i++)
        refused(&l.w, world_say(&l.w, OFFICER_1, "suspend", suspend[i]), "suspend.activation");
    refused(&l.w, world_say(&l.w, OFFICER_1, "retire", retire), "retire.activation");
}

/* Signed after a lift, kept back, entered after a suspension was lifted as well. */
static void what_names_the_lift_is_outdated_by_the_next_activation(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    static const char *const kinds[] = {"key", "path"};
    const char *const ids[] = {l.id, "package"};
    for (size_t i = 0; i < 2; i++) {
        accepted(&l.w, world_revoke(&l.w, OFFICER_1, kinds[i], ids[i], "superseded", 0));
        decide_lift(&l, kinds[i], ids[i]);
        struct bytes body = world_revoke_body(&l.w, kinds[i], ids[i], "superseded", 0);
        accepted(&l.w, world_suspend(&l.w, OFFICER_1, kinds[i], ids[i]));
        world_decide(&l.w, "resume", world_resume_detail(&l.w, kinds[i], ids[i]), OFFICER_2,
                     APPROVER_2);
        refused(&l.w, world_say(&l.w, OFFICER_1, "revoke", body), "revoke.activation");
        accepted(&l.w, world_revoke(&l.w, OFFICER_1, kinds[i], ids[i], "superseded", 0));
    }
}

/* ---- What one person does twice ---- */

/* Revoked, and then found to be compromised: still one person's word, which others can lift. */
static void whoever_revokes_twice_does_not_make_it_final(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t leaf[32];
    living_make(&l);
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "superseded", l.w.now));
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "keyCompromise", 0));
    struct bytes detail = world_lift_detail(&l.w, "key", l.id);
    refused(&l.w, world_propose(&l.w, OFFICER_1, "lift", detail), "proposal.self");
    accepted(&l.w, world_propose(&l.w, ENGINEER, "lift", detail));
    memcpy(leaf, l.w.leaf, sizeof leaf);
    refused(&l.w, world_approve(&l.w, OFFICER_1, leaf), "approval.self");
    accepted(&l.w, world_approve(&l.w, OFFICER_2, leaf));
    accepted(&l.w, world_approve(&l.w, OFFICER_3, leaf));
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    assert_int_equal(state_view(l.w.state, TABLE_REVOCATIONS)->count, 0);
    assert_int_equal(state_view(l.w.state, TABLE_RATIFICATIONS)->count, 0);
    accepted(&l.w, world_use(&l.w, &l.key, "again"));
}

/* Revoked while the old key signs on: lifting it must not leave the signer with the old one. */
static void revoking_a_new_key_during_the_overlap_can_be_undone(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) next = {0};
    living_make(&l);
    world_standby(&l.w, &next, "package");
    world_decide(&l.w, "rollover",
                 world_rollover_detail(&l.w, "package", &l.key, &next, "0", 86400), OFFICER_1,
                 OFFICER_3);
    const char *id = world_hex(&l.w, BYTES_OF(next.id));
    world_wait(&l.w, MINUTE);
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", id, "superseded", l.w.now));
    decide_lift(&l, "key", id);
    assert_int_equal(world_key_state(&l.w, &next), KEY_ACTIVE);
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
    accepted(&l.w, world_use(&l.w, &next, "again"));
}

/* ---- What is over ---- */

static void a_retired_path_leaves_nothing_to_ratify(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "path", "package"));
    assert_int_equal(state_view(l.w.state, TABLE_RATIFICATIONS)->count, 1);
    accepted(&l.w, world_retire(&l.w, OFFICER_2, "path", "package"));
    assert_int_equal(state_view(l.w.state, TABLE_RATIFICATIONS)->count, 0);
    world_wait(&l.w, 2 * WORLD_RATIFY * SECOND);
    assert_int_equal(world_findings(&l.w, "ratification.overdue"), 0);
}

/* The old key, suspended during the overlap, would come back when it is resumed and never end. */
static void a_rollover_is_not_replaced_before_its_old_key_has_ended(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) second = {0};
    AUTO_VALUE(world_key) third = {0};
    living_make(&l);
    world_standby(&l.w, &second, "package");
    world_standby(&l.w, &third, "package");
    world_decide(&l.w, "rollover",
                 world_rollover_detail(&l.w, "package", &l.key, &second, "0", 86400), OFFICER_1,
                 OFFICER_3);
    assert_int_equal(world_key_state(&l.w, &second), KEY_ACTIVE);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "key", l.id));
    struct bytes next = world_rollover_detail(&l.w, "package", &second, &third, "null", 0);
    refused(&l.w, world_propose(&l.w, ENGINEER, "rollover", next), "rollover.open");
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
    accepted(&l.w, world_propose(&l.w, ENGINEER, "rollover", next));
}

static bool is_work(const struct rules_state *s, enum work_kind kind)
{
    struct work work = {.kind = WORK_NONE};
    struct err e;
    for (size_t n = 0; n == 0 || work.kind != WORK_NONE; n++) {
        ok_call(rules_work(&work, s, n, &e), e);
        if (work.kind == kind)
            return true;
    }
    return false;
}

/* Its certificate is revoked, not its key: what it was to sign is under way. */
static void a_ca_without_certificate_certifies_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t proposal[32];
    living_make(&l);
    accepted(&l.w, world_propose(
                       &l.w, ENGINEER, "issuance",
                       world_issuance_detail(&l.w, &l.key, "private", "package", "package", 3600)));
    memcpy(proposal, l.w.leaf, sizeof proposal);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    accepted(&l.w, world_issue(&l.w, proposal));
    struct bytes certificate = world_certificate_body(&l.w, l.w.leaf, &l.w.ca);
    assert_true(is_work(l.w.state, WORK_CERTIFY));
    world_decide(&l.w, "revoke-ca",
                 world_format(&l.w,
                              "{\"subject\":\"certificate\",\"id\":\"%s\",\"reason\":"
                              "\"cACompromise\",\"effective\":0}",
                              world_number(&l.w, &l.w.ca)),
                 OFFICER_1, OFFICER_2);
    assert_false(is_work(l.w.state, WORK_CERTIFY));
    refused(&l.w, world_enter(&l.w, "certificate", certificate), "certificate.issuer");
}

/* ---- What one person can silence ---- */

static void suspending_the_lists_key_does_not_stop_the_list(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) list = {0};
    struct publication p;
    struct err e;
    living_make(&l);
    world_role_key(&l.w, &list, "list", &l.w.root);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "key", world_hex(&l.w, BYTES_OF(list.id))));
    world_revoke_key(&l.w, &l.key);
    accepted(&l.w, world_status(&l.w));
    ok_call(rules_publication(&p, l.w.state, 0, &e), e);
    assert_int_equal(p.kind, PUBLICATION_LIST);
}

/* ---- Beginning without people ---- */

static void begin(struct world *w)
{
    struct err e;
    memset(w, 0, sizeof *w);
    w->arena = ARENA((size_t)1 << 31);
    w->now = WORLD_START;
    outcome_init(&w->out);
    ok_call(rules_new(&w->state, &e), e);
    ok_call(rules_digest(w->state, w->digest, &e), e);
}

static void no_signer_is_founded_without_its_owner(void **state)
{
    (void)state;
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    static const char life[] = "{\"kind\":\"life\",\"id\":\"internal-package\",\"replaces\":null,"
                               "\"value\":{\"renew\":0,\"warn\":0,\"alarm\":0,\"unused\":0,"
                               "\"grace\":1,\"timestamp\":false}},";
    AUTO_VALUE(world) w;
    begin(&w);
    struct bytes policy = world_policy(&w);
    policy = world_format(&w, "[%s%.*s", life, (int)policy.size - 1, (const char *)policy.data + 1);
    policy = world_replace(&w, policy, "\"owner\":\"release-engineer\"", "\"owner\":\"nobody\"");
    struct bytes statement = world_genesis_statement(&w, false, policy);
    statement = world_replace(&w, statement, "\"rules\":1", "\"rules\":2");
    refused(&w, world_enter(&w, "genesis", world_genesis_body(&w, statement, founders, 2)),
            "policy.reference");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_entry_does_not_hide_what_a_change_of_policy_made_due),
        cmocka_unit_test(what_was_refused_never_shows),
        cmocka_unit_test(a_second_departure_buys_no_time),
        cmocka_unit_test(a_retired_path_needs_no_team),
        cmocka_unit_test(a_lift_outdates_every_reduction_that_was_signed_before),
        cmocka_unit_test(what_names_the_lift_is_outdated_by_the_next_activation),
        cmocka_unit_test(whoever_revokes_twice_does_not_make_it_final),
        cmocka_unit_test(revoking_a_new_key_during_the_overlap_can_be_undone),
        cmocka_unit_test(a_retired_path_leaves_nothing_to_ratify),
        cmocka_unit_test(a_rollover_is_not_replaced_before_its_old_key_has_ended),
        cmocka_unit_test(a_ca_without_certificate_certifies_nothing),
        cmocka_unit_test(suspending_the_lists_key_does_not_stop_the_list),
        cmocka_unit_test(no_signer_is_founded_without_its_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
