/*
 * Ways to raise trust without the people that it takes: alone, with two keys, with approvals that
 * no longer count or were given for something else.
 */
#include "world.h"

static struct bytes key_detail(struct world *w)
{
    return world_key_detail(w, "desktop", "soft", "p-256");
}

static void nobody_approves_his_own_proposal(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    accepted(&w, world_propose(&w, OFFICER_1, "key", key_detail(&w)));
    refused(&w, world_approve(&w, OFFICER_1, w.leaf), "duty.key.propose/key.approve");
}

static void nobody_approves_his_own_grant_whatever_policy_says(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant_by(&w, APPROVER_1, world_grant_body(&w, "package", jar, 1, 60)));
    refused(&w, world_approve(&w, APPROVER_1, w.grant), "duty.grant.request/grant.approve");
    uint8_t grant[32];
    memcpy(grant, w.grant, sizeof grant);
    world_change(&w, "duty", "grant", BYTES_NONE);
    refused(&w, world_approve(&w, APPROVER_1, grant), "approval.self");
    accepted(&w, world_approve(&w, APPROVER_2, grant));
}

static void one_person_is_no_quorum_with_two_keys_either(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_3, leaf));
    refused(&w, world_approve(&w, OFFICER_3, leaf), "approval.again");
    refused(&w, world_approve(&w, OFFICER_3_AGAIN, leaf), "approval.again");
    assert_false(state_decision(w.state, bytes_make(leaf, 32))->approved);
}

static void who_does_not_decide_cannot_approve(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    refused(&w, world_approve(&w, APPROVER_1, w.leaf), "approval.team");
}

static void a_pipeline_neither_proposes_nor_decides(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct bytes body =
        world_format(&w, "{\"kind\":\"key\",\"detail\":%s}", (const char *)key_detail(&w).data);
    struct statement s = world_statement(&w, "proposal", bytes_text("workload/machine"), body);
    refused(&w, world_enter(&w, "proposal", world_signed(&w, &s, MACHINE)), "actor.person");
    accepted(&w, world_say(&w, ENGINEER, "proposal", body));
    body = world_format(&w, "{\"subject\":\"%s\"}", world_base64(&w, BYTES_OF(w.leaf)));
    s = world_statement(&w, "approval", bytes_text("workload/machine"), body);
    refused(&w, world_enter(&w, "approval", world_signed(&w, &s, MACHINE)), "actor.person");
}

static void what_a_removed_person_approved_does_not_count(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_2, leaf));
    struct edit edit = {.kind = "team", .id = "officers"};
    edit.value = bytes_text("{\"members\":[\"officer-1\",\"approver-2\",\"officer-3\"]}");
    world_decide(&w, "policy", world_changes(&w, &edit, 1), OFFICER_1, OFFICER_3);
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
    assert_false(state_decision(w.state, bytes_make(leaf, 32))->approved);
    accepted(&w, world_approve(&w, APPROVER_2, leaf));
    assert_true(state_decision(w.state, bytes_make(leaf, 32))->approved);
}

static void what_a_new_duty_forbids_does_not_count(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    world_change(&w, "duty", "key", BYTES_NONE);
    accepted(&w, world_propose(&w, OFFICER_1, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
    world_change(&w, "duty", "key",
                 bytes_text("{\"first\":\"key.propose\",\"second\":\"key.approve\"}"));
    accepted(&w, world_approve(&w, OFFICER_2, leaf));
    assert_false(state_decision(w.state, bytes_make(leaf, 32))->approved);
    accepted(&w, world_approve(&w, OFFICER_3, leaf));
    assert_true(state_decision(w.state, bytes_make(leaf, 32))->approved);
}

static void who_was_removed_can_say_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    const struct edit edits[] = {
        {"team", "approvers",
         bytes_text("{\"members\":[\"approver-1\",\"officer-1\",\"officer-3\"]}")},
        {"team", "certifiers",
         bytes_text("{\"members\":[\"officer-1\",\"officer-2\",\"officer-3\",\"approver-1\"]}")},
        {"signer", "package",
         world_replace(&w, world_object(&w, "signer", "package"), "approver-2", "approver-1")},
        {"signer", "container",
         world_replace(&w, world_object(&w, "signer", "container"), "approver-2", "approver-1")},
        {"signer", "desktop",
         world_replace(&w, world_object(&w, "signer", "desktop"), "approver-2", "approver-1")},
        {"signer", "firmware",
         world_replace(&w, world_object(&w, "signer", "firmware"), "approver-2", "approver-1")},
        {"person", "approver-2", BYTES_NONE},
    };
    world_decide(&w, "policy", world_changes(&w, edits, 7), OFFICER_1, OFFICER_2);
    refused(&w, world_propose(&w, APPROVER_2, "key", key_detail(&w)), "actor.unknown");
    refused(&w, world_suspend(&w, APPROVER_2, "path", "desktop"), "actor.unknown");
    /* And the handle is nobody else's ever after. */
    struct edit edit = {.kind = "person", .id = "approver-2"};
    edit.value = world_replace(&w, world_object(&w, "person", "officer-1"),
                               world_base64(&w, hand_blob(OFFICER_1)),
                               world_base64(&w, hand_blob(OUTSIDER)));
    refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)),
            "policy.handle");
}

