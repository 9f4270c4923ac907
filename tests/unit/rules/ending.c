/* Retirement, destruction, rollover: how keys, release paths and signers come to their end. */
#include "world_living.h"
#include "world_revoking.h"

#include "base/hex.h"
#include "rules/lifecycle.h"

static bool propose_destroy(struct living *l, enum hand hand, const struct world_key *key)
{
    return world_propose(
        &l->w, hand, "destroy",
        world_format(&l->w, "{\"key\":\"%s\"}", world_base64(&l->w, BYTES_OF(key->id))));
}

static bool enter_destroyed(struct living *l, const uint8_t proposal[32],
                            const struct world_key *key, int64_t found)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    rules_destroyed_body(&body, proposal, key->id, found);
    return world_enter(&l->w, "destroyed", buf_bytes(&body));
}

static const char *hex_of(struct living *l, const struct world_key *key)
{
    return world_hex(&l->w, BYTES_OF(key->id));
}

static bool open_grant(struct living *l)
{
    struct bytes jar = world_artifact(&l->w, "tool.jar", "jar", "tool");
    return world_grant(&l->w, "ci-app", world_grant_body(&l->w, "package", jar, 4, 3600));
}

/* ---- Retirement ---- */

static void a_retired_key_is_deactivated_for_good(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, world_use(&l.w, &l.key, "one"));
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "key", l.id));
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
    assert_non_null(state_retirement(l.w.state, RETIRED_KEY, bytes_text(l.id)));
    refused(&l.w, world_use(&l.w, &l.key, "two"), "key.state");
    refused(&l.w, world_retire(&l.w, OFFICER_2, "key", l.id), "retire.already");
}

static void a_suspended_key_can_be_retired_and_is_not_resumed(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "key", l.id));
    struct bytes resume = world_resume_detail(&l.w, "key", l.id);
    accepted(&l.w, world_propose(&l.w, ENGINEER, "resume", resume));
    uint8_t leaf[32];
    memcpy(leaf, l.w.leaf, sizeof leaf);
    accepted(&l.w, world_retire(&l.w, OFFICER_2, "key", l.id));
    assert_null(state_suspension(l.w.state, SUSPENDED_KEY, bytes_text(l.id)));
    accepted(&l.w, world_approve(&l.w, OFFICER_2, leaf));
    refused(&l.w, world_approve(&l.w, OFFICER_3, leaf), "resume.suspended");
    refused(&l.w, world_propose(&l.w, ENGINEER, "resume", resume), "resume.suspended");
}

static void a_retired_path_takes_no_grant_and_what_is_open_on_it_ends(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    accepted(&l.w, open_grant(&l));
    uint8_t open[32];
    memcpy(open, l.w.leaf, sizeof open);
    accepted(&l.w, world_retire(&l.w, ENGINEER, "path", "package"));
    assert_null(state_grant(l.w.state, BYTES_OF(open)));
    refused(&l.w, open_grant(&l), "path.retired");
    refused(&l.w, world_retire(&l.w, OFFICER_1, "path", "package"), "retire.already");
    /* Taking it out of policy and putting it back changes nothing. */
    struct bytes path = world_object(&l.w, "path", "package");
    world_change(&l.w, "path", "package", BYTES_NONE);
    world_change(&l.w, "path", "package", path);
    refused(&l.w, open_grant(&l), "path.retired");
}

static void a_retired_signer_takes_keys_and_paths_with_it(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) standby = {0};
    living_make(&l);
    world_standby(&l.w, &standby, "package");
    accepted(&l.w, open_grant(&l));
    uint8_t open[32];
    memcpy(open, l.w.leaf, sizeof open);
    accepted(&l.w, world_retire(&l.w, APPROVER_2, "signer", "package"));
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
    assert_int_equal(world_key_state(&l.w, &standby), KEY_PRE_ACTIVATION);
    assert_null(state_grant(l.w.state, BYTES_OF(open)));
    refused(&l.w, open_grant(&l), "path.retired");
    refused(
        &l.w,
        world_propose(&l.w, ENGINEER, "key", world_key_detail(&l.w, "package", "soft", "p-256")),
        "signer.retired");
    refused(&l.w,
            world_propose(
                &l.w, ENGINEER, "issuance",
                world_issuance_detail(&l.w, &standby, "private", "package", "package", 86400)),
            "signer.retired");
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "package", &l.key, &standby, "0", 0)),
            "signer.retired");
    /* A new path of the signer does not help. */
    world_change(&l.w, "path", "package-2", world_object(&l.w, "path", "package"));
    struct bytes jar = world_artifact(&l.w, "tool.jar", "jar", "tool");
    refused(&l.w, world_grant(&l.w, "ci-app", world_grant_body(&l.w, "package-2", jar, 4, 3600)),
            "signer.retired");
    world_destroy(&l.w, &standby);
}

