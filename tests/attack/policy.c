/* Policies that nobody could live under, or that one person could live under alone. */
#include "world.h"

struct bad {
    const char *kind;
    const char *id;
    const char *from; /* text of the object in force that is replaced; NULL: `to` is the value */
    const char *to;   /* NULL: the object is removed */
    const char *rule; /* "": not by a rule but for the error `says` */
    const char *says;
};

static void judge(struct world *w, const struct bad *bad)
{
    struct edit edit = {.kind = bad->kind, .id = bad->id};
    if (bad->from != NULL)
        edit.value = world_replace(w, world_object(w, bad->kind, bad->id), bad->from, bad->to);
    else if (bad->to != NULL)
        edit.value = bytes_text(bad->to);
    struct bytes detail = world_changes(w, &edit, 1);
    if (world_propose(w, ENGINEER, "policy", detail))
        fail_msg("%s \"%s\" with %s was accepted", bad->kind, bad->id, bad->says);
    if (strcmp(w->e.rule, bad->rule) != 0 || strstr(w->e.message, bad->says) == NULL)
        fail_msg("%s \"%s\": \"%s\": %s", bad->kind, bad->id, w->e.rule, w->e.message);
}

static void judge_all(const struct bad *bad, size_t count)
{
    AUTO_VALUE(world) w;
    world_found(&w, false);
    for (size_t i = 0; i < count; i++)
        judge(&w, &bad[i]);
}

static void quorums_hold_the_floor(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"quorum", "policy", "2", "0", "policy.quorum", "below two"},
        {"quorum", "policy", "2", "1", "policy.quorum", "below two"},
        {"quorum", "key", "2", "1", "policy.quorum", "below two"},
        {"quorum", "issuance", "2", "1", "policy.quorum", "below two"},
        {"quorum", "resume", "2", "1", "policy.quorum", "below two"},
        {"quorum", "rules", "2", "1", "policy.quorum", "below two"},
        {"quorum", "clock", "2", "1", "policy.quorum", "below two"},
        {"quorum", "suspend", "1", "0", "policy.quorum", "zero"},
        {"quorum", "suspend", "1", "2", "policy.quorum", "must be one"},
        {"quorum", "coffee", NULL, "{\"team\":\"officers\",\"count\":2}", "policy.quorum",
         "no decision"},
        {"quorum", "policy", NULL, NULL, "policy.absent", "quorum \"policy\""},
        {"quorum", "suspend", NULL, NULL, "policy.absent", "quorum \"suspend\""},
        {"limits", "main", NULL, NULL, "policy.absent", "limits \"main\""},
        {"limits", "other", NULL,
         "{\"statement_age\":60000,\"proposal_age\":60000,\"silence\":60000}", "policy.limits",
         "not the one"},
    };
    judge_all(cases, sizeof cases / sizeof cases[0]);
}

static void nobody_is_locked_out(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"quorum", "policy", "2", "4", "policy.lockout", "larger than those"},
        {"team", "officers", NULL, "{\"members\":[\"officer-1\"]}", "policy.lockout", "larger"},
        {"team", "officers", NULL, "{\"members\":[]}", "", "members"},
        {"team", "approvers", NULL, "{\"members\":[\"approver-1\",\"approver-2\"]}",
         "policy.lockout", "fewer approvers"},
        {"level", "firmware", "\"approvals\":2", "\"approvals\":3", "policy.lockout",
         "fewer approvers"},
        /* Key and issuance are kept apart: together they need four people. */
        {"quorum", "issuance", "certifiers", "officers", "policy.lockout", "more different people"},
        {"quorum", "issuance", "2", "4", "policy.lockout", "more different people"},
        {"quorum", "resume", "2", "5", "policy.lockout", "larger than those"},
        {"limits", "main", "\"proposal_age\":86400000", "\"proposal_age\":1000", "",
         "proposal_age"},
        {"limits", "main", "\"proposal_age\":86400000", "\"proposal_age\":253402300799999", "",
         "proposal_age"},
        {"limits", "main", "\"statement_age\":600000", "\"statement_age\":1000", "",
         "statement_age"},
    };
    judge_all(cases, sizeof cases / sizeof cases[0]);
}

