/*
 * Ways to keep a key alive that should be over, to bring one to life that should not, and to decide
 * alone what takes two.
 */
#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"

static bool open_grant(struct living *l)
{
    struct bytes jar = world_artifact(&l->w, "tool.jar", "jar", "tool");
    return world_grant(&l->w, "ci-app", world_grant_body(&l->w, "package", jar, 4, 3600));
}

static struct bytes destroy_detail(struct living *l, const struct world_key *key)
{
    return world_format(&l->w, "{\"key\":\"%s\"}", world_base64(&l->w, BYTES_OF(key->id)));
}

static struct bytes reconfirm_detail(struct living *l)
{
    uint8_t digest[32];
    struct bytes old = world_object(&l->w, "workload", "ci-app");
    digest_sha256(digest, old);
    struct bytes value = world_replace(&l->w, old, "1001", "2002");
    return world_format(&l->w, "{\"workload\":\"ci-app\",\"replaces\":\"%s\",\"value\":%.*s}",
                        world_base64(&l->w, BYTES_OF(digest)), (int)value.size,
                        (const char *)value.data);
}

/* A proposal of each kind that makes sense. */
enum { KINDS = 4 };
static const char *const kinds[KINDS] = {"ownership", "reconfirm", "destroy", "rollover"};

struct drafts {
    struct living l;
    struct world_key standby;
    struct world_key retired;
    struct bytes details[KINDS];
};

static void drafts_done(struct drafts *d)
{
    world_key_done(&d->standby);
    world_key_done(&d->retired);
    living_done(&d->l);
}
AUTO_DONE(drafts)

static void drafts_make(struct drafts *d)
{
    struct living *l = &d->l;
    *d = (struct drafts){.l = {.id = NULL}};
    living_make(l);
    world_standby(&l->w, &d->standby, "package");
    world_standby(&l->w, &d->retired, "desktop");
    accepted(&l->w,
             world_retire(&l->w, OFFICER_2, "key", world_hex(&l->w, BYTES_OF(d->retired.id))));
    d->details[0] = world_ownership_detail(&l->w, "package", "approver-1", "approver-2");
    d->details[1] = reconfirm_detail(l);
    d->details[2] = destroy_detail(l, &d->retired);
    d->details[3] = world_rollover_detail(&l->w, "package", &l->key, &d->standby, "0", 0);
}

static void one_person_alone_decides_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(drafts) d;
    drafts_make(&d);
    struct world *w = &d.l.w;
    for (int i = 0; i < KINDS; i++) {
        uint8_t leaf[32];
        accepted(w, world_propose(w, ENGINEER, kinds[i], d.details[i]));
        memcpy(leaf, w->leaf, sizeof leaf);
        refused(w, world_approve(w, ENGINEER, leaf), "approval.team");
        accepted(w, world_approve(w, OFFICER_3, leaf));
        refused(w, world_approve(w, OFFICER_3, leaf), "approval.again");
        refused(w, world_approve(w, OFFICER_3_AGAIN, leaf), "approval.again");
        assert_non_null(state_decision(w->state, BYTES_OF(leaf)));
        assert_false(state_decision(w->state, BYTES_OF(leaf))->approved);
        accepted(w, world_reject(w, OFFICER_2, leaf));
    }
    assert_int_equal(world_key_state(w, &d.standby), KEY_PRE_ACTIVATION);
}

static void no_policy_lets_one_person_decide_them(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    for (int i = 0; i < KINDS; i++) {
        struct edit edit = {"quorum", kinds[i], bytes_text("{\"team\":\"officers\",\"count\":1}")};
        refused(&l.w, world_propose(&l.w, ENGINEER, "policy", world_changes(&l.w, &edit, 1)),
                "policy.quorum");
        /* Without its quorum nobody can do it at all. */
        edit.value = BYTES_NONE;
        world_change(&l.w, "quorum", kinds[i], BYTES_NONE);
    }
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "ownership",
                          world_ownership_detail(&l.w, "package", "approver-1", "approver-2")),
            "quorum.absent");
    struct edit edit = {"quorum", "enroll", bytes_text("{\"team\":\"officers\",\"count\":2}")};
    refused(&l.w, world_propose(&l.w, ENGINEER, "policy", world_changes(&l.w, &edit, 1)),
            "policy.quorum");
}

static void duties_keep_proposing_and_approving_apart(void **state)
{
    (void)state;
    AUTO_VALUE(drafts) d;
    drafts_make(&d);
    struct world *w = &d.l.w;
    for (int i = 0; i < KINDS; i++) {
        uint8_t leaf[32];
        world_change(w, "duty", kinds[i],
                     world_format(w, "{\"first\":\"%s.propose\",\"second\":\"%s.approve\"}",
                                  kinds[i], kinds[i]));
        accepted(w, world_propose(w, OFFICER_1, kinds[i], d.details[i]));
        memcpy(leaf, w->leaf, sizeof leaf);
        if (world_approve(w, OFFICER_1, leaf))
            fail_msg("%s: the proposer approved", kinds[i]);
        assert_non_null(strstr(w->e.rule, kinds[i]));
        accepted(w, world_approve(w, OFFICER_2, leaf));
        accepted(w, world_reject(w, OFFICER_3, leaf));
    }
}