static void who_retires_is_entitled_and_names_the_activation(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    refused(&l.w, world_retire(&l.w, ENGINEER, "path", "firmware"), "suspend.entitled");
    refused(&l.w, world_retire(&l.w, ENGINEER, "key", world_hex(&l.w, BYTES_OF(l.w.ca.id))),
            "retire.ca");
    struct bytes old = world_retire_body(&l.w, "key", l.id);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "key", l.id));
    world_decide(&l.w, "resume", world_resume_detail(&l.w, "key", l.id), OFFICER_2, APPROVER_2);
    refused(&l.w, world_say(&l.w, OFFICER_1, "retire", old), "retire.activation");
    failed(&l.w,
           world_say(&l.w, OFFICER_1, "retire",
                     world_replace(&l.w, world_retire_body(&l.w, "path", "package"),
                                   "\"id\":\"package\"", "\"id\":\"nothing\"")),
           ERR_NOT_FOUND, "nothing");
}

/* ---- Destruction ---- */

static struct work destruction_due(struct living *l)
{
    struct work work = {.kind = WORK_CERTIFY};
    struct err e;
    for (size_t n = 0; work.kind != WORK_NONE && work.kind != WORK_DESTROY; n++)
        ok_call(rules_work(&work, l->w.state, n, &e), e);
    return work;
}

static void destruction_takes_two_people_and_a_token_searched_again(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t leaf[32];
    living_make(&l);
    refused(&l.w, propose_destroy(&l, ENGINEER, &l.key), "destroy.state");
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "key", l.id));
    accepted(&l.w, propose_destroy(&l, ENGINEER, &l.key));
    memcpy(leaf, l.w.leaf, sizeof leaf);
    refused(&l.w, enter_destroyed(&l, leaf, &l.key, 0), "destroyed.approved");
    accepted(&l.w, world_approve(&l.w, OFFICER_1, leaf));
    refused(&l.w, world_approve(&l.w, OFFICER_1, leaf), "approval.again");
    refused(&l.w, enter_destroyed(&l, leaf, &l.key, 0), "destroyed.approved");
    assert_int_equal(destruction_due(&l).kind, WORK_NONE);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, leaf));
    struct work work = destruction_due(&l);
    assert_int_equal(work.kind, WORK_DESTROY);
    assert_memory_equal(work.leaf, leaf, 32);
    assert_memory_equal(work.key, l.key.id, 32);
    assert_string_equal(work.token, "soft");
    refused(&l.w, enter_destroyed(&l, leaf, &l.key, 1), "destroyed.found");
    refused(&l.w, enter_destroyed(&l, leaf, &l.w.ca, 0), "destroyed.key");
    accepted(&l.w, enter_destroyed(&l, leaf, &l.key, 0));
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DESTROYED);
    assert_false(
        rules_key_expected(l.w.state, bytes_text("soft"), BYTES_OF(l.key.id), bytes_text("")));
    refused(&l.w, enter_destroyed(&l, leaf, &l.key, 0), "proposal.done");
    assert_int_equal(destruction_due(&l).kind, WORK_NONE);
}

/* ---- Every step that there is not ---- */

/* A key in each state. */
struct lives {
    struct living l;
    struct world_key keys[KEY_DESTROYED + 1];
};

static void lives_done(struct lives *v)
{
    for (int i = 0; i <= KEY_DESTROYED; i++)
        world_key_done(&v->keys[i]);
    living_done(&v->l);
}
AUTO_DONE(lives)

