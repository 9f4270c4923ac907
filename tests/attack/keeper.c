/* A keeper, or what stands between it and the record, that enters other things than were approved.
 */
#include "world_living.h"

#include "base/base64.h"

static void approved_key(struct world *w, struct world_key *key)
{
    world_found(w, false);
    world_ready(w);
    world_key_plan(w, key, "desktop", "soft", "p-256");
}

static void only_a_key_that_cannot_leave_the_token_is_taken(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    approved_key(&w, &key);
    for (unsigned i = 0; i < 5; i++) {
        struct key_attributes bad = world_attributes;
        bool *const flags[] = {&bad.sensitive, &bad.extractable, &bad.always_sensitive,
                               &bad.never_extractable, &bad.local};
        *flags[i] = !*flags[i];
        refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", bad)),
                "key.extractable");
    }
    refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "hsm", world_attributes)),
            "key.token");
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)),
            "proposal.done");
}

static void the_key_is_of_the_approved_kind(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    approved_key(&w, &key);
    struct world_key other = key;
    other.spki = rsa_spki();
    refused(&w, world_enter(&w, "key", world_key_body(&w, &other, "soft", world_attributes)),
            "key.algorithm");
    other = key;
    other.spki = w.ca.spki;
    refused(&w, world_enter(&w, "key", world_key_body(&w, &other, "soft", world_attributes)),
            "key.known");
}

static void no_key_without_its_quorum(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    struct work work;
    approved_key(&w, &key);
    ok_call(rules_work(&work, w.state, 0, &w.e), w.e);
    assert_int_equal(work.kind, WORK_GENERATE);
    accepted(&w,
             world_propose(&w, ENGINEER, "key", world_key_detail(&w, "package", "soft", "p-256")));
    memcpy(key.proposal, w.leaf, sizeof key.proposal);
    refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)),
            "key.approved");
    accepted(&w, world_approve(&w, OFFICER_1, key.proposal));
    refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)),
            "key.approved");
    key.proposal[0] ^= 1;
    failed(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)),
           ERR_NOT_FOUND, "no open proposal");
}

static void no_key_is_made_for_what_policy_has_overtaken(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    struct work work;
    approved_key(&w, &key);
    world_change(&w, "signer", "desktop",
                 world_replace(&w, world_object(&w, "signer", "desktop"), "p-256", "rsa-3072"));
    ok_call(rules_work(&work, w.state, 0, &w.e), w.e);
    assert_int_equal(work.kind, WORK_NONE);
    refused(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)),
            "key.algorithm");
}

static void what_has_its_quorum_waits_for_the_keeper_however_long(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    approved_key(&w, &key);
    w.now += 3 * WORLD_PROPOSAL_AGE;
    accepted(&w, world_suspend(&w, OFFICER_1, "path", "package"));
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
}

static void what_a_key_may_be_proposed_for(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    refused(&w,
            world_propose(&w, ENGINEER, "key", world_key_detail(&w, "desktop", "soft", "rsa-3072")),
            "key.algorithm");
    failed(&w, world_propose(&w, ENGINEER, "key", world_key_detail(&w, "desktop", "no", "p-256")),
           ERR_NOT_FOUND, "no token");
    failed(&w, world_propose(&w, ENGINEER, "key", world_key_detail(&w, "nobody", "soft", "p-256")),
           ERR_NOT_FOUND, "no signer");
    failed(&w, world_propose(&w, ENGINEER, "key", world_key_detail(&w, NULL, "soft", "p-521")),
           ERR_INPUT, "p-521");
    struct bytes detail = world_key_detail(&w, "desktop", "soft", "p-256");
    failed(
        &w,
        world_propose(&w, ENGINEER, "key",
                      world_replace(&w, detail, "\"role\":\"signer\"", "\"role\":\"issuing-ca\"")),
        ERR_INPUT, "names its signer");
}

/* ---- Certificates ---- */

/* A key of the desktop signer and the approved proposal of its certificate. */
static void approved_issuance(struct world *w, struct world_key *key, uint8_t proposal[32])
{
    approved_key(w, key);
    accepted(w, world_enter(w, "key", world_key_body(w, key, "soft", world_attributes)));
    accepted(w,
             world_propose(w, ENGINEER, "issuance",
                           world_issuance_detail(w, key, "private", "desktop", "desktop", 86400)));
    memcpy(proposal, w->leaf, 32);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
}

