/* Owners and teams that leave, workloads that move. */
#include "world_living.h"

#include "base/hex.h"
#include "rules/ownership.h"
#include "rules/view.h"

static const struct orphan *orphan(struct living *l)
{
    return state_orphan(l->w.state, bytes_text("package"));
}

static bool confirm(struct living *l, enum hand hand, const char *signer)
{
    return world_say(&l->w, hand, "confirm", world_format(&l->w, "{\"signer\":\"%s\"}", signer));
}

/* Decided by two officers; the engineer may have left. */
static void own(struct living *l, const char *owner, const char *deputy)
{
    uint8_t leaf[32];
    accepted(&l->w, world_propose(&l->w, APPROVER_1, "ownership",
                                  world_ownership_detail(&l->w, "package", owner, deputy)));
    memcpy(leaf, l->w.leaf, sizeof leaf);
    accepted(&l->w, world_approve(&l->w, OFFICER_1, leaf));
    accepted(&l->w, world_approve(&l->w, OFFICER_3, leaf));
}

/* Like world_decide, by people who stay. */
static void decide(struct world *w, const char *kind, struct bytes detail)
{
    uint8_t leaf[32];
    accepted(w, world_propose(w, APPROVER_1, kind, detail));
    memcpy(leaf, w->leaf, sizeof leaf);
    accepted(w, world_approve(w, OFFICER_2, leaf));
    accepted(w, world_approve(w, OFFICER_3, leaf));
}

static void when_the_owner_leaves_the_deputy_is_asked(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    const struct orphan *o = orphan(&l);
    assert_non_null(o);
    assert_int_equal(o->cause, ORPHAN_OWNER);
    ok_text(o->who, "release-engineer");
    assert_int_equal(o->deadline, l.w.now + LIFE_GRACE);
    /* Signer "desktop" of a level with a life is an orphan too; levels without keep their owner. */
    assert_int_equal(world_findings(&l.w, "signer.orphan"), 2);
    assert_non_null(strstr(world_finding(&l.w, "signer.orphan"), "approver-2 must take over"));
    accepted(&l.w, world_use(&l.w, &l.key, "in the grace time"));
}

/* Signers of levels without `life` must always have owner and deputy, so they get new ones. */
static void levels_without_life_hold_on_to_their_owner(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes officers = bytes_text("{\"members\":[\"officer-1\",\"officer-3\"]}");
    struct bytes certifiers = bytes_text("{\"members\":[\"officer-1\",\"officer-3\","
                                         "\"approver-1\",\"approver-2\"]}");
    const struct edit edits[] = {{"team", "officers", officers},
                                 {"team", "certifiers", certifiers},
                                 {"person", "officer-2", BYTES_NONE}};
    refused(&l.w, world_propose(&l.w, APPROVER_1, "policy", world_changes(&l.w, edits, 3)),
            "policy.reference");
    assert_non_null(strstr(l.w.e.message, "officer-2"));
}

static void unconfirmed_the_keys_are_suspended_and_the_refusal_says_why(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    int64_t end = orphan(&l)->deadline;
    accepted(&l.w,
             world_grant(&l.w, "ci-app",
                         world_grant_body(&l.w, "package",
                                          world_artifact(&l.w, "a.jar", "jar", "a"), 4, 3600)));
    world_wait_until(&l.w, end - 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    struct bytes jar = world_artifact(&l.w, "tool.jar", "jar", "tool");
    accepted(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)));
    world_wait(&l.w, 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    assert_int_equal(world_findings(&l.w, "signer.suspended"), 1);
    assert_non_null(strstr(world_finding(&l.w, "signer.suspended"), "approver-2"));

    uint8_t digest[32];
    digest_sha256(digest, bytes_text("tool"));
    refused(&l.w, world_sign(&l.w, &l.key, BYTES_OF(digest)), "key.suspended");
    assert_non_null(strstr(l.w.e.message, "owner release-engineer left on 2027-01-15"));
    assert_non_null(strstr(l.w.e.hint, "approver-2 must take over"));
    refused(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)),
            "signer.orphan");
    assert_non_null(strstr(l.w.e.message, "owner release-engineer left on 2027-01-15"));
}