static void a_handle_is_not_exchanged_within_one_proposal(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct bytes value = world_object(&w, "person", "officer-1");
    struct bytes old = world_changes(&w, &(struct edit){"person", "officer-1", BYTES_NONE}, 1);
    /* The second change adds what the first has removed. */
    struct bytes detail = world_format(
        &w, "%.*s,{\"kind\":\"person\",\"id\":\"officer-1\",\"replaces\":null,\"value\":%s}]}",
        (int)old.size - 2, (const char *)old.data, (const char *)value.data);
    refused(&w, world_propose(&w, ENGINEER, "policy", detail), "policy.handle");
}

static void a_key_that_is_nobodys_signs_for_nobody(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct bytes body =
        world_format(&w, "{\"kind\":\"key\",\"detail\":%s}", (const char *)key_detail(&w).data);
    struct statement s = world_statement(&w, "proposal", bytes_text("person/officer-1"), body);
    failed(&w, world_enter(&w, "proposal", world_signed(&w, &s, OUTSIDER)), ERR_AUTH,
           "not an authenticator");
    failed(&w, world_enter(&w, "proposal", world_signed(&w, &s, OFFICER_2)), ERR_AUTH,
           "not an authenticator");
    s = world_statement(&w, "proposal", bytes_text("person/outsider"), body);
    refused(&w, world_enter(&w, "proposal", world_signed(&w, &s, OUTSIDER)), "actor.unknown");
    s = world_statement(&w, "proposal", bytes_text("officer-1"), body);
    refused(&w, world_enter(&w, "proposal", world_signed(&w, &s, OFFICER_1)), "actor.unknown");
}

static void an_approval_is_for_one_leaf_only(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    leaf[0] ^= 1;
    failed(&w, world_approve(&w, OFFICER_1, leaf), ERR_NOT_FOUND, "no open proposal");
    /* By index: the statement names leaf hashes alone. */
    failed(&w, world_say(&w, OFFICER_1, "approval", bytes_text("{\"subject\":1}")), ERR_INPUT,
           "subject");
    failed(&w, world_say(&w, OFFICER_1, "approval", bytes_text("{\"index\":1}")), ERR_INPUT,
           "index");
    /* An approval of a grant's twin is none of it. */
    struct bytes jar = world_artifact(&w, "app-1.exe", "pe", "image");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "desktop", jar, 1, 60)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "desktop", jar, 1, 60)));
    accepted(&w, world_approve(&w, APPROVER_1, leaf));
    assert_null(state_grant(w.state, BYTES_OF(w.grant)));
    assert_non_null(state_grant(w.state, BYTES_OF(leaf)));
}

static void a_decided_subject_takes_no_more(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
    accepted(&w, world_approve(&w, OFFICER_2, leaf));
    refused(&w, world_approve(&w, OFFICER_3, leaf), "approval.done");
    /* Until the keeper has carried it out, a no still counts; afterwards nothing does. */
    accepted(&w, world_reject(&w, OFFICER_3, leaf));
    refused(&w, world_approve(&w, OFFICER_3, leaf), "proposal.rejected");
    refused(&w, world_reject(&w, OFFICER_3, leaf), "proposal.rejected");

    accepted(&w, world_propose(&w, ENGINEER, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    w.now += WORLD_PROPOSAL_AGE;
    refused(&w, world_approve(&w, OFFICER_1, leaf), "proposal.expired");

    struct edit edit = {.kind = "token", .id = "third", .value = bytes_text("{\"software\":true}")};
    accepted(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
    accepted(&w, world_approve(&w, OFFICER_2, leaf));
    refused(&w, world_approve(&w, OFFICER_3, leaf), "proposal.done");
}

static void a_no_is_said_only_by_those_concerned(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    accepted(&w, world_propose(&w, APPROVER_1, "key", key_detail(&w)));
    memcpy(leaf, w.leaf, sizeof leaf);
    refused(&w, world_reject(&w, ENGINEER, leaf), "rejection.team");
    accepted(&w, world_reject(&w, APPROVER_1, leaf)); /* the one who asked */
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "package", jar, 1, 60)));
    refused(&w, world_reject(&w, ENGINEER, w.grant), "rejection.team");
    accepted(&w, world_reject(&w, APPROVER_2, w.grant));
    refused(&w, world_close(&w), "grant.rejected");
}