/* Who approved the new key's making may be kept from approving the switch to it. */
static void what_was_done_to_the_keys_counts_in_their_rollover(void **state)
{
    (void)state;
    AUTO_VALUE(drafts) d;
    uint8_t leaf[32];
    drafts_make(&d);
    struct world *w = &d.l.w;
    world_change(w, "duty", "switch",
                 bytes_text("{\"first\":\"key.approve\",\"second\":\"rollover.approve\"}"));
    accepted(w, world_propose(w, ENGINEER, "rollover", d.details[3]));
    memcpy(leaf, w->leaf, sizeof leaf);
    refused(w, world_approve(w, OFFICER_1, leaf), "duty.key.approve/rollover.approve");
    accepted(w, world_approve(w, OFFICER_3, leaf));
}

static void pipelines_do_nothing_of_this(void **state)
{
    (void)state;
    static const char *const types[] = {"confirm", "enroll", "retire", "expel"};
    AUTO_VALUE(living) l;
    living_make(&l);
    struct bytes bodies[] = {
        bytes_text("{\"signer\":\"package\"}"),
        world_format(&l.w, "{\"id\":\"server-1\",\"class\":\"server\",\"key\":\"%s\"}",
                     world_base64(&l.w, l.key.spki)),
        world_retire_body(&l.w, "key", l.id),
        world_format(&l.w, "{\"id\":\"server-1\",\"activation\":\"%s\"}",
                     world_base64(&l.w, BYTES_OF(l.key.id)))};
    for (size_t i = 0; i < 4; i++) {
        struct statement s =
            world_statement(&l.w, types[i], bytes_text("workload/machine"), bodies[i]);
        refused(&l.w, world_enter(&l.w, types[i], world_signed(&l.w, &s, MACHINE)), "actor.person");
    }
}

/* ---- Orphans that want to sign on ---- */

static void an_orphan_gets_no_fresh_key_past_its_time(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) standby = {0};
    living_make(&l);
    world_standby(&l.w, &standby, "package");
    /* A rollover that falls due after the deadline brings no key to life for long. */
    int64_t at = l.w.now + LIFE_GRACE + 2 * DAY;
    world_decide(&l.w, "rollover",
                 world_rollover_detail(&l.w, "package", &l.key, &standby,
                                       (const char *)world_format(&l.w, "%lld", (long long)at).data,
                                       86400),
                 OFFICER_1, OFFICER_3);
    world_leave(&l.w, "release-engineer");
    world_wait_until(&l.w, at + 1);
    assert_int_equal(world_key_state(&l.w, &standby), KEY_SUSPENDED);
    refused(&l.w, open_grant(&l), "signer.orphan");
    refused(
        &l.w,
        world_propose(&l.w, APPROVER_1, "key", world_key_detail(&l.w, "package", "soft", "p-256")),
        "signer.orphan");
    refused(&l.w,
            world_propose(
                &l.w, APPROVER_1, "issuance",
                world_issuance_detail(&l.w, &standby, "private", "package", "package", 86400)),
            "issuance.key");
}

static void policy_does_not_forget_an_orphan(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    struct edit edit = {"life", "internal-package", BYTES_NONE};
    refused(&l.w, world_propose(&l.w, APPROVER_1, "policy", world_changes(&l.w, &edit, 1)),
            "policy.reference");
    /* Touching the signer needs an owner who is there. */
    edit = (struct edit){"signer", "package",
                         world_replace(&l.w, world_object(&l.w, "signer", "package"),
                                       "internal-package", "desktop-software")};
    refused(&l.w, world_propose(&l.w, APPROVER_1, "policy", world_changes(&l.w, &edit, 1)),
            "policy.reference");
    int64_t deadline = state_orphan(l.w.state, bytes_text("package"))->deadline;
    /* More patience for the next one does not reach back. */
    uint8_t leaf[32];
    edit = (struct edit){"life", "internal-package",
                         world_replace(&l.w, world_object(&l.w, "life", "internal-package"),
                                       "\"grace\":864000", "\"grace\":86400000")};
    accepted(&l.w, world_propose(&l.w, APPROVER_1, "policy", world_changes(&l.w, &edit, 1)));
    memcpy(leaf, l.w.leaf, sizeof leaf);
    accepted(&l.w, world_approve(&l.w, OFFICER_1, leaf));
    accepted(&l.w, world_approve(&l.w, OFFICER_3, leaf));
    assert_int_equal(state_orphan(l.w.state, bytes_text("package"))->deadline, deadline);
    world_wait_until(&l.w, deadline);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_SUSPENDED);
}

