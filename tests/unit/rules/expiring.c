/* After the end of its certificate a key signs nothing, whichever door is tried; and it is said for
 * ten years more that it was revoked. */
#include "world_living.h"
#include "world_revoking.h"

#include "pki/crl.h"

/* Lets time go by until then; the key is used meanwhile, so that it is not suspended. */
static void wait_in_use(struct living *l, int64_t until)
{
    while (l->w.now < until - LIFE_UNUSED / 2) {
        world_wait_until(&l->w, l->w.now + LIFE_UNUSED / 2);
        accepted(&l->w, world_use(&l->w, &l->key, "in use"));
    }
    world_wait_until(&l->w, until);
}

static bool open_grant(struct living *l)
{
    struct bytes jar = world_artifact(&l->w, "tool.jar", "jar", "tool");
    return world_grant(&l->w, "ci-app", world_grant_body(&l->w, "package", jar, 4, 3600));
}

static bool sign(struct living *l, const char *content)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_sign(&l->w, &l->key, world_copy(&l->w, BYTES_OF(digest)));
}

static bool sign_again(struct living *l, struct bytes text, int64_t now)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    ok_call(entry_read(&entry, text, &arena, &l->w.e), l->w.e);
    return rules_sign_again(l->w.state, &entry, 0, now, &out, &l->w.e);
}

static void a_request_and_a_signature_given_again_end_with_the_certificate(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    living_make(&l);
    int64_t end = world_certificate(&l.w, &l.key)->not_after;
    wait_in_use(&l, end - HOUR / 2);
    accepted(&l.w, open_grant(&l));
    l.w.now = end;
    accepted(&l.w, sign(&l, "at the last moment"));
    struct bytes request = l.w.text;
    accepted(&l.w, sign_again(&l, request, end));
    refused(&l.w, sign_again(&l, request, end + 1), "key.certificate");
    l.w.now = end + 1;
    refused(&l.w, sign(&l, "too late"), "key.certificate");
}

static void an_issuing_ca_that_has_ended_issues_and_certifies_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) late = {0};
    uint8_t proposal[32];
    uint8_t second[32];
    living_make(&l);
    l.w.quick = true;
    int64_t end = world_certificate(&l.w, &l.w.ca)->not_after;
    wait_in_use(&l, world_certificate(&l.w, &l.key)->not_after - DAY);
    world_wait_until(&l.w, end - HOUR);
    world_key_plan(&l.w, &late, "package", "soft", "p-256");
    accepted(&l.w, world_enter(&l.w, "key", world_key_body(&l.w, &late, "soft", world_attributes)));
    struct bytes detail = world_issuance_detail(&l.w, &late, "private", "package", "package", 600);
    accepted(&l.w, world_propose(&l.w, ENGINEER, "issuance", detail));
    memcpy(proposal, l.w.leaf, sizeof proposal);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    accepted(&l.w, world_propose(&l.w, ENGINEER, "issuance", detail));
    memcpy(second, l.w.leaf, sizeof second);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, second));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, second));
    accepted(&l.w, world_issue(&l.w, proposal));
    struct bytes body = world_certificate_body(&l.w, l.w.leaf, &l.w.ca);
    l.w.now = end + 1;
    refused(&l.w, world_enter(&l.w, "certificate", body), "certificate.issuer");
    refused(&l.w, world_issue(&l.w, second), "issuance.issuer");
    world_wait(&l.w, 0);
    struct work work = {.kind = WORK_NONE};
    struct err e;
    size_t n = 0;
    do {
        ok_call(rules_work(&work, l.w.state, n++, &e), e);
        assert_int_not_equal(work.kind, WORK_CERTIFY);
    } while (work.kind != WORK_NONE);
}

static void nothing_outlives_its_issuer(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) late = {0};
    uint8_t proposal[32];
    living_make(&l);
    l.w.quick = true;
    world_wait_until(&l.w, world_certificate(&l.w, &l.w.ca)->not_after - HOUR);
    world_key_plan(&l.w, &late, "package", "soft", "p-256");
    accepted(&l.w, world_enter(&l.w, "key", world_key_body(&l.w, &late, "soft", world_attributes)));
    accepted(&l.w, world_propose(
                       &l.w, ENGINEER, "issuance",
                       world_issuance_detail(&l.w, &late, "private", "package", "package", 86400)));
    memcpy(proposal, l.w.leaf, sizeof proposal);
    accepted(&l.w, world_approve(&l.w, OFFICER_3, proposal));
    accepted(&l.w, world_approve(&l.w, APPROVER_1, proposal));
    refused(&l.w, world_issue(&l.w, proposal), "issuance.validity");
}

static void time_stamping_and_the_list_end_with_their_certificates(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) ca = {0};
    AUTO_VALUE(world_key) tsa = {0};
    AUTO_VALUE(world_key) list = {0};
    uint8_t key[32];
    int64_t number;
    struct publication p;
    struct err e;
    living_make(&l);
    world_role_key(&l.w, &ca, "timestamp-ca", &l.w.root);
    world_role_key(&l.w, &tsa, "timestamp", &ca);
    world_role_key(&l.w, &list, "list", &l.w.root);
    int64_t end = world_certificate(&l.w, &tsa)->not_after;
    int64_t list_end = world_certificate(&l.w, &list)->not_after;
    world_wait_until(&l.w, end - HOUR);
    ok_call(rules_timestamp_key(l.w.state, end, key, &number, &e), e);
    assert_false(rules_timestamp_key(l.w.state, end + 1, key, &number, &e));
    assert_string_equal(e.rule, "timestamp.key");
    accepted(&l.w, world_status(&l.w));
    ok_call(rules_publication(&p, l.w.state, 0, &e), e);
    assert_int_equal(p.kind, PUBLICATION_LIST);
    world_wait_until(&l.w, list_end + 1);
    if (world_status(&l.w)) {
        ok_call(rules_publication(&p, l.w.state, 0, &e), e);
        assert_int_not_equal(p.kind, PUBLICATION_LIST);
    }
}