static void lives_make(struct lives *v)
{
    struct living *l = &v->l;
    struct world_key *keys = v->keys;
    *v = (struct lives){.l = {.id = NULL}};
    living_make(l);
    /* All but the standby are the signer's active one for a moment. */
    accepted(&l->w, world_retire(&l->w, OFFICER_1, "key", l->id));
    for (int i = KEY_DESTROYED; i > KEY_PRE_ACTIVATION; i--) {
        world_standby(&l->w, &keys[i], "package");
        assert_int_equal(world_key_state(&l->w, &keys[i]), KEY_ACTIVE);
        if (i == KEY_SUSPENDED)
            accepted(&l->w, world_suspend(&l->w, OFFICER_1, "key", hex_of(l, &keys[i])));
        if (i == KEY_COMPROMISED)
            world_revoke_key(&l->w, &keys[i]);
        if (i == KEY_DEACTIVATED || i == KEY_DESTROYED)
            accepted(&l->w, world_retire(&l->w, OFFICER_1, "key", hex_of(l, &keys[i])));
        if (i == KEY_DESTROYED)
            world_destroy(&l->w, &keys[i]);
    }
    world_standby(&l->w, &keys[KEY_PRE_ACTIVATION], "package");
    for (int i = 0; i <= KEY_DESTROYED; i++)
        assert_int_equal(world_key_state(&l->w, &keys[i]), i);
}

static struct bytes resume_of(struct living *l, const char *id)
{
    return world_format(&l->w, "{\"subject\":\"key\",\"id\":\"%s\",\"suspension\":\"%s\"}", id,
                        world_base64(&l->w, BYTES_OF(l->w.leaf)));
}

enum step { SUSPEND, RESUME, RETIRE, COMPROMISE, SUPERSEDE, DESTROY, CERTIFY, INTO, OUT_OF, ACTS };

static bool roll_between(struct living *l, const struct world_key *from, const struct world_key *to)
{
    return world_propose(&l->w, ENGINEER, "rollover",
                         world_rollover_detail(&l->w, "package", from, to, "0", 0));
}

/* Tries to move the key that is in state `i`. */
static bool try_act(struct lives *v, int i, enum step act)
{
    struct living *l = &v->l;
    struct world *w = &l->w;
    const struct world_key *key = &v->keys[i];
    const char *id = hex_of(l, key);
    switch (act) {
    case SUSPEND:
        return world_suspend(w, OFFICER_1, "key", id);
    case RESUME:
        return world_propose(w, ENGINEER, "resume", resume_of(l, id));
    case RETIRE:
        return world_retire(w, OFFICER_1, "key", id);
    case COMPROMISE:
        return world_revoke(w, OFFICER_1, "key", id, "keyCompromise", 0);
    case SUPERSEDE:
        return world_revoke(w, OFFICER_1, "key", id, "superseded", 0);
    case DESTROY:
        return propose_destroy(l, ENGINEER, key);
    case CERTIFY:
        return world_propose(w, ENGINEER, "issuance",
                             world_issuance_detail(w, key, "private", "package", "package", 86400));
    case INTO:
        return roll_between(l, &v->keys[KEY_ACTIVE], key);
    case OUT_OF:
        return roll_between(l, key, &v->keys[KEY_PRE_ACTIVATION]);
    case ACTS:
        break;
    }
    return true;
}