static void it_is_put_right_by_a_new_owner_and_then_resumed(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    world_wait_until(&l.w, orphan(&l)->deadline);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    /* Resuming the keys of a signer that nobody answers for is refused. */
    refused(&l.w, world_propose(&l.w, APPROVER_1, "resume", world_resume_detail(&l.w, "key", l.id)),
            "signer.orphan");
    own(&l, "approver-2", "approver-1");
    assert_null(orphan(&l));
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    decide(&l.w, "resume", world_resume_detail(&l.w, "key", l.id));
    accepted(&l.w, world_use(&l.w, &l.key, "again"));
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
}

static void the_deputy_confirms_once(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    refused(&l.w, confirm(&l, APPROVER_2, "package"), "confirm.orphan");
    world_leave(&l.w, "release-engineer");
    int64_t end = orphan(&l)->deadline;
    refused(&l.w, confirm(&l, OFFICER_1, "package"), "confirm.entitled");
    refused(&l.w, confirm(&l, APPROVER_2, "firmware"), "confirm.orphan");
    accepted(&l.w, confirm(&l, APPROVER_2, "package"));
    assert_int_equal(orphan(&l)->deadline, end + LIFE_GRACE);
    l.w.now += SECOND;
    refused(&l.w, confirm(&l, APPROVER_2, "package"), "confirm.twice");
    world_wait_until(&l.w, end + 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    world_wait_until(&l.w, end + LIFE_GRACE);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
    refused(&l.w, confirm(&l, APPROVER_2, "package"), "confirm.late");
}

static void a_confirmation_after_the_deadline_is_too_late(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    int64_t end = orphan(&l)->deadline;
    world_wait_until(&l.w, end - 1);
    l.w.now = end;
    refused(&l.w, confirm(&l, APPROVER_2, "package"), "confirm.late");
}

static void without_owner_and_deputy_a_proposal_still_puts_it_right(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    /* Both at once are refused: nobody would be left to ask. */
    own(&l, "approver-2", "release-engineer");
    world_leave(&l.w, "release-engineer");
    assert_null(orphan(&l));
    assert_int_equal(world_findings(&l.w, "signer.deputy"), 1);
    assert_non_null(strstr(world_finding(&l.w, "signer.deputy"), "package"));
    struct bytes approvers = bytes_text("{\"members\":[\"approver-1\",\"officer-3\"]}");
    struct bytes certifiers =
        bytes_text("{\"members\":[\"officer-1\",\"officer-3\",\"approver-1\"]}");
    const struct edit edits[] = {{"team", "approvers", approvers},
                                 {"team", "certifiers", certifiers},
                                 {"person", "approver-2", BYTES_NONE}};
    refused(&l.w, world_propose(&l.w, APPROVER_1, "policy", world_changes(&l.w, edits, 3)),
            "policy.reference");
}

static void a_dissolved_team_makes_an_orphan_whose_owner_confirms(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes own_team = bytes_text("{\"members\":[\"approver-1\",\"officer-3\"]}");
    struct bytes path = world_replace(&l.w, world_object(&l.w, "path", "package"),
                                      "\"approvers\":\"approvers\"", "\"approvers\":\"releasers\"");
    const struct edit edits[] = {{"team", "releasers", own_team}, {"path", "package", path}};
    world_decide(&l.w, "policy", world_changes(&l.w, edits, 2), OFFICER_1, OFFICER_3);
    world_change(&l.w, "team", "releasers", BYTES_NONE);
    const struct orphan *o = orphan(&l);
    assert_non_null(o);
    assert_int_equal(o->cause, ORPHAN_TEAM);
    ok_text(o->who, "releasers");
    refused(&l.w, confirm(&l, APPROVER_2, "package"), "confirm.entitled");
    accepted(&l.w, confirm(&l, ENGINEER, "package"));
    /* A path with a team that is there puts it right. */
    world_change(
        &l.w, "path", "package",
        world_replace(&l.w, world_object(&l.w, "path", "package"), "releasers", "approvers"));
    assert_null(orphan(&l));
}

static void nothing_begins_without_people(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct edit edit = {"signer", "package",
                        world_replace(&l.w, world_object(&l.w, "signer", "package"),
                                      "\"owner\":\"release-engineer\"", "\"owner\":\"nobody\"")};
    refused(&l.w, world_propose(&l.w, ENGINEER, "policy", world_changes(&l.w, &edit, 1)),
            "policy.reference");
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "ownership",
                          world_ownership_detail(&l.w, "package", "nobody", "approver-1")),
            "ownership.person");
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "ownership",
                          world_ownership_detail(&l.w, "package", "approver-1", "approver-1")),
            "policy.owner");
}