/* ---- Endpoints ---- */

static struct bytes enroll_body(struct living *l, const char *id, const char *class,
                                struct bytes key)
{
    return world_format(&l->w, "{\"id\":\"%s\",\"class\":\"%s\",\"key\":\"%s\"}", id, class,
                        world_base64(&l->w, key));
}

static bool enroll(struct living *l, enum hand hand, const char *id, struct bytes key)
{
    return world_say(&l->w, hand, "enroll", enroll_body(l, id, "server", key));
}

static bool expel(struct living *l, enum hand hand, const char *id, const uint8_t activation[32])
{
    return world_say(&l->w, hand, "expel",
                     world_format(&l->w, "{\"id\":\"%s\",\"activation\":\"%s\"}", id,
                                  world_base64(&l->w, bytes_make(activation, 32))));
}

static void endpoints_are_enrolled_by_those_who_may(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    uint8_t first[32];
    living_make(&l);
    struct bytes key = l.key.spki;
    struct bytes other = l.w.ca.spki;
    refused(&l.w, enroll(&l, ENGINEER, "server-1", key), "enroll.entitled");
    accepted(&l.w, enroll(&l, OFFICER_1, "server-1", key));
    memcpy(first, l.w.leaf, sizeof first);
    const struct endpoint *p = state_endpoint(l.w.state, bytes_text("server-1"));
    assert_non_null(p);
    ok_bytes(p->key, key);
    refused(&l.w, enroll(&l, OFFICER_1, "server-1", other), "enroll.known");
    refused(&l.w, enroll(&l, OFFICER_1, "server-2", key), "enroll.key");
    refused(&l.w,
            world_say(&l.w, OFFICER_1, "enroll", enroll_body(&l, "server-2", "toaster", other)),
            "enroll.class");
    failed(&l.w, enroll(&l, OFFICER_1, "Server 2", other), ERR_INPUT, "no name");
    failed(&l.w, enroll(&l, OFFICER_1, "server-2", rsa_spki()), ERR_INPUT, "P-256");
    refused(&l.w, expel(&l, ENGINEER, "server-1", first), "expel.entitled");
    refused(&l.w, expel(&l, APPROVER_1, "server-1", l.key.id), "expel.activation");
    failed(&l.w, expel(&l, APPROVER_1, "server-9", first), ERR_NOT_FOUND, "server-9");
    accepted(&l.w, expel(&l, APPROVER_1, "server-1", first));
    assert_null(state_endpoint(l.w.state, bytes_text("server-1")));
    /* An old expulsion does not end the same machine enrolled anew. */
    accepted(&l.w, enroll(&l, OFFICER_2, "server-1", key));
    refused(&l.w, expel(&l, APPROVER_1, "server-1", first), "expel.activation");
}

static void ca_renew(struct world *w)
{
    uint8_t proposal[32];
    accepted(w, world_propose(w, ENGINEER, "issuance",
                              world_issuance_detail(w, &w->ca, "issuing-ca", NULL,
                                                    "Example Code Signing CA", 1800 * 86400)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->root)));
}

/* Whether a CRL is published now that lists the number. */
static bool crl_lists(struct world *w, struct bytes serial)
{
    accepted(w, world_status(w));
    for (size_t n = 0;; n++) {
        struct publication p;
        struct crl_entry entry;
        struct crl crl;
        ok_call(rules_publication(&p, w->state, n, &w->e), w->e);
        if (p.kind == PUBLICATION_NONE)
            return false;
        ok_call(crl_parse(&crl, world_published(w, n, &w->ca), &w->e), w->e);
        if (crl_find(&crl, serial, &entry))
            return true;
    }
}

static void what_was_revoked_stays_on_the_crl_until_ten_years_past_its_end(void **state)
{
    (void)state;
    AUTO_VALUE(living) l;
    AUTO_VALUE(world_key) later = {0};
    struct x509 revoked;
    living_make(&l);
    ok_call(x509_parse(&revoked, l.key.certificate, &l.w.e), l.w.e);
    int64_t end = revoked.not_after + 3653 * DAY;
    accepted(&l.w, world_revoke(&l.w, OFFICER_1, "key", l.id, "keyCompromise", l.w.now));
    while (l.w.now < end - DAY) {
        l.w.now = end - DAY - l.w.now > 1700 * DAY ? l.w.now + 1700 * DAY : end - DAY;
        ca_renew(&l.w);
        assert_true(crl_lists(&l.w, revoked.serial));
    }
    /* There must be something to publish at all. */
    world_key_make(&l.w, &later, "desktop");
    l.w.now = end + DAY;
    assert_false(crl_lists(&l.w, revoked.serial));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_and_a_signature_given_again_end_with_the_certificate),
        cmocka_unit_test(an_issuing_ca_that_has_ended_issues_and_certifies_nothing),
        cmocka_unit_test(nothing_outlives_its_issuer),
        cmocka_unit_test(time_stamping_and_the_list_end_with_their_certificates),
        cmocka_unit_test(endpoints_are_enrolled_by_those_who_may),
        cmocka_unit_test(what_was_revoked_stays_on_the_crl_until_ten_years_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