static struct bytes issuance_body(struct world *w, const uint8_t proposal[32])
{
    static const uint8_t serial[16] = {9};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct err e;
    ok_call(rules_issuance_body(&body, w->state, proposal, serial, w->now, &e), e);
    return world_copy(w, buf_bytes(&body));
}

static void an_issuance_is_rebuilt_byte_for_byte(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    uint8_t other[16] = {10};
    uint8_t serial[16] = {9};
    approved_issuance(&w, &key, proposal);
    struct bytes body = issuance_body(&w, proposal);
    refused(&w,
            world_enter(&w, "issuance", world_replace(&w, body, "\"number\":2", "\"number\":3")),
            "issuance.tbs");
    refused(&w,
            world_enter(&w, "issuance",
                        world_replace(&w, body, world_base64(&w, BYTES_OF(serial)),
                                      world_base64(&w, BYTES_OF(other)))),
            "issuance.tbs");
    refused(&w,
            world_enter(&w, "issuance",
                        world_replace(&w, body, world_base64(&w, BYTES_OF(w.ca.id)),
                                      world_base64(&w, BYTES_OF(w.root.id)))),
            "issuance.tbs");
    /* A bit of the TBSCertificate, somewhere in the middle of its base64. */
    struct bytes spoilt = world_replace(&w, body, "\"tbs\":\"MII", "\"tbs\":\"MIJ");
    refused(&w, world_enter(&w, "issuance", spoilt), "issuance.tbs");
    w.now += SECOND; /* notBefore is another one */
    refused(&w, world_enter(&w, "issuance", body), "issuance.tbs");
    w.now -= SECOND;
    accepted(&w, world_enter(&w, "issuance", body));
    refused(&w, world_enter(&w, "issuance", body), "proposal.done");
}

static void no_issuance_without_its_quorum(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    approved_key(&w, &key);
    refused(&w, world_issue(&w, key.proposal), "issuance.approved");
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    struct bytes detail = world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400);
    accepted(&w, world_propose(&w, ENGINEER, "issuance", detail));
    memcpy(proposal, w.leaf, sizeof proposal);
    accepted(&w, world_approve(&w, OFFICER_3, proposal));
    refused(&w, world_issue(&w, proposal), "issuance.approved");
}

static void a_certificate_is_what_was_issued_and_by_whom(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    uint8_t issuance[32];
    approved_issuance(&w, &key, proposal);
    accepted(&w, world_issue(&w, proposal));
    memcpy(issuance, w.leaf, sizeof issuance);
    failed(&w, world_enter(&w, "certificate", world_certificate_body(&w, issuance, &w.root)),
           ERR_AUTH, "certificate number 2");
    failed(&w, world_enter(&w, "certificate", world_certificate_body(&w, issuance, &key)), ERR_AUTH,
           "certificate number 2");
    /* Another certificate, well signed. */
    struct bytes body =
        world_format(&w, "{\"issuance\":\"%s\",\"certificate\":\"%s\"}",
                     world_base64(&w, BYTES_OF(issuance)), world_base64(&w, w.ca.certificate));
    refused(&w, world_enter(&w, "certificate", body), "certificate.tbs");
    body = world_certificate_body(&w, issuance, &w.ca);
    failed(&w,
           world_enter(&w, "certificate",
                       world_replace(&w, body, world_base64(&w, BYTES_OF(issuance)),
                                     world_base64(&w, BYTES_OF(proposal)))),
           ERR_NOT_FOUND, "no issuance");
    accepted(&w, world_enter(&w, "certificate", body));
    refused(&w, world_enter(&w, "certificate", body), "certificate.done");
}