static void references_resolve(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"person", "officer-1", NULL, NULL, "policy.reference", "officer-1"},
        {"team", "officers", NULL, NULL, "policy.reference", "team \"officers\""},
        {"team", "engineers", NULL, NULL, "policy.reference", "engineers"},
        {"team", "engineers", NULL, "{\"members\":[\"outsider\"]}", "policy.reference", "outsider"},
        {"team", "engineers", NULL, "{\"members\":[\"officer-1\",\"officer-1\"]}",
         "policy.distinct", "twice"},
        {"issuer", "ci", NULL, NULL, "policy.reference", "issuer \"ci\""},
        {"workload", "ci-app", NULL, NULL, "policy.reference", "ci-app"},
        {"level", "desktop-software", NULL, NULL, "policy.reference", "desktop-software"},
        {"signer", "desktop", NULL, NULL, "policy.reference", "signer \"desktop\""},
        {"signer", "desktop", "desktop-software", "no-level", "policy.reference", "no-level"},
        {"path", "desktop", "\"approvers\":\"approvers\"", "\"approvers\":\"nobody\"",
         "policy.reference", "nobody"},
        {"quorum", "policy", "officers", "nobody", "policy.reference", "nobody"},
        {"path", "Desktop", NULL, "{}", "", "release path"},
    };
    judge_all(cases, sizeof cases / sizeof cases[0]);
}

static void objects_make_sense(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"signer", "desktop", "\"deputy\":\"approver-2\"", "\"deputy\":\"release-engineer\"",
         "policy.owner", "owner and deputy"},
        {"signer", "desktop", "p-256", "p-521", "policy.algorithm", "algorithm"},
        {"signer", "desktop", "[\"pe\",\"cms\"]", "[\"pe\",\"raw\"]", "policy.family", "mixes"},
        {"signer", "desktop", "attributes", "bare-hash", "policy.family", "mixes"},
        {"signer", "desktop", "[\"pe\",\"cms\"]", "[\"zip\"]", "", "zip"},
        {"level", "firmware", "p-256", "p-521", "policy.algorithm", "not known"},
        {"path", "desktop", "\"window\":3600", "\"window\":14401", "policy.path", "more than"},
        {"path", "desktop", "\"count\":16", "\"count\":65", "policy.path", "more than"},
        {"path", "desktop", "[\"pe\",\"cms\"]", "[\"jar\"]", "policy.path", "format"},
        {"path", "desktop",
         "\"workloads\":[\"ci-app\",\"ci-fixed\",\"machine\"],\"teams\":[\"engineers\"]",
         "\"workloads\":[],\"teams\":[]", "policy.path", "nobody"},
        {"duty", "more", NULL, "{\"first\":\"key.approve\",\"second\":\"key.admire\"}",
         "policy.duty", "not known"},
        {"duty", "more", NULL, "{\"first\":\"key.approve\",\"second\":\"key.approve\"}",
         "policy.duty", "with itself"},
        {"token", "Big_Token", NULL, "{\"software\":true}", "policy.id", "no name"},
    };
    judge_all(cases, sizeof cases / sizeof cases[0]);
}

static void pipelines_are_bound_to_what_lasts(void **state)
{
    (void)state;
    static const struct bad cases[] = {
        {"workload", "sub", NULL,
         "{\"issuer\":\"ci\",\"claims\":[{\"name\":\"sub\",\"value\":\"repo:a/b\"}],\"keys\":[]}",
         "policy.workload", "renaming"},
        {"workload", "none", NULL, "{\"issuer\":\"ci\",\"claims\":[],\"keys\":[]}",
         "policy.workload", "renaming"},
        {"workload", "none", NULL, "{\"issuer\":null,\"claims\":[],\"keys\":[]}", "policy.workload",
         "needs enrolled keys"},
        {"workload", "fixed", NULL,
         "{\"issuer\":\"fixed\",\"claims\":[{\"name\":\"repository_id\",\"value\":\"1\"}],"
         "\"keys\":[]}",
         "policy.workload", "audience is fixed"},
        {"issuer", "ci", "\"kid\":\"es\"", "\"kid\":\"rs\"", "policy.issuer", "one id"},
    };
    judge_all(cases, sizeof cases / sizeof cases[0]);
}

