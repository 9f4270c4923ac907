/* What is read off entries and state: descriptions, marks, work, keys, copies. */
#include "world_living.h"
#include "world_revoking.h"

#include "base/text.h"
#include "rules/view.h"

static void each_described(const struct world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 24);
        AUTO_VALUE(buf) line = BUF(4096);
        struct mark *marks = NULL;
        struct entry entry;
        struct err e;
        ok_call(entry_read(&entry, w->entries[i], &arena, &e), e);
        ok_call(rules_describe(&line, &entry, &e), e);
        ok_call(rules_marks(&marks, &entry, &arena, &e), e);
        assert_in_range(line.size, 10, 400);
        assert_true(text_is_plain(buf_bytes(&line)));
    }
}

static void every_entry_is_described_in_one_plain_line(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world) second;
    AUTO_VALUE(world) third;
    world_story(&w);
    each_described(&w);
    world_revoking_story(&second);
    each_described(&second);
    world_living_story(&third);
    each_described(&third);
}

static bool described(struct world *w, size_t i, const char *part)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) line = BUF(4096);
    struct entry entry;
    struct err e;
    ok_call(entry_read(&entry, w->entries[i], &arena, &e), e);
    ok_call(rules_describe(&line, &entry, &e), e);
    return strstr(buf_string(&line), part) != NULL;
}

static void descriptions_name_what_matters(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_story(&w);
    static const char *const parts[] = {
        "founded by 2 people",
        "root C=DE, O=Example, CN=Example Root",
        "to generate a p-256 key on token \"soft\" for desktop",
        "to generate a p-256 key on token \"hsm\" for an issuing CA",
        "approves",
        "never extractable",
        "as \"desktop\" (private) for 7776000 s",
        "certificate number 2 is to be issued to C=DE, O=Example, CN=desktop",
        "is signed by C=DE, O=Example, CN=Example Code Signing CA",
        "workload/ci-app asks to sign on path \"desktop\": app-1.tar (cms), app-1.exe (pe)",
        "any artifact that fits it",
        "signs 1 digest with key",
        "belongs to artifact 0 of its grant",
        "belongs to app-2.tar",
        "closed by its session",
        "suspends path desktop: drill",
        "to resume path desktop",
        "rejects",
        "the clock is in doubt",
        "started, state",
        "confirms that it is 2027-01-16T09:00:00.000Z",
        "to change policy: add token \"third\"",
        "replace signer \"desktop\"",
    };
    for (size_t n = 0; n < sizeof parts / sizeof parts[0]; n++) {
        bool found = false;
        for (size_t i = 0; i < w.count && !found; i++)
            found = described(&w, i, parts[n]);
        if (!found)
            fail_msg("no description says \"%s\"", parts[n]);
    }
}

static void descriptions_say_what_ends_and_since_when(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    static const char *const parts[] = {
        "revokes artifact 0011",
        "revokes path firmware (cessationOfOperation), effective since 2027-",
        "(privilegeWithdrawn), effective from the beginning: drill",
        "to lift the revocation of key",
        "to distrust key",
        "from the beginning: a journal",
        "to ratify entry",
        "of a CA (cACompromise)",
        "status 1 is published: list none, CRLs until 2027-",
        "the root's CRL number 2 lists 1 certificate",
        "the time of sha256",
        "for the distrust list",
    };
    world_revoking_story(&w);
    for (size_t n = 0; n < sizeof parts / sizeof parts[0]; n++) {
        bool found = false;
        for (size_t i = 0; i < w.count && !found; i++)
            found = described(&w, i, parts[n]);
        if (!found)
            fail_msg("no description says \"%s\"", parts[n]);
    }
}

static void descriptions_say_whose_it_is_and_what_becomes_of_it(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    static const char *const parts[] = {
        "enrolls endpoint \"server-1\" of class \"server\"",
        "expels endpoint \"server-1\"",
        "to confirm workload \"ci-app\" anew: issuer ci, repository_id = 1001",
        "that signer \"package\" go from key",
        "to destroy key",
        "was destroyed and is on no token",
        "the authority proposes to renew certificate number",
        "retires path container: no longer needed",
        "retires signer package",
        "confirms signer \"package\" for its grace time",
        "that approver-2 own signer \"package\", with approver-1 as deputy",
    };
    world_living_story(&w);
    for (size_t n = 0; n < sizeof parts / sizeof parts[0]; n++) {
        bool found = false;
        for (size_t i = 0; i < w.count && !found; i++)
            found = described(&w, i, parts[n]);
        if (!found)
            fail_msg("no description says \"%s\"", parts[n]);
    }
}