static void a_suspended_ca_signs_no_certificate(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    struct work work;
    approved_issuance(&w, &key, proposal);
    accepted(&w, world_issue(&w, proposal));
    struct bytes body = world_certificate_body(&w, w.leaf, &w.ca);
    accepted(&w, world_suspend(&w, OFFICER_2, "key", world_hex(&w, BYTES_OF(w.ca.id))));
    ok_call(rules_work(&work, w.state, 0, &w.e), w.e);
    assert_int_equal(work.kind, WORK_NONE);
    refused(&w, world_enter(&w, "certificate", body), "certificate.issuer");
    /* Nor is the next one issued. */
    accepted(
        &w, world_propose(&w, ENGINEER, "issuance",
                          world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400)));
    memcpy(proposal, w.leaf, sizeof proposal);
    accepted(&w, world_approve(&w, OFFICER_3, proposal));
    accepted(&w, world_approve(&w, APPROVER_1, proposal));
    refused(&w, world_issue(&w, proposal), "issuance.issuer");
}

static void a_suspended_key_gets_no_certificate(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    struct work work;
    approved_issuance(&w, &key, proposal);
    accepted(&w, world_issue(&w, proposal));
    struct bytes body = world_certificate_body(&w, w.leaf, &w.ca);
    const char *id = world_hex(&w, BYTES_OF(key.id));
    accepted(&w, world_suspend(&w, OFFICER_2, "key", id));
    ok_call(rules_work(&work, w.state, 0, &w.e), w.e);
    assert_int_equal(work.kind, WORK_NONE);
    refused(&w, world_enter(&w, "certificate", body), "issuance.key");
    world_decide(&w, "resume", world_resume_detail(&w, "key", id), OFFICER_1, APPROVER_2);
    accepted(&w, world_enter(&w, "certificate", body));
}

static void what_may_be_certified(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    approved_key(&w, &key);
    struct bytes unknown = world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400);
    failed(&w, world_propose(&w, ENGINEER, "issuance", unknown), ERR_NOT_FOUND, "no key");
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    static const struct {
        const char *profile, *signer, *common_name;
        int64_t validity;
        const char *rule;
    } cases[] = {
        {"private", "package", "package", 86400, "issuance.signer"},
        {"private", NULL, "desktop", 86400, "issuance.signer"},
        {"private", "desktop", "Somebody Else", 86400, "issuance.subject"},
        {"private", "desktop", "desktop", 7776001, "issuance.validity"},
        {"issuing-ca", NULL, "My CA", 86400, "issuance.profile"},
        {"root", "desktop", "desktop", 86400, "issuance.profile"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(&w,
                world_propose(&w, ENGINEER, "issuance",
                              world_issuance_detail(&w, &key, cases[i].profile, cases[i].signer,
                                                    cases[i].common_name, cases[i].validity)),
                cases[i].rule);
    accepted(&w, world_suspend(&w, OFFICER_1, "key", world_hex(&w, BYTES_OF(key.id))));
    refused(&w,
            world_propose(&w, ENGINEER, "issuance",
                          world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400)),
            "issuance.key");
}

static bool enter_reconciled(struct world *w, const char *token)
{
    static const uint8_t id[3] = {1, 2, 3};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct start_finding finding = {.kind = bytes_text("unknown-key"),
                                    .id = BYTES_OF(id),
                                    .note = bytes_text("not of the record")};
    struct list findings = {.items = &finding, .count = 1};
    rules_reconciled_body(&body, bytes_text(token), &findings);
    return world_enter(w, "reconciled", buf_bytes(&body));
}

static void what_is_found_on_a_token_while_the_keeper_runs_is_a_finding(void **state)
{
    (void)state;
    AUTO_VALUE(world) old;
    AUTO_VALUE(living) l;
    world_found(&old, false);
    refused(&old, enter_reconciled(&old, "soft"), "entry.version");
    living_make(&l);
    failed(&l.w, world_enter(&l.w, "reconciled", bytes_text("{\"token\":\"\",\"findings\":[]}")),
           ERR_INPUT, "token");
    accepted(&l.w, enter_reconciled(&l.w, "soft"));
    assert_int_equal(world_findings(&l.w, "token.reconcile"), 1);
    assert_string_equal(world_finding(&l.w, "token.reconcile"), "unknown-key: not of the record");
}

static void no_certificate_outlives_its_issuer(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    approved_issuance(&w, &key, proposal);
    w.now += 1800 * DAY - 2 * HOUR; /* the CA has two hours left */
    refused(&w, world_issue(&w, proposal), "issuance.validity");
}

