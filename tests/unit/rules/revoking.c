/*
 * Ending trust: what one person may do at once, what a quorum makes of it, and what is refused
 * afterwards.
 */
#include "world_revoking.h"

#include "rules/view.h"

struct story {
    struct world w;
    struct world_key key; /* of signer "package" */
    struct world_key list;
    const char *id; /* hex of the key's */
    const char *number;
};

static void story_done(struct story *s)
{
    world_key_done(&s->key);
    world_key_done(&s->list);
    world_done(&s->w);
}
AUTO_DONE(story)

static void story_make(struct story *s)
{
    *s = (struct story){.id = NULL};
    world_found(&s->w, false);
    world_ready(&s->w);
    world_second(&s->w);
    world_key_make(&s->w, &s->key, "package");
    world_role_key(&s->w, &s->list, "list", &s->w.root);
    s->id = world_hex(&s->w, BYTES_OF(s->key.id));
    s->number = world_number(&s->w, &s->key);
}

static bool grant(struct story *s)
{
    struct bytes jar = world_artifact(&s->w, "tool.jar", "jar", "the jar");
    return world_grant(&s->w, "ci-app", world_grant_body(&s->w, "package", jar, 4, 3600));
}

static struct bytes digest_of(struct story *s, const char *content)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_copy(&s->w, BYTES_OF(digest));
}

static int key_state(const struct story *s)
{
    return state_key(s->w.state, BYTES_OF(s->key.id))->state;
}

static void a_compromised_key_signs_nothing_from_the_entry_on(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, grant(&s));
    accepted(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")));
    struct bytes request = s.w.text;
    accepted(&s.w, world_revoke(&s.w, APPROVER_2, "key", s.id, "keyCompromise", 0));
    assert_int_equal(key_state(&s), KEY_COMPROMISED);
    assert_non_null(state_revocation(s.w.state, REVOKED_CERTIFICATE, bytes_text(s.number)));
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "two")), "key.state");

    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    ok_call(entry_read(&entry, request, &arena, &s.w.e), s.w.e);
    refused(&s.w, rules_sign_again(s.w.state, &entry, 0, s.w.now, &out, &s.w.e), "key.state");
}

static void a_superseded_key_is_deactivated_and_may_turn_out_compromised(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "superseded", s.w.now));
    assert_int_equal(key_state(&s), KEY_DEACTIVATED);
    refused(&s.w, world_revoke(&s.w, OFFICER_2, "key", s.id, "superseded", 0), "revoke.already");
    int64_t first = s.w.now;
    struct bytes detail =
        world_format(&s.w, "{\"entry\":\"%s\"}",
                     world_base64(&s.w, world_revocation(&s.w, REVOKED_KEY, s.id)->leaf));
    accepted(&s.w, world_propose(&s.w, ENGINEER, "ratify", detail));
    accepted(&s.w, world_approve(&s.w, OFFICER_2, s.w.leaf));
    s.w.now += HOUR;
    accepted(&s.w, world_revoke(&s.w, OFFICER_2, "key", s.id, "keyCompromise", 0));
    assert_int_equal(key_state(&s), KEY_COMPROMISED);
    const struct revocation *r = world_revocation(&s.w, REVOKED_KEY, s.id);
    assert_int_equal(r->time, first);
    assert_int_equal(r->effective, 0);
    assert_int_equal(r->reason, REVOKE_KEY_COMPROMISE);
    r = world_revocation(&s.w, REVOKED_CERTIFICATE, s.number);
    assert_int_equal(r->reason, REVOKE_KEY_COMPROMISE);
    refused(&s.w, world_propose(&s.w, ENGINEER, "lift", world_lift_detail(&s.w, "key", s.id)),
            "lift.worse");
}