static void marks_find_entries_again(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    static const char *const kinds[] = {"artifact", "tbs",      "key",         "grant", "person",
                                        "workload", "proposal", "certificate", "path"};
    size_t seen[9] = {0};
    world_story(&w);
    for (size_t i = 0; i < w.count; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 24);
        struct mark *list = NULL;
        struct entry entry;
        struct err e;
        ok_call(entry_read(&entry, w.entries[i], &arena, &e), e);
        ok_call(rules_marks(&list, &entry, &arena, &e), e);
        for (const struct mark *m = list; m != NULL; m = m->next) {
            assert_in_range(m->key.size, 1, 80);
            for (size_t n = 0; n < 9; n++)
                seen[n] += strcmp(kinds[n], m->kind) == 0;
        }
    }
    for (size_t n = 0; n < 9; n++)
        if (seen[n] == 0)
            fail_msg("no mark \"%s\"", kinds[n]);
}

static void an_unknown_kind_is_not_described(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) line = BUF(4096);
    struct mark *list = NULL;
    struct entry entry;
    struct err e;
    ok_call(entry_read(&entry,
                       bytes_text("{\"index\":0,\"time\":0,\"type\":\"coronation\",\"body\":{}}"),
                       &arena, &e),
            e);
    ok_err(rules_describe(&line, &entry, &e), e, ERR_INPUT, "coronation");
    ok_err(rules_marks(&list, &entry, &arena, &e), e, ERR_INPUT, "coronation");
    enum entry_origin origin = ENTRY_OF_KEEPER;
    assert_false(rules_entry_origin(&origin, bytes_text("coronation")));
    assert_true(rules_entry_origin(&origin, bytes_text("suspend")));
    assert_int_equal(origin, ENTRY_REDUCING);
}

static void nothing_is_read_on_failure(void **state)
{
    (void)state;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct entry entry;
    struct entry before;
    struct statement statement;
    struct statement statement_before;
    struct err e;
    memset(&before, 0xa5, sizeof before);
    entry = before;
    ok_err(entry_read(&entry, bytes_text("{\"index\":0}"), &arena, &e), e, ERR_INPUT, "time");
    assert_memory_equal(&entry, &before, sizeof entry);
    memset(&statement_before, 0xa5, sizeof statement_before);
    statement = statement_before;
    ok_err(statement_read(&statement, bytes_text("{}"), &arena, &e), e, ERR_INPUT, "type");
    assert_memory_equal(&statement, &statement_before, sizeof statement);
}

static void the_keeper_finds_its_work_and_its_keys(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    struct work work;
    struct bytes id;
    uint8_t proposal[32];
    struct err e;
    world_found(&w, false);
    world_ready(&w);
    ok_call(rules_work(&work, w.state, 0, &e), e);
    assert_int_equal(work.kind, WORK_NONE);
    world_key_plan(&w, &key, "desktop", "soft", "p-256");
    ok_call(rules_work(&work, w.state, 0, &e), e);
    assert_int_equal(work.kind, WORK_GENERATE);
    assert_memory_equal(work.leaf, key.proposal, 32);
    assert_string_equal(work.token, "soft");
    assert_string_equal(work.algorithm, "p-256");
    const char *label = world_hex(&w, BYTES_OF(key.proposal));
    assert_true(
        rules_key_expected(w.state, bytes_text("soft"), BYTES_OF(key.id), bytes_text(label)));
    assert_false(
        rules_key_expected(w.state, bytes_text("soft"), BYTES_OF(key.id), bytes_text("else")));
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    assert_true(rules_key_at(&id, w.state, bytes_text("soft"), 0));
    ok_bytes(id, BYTES_OF(key.id));
    assert_false(rules_key_at(&id, w.state, bytes_text("soft"), 1));

    accepted(
        &w, world_propose(&w, ENGINEER, "issuance",
                          world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400)));
    memcpy(proposal, w.leaf, sizeof proposal);
    accepted(&w, world_approve(&w, OFFICER_3, proposal));
    accepted(&w, world_approve(&w, APPROVER_1, proposal));
    ok_call(rules_work(&work, w.state, 0, &e), e);
    assert_int_equal(work.kind, WORK_ISSUE);
    accepted(&w, world_issue(&w, proposal));
    ok_call(rules_work(&work, w.state, 0, &e), e);
    assert_int_equal(work.kind, WORK_CERTIFY);
    assert_false(work.offline);
    assert_memory_equal(work.leaf, w.leaf, 32);
    assert_memory_equal(work.issuer, w.ca.id, 32);
    ok_call(rules_work(&work, w.state, 1, &e), e);
    assert_int_equal(work.kind, WORK_NONE);
}