/* ---- The root ---- */

static void the_root_is_every_founders(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    static const enum hand both[] = {OFFICER_1, OFFICER_2};
    static const enum hand twice[] = {OFFICER_1, OFFICER_1};
    static const enum hand wrong[] = {OFFICER_1, OFFICER_3};
    static const enum hand more[] = {OFFICER_1, OFFICER_2, OFFICER_3};
    static const uint8_t other[32] = {3};
    world_found(&w, false);
    struct bytes root = world_root(&w, w.head.authority, 0);
    failed(&w, world_enter(&w, "ceremony", world_ceremony_body(&w, root, twice, 2)), ERR_AUTH,
           "officer-2 has not signed");
    failed(&w, world_enter(&w, "ceremony", world_ceremony_body(&w, root, wrong, 2)), ERR_AUTH,
           "officer-2 has not signed");
    failed(&w, world_enter(&w, "ceremony", world_ceremony_body(&w, root, more, 3)), ERR_INPUT,
           "3 signatures for 2 founders");
    refused(&w,
            world_enter(&w, "ceremony", world_ceremony_body(&w, world_root(&w, other, 0), both, 2)),
            "ceremony.authority");
    refused(&w,
            world_enter(&w, "ceremony",
                        world_ceremony_body(&w, world_root(&w, w.head.authority, 1), both, 2)),
            "ceremony.number");
    struct bytes good = world_ceremony_body(&w, root, both, 2);
    refused(&w,
            world_enter(&w, "ceremony",
                        world_replace(&w, good, world_base64(&w, BYTES_OF(w.head.authority)),
                                      world_base64(&w, BYTES_OF(other)))),
            "statement.authority");
    accepted(&w, world_enter(&w, "ceremony", good));
    refused(&w, world_enter(&w, "ceremony", good), "ceremony.done");
}

static void a_certificate_of_another_profile_is_no_root(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world) other;
    static const enum hand both[] = {OFFICER_1, OFFICER_2};
    world_found(&other, false);
    world_ready(&other);
    world_found(&w, false);
    struct bytes body = world_ceremony_body(&w, other.ca.certificate, both, 2);
    failed(&w, world_enter(&w, "ceremony", body), ERR_AUTH, "root certificate");
}

/* ---- Starts ---- */

static void a_start_states_the_right_digest(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct list none = {0};
    static const uint8_t other[32] = {1};
    struct err e;
    world_found(&w, false);
    ok_call(rules_start_body(&body, w.state, bytes_text("1.0"), &none, &e), e);
    struct bytes good = world_copy(&w, buf_bytes(&body));
    struct bytes bad = world_replace(&w, good, world_base64(&w, BYTES_OF(w.digest)),
                                     world_base64(&w, BYTES_OF(other)));
    refused(&w, world_enter(&w, "start", bad), "start.digest");
    accepted(&w, world_enter(&w, "start", good));
    refused(&w, world_enter(&w, "start", good), "start.digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_key_that_cannot_leave_the_token_is_taken),
        cmocka_unit_test(the_key_is_of_the_approved_kind),
        cmocka_unit_test(no_key_without_its_quorum),
        cmocka_unit_test(no_key_is_made_for_what_policy_has_overtaken),
        cmocka_unit_test(what_has_its_quorum_waits_for_the_keeper_however_long),
        cmocka_unit_test(what_a_key_may_be_proposed_for),
        cmocka_unit_test(an_issuance_is_rebuilt_byte_for_byte),
        cmocka_unit_test(no_issuance_without_its_quorum),
        cmocka_unit_test(a_certificate_is_what_was_issued_and_by_whom),
        cmocka_unit_test(a_suspended_ca_signs_no_certificate),
        cmocka_unit_test(a_suspended_key_gets_no_certificate),
        cmocka_unit_test(what_may_be_certified),
        cmocka_unit_test(what_is_found_on_a_token_while_the_keeper_runs_is_a_finding),
        cmocka_unit_test(no_certificate_outlives_its_issuer),
        cmocka_unit_test(the_root_is_every_founders),
        cmocka_unit_test(a_certificate_of_another_profile_is_no_root),
        cmocka_unit_test(a_start_states_the_right_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