static void a_revoked_certificate_counts_for_no_signature_and_a_new_one_does(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    uint8_t proposal[32];
    story_make(&s);
    accepted(&s.w, grant(&s));
    accepted(&s.w,
             world_revoke(&s.w, ENGINEER, "certificate", s.number, "affiliationChanged", s.w.now));
    assert_int_equal(key_state(&s), KEY_ACTIVE);
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")), "key.certificate");
    accepted(&s.w, world_propose(&s.w, ENGINEER, "issuance",
                                 world_issuance_detail(&s.w, &s.key, "private", "package",
                                                       "package", 86400)));
    memcpy(proposal, s.w.leaf, sizeof proposal);
    accepted(&s.w, world_approve(&s.w, OFFICER_3, proposal));
    accepted(&s.w, world_approve(&s.w, APPROVER_1, proposal));
    accepted(&s.w, world_issue(&s.w, proposal));
    accepted(&s.w,
             world_enter(&s.w, "certificate", world_certificate_body(&s.w, s.w.leaf, &s.w.ca)));
    accepted(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")));
}

static void a_revoked_path_opens_and_uses_no_grant(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, grant(&s));
    accepted(&s.w,
             world_revoke(&s.w, ENGINEER, "path", "package", "keyCompromise", s.w.now - HOUR));
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")), "path.revoked");
    refused(&s.w, grant(&s), "path.revoked");
    assert_int_equal(key_state(&s), KEY_ACTIVE);
}

static void a_revoked_artifact_is_not_declared_any_more(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    uint8_t id[32];
    uint8_t jar[32];
    AUTO_VALUE(buf) text = BUF(256);
    story_make(&s);
    digest_sha256(jar, bytes_text("the jar"));
    buf_put(&text, bytes_make("jar\0sha256\0", 11));
    buf_put(&text, BYTES_OF(jar));
    digest_sha256(id, buf_bytes(&text));
    const char *hex = world_hex(&s.w, BYTES_OF(id));
    refused(&s.w, world_revoke(&s.w, ENGINEER, "artifact", hex, "keyCompromise", 0),
            "revoke.entitled");
    accepted(&s.w, grant(&s));
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "artifact", hex, "privilegeWithdrawn", 0));
    refused(&s.w, grant(&s), "artifact.revoked");
}

static void one_signature_is_revoked_by_the_request_that_asked_for_it(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, grant(&s));
    struct request_item items[] = {{.digest = digest_of(&s, "zero"), .artifact = -1},
                                   {.digest = digest_of(&s, "one"), .artifact = -1}};
    accepted(&s.w, world_sign_items(&s.w, &s.key, items, 2));
    struct evidence_plan plan = {.entry = s.w.count - 1,
                                 .item = 1,
                                 .id =
                                     bytes_text(world_signature_id(&s.w, &s.key, items[1].digest))};
    accepted(&s.w, world_enter(&s.w, "revoke", world_revoke_signature_body(&s.w, ENGINEER, &plan)));
    const struct revocation *r =
        world_revocation(&s.w, REVOKED_SIGNATURE, (const char *)plan.id.data);
    assert_true(bytes_is(r->signer, "package"));
    accepted(&s.w, grant(&s));
    refused(&s.w, world_sign(&s.w, &s.key, items[1].digest), "signature.revoked");
    accepted(&s.w, world_sign(&s.w, &s.key, items[0].digest));
}

static void a_signature_that_the_rulebook_built_is_revoked_with_its_artifact(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(world_key) firmware = {0};
    story_make(&s);
    world_key_make(&s.w, &firmware, "firmware");
    struct bytes artifact = world_artifact(&s.w, "fw-1.bin", "cms", "firmware");
    struct request_item built = {.artifact = 0};
    accepted(&s.w,
             world_grant(&s.w, "ci-app", world_grant_body(&s.w, "firmware", artifact, 1, 3600)));
    accepted(&s.w, world_approve(&s.w, APPROVER_1, s.w.grant));
    accepted(&s.w, world_approve(&s.w, OFFICER_3, s.w.grant));
    accepted(&s.w, world_sign_items(&s.w, &firmware, &built, 1));
    struct bytes digest = bytes_make(s.w.out.jobs[0].digest, s.w.out.jobs[0].digest_size);
    struct evidence_plan plan = {
        .entry = s.w.count - 1,
        .id = bytes_text(world_signature_id(&s.w, &firmware, world_copy(&s.w, digest)))};
    failed(&s.w, world_enter(&s.w, "revoke", world_revoke_signature_body(&s.w, OFFICER_1, &plan)),
           ERR_INPUT, "artifact");
    plan.artifact = artifact;
    accepted(&s.w,
             world_enter(&s.w, "revoke", world_revoke_signature_body(&s.w, OFFICER_1, &plan)));
}