static void a_copy_goes_its_own_way(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO(rules_state) copy = NULL;
    uint8_t digest[32];
    struct err e;
    world_found(&w, false);
    ok_call(rules_copy(&copy, w.state, &e), e);
    ok_call(rules_digest(copy, digest, &e), e);
    assert_memory_equal(digest, w.digest, 32);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct entry entry;
    accepted(&w, world_suspend(&w, OFFICER_1, "path", "desktop"));
    ok_call(rules_digest(copy, digest, &e), e);
    assert_memory_not_equal(digest, w.digest, 32);
    ok_call(entry_read(&entry, w.text, &arena, &e), e);
    ok_call(rules_apply(copy, &entry, RULES_JUDGE, &w.out, &e), e);
    assert_false(rules_apply(copy, &entry, RULES_JUDGE, &w.out, &e));
    ok_call(rules_digest(copy, digest, &e), e);
    assert_memory_equal(digest, w.digest, 32);
}

static bool is_live(const struct rules_state *s, struct bytes subject)
{
    const struct table *suspensions = state_view(s, TABLE_SUSPENSIONS);
    for (size_t i = 0; i < suspensions->count; i++)
        if (bytes_equal(((const struct suspension *)table_at(suspensions, i))->leaf, subject))
            return true;
    return state_decision(s, subject) != NULL || state_key(s, subject) != NULL;
}

static void the_state_holds_only_what_is_open(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_story(&w);
    assert_int_equal(state_view(w.state, TABLE_GRANTS)->count, 0);
    assert_int_equal(state_view(w.state, TABLE_USES)->count, 0);
    assert_int_equal(state_view(w.state, TABLE_DECISIONS)->count, 1);
    assert_int_equal(state_view(w.state, TABLE_SUSPENSIONS)->count, 0);
    const struct table *acts = state_view(w.state, TABLE_ACTS);
    assert_true(acts->count > 0);
    for (size_t i = 0; i < acts->count; i++) {
        const struct act *act = table_at(acts, i);
        if (!is_live(w.state, act->subject))
            fail_msg("%.*s on what is over", BYTES_PRINT(act->act));
    }
}

static void subjects_are_shown_as_they_stand(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct subject_view view;
    struct err e;
    world_found(&w, false);
    struct bytes image = world_artifact(&w, "app-1.exe", "pe", "image");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "desktop", image, 1, 60)));
    accepted(&w, world_suspend(&w, OFFICER_1, "path", "desktop"));
    ok_call(view_subject(&text, w.state, BYTES_OF(w.grant), &e), e);
    ok_call(fields_read(&view, &subject_view_fields, buf_bytes(&text), &arena, &e), e);
    assert_int_equal(view.state, SUBJECT_WAITING);
    ok_text(view.team, "approvers");
    assert_int_equal(view.needed, 1);
    assert_int_equal(view.approvals, 0);
    accepted(&w, world_reject(&w, OFFICER_1, w.grant));
    buf_reset(&text);
    ok_call(view_subject(&text, w.state, BYTES_OF(w.grant), &e), e);
    ok_call(fields_read(&view, &subject_view_fields, buf_bytes(&text), &arena, &e), e);
    assert_int_equal(view.state, SUBJECT_REJECTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_described_in_one_plain_line),
        cmocka_unit_test(descriptions_name_what_matters),
        cmocka_unit_test(descriptions_say_what_ends_and_since_when),
        cmocka_unit_test(descriptions_say_whose_it_is_and_what_becomes_of_it),
        cmocka_unit_test(marks_find_entries_again),
        cmocka_unit_test(an_unknown_kind_is_not_described),
        cmocka_unit_test(nothing_is_read_on_failure),
        cmocka_unit_test(the_keeper_finds_its_work_and_its_keys),
        cmocka_unit_test(a_copy_goes_its_own_way),
        cmocka_unit_test(the_state_holds_only_what_is_open),
        cmocka_unit_test(subjects_are_shown_as_they_stand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