static void every_illegal_step_is_refused_through_every_entry(void **state)
{
    (void)state;
    /* NULL: a legal step, tried elsewhere. */
    static const char *const rules[KEY_DESTROYED + 1][ACTS] = {
        [KEY_PRE_ACTIVATION] = {[RESUME] = "resume.suspended",
                                [RETIRE] = "key.state",
                                [SUPERSEDE] = "key.state",
                                [OUT_OF] = "rollover.from"},
        [KEY_ACTIVE] =
            {[RESUME] = "resume.suspended", [DESTROY] = "destroy.state", [INTO] = "rollover.to"},
        [KEY_SUSPENDED] = {[SUSPEND] = "suspend.already",
                           [DESTROY] = "destroy.state",
                           [CERTIFY] = "issuance.key",
                           [INTO] = "rollover.to"},
        [KEY_DEACTIVATED] = {[SUSPEND] = "key.state",
                             [RESUME] = "resume.suspended",
                             [RETIRE] = "retire.already",
                             [CERTIFY] = "issuance.key",
                             [INTO] = "rollover.to"},
        [KEY_COMPROMISED] = {[SUSPEND] = "key.state",
                             [RESUME] = "resume.suspended",
                             [RETIRE] = "key.state",
                             [COMPROMISE] = "revoke.already",
                             [SUPERSEDE] = "key.state",
                             [CERTIFY] = "issuance.key",
                             [INTO] = "rollover.to"},
        [KEY_DESTROYED] = {[SUSPEND] = "key.state",
                           [RESUME] = "resume.suspended",
                           [RETIRE] = "retire.already",
                           [DESTROY] = "destroy.state",
                           [CERTIFY] = "issuance.key",
                           [INTO] = "rollover.to",
                           [OUT_OF] = "rollover.from"},
    };
    AUTO_VALUE(lives) v;
    lives_make(&v);
    for (int i = 0; i <= KEY_DESTROYED; i++)
        for (int act = 0; act < ACTS; act++) {
            if (rules[i][act] == NULL)
                continue;
            if (try_act(&v, i, (enum step)act))
                fail_msg("%s: act %d was accepted", key_state_names[i], act);
            if (strcmp(v.l.w.e.rule, rules[i][act]) != 0)
                fail_msg("%s: act %d: \"%s\": %s", key_state_names[i], act, v.l.w.e.rule,
                         v.l.w.e.message);
            assert_int_equal(world_key_state(&v.l.w, &v.keys[i]), i);
        }
}

static void only_an_active_key_signs(void **state)
{
    (void)state;
    AUTO_VALUE(lives) v;
    lives_make(&v);
    for (int i = 0; i <= KEY_DESTROYED; i++) {
        const char *rule = i == KEY_SUSPENDED ? "key.suspended" : "key.state";
        accepted(&v.l.w, open_grant(&v.l));
        uint8_t digest[32];
        digest_sha256(digest, bytes_text("tool"));
        if (i == KEY_ACTIVE)
            accepted(&v.l.w, world_sign(&v.l.w, &v.keys[i], BYTES_OF(digest)));
        else
            refused(&v.l.w, world_sign(&v.l.w, &v.keys[i], BYTES_OF(digest)), rule);
    }
}

/* ---- Rollover ---- */

static void roll(struct living *l, const struct world_key *to, const char *switch_at, int overlap)
{
    world_decide(&l->w, "rollover",
                 world_rollover_detail(&l->w, "package", &l->key, to, switch_at, overlap),
                 OFFICER_1, OFFICER_3);
}

static void a_second_key_stands_by_until_it_is_rolled_over_to(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    assert_int_equal(world_key_state(&l.w, &to), KEY_PRE_ACTIVATION);
    refused(&l.w, world_use(&l.w, &to, "early"), "key.state");
    int64_t at = l.w.now + 2 * DAY;
    roll(&l, &to, (const char *)world_format(&l.w, "%lld", (long long)at).data, 86400);
    assert_non_null(state_rollover(l.w.state, bytes_text("package")));
    world_wait_until(&l.w, at - 1);
    assert_int_equal(world_key_state(&l.w, &to), KEY_PRE_ACTIVATION);
    world_wait(&l.w, 1);
    assert_int_equal(world_key_state(&l.w, &to), KEY_ACTIVE);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    assert_int_equal(world_findings(&l.w, "rollover.switched"), 1);
    accepted(&l.w, world_use(&l.w, &l.key, "old one, overlap"));
    accepted(&l.w, world_use(&l.w, &to, "new one"));
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "package", &l.key, &to, "0", 0)),
            "rollover.to");
    world_wait_until(&l.w, at + DAY);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_DEACTIVATED);
    assert_int_equal(world_findings(&l.w, "rollover.done"), 1);
    assert_null(state_rollover(l.w.state, bytes_text("package")));
    refused(&l.w, world_use(&l.w, &l.key, "too late"), "key.state");
    world_destroy(&l.w, &l.key);
}

static void a_compromise_switches_to_the_standby_in_the_same_entry(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    roll(&l, &to, "null", 86400);
    world_wait(&l.w, DAY);
    assert_int_equal(world_key_state(&l.w, &to), KEY_PRE_ACTIVATION);
    world_revoke_key(&l.w, &l.key);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_COMPROMISED);
    assert_int_equal(world_key_state(&l.w, &to), KEY_ACTIVE);
    assert_int_equal(world_findings(&l.w, "rollover.switched"), 1);
    assert_null(state_rollover(l.w.state, bytes_text("package")));
    accepted(&l.w, world_use(&l.w, &to, "first good one"));
}