static void a_pending_grant_can_be_ended_though_its_path_is_suspended_or_gone(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t first[32];
    world_found(&w, false);
    struct bytes image = world_artifact(&w, "app-1.exe", "pe", "image");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "desktop", image, 1, 60)));
    memcpy(first, w.grant, sizeof first);
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "desktop", image, 1, 60)));
    accepted(&w, world_suspend(&w, OFFICER_1, "path", "desktop"));
    refused(&w, world_approve(&w, APPROVER_1, first), "path.suspended");
    accepted(&w, world_reject(&w, APPROVER_2, first));
    world_change(&w, "path", "desktop", BYTES_NONE);
    refused(&w, world_reject(&w, ENGINEER, w.grant), "rejection.team");
    accepted(&w, world_reject(&w, OFFICER_2, w.grant));
}

static void who_made_a_key_certified_does_not_approve_its_certificate(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    world_found(&w, false);
    world_ready(&w);
    world_key_plan(&w, &key, "desktop", "soft", "p-256");
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    accepted(
        &w, world_propose(&w, APPROVER_1, "issuance",
                          world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400)));
    refused(&w, world_approve(&w, OFFICER_1, w.leaf), "duty.key.approve/issuance.approve");
    refused(&w, world_approve(&w, APPROVER_1, w.leaf), "duty.issuance.propose/issuance.approve");
    accepted(&w, world_approve(&w, APPROVER_2, w.leaf));
}

static void a_duty_holds_for_who_proposes_too(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    world_change(&w, "duty", "more",
                 bytes_text("{\"first\":\"suspend\",\"second\":\"resume.propose\"}"));
    accepted(&w, world_suspend(&w, OFFICER_1, "path", "desktop"));
    struct bytes detail = world_resume_detail(&w, "path", "desktop");
    refused(&w, world_propose(&w, OFFICER_1, "resume", detail), "duty.suspend/resume.propose");
    accepted(&w, world_propose(&w, OFFICER_2, "resume", detail));
    refused(&w, world_approve(&w, OFFICER_1, w.leaf), "duty.suspend/resume.approve");
}

static void policy_and_rules_are_not_changed_alone(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct edit edit = {.kind = "token", .id = "third", .value = bytes_text("{\"software\":true}")};
    accepted(&w, world_propose(&w, OFFICER_1, "policy", world_changes(&w, &edit, 1)));
    refused(&w, world_approve(&w, OFFICER_1, w.leaf), "duty.policy.propose/policy.approve");
    refused(&w, world_propose(&w, OFFICER_1, "rules", bytes_text("{\"version\":1}")),
            "rules.version");
    refused(&w, world_propose(&w, OFFICER_1, "rules", bytes_text("{\"version\":3}")),
            "rules.version");
    failed(&w, world_propose(&w, OFFICER_1, "coup", bytes_text("{\"version\":2}")), ERR_INPUT,
           "no kind of proposal");
}

static void a_security_key_must_have_been_touched(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    world_found(&w, false);
    struct statement s = world_statement(
        &w, "proposal", bytes_text("person/approver-1"),
        world_format(&w, "{\"kind\":\"key\",\"detail\":%s}", (const char *)key_detail(&w).data));
    statement_write(&text, &s);
    hand_sign_as(&signature, APPROVER_1, "sealward-statement", buf_bytes(&text), 0);
    failed(&w,
           world_enter(
               &w, "proposal",
               world_evidence(&w, buf_bytes(&text), buf_bytes(&signature), BYTES_NONE, BYTES_NONE)),
           ERR_AUTH, "touch");
    struct edit edit = {.kind = "person", .id = "approver-1"};
    edit.value = world_replace(&w, world_object(&w, "person", "approver-1"),
                               "\"verification\":false", "\"verification\":true");
    world_decide(&w, "policy", world_changes(&w, &edit, 1), OFFICER_1, OFFICER_2);
    failed(&w, world_propose(&w, APPROVER_1, "key", key_detail(&w)), ERR_AUTH, "verify its user");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_approves_his_own_proposal),
        cmocka_unit_test(nobody_approves_his_own_grant_whatever_policy_says),
        cmocka_unit_test(one_person_is_no_quorum_with_two_keys_either),
        cmocka_unit_test(who_does_not_decide_cannot_approve),
        cmocka_unit_test(a_pipeline_neither_proposes_nor_decides),
        cmocka_unit_test(what_a_removed_person_approved_does_not_count),
        cmocka_unit_test(what_a_new_duty_forbids_does_not_count),
        cmocka_unit_test(who_was_removed_can_say_nothing),
        cmocka_unit_test(a_handle_is_not_exchanged_within_one_proposal),
        cmocka_unit_test(a_key_that_is_nobodys_signs_for_nobody),
        cmocka_unit_test(an_approval_is_for_one_leaf_only),
        cmocka_unit_test(a_decided_subject_takes_no_more),
        cmocka_unit_test(a_no_is_said_only_by_those_concerned),
        cmocka_unit_test(a_pending_grant_can_be_ended_though_its_path_is_suspended_or_gone),
        cmocka_unit_test(who_made_a_key_certified_does_not_approve_its_certificate),
        cmocka_unit_test(a_duty_holds_for_who_proposes_too),
        cmocka_unit_test(policy_and_rules_are_not_changed_alone),
        cmocka_unit_test(a_security_key_must_have_been_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