static void an_ownership_proposal_names_the_signer_in_force(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes detail = world_ownership_detail(&l.w, "package", "approver-1", "approver-2");
    own(&l, "approver-2", "approver-1");
    refused(&l.w, world_propose(&l.w, ENGINEER, "ownership", detail), "policy.replaces");
}

/* ---- Workloads that move ---- */

static struct bytes reconfirm_detail(struct living *l, const char *repository)
{
    uint8_t digest[32];
    struct bytes old = world_object(&l->w, "workload", "ci-app");
    digest_sha256(digest, old);
    struct bytes value =
        world_replace(&l->w, old, "\"value\":\"1001\"",
                      (const char *)world_format(&l->w, "\"value\":\"%s\"", repository).data);
    return world_format(&l->w, "{\"workload\":\"ci-app\",\"replaces\":\"%s\",\"value\":%.*s}",
                        world_base64(&l->w, BYTES_OF(digest)), (int)value.size,
                        (const char *)value.data);
}

static void a_moved_pipeline_is_confirmed_anew_and_what_it_had_open_ends(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    uint8_t open[32];
    uint8_t waiting[32];
    struct bytes jar = world_artifact(&l.w, "tool.jar", "jar", "tool");
    accepted(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)));
    memcpy(open, l.w.leaf, sizeof open);
    accepted(&l.w,
             world_grant(&l.w, "ci-app",
                         world_grant_body(&l.w, "desktop",
                                          world_artifact(&l.w, "app-1.exe", "pe", "app"), 1, 60)));
    memcpy(waiting, l.w.leaf, sizeof waiting);
    world_decide(&l.w, "reconfirm", reconfirm_detail(&l, "2002"), OFFICER_1, OFFICER_3);
    assert_null(state_grant(l.w.state, BYTES_OF(open)));
    assert_null(state_decision(l.w.state, BYTES_OF(waiting)));
    /* The old pipeline's token says another repository now. */
    refused(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)),
            "identity.claim");
    assert_non_null(strstr(l.w.e.message, "repository_id"));
    assert_non_null(strstr(l.w.e.message, "2002"));
    assert_non_null(strstr(l.w.e.message, "1001"));
}

static void a_policy_that_changes_a_workload_ends_what_it_had_open(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes jar = world_artifact(&l.w, "tool.jar", "jar", "tool");
    accepted(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)));
    uint8_t open[32];
    memcpy(open, l.w.leaf, sizeof open);
    world_change(&l.w, "workload", "ci-app",
                 world_replace(&l.w, world_object(&l.w, "workload", "ci-app"), "c0ffee", "decade"));
    assert_null(state_grant(l.w.state, BYTES_OF(open)));
}