static void after_a_compromise_a_rollover_is_carried_out_at_once(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    world_revoke_key(&l.w, &l.key);
    assert_int_equal(world_key_state(&l.w, &to), KEY_PRE_ACTIVATION);
    roll(&l, &to, "null", 0);
    assert_int_equal(world_key_state(&l.w, &to), KEY_ACTIVE);
    accepted(&l.w, world_use(&l.w, &to, "first good one"));
}

static void a_standby_that_is_gone_leaves_the_old_key(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    int64_t at = l.w.now + 2 * DAY;
    roll(&l, &to, (const char *)world_format(&l.w, "%lld", (long long)at).data, 0);
    accepted(&l.w, world_suspend(&l.w, OFFICER_1, "key", hex_of(&l, &to)));
    world_wait_until(&l.w, at);
    assert_int_equal(world_findings(&l.w, "rollover.failed"), 1);
    assert_int_equal(world_key_state(&l.w, &l.key), KEY_ACTIVE);
    assert_int_equal(world_key_state(&l.w, &to), KEY_SUSPENDED);
    /* A standby is not activated by resuming it. */
    refused(
        &l.w,
        world_propose(&l.w, ENGINEER, "resume", world_resume_detail(&l.w, "key", hex_of(&l, &to))),
        "resume.standby");
}

static void a_rollover_names_keys_of_its_signer_and_a_certified_standby(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) bare = {0};
    living_make(&l);
    world_key_plan(&l.w, &bare, "package", "soft", "p-256");
    accepted(&l.w, world_enter(&l.w, "key", world_key_body(&l.w, &bare, "soft", world_attributes)));
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "package", &l.key, &bare, "0", 0)),
            "rollover.certificate");
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "desktop", &l.key, &bare, "0", 0)),
            "rollover.key");
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "package", &l.w.ca, &bare, "0", 0)),
            "rollover.key");
}

static void an_announced_rollover_can_be_replaced_until_it_switches(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) to = {0};
    AUTO_VALUE(world_key) third = {0};
    living_make(&l);
    world_standby(&l.w, &to, "package");
    world_standby(&l.w, &third, "package");
    roll(&l, &to, "null", 0);
    roll(&l, &to, "0", 86400);
    assert_int_equal(world_key_state(&l.w, &to), KEY_ACTIVE);
    refused(&l.w,
            world_propose(&l.w, ENGINEER, "rollover",
                          world_rollover_detail(&l.w, "package", &to, &third, "0", 0)),
            "rollover.open");
    accepted(&l.w, world_retire(&l.w, OFFICER_1, "key", l.id));
    accepted(&l.w, world_propose(&l.w, ENGINEER, "rollover",
                                 world_rollover_detail(&l.w, "package", &to, &third, "0", 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_retired_key_is_deactivated_for_good),
        cmocka_unit_test(a_suspended_key_can_be_retired_and_is_not_resumed),
        cmocka_unit_test(a_retired_path_takes_no_grant_and_what_is_open_on_it_ends),
        cmocka_unit_test(a_retired_signer_takes_keys_and_paths_with_it),
        cmocka_unit_test(who_retires_is_entitled_and_names_the_activation),
        cmocka_unit_test(destruction_takes_two_people_and_a_token_searched_again),
        cmocka_unit_test(every_illegal_step_is_refused_through_every_entry),
        cmocka_unit_test(only_an_active_key_signs),
        cmocka_unit_test(a_second_key_stands_by_until_it_is_rolled_over_to),
        cmocka_unit_test(a_compromise_switches_to_the_standby_in_the_same_entry),
        cmocka_unit_test(after_a_compromise_a_rollover_is_carried_out_at_once),
        cmocka_unit_test(a_standby_that_is_gone_leaves_the_old_key),
        cmocka_unit_test(a_rollover_names_keys_of_its_signer_and_a_certified_standby),
        cmocka_unit_test(an_announced_rollover_can_be_replaced_until_it_switches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