static void a_quorum_ratifies_in_time_or_an_alarm_stands(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    uint8_t revoked[32];
    uint8_t suspended[32];
    story_make(&s);
    accepted(&s.w, world_suspend(&s.w, OFFICER_1, "path", "desktop"));
    memcpy(suspended, s.w.leaf, sizeof suspended);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    memcpy(revoked, s.w.leaf, sizeof revoked);
    struct bytes detail =
        world_format(&s.w, "{\"entry\":\"%s\"}", world_base64(&s.w, BYTES_OF(revoked)));
    accepted(&s.w, world_propose(&s.w, OFFICER_1, "ratify", detail));
    refused(&s.w, world_approve(&s.w, OFFICER_1, s.w.leaf), "approval.self");
    accepted(&s.w, world_approve(&s.w, OFFICER_2, s.w.leaf));
    assert_true(state_ratification(s.w.state, BYTES_OF(revoked))->ratified);
    refused(&s.w, world_propose(&s.w, OFFICER_1, "ratify", detail), "ratify.waiting");
    refused(&s.w, world_propose(&s.w, OFFICER_2, "lift", world_lift_detail(&s.w, "key", s.id)),
            "lift.ratified");

    s.w.now += WORLD_RATIFY * SECOND;
    accepted(&s.w, world_status(&s.w));
    assert_non_null(s.w.out.findings);
    assert_string_equal(s.w.out.findings->kind, "ratification.overdue");
    assert_null(s.w.out.findings->next);
    assert_true(state_ratification(s.w.state, BYTES_OF(suspended))->overdue);
    assert_false(state_ratification(s.w.state, BYTES_OF(revoked))->overdue);
    detail = world_format(&s.w, "{\"entry\":\"%s\"}", world_base64(&s.w, BYTES_OF(suspended)));
    accepted(&s.w, world_propose(&s.w, ENGINEER, "ratify", detail));
    accepted(&s.w, world_approve(&s.w, OFFICER_3, s.w.leaf));
    assert_true(state_ratification(s.w.state, BYTES_OF(suspended))->ratified);
}

static void an_unratified_revocation_of_a_key_is_lifted_by_others(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    struct bytes detail = world_lift_detail(&s.w, "key", s.id);
    refused(&s.w, world_propose(&s.w, OFFICER_1, "lift", detail), "proposal.self");
    refused(
        &s.w,
        world_propose(&s.w, OFFICER_2, "lift", world_lift_detail(&s.w, "certificate", s.number)),
        "lift.key");
    accepted(&s.w, world_propose(&s.w, OFFICER_2, "lift", detail));
    uint8_t lift[32];
    memcpy(lift, s.w.leaf, sizeof lift);
    refused(&s.w, world_approve(&s.w, OFFICER_1, lift), "approval.self");
    accepted(&s.w, world_approve(&s.w, OFFICER_2, lift));
    accepted(&s.w, world_approve(&s.w, OFFICER_3, lift));
    assert_int_equal(key_state(&s), KEY_ACTIVE);
    assert_int_equal(state_view(s.w.state, TABLE_REVOCATIONS)->count, 0);
    accepted(&s.w, grant(&s));
    accepted(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")));
}

static void a_key_that_was_replaced_meanwhile_comes_back_without_signing(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(world_key) other = {0};
    story_make(&s);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    world_key_make(&s.w, &other, "package");
    world_decide(&s.w, "lift", world_lift_detail(&s.w, "key", s.id), OFFICER_2, OFFICER_3);
    assert_int_equal(key_state(&s), KEY_DEACTIVATED);
    assert_int_equal(state_key(s.w.state, BYTES_OF(other.id))->state, KEY_ACTIVE);
    assert_int_equal(state_view(s.w.state, TABLE_REVOCATIONS)->count, 0);
}

static void what_was_published_of_a_certificate_is_never_taken_back(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    uint8_t lift[32];
    story_make(&s);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    accepted(&s.w, world_status(&s.w));
    accepted(&s.w, world_propose(&s.w, OFFICER_2, "lift", world_lift_detail(&s.w, "key", s.id)));
    memcpy(lift, s.w.leaf, sizeof lift);
    accepted(&s.w, world_approve(&s.w, OFFICER_2, lift));
    accepted(&s.w, world_approve(&s.w, OFFICER_3, lift));
    assert_int_equal(key_state(&s), KEY_ACTIVE);
    assert_null(state_revocation(s.w.state, REVOKED_KEY, bytes_text(s.id)));
    refused(
        &s.w,
        world_propose(&s.w, OFFICER_2, "lift", world_lift_detail(&s.w, "certificate", s.number)),
        "lift.published");
    accepted(&s.w, grant(&s));
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")), "key.certificate");
}

static void a_suspended_key_that_was_revoked_comes_back_suspended(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_suspend(&s.w, OFFICER_1, "key", s.id));
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    world_decide(&s.w, "lift", world_lift_detail(&s.w, "key", s.id), OFFICER_2, OFFICER_3);
    assert_int_equal(key_state(&s), KEY_SUSPENDED);
    world_decide(&s.w, "resume", world_resume_detail(&s.w, "key", s.id), OFFICER_2, APPROVER_2);
    assert_int_equal(key_state(&s), KEY_ACTIVE);
}