static void a_key_is_one_persons(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct edit edit = {.kind = "person", .id = "officer-1"};
    edit.value = world_replace(&w, world_object(&w, "person", "officer-1"),
                               world_base64(&w, hand_blob(OFFICER_1)),
                               world_base64(&w, hand_blob(OFFICER_3_AGAIN)));
    refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)),
            "policy.authenticator");
    edit.kind = "workload";
    edit.id = "machine";
    edit.value = world_replace(&w, world_object(&w, "workload", "machine"),
                               world_base64(&w, hand_blob(MACHINE)),
                               world_base64(&w, hand_blob(APPROVER_2)));
    refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)),
            "policy.authenticator");
    edit.kind = "person";
    edit.id = "officer-1";
    edit.value = world_replace(&w, world_object(&w, "person", "officer-1"), "\"presence\":false",
                               "\"presence\":true");
    refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)),
            "policy.authenticator");
}

static void a_change_names_what_it_replaces(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    struct edit edit = {.kind = "token", .id = "soft", .value = bytes_text("{\"software\":false}")};
    struct bytes detail = world_changes(&w, &edit, 1);
    struct edit fresh = {.kind = "token", .id = "new", .value = bytes_text("{\"software\":false}")};
    struct bytes unnamed = world_replace(&w, world_changes(&w, &fresh, 1), "\"new\"", "\"soft\"");
    refused(&w, world_propose(&w, ENGINEER, "policy", unnamed), "policy.replaces");
    fresh.value = BYTES_NONE;
    failed(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &fresh, 1)), ERR_INPUT,
           "changes nothing");
    /* Two proposals planned at once: the second no longer fits when it is to take effect. */
    accepted(&w, world_propose(&w, ENGINEER, "policy", detail));
    memcpy(leaf, w.leaf, sizeof leaf);
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
    world_decide(&w, "policy", detail, OFFICER_1, OFFICER_2);
    refused(&w, world_approve(&w, OFFICER_2, leaf), "policy.replaces");
}

static void a_proposal_takes_effect_whole_or_not_at_all(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    const struct edit edits[] = {
        {"token", "third", bytes_text("{\"software\":true}")},
        {"quorum", "policy", bytes_text("{\"team\":\"officers\",\"count\":1}")}};
    refused(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, edits, 2)),
            "policy.quorum");
    assert_null(table_get(state_view(w.state, TABLE_OBJECTS), bytes_text("\004third")));
}

/* ---- Genesis ---- */

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