static void a_confirmation_is_not_entered_twice(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    world_leave(&l.w, "release-engineer");
    struct statement s = world_statement(&l.w, "confirm", world_person(&l.w, APPROVER_2),
                                         bytes_text("{\"signer\":\"package\"}"));
    struct bytes body = world_signed(&l.w, &s, APPROVER_2);
    accepted(&l.w, world_enter(&l.w, "confirm", body));
    refused(&l.w, world_enter(&l.w, "confirm", body), "statement.used");
}

/* ---- What is over, brought back ---- */

static void lift(struct living *l)
{
    uint8_t leaf[32];
    accepted(&l->w, world_propose(&l->w, ENGINEER, "lift", world_lift_detail(&l->w, "key", l->id)));
    memcpy(leaf, l->w.leaf, sizeof leaf);
    accepted(&l->w, world_approve(&l->w, OFFICER_2, leaf));
    accepted(&l->w, world_approve(&l->w, OFFICER_3, leaf));
}

static void lifting_a_revocation_does_not_bring_back_what_is_gone(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "superseded", 0));
    world_destroy(&l.w, &l.key);
    lift(&l);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DESTROYED);
}

static void nor_what_its_signers_retirement_ended(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "keyCompromise", 0));
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "signer", "package"));
    lift(&l);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
}

/* A certificate that was approved before its signer was retired is not entered afterwards. */
static void a_certificate_under_way_does_not_outrun_the_retirement(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) late = {0};
    uint8_t proposal[32];
    living_make(&l);
    world_key_plan(&l.w, &late, "package", "soft", "p-256");
    accepted(&l.w, world_enter(&l.w, "key", world_key_body(&l.w, &late, "soft", world_attributes)));
    accepted(&l.w, world_propose(
                       &l.w, ENGINEER, "issuance",
                       world_issuance_detail(&l.w, &late, "private", "package", "package", 86400)));
    memcpy(proposal, l.w.leaf, sizeof proposal);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    accepted(&l.w, world_issue(&l.w, proposal));
    struct bytes body = world_certificate_body(&l.w, l.w.leaf, &l.w.ca);
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "signer", "package"));
    refused(&l.w, world_enter(&l.w, "certificate", body), "signer.retired");
    assert_int_equal(world_key_state(&l.w, &late), KEY_PRE_ACTIVATION);
}

static void an_old_retirement_is_not_entered_again(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    struct statement s = world_statement(&l.w, "retire", world_person(&l.w, OFFICER_1),
                                         world_retire_body(&l.w, "key", l.id));
    struct bytes body = world_signed(&l.w, &s, OFFICER_1);
    accepted(&l.w, world_suspend(&l.w, OFFICER_2, "key", l.id));
    world_decide(&l.w, "resume", world_resume_detail(&l.w, "key", l.id), OFFICER_3, APPROVER_2);
    refused(&l.w, world_enter(&l.w, "retire", body), "retire.activation");
}

/* ---- Before rules version 2 ---- */

static void nothing_of_this_is_there_before_its_rules_version(void **state)
{
    (void)state;
    static const char *const types[] = {"retire", "confirm",   "enroll",
                                        "expel",  "destroyed", "renewal"};
    AUTO_VALUE(world) w;
    world_found(&w, false);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        refused(&w, world_enter(&w, types[i], bytes_text("{}")), "entry.version");
    for (int i = 0; i < KINDS; i++)
        refused(&w, world_propose(&w, ENGINEER, kinds[i], bytes_text("{}")), "rules.version");
    struct edit edits[] = {
        {"quorum", "destroy", bytes_text("{\"team\":\"officers\",\"count\":2}")},
        {"duty", "new",
         bytes_text("{\"first\":\"destroy.propose\",\"second\":\"destroy.approve\"}")},
        {"life", "firmware",
         bytes_text("{\"renew\":0,\"warn\":0,\"alarm\":0,\"unused\":0,"
                    "\"grace\":1,\"timestamp\":false}")}};
    for (size_t i = 0; i < 3; i++)
        refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edits[i], 1)),
                "policy.version");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_person_alone_decides_nothing),
        cmocka_unit_test(no_policy_lets_one_person_decide_them),
        cmocka_unit_test(duties_keep_proposing_and_approving_apart),
        cmocka_unit_test(what_was_done_to_the_keys_counts_in_their_rollover),
        cmocka_unit_test(pipelines_do_nothing_of_this),
        cmocka_unit_test(an_orphan_gets_no_fresh_key_past_its_time),
        cmocka_unit_test(policy_does_not_forget_an_orphan),
        cmocka_unit_test(a_confirmation_is_not_entered_twice),
        cmocka_unit_test(lifting_a_revocation_does_not_bring_back_what_is_gone),
        cmocka_unit_test(nor_what_its_signers_retirement_ended),
        cmocka_unit_test(a_certificate_under_way_does_not_outrun_the_retirement),
        cmocka_unit_test(an_old_retirement_is_not_entered_again),
        cmocka_unit_test(nothing_of_this_is_there_before_its_rules_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