static void an_effective_time_moves_back_by_a_quorum_only(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    int64_t then = s.w.now;
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", then));
    accepted(&s.w, world_status(&s.w));
    const char *leaf = world_base64(&s.w, world_revocation(&s.w, REVOKED_KEY, s.id)->leaf);
    struct bytes later =
        world_format(&s.w,
                     "{\"subject\":\"key\",\"id\":\"%s\",\"revocation\":\"%s\",\"effective\":%lld,"
                     "\"evidence\":\"logs\"}",
                     s.id, leaf, (long long)then);
    refused(&s.w, world_propose(&s.w, ENGINEER, "advance", later), "advance.effective");
    struct bytes earlier =
        world_format(&s.w,
                     "{\"subject\":\"key\",\"id\":\"%s\",\"revocation\":\"%s\",\"effective\":%lld,"
                     "\"evidence\":\"logs\"}",
                     s.id, leaf, (long long)(then - HOUR));
    world_decide(&s.w, "advance", earlier, OFFICER_1, OFFICER_2);
    const struct revocation *r = world_revocation(&s.w, REVOKED_KEY, s.id);
    assert_int_equal(r->effective, then - HOUR);
    assert_int_equal(r->status, -1);
    assert_int_equal(world_revocation(&s.w, REVOKED_CERTIFICATE, s.number)->effective, then - HOUR);
    assert_true(rules_status_due(s.w.state, s.w.now));
}

static void a_ca_falls_by_a_quorum_and_everything_below_it_with_it(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    const char *ca = world_hex(&s.w, BYTES_OF(s.w.ca.id));
    const char *number = world_number(&s.w, &s.w.ca);
    accepted(&s.w, grant(&s));
    refused(&s.w, world_revoke(&s.w, OFFICER_1, "key", ca, "keyCompromise", 0), "revoke.ca");
    refused(&s.w, world_revoke(&s.w, OFFICER_1, "certificate", number, "superseded", 0),
            "revoke.ca");
    struct bytes detail = world_format(
        &s.w, "{\"subject\":\"key\",\"id\":\"%s\",\"reason\":\"cACompromise\",\"effective\":0}",
        ca);
    refused(&s.w,
            world_propose(&s.w, ENGINEER, "revoke-ca",
                          world_replace(&s.w, detail, "cACompromise", "keyCompromise")),
            "revoke-ca.reason");
    refused(&s.w, world_propose(&s.w, ENGINEER, "revoke-ca", world_replace(&s.w, detail, ca, s.id)),
            "revoke-ca.ca");
    world_decide(&s.w, "revoke-ca", detail, OFFICER_1, OFFICER_2);
    assert_int_equal(state_key(s.w.state, BYTES_OF(s.w.ca.id))->state, KEY_COMPROMISED);
    assert_non_null(state_revocation(s.w.state, REVOKED_CERTIFICATE, bytes_text(number)));
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")), "key.certificate");
    refused(&s.w, world_propose(&s.w, ENGINEER, "lift", world_lift_detail(&s.w, "key", ca)),
            "lift.ratified");
    struct bytes again = world_issuance_detail(&s.w, &s.key, "private", "package", "package", 3600);
    uint8_t proposal[32];
    accepted(&s.w, world_propose(&s.w, ENGINEER, "issuance", again));
    memcpy(proposal, s.w.leaf, sizeof proposal);
    accepted(&s.w, world_approve(&s.w, OFFICER_3, proposal));
    accepted(&s.w, world_approve(&s.w, APPROVER_1, proposal));
    refused(&s.w, world_issue(&s.w, proposal), "issuance.issuer");
}