static void a_genesis_that_could_never_be_mended_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *rule, *says;
    } cases[] = {
        {"\"count\":2},\"policy\"", "\"count\":4},\"policy\"", "genesis.recovery", "more officers"},
        {"\"people\":[\"officer-1\",", "\"people\":[\"outsider\",", "genesis.recovery", "outsider"},
        {"\"people\":[\"officer-1\",", "\"people\":[\"officer-2\",", "genesis.distinct", "twice"},
        {"[\"officer-1\",\"officer-2\"],\"recovery\"", "[\"officer-1\",\"officer-1\"],\"recovery\"",
         "genesis.distinct", "twice"},
        {"[\"officer-1\",\"officer-2\"],\"recovery\"", "[\"officer-1\"],\"recovery\"", "",
         "founders"},
        {"[\"officer-1\",\"officer-2\"],\"recovery\"", "[\"officer-1\",\"outsider\"],\"recovery\"",
         "", "outsider"},
        {WORLD_ARC, "1.3.6.1.4.x", "genesis.arc", "no object identifier"},
        {WORLD_ARC, "9.9", "genesis.arc", "no object identifier"},
        {WORLD_ARC, "1.3.", "genesis.arc", "no object identifier"},
        {WORLD_ARC, "1.03", "genesis.arc", "no object identifier"},
        {WORLD_ARC, "2.25.1234567", "genesis.arc", "GnuTLS"},
        {WORLD_URL "\"", "https://\"", "", "cannot be a base URL"},
        {WORLD_URL "\"", "ftp://sign.example\"", "", "cannot be a base URL"},
        {WORLD_URL "\"", "https://sign.example/\"", "", "cannot be a base URL"},
        {WORLD_ORIGIN, "sign example", "", "origin \"sign example\""},
        {"\"rules\":1", "\"rules\":3", "genesis.rules", "newer"},
        {"{\"team\":\"officers\",\"count\":2}", "{\"team\":\"officers\",\"count\":1}",
         "policy.quorum", "below two"},
        {"\"kind\":\"limits\"", "\"kind\":\"limit\"", "", "limit"},
    };
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    AUTO_VALUE(world) w;
    begin(&w);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes statement = world_replace(
            &w, world_genesis_statement(&w, false, world_policy(&w)), cases[i].from, cases[i].to);
        if (world_enter(&w, "genesis", world_genesis_body(&w, statement, founders, 2)))
            fail_msg("%s was accepted", cases[i].to);
        if (strcmp(w.e.rule, cases[i].rule) != 0 || strstr(w.e.message, cases[i].says) == NULL)
            fail_msg("%s: \"%s\": %s", cases[i].to, w.e.rule, w.e.message);
    }
}

static void a_genesis_is_signed_by_every_founder(void **state)
{
    (void)state;
    static const enum hand twice[] = {OFFICER_1, OFFICER_1};
    static const enum hand other[] = {OFFICER_1, OUTSIDER};
    static const enum hand more[] = {OFFICER_1, OFFICER_2, OFFICER_2};
    AUTO_VALUE(world) w;
    begin(&w);
    struct bytes statement = world_genesis_statement(&w, false, world_policy(&w));
    failed(&w, world_enter(&w, "genesis", world_genesis_body(&w, statement, twice, 2)), ERR_AUTH,
           "officer-2 has not signed");
    failed(&w, world_enter(&w, "genesis", world_genesis_body(&w, statement, other, 2)), ERR_AUTH,
           "officer-2 has not signed");
    failed(&w, world_enter(&w, "genesis", world_genesis_body(&w, statement, more, 3)), ERR_INPUT,
           "3 signatures for 2");
    struct bytes body = world_genesis_body(&w, statement, more, 2);
    failed(
        &w,
        world_enter(&w, "genesis",
                    world_replace(&w, body, "\"demonstration\":false", "\"demonstration\":true")),
        ERR_AUTH, "officer-1 has not signed");
    refused(&w, world_enter(&w, "proposal", body), "entry.genesis");
}

static void a_base_url_leaves_room_for_what_certificates_add(void **state)
{
    (void)state;
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    char url[512] = WORLD_URL "/";
    AUTO_VALUE(world) w;
    begin(&w);
    memset(url + strlen(url), 'a', 481 - strlen(url));
    struct bytes statement = world_genesis_statement(&w, false, world_policy(&w));
    struct bytes bad = world_replace(&w, statement, WORLD_URL, url);
    refused(&w, world_enter(&w, "genesis", world_genesis_body(&w, bad, founders, 2)),
            "genesis.base-url");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quorums_hold_the_floor),
        cmocka_unit_test(nobody_is_locked_out),
        cmocka_unit_test(references_resolve),
        cmocka_unit_test(objects_make_sense),
        cmocka_unit_test(pipelines_are_bound_to_what_lasts),
        cmocka_unit_test(a_key_is_one_persons),
        cmocka_unit_test(a_change_names_what_it_replaces),
        cmocka_unit_test(a_proposal_takes_effect_whole_or_not_at_all),
        cmocka_unit_test(a_genesis_that_could_never_be_mended_is_refused),
        cmocka_unit_test(a_genesis_is_signed_by_every_founder),
        cmocka_unit_test(a_base_url_leaves_room_for_what_certificates_add),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