static void what_a_workload_reaches_is_listed(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    living_make(&l);
    struct bytes jar = world_artifact(&l.w, "tool.jar", "jar", "tool");
    accepted(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package", jar, 4, 3600)));
    ok_call(view_reach(&b, l.w.state, bytes_text("ci-app"), &e), e);
    assert_non_null(strstr(buf_string(&b), "{\"path\":\"package\",\"signer\":\"package\""));
    assert_non_null(strstr(buf_string(&b), l.id));
    assert_non_null(strstr(buf_string(&b), world_base64(&l.w, BYTES_OF(l.w.leaf))));
    buf_reset(&b);
    ok_err(view_reach(&b, l.w.state, bytes_text("nobody"), &e), e, ERR_NOT_FOUND, "nobody");
}

/* ---- Tokens explained ---- */

static struct bytes explain(struct living *l, struct bytes token)
{
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    ok_call(rules_explain(&b, l->w.state, token, l->w.now, &e), e);
    return world_copy(&l->w, buf_bytes(&b));
}

static void a_token_is_explained_claim_by_claim(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct token_plan plan = world_token_plan(&l.w);
    const char *said = (const char *)explain(&l, world_token(&l.w, &plan, bytes_text("x"))).data;
    assert_non_null(strstr(said, "{\"read\":{\"fits\":true,\"why\":null}"));
    assert_non_null(strstr(said, "{\"name\":\"repository_id\",\"approved\":\"1001\",\"came\":"
                                 "\"1001\",\"fits\":true}"));
    assert_non_null(strstr(said, "{\"id\":\"package\",\"signer\":\"package\",\"fits\":true,"
                                 "\"why\":null}"));
    plan.repository_id = "2002";
    said = (const char *)explain(&l, world_token(&l.w, &plan, bytes_text("x"))).data;
    assert_non_null(strstr(said, "{\"name\":\"repository_id\",\"approved\":\"1001\",\"came\":"
                                 "\"2002\",\"fits\":false}"));
    assert_non_null(strstr(said, "the token is not that of the workload"));
}

static void an_expired_or_forged_token_is_explained_too(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct token_plan plan = world_token_plan(&l.w);
    struct bytes token = world_token(&l.w, &plan, bytes_text("x"));
    l.w.now += DAY;
    const char *said = (const char *)explain(&l, token).data;
    assert_non_null(
        strstr(said, "\"expiry\":{\"fits\":false,\"why\":\"the identity token expired"));
    assert_non_null(strstr(said, "\"signature\":{\"fits\":true,\"why\":null}"));
    uint8_t *forged = (uint8_t *)(uintptr_t)world_copy(&l.w, token).data;
    forged[token.size - 3] ^= 1;
    said = (const char *)explain(&l, bytes_make(forged, token.size)).data;
    assert_non_null(strstr(said, "\"signature\":{\"fits\":false"));
    said = (const char *)explain(&l, bytes_text("no token")).data;
    assert_non_null(strstr(said, "{\"read\":{\"fits\":false"));
    assert_non_null(strstr(said, "\"came\":null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_the_owner_leaves_the_deputy_is_asked),
        cmocka_unit_test(levels_without_life_hold_on_to_their_owner),
        cmocka_unit_test(unconfirmed_the_keys_are_suspended_and_the_refusal_says_why),
        cmocka_unit_test(it_is_put_right_by_a_new_owner_and_then_resumed),
        cmocka_unit_test(the_deputy_confirms_once),
        cmocka_unit_test(a_confirmation_after_the_deadline_is_too_late),
        cmocka_unit_test(without_owner_and_deputy_a_proposal_still_puts_it_right),
        cmocka_unit_test(a_dissolved_team_makes_an_orphan_whose_owner_confirms),
        cmocka_unit_test(nothing_begins_without_people),
        cmocka_unit_test(an_ownership_proposal_names_the_signer_in_force),
        cmocka_unit_test(a_moved_pipeline_is_confirmed_anew_and_what_it_had_open_ends),
        cmocka_unit_test(a_policy_that_changes_a_workload_ends_what_it_had_open),
        cmocka_unit_test(what_a_workload_reaches_is_listed),
        cmocka_unit_test(a_token_is_explained_claim_by_claim),
        cmocka_unit_test(an_expired_or_forged_token_is_explained_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