static void even_the_root_can_be_given_up(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    const char *root = world_hex(&s.w, BYTES_OF(s.w.root.id));
    accepted(&s.w, grant(&s));
    refused(&s.w, world_revoke(&s.w, OFFICER_1, "key", root, "keyCompromise", 0), "revoke.ca");
    struct bytes body = world_revoke_body(&s.w, "key", root, "superseded", 0);
    body = world_replace(&s.w, body, "\"key\"", "\"certificate\"");
    body = world_replace(&s.w, body, root, "0");
    refused(&s.w, world_say(&s.w, OFFICER_1, "revoke", body), "revoke.root");
    world_decide(&s.w, "revoke-ca",
                 world_format(&s.w,
                              "{\"subject\":\"key\",\"id\":\"%s\",\"reason\":\"cACompromise\","
                              "\"effective\":0}",
                              root),
                 OFFICER_1, OFFICER_2);
    assert_non_null(state_revocation(s.w.state, REVOKED_KEY, bytes_text(root)));
    assert_non_null(state_revocation(s.w.state, REVOKED_CERTIFICATE, bytes_text("0")));
    refused(&s.w, world_sign(&s.w, &s.key, digest_of(&s, "one")), "key.certificate");
}

static void views_tell_what_to_name_and_what_became_of_it(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) one = BUF(1 << 20);
    AUTO_VALUE(buf) all = BUF(1 << 20);
    story_make(&s);
    struct err e;
    ok_call(view_revocable(&one, s.w.state, bytes_text("certificate"), bytes_text(s.number), &e),
            e);
    (void)world_replace(&s.w, buf_bytes(&one), "\"signer\":\"package\",\"ca\":false", "");
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    accepted(&s.w, world_status(&s.w));
    ok_call(view_revocations(&all, s.w.state, &e), e);
    struct bytes text = buf_bytes(&all);
    (void)world_replace(&s.w, text, "\"status\":{\"number\":1,", "");
    (void)world_replace(&s.w, text, "\"reason\":\"keyCompromise\"", "");
    (void)world_replace(&s.w, text, "{\"class\":\"blind\",\"time\":null}", "");
    (void)world_replace(&s.w, text, "\"ratification\":{\"act\":\"revoke\",", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_compromised_key_signs_nothing_from_the_entry_on),
        cmocka_unit_test(a_superseded_key_is_deactivated_and_may_turn_out_compromised),
        cmocka_unit_test(a_revoked_certificate_counts_for_no_signature_and_a_new_one_does),
        cmocka_unit_test(a_revoked_path_opens_and_uses_no_grant),
        cmocka_unit_test(a_revoked_artifact_is_not_declared_any_more),
        cmocka_unit_test(one_signature_is_revoked_by_the_request_that_asked_for_it),
        cmocka_unit_test(a_signature_that_the_rulebook_built_is_revoked_with_its_artifact),
        cmocka_unit_test(a_quorum_ratifies_in_time_or_an_alarm_stands),
        cmocka_unit_test(an_unratified_revocation_of_a_key_is_lifted_by_others),
        cmocka_unit_test(a_key_that_was_replaced_meanwhile_comes_back_without_signing),
        cmocka_unit_test(what_was_published_of_a_certificate_is_never_taken_back),
        cmocka_unit_test(a_suspended_key_that_was_revoked_comes_back_suspended),
        cmocka_unit_test(an_effective_time_moves_back_by_a_quorum_only),
        cmocka_unit_test(a_ca_falls_by_a_quorum_and_everything_below_it_with_it),
        cmocka_unit_test(even_the_root_can_be_given_up),
        cmocka_unit_test(views_tell_what_to_name_and_what_became_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
