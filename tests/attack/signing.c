/* Signatures that the grant, the key or the path does not allow. */
#include "ready.h"

/* ---- What may be granted ---- */

static void a_grant_fits_its_path(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r = {.key = {0}};
    world_found(&r.w, false);
    struct world *w = &r.w;
    struct bytes good = tar(&r, "app-1.tar", "a");
    refused(w, ask(&r, "desktop", world_artifact(w, "app-1.jar", "jar", "a"), 1, 60),
            "grant.format");
    refused(w, ask(&r, "desktop", tar(&r, "other.tar", "a"), 1, 60), "grant.name");
    refused(w, ask(&r, "desktop", tar(&r, "app-1/app-1.tar", "a"), 1, 60), "grant.name");
    refused(w, ask(&r, "desktop", good, 1, 3601), "grant.window");
    refused(w, ask(&r, "desktop", good, 17, 60), "grant.count");
    struct bytes twice = world_format(w, "%s,%s", (const char *)good.data,
                                      (const char *)tar(&r, "app-2.tar", "a").data);
    refused(w, ask(&r, "desktop", twice, 2, 60), "grant.distinct");
    failed(w, ask(&r, "nowhere", good, 1, 60), ERR_NOT_FOUND, "no path \"nowhere\"");
    failed(w, ask(&r, "desktop", world_replace(w, good, "sha256", "sha512"), 1, 60), ERR_INPUT,
           "digest has 64 bytes, not 32");
    failed(w, ask(&r, "desktop", world_replace(w, good, "sha256", "md5"), 1, 60), ERR_INPUT, "md5");
    refused(w, world_grant_by(w, OFFICER_1, world_grant_body(w, "desktop", good, 1, 60)),
            "grant.opener");
    struct bytes body = world_grant_body(w, "desktop", good, 1, 60);
    body = world_replace(w, body, world_base64(w, session_key_spki(w->session)),
                         world_base64(w, issuer_hand_spki(ISSUER_RS)));
    failed(w, world_grant(w, "ci-app", body), ERR_INPUT, "P-256");
}

static void a_suspended_path_grants_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r = {.key = {0}};
    world_found(&r.w, false);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "path", "package"));
    refused(&r.w, ask(&r, "package", world_artifact(&r.w, "a.jar", "jar", "a"), 1, 60),
            "path.suspended");
}

/* ---- What may be asked for under a grant ---- */

static void the_count_is_exact(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    package_grant(&r, 2, 60);
    struct request_item items[3] = {{.digest = some_digest(&r.w, "1"), .artifact = -1},
                                    {.digest = some_digest(&r.w, "2"), .artifact = -1},
                                    {.digest = some_digest(&r.w, "3"), .artifact = -1}};
    refused(&r.w, world_sign_items(&r.w, &r.key, items, 3), "grant.count");
    accepted(&r.w, world_sign_items(&r.w, &r.key, items, 1));
    refused(&r.w, world_sign_items(&r.w, &r.key, items + 1, 2), "grant.count");
    accepted(&r.w, world_sign_items(&r.w, &r.key, items + 1, 1));
    refused(&r.w, world_sign_items(&r.w, &r.key, items + 2, 1), "grant.count");
    refused(&r.w, world_sign_items(&r.w, &r.key, items, 1), "request.repeated");
    items[2].digest = items[1].digest;
    package_grant(&r, 16, 60);
    failed(&r.w, world_sign_items(&r.w, &r.key, items + 1, 2), ERR_INPUT, "the same digest");
}

static void the_window_ends(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    package_grant(&r, 4, 60);
    r.w.now += 60 * SECOND - 1;
    accepted(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "1")));
    r.w.now += 1;
    refused(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "2")), "grant.expired");
    refused(&r.w, world_close(&r.w), "grant.expired");
}

static void a_window_starts_with_the_last_approval(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    struct signed_file file = world_cms(&r.w, "a");
    accepted(&r.w, ask(&r, "desktop", tar(&r, "app-1.tar", "a"), 1, 60));
    r.w.now += HOUR;
    accepted(&r.w, world_approve(&r.w, APPROVER_1, r.w.grant));
    r.w.now += 59 * SECOND;
    accepted(&r.w, world_sign(&r.w, &r.key, file.digest));
}

static void only_the_session_asks(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    package_grant(&r, 4, 60);
    struct request_item item = {.digest = some_digest(&r.w, "1"), .artifact = -1};
    struct session_key *right = r.w.session;
    struct err e;
    ok_call(session_key_generate(&r.w.session, &e), e);
    failed(&r.w, world_sign_items(&r.w, &r.key, &item, 1), ERR_AUTH, "session key");
    failed(&r.w, world_close(&r.w), ERR_AUTH, "session key");
    session_key_free(r.w.session);
    r.w.session = right;
    struct bytes body = world_request_body(&r.w, &r.key, MECHANISM_ECDSA_SHA256, &item, 1);
    /* Each altered by whoever carries it. */
    struct bytes other = some_digest(&r.w, "2");
    failed(&r.w,
           world_enter(&r.w, "request",
                       world_replace(&r.w, body, world_base64(&r.w, item.digest),
                                     world_base64(&r.w, other))),
           ERR_AUTH, "session key");
    failed(&r.w,
           world_enter(&r.w, "request",
                       world_replace(&r.w, body, "\"artifact\":null", "\"artifact\":0")),
           ERR_AUTH, "session key");
    failed(&r.w,
           world_enter(&r.w, "request", world_replace(&r.w, body, "ecdsa-sha256", "ecdsa-sha384")),
           ERR_AUTH, "session key");
    failed(&r.w,
           world_enter(&r.w, "request",
                       world_replace(&r.w, body, world_base64(&r.w, BYTES_OF(r.key.id)),
                                     world_base64(&r.w, BYTES_OF(r.w.ca.id)))),
           ERR_AUTH, "session key");
    accepted(&r.w, world_enter(&r.w, "request", body));
}

static void a_request_is_for_one_grant(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    uint8_t first[32];
    ready_make(&r, "package");
    package_grant(&r, 1, 60);
    struct request_item item = {.digest = some_digest(&r.w, "1"), .artifact = -1};
    struct bytes body = world_request_body(&r.w, &r.key, MECHANISM_ECDSA_SHA256, &item, 1);
    memcpy(first, r.w.grant, sizeof first);
    package_grant(&r, 1, 60);
    failed(&r.w,
           world_enter(&r.w, "request",
                       world_replace(&r.w, body, world_base64(&r.w, BYTES_OF(first)),
                                     world_base64(&r.w, BYTES_OF(r.w.grant)))),
           ERR_AUTH, "session key");
    first[0] ^= 1;
    memcpy(r.w.grant, first, sizeof first);
    failed(&r.w, world_sign_items(&r.w, &r.key, &item, 1), ERR_NOT_FOUND, "no open grant");
}

static void the_key_is_the_signers(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    AUTO_VALUE(world_key) other = {0};
    AUTO_VALUE(world_key) unknown = {0};
    struct err e;
    ready_make(&r, "package");
    world_key_make(&r.w, &other, "desktop");
    ok_call(session_key_generate(&unknown.p256, &e), e);
    pubkey_spki_sha256(unknown.id, session_key_spki(unknown.p256));
    package_grant(&r, 4, 60);
    struct bytes digest = some_digest(&r.w, "1");
    refused(&r.w, world_sign(&r.w, &other, digest), "request.key");
    refused(&r.w, world_sign(&r.w, &r.w.ca, digest), "request.key");
    refused(&r.w, world_sign(&r.w, &r.w.root, digest), "request.key");
    refused(&r.w, world_sign(&r.w, &unknown, digest), "request.key");
    struct request_item item = {.digest = digest, .artifact = -1};
    refused(&r.w,
            world_enter(&r.w, "request",
                        world_request_body(&r.w, &r.key, MECHANISM_RSA_PKCS1_SHA256, &item, 1)),
            "request.mechanism");
    refused(
        &r.w,
        world_enter(&r.w, "request", world_request_body(&r.w, &r.key, MECHANISM_ED25519, &item, 1)),
        "request.mechanism");
    failed(&r.w,
           world_enter(&r.w, "request",
                       world_request_body(&r.w, &r.key, MECHANISM_ECDSA_SHA384, &item, 1)),
           ERR_INPUT, "sha384");
}

static void a_key_without_certificate_signs_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    AUTO_VALUE(world_key) fresh = {0};
    ready_make(&r, "package");
    world_key_plan(&r.w, &fresh, "package", "soft", "p-256");
    accepted(&r.w,
             world_enter(&r.w, "key", world_key_body(&r.w, &fresh, "soft", world_attributes)));
    package_grant(&r, 4, 60);
    refused(&r.w, world_sign(&r.w, &fresh, some_digest(&r.w, "1")), "key.state");
    r.w.now += 91 * DAY;
    package_grant(&r, 4, 60);
    refused(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "1")), "key.certificate");
}

static void an_undeclared_hash_is_not_signed(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "container");
    struct bytes image = world_artifact(&r.w, "image", "raw", "the image");
    accepted(&r.w, ask(&r, "container", image, 4, 60));
    accepted(&r.w, world_approve(&r.w, OFFICER_3, r.w.grant));
    refused(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "another")), "request.artifact");
    struct request_item item = {.digest = some_digest(&r.w, "another"), .artifact = 0};
    refused(&r.w, world_sign_items(&r.w, &r.key, &item, 1), "binding.artifact");
    item.artifact = 1;
    refused(&r.w, world_sign_items(&r.w, &r.key, &item, 1), "request.artifact");
    accepted(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "the image")));
}

/* ---- Suspensions ---- */

static void a_suspension_stops_what_was_asked_before(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    package_grant(&r, 4, 3600);
    struct request_item item = {.digest = some_digest(&r.w, "1"), .artifact = -1};
    struct bytes body = world_request_body(&r.w, &r.key, MECHANISM_ECDSA_SHA256, &item, 1);
    const char *id = world_hex(&r.w, BYTES_OF(r.key.id));
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "key", id));
    refused(&r.w, world_enter(&r.w, "request", body), "key.suspended");
    world_decide(&r.w, "resume", world_resume_detail(&r.w, "key", id), OFFICER_2, APPROVER_2);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "path", "package"));
    refused(&r.w, world_enter(&r.w, "request", body), "path.suspended");
}

static void an_old_suspension_is_not_used_again(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    const char *id = world_hex(&r.w, BYTES_OF(r.key.id));
    struct statement s = world_statement(&r.w, "suspend", bytes_text("person/officer-1"),
                                         world_suspend_body(&r.w, "key", id));
    struct bytes body = world_signed(&r.w, &s, OFFICER_1);
    struct statement unsent = s;
    unsent.time++;
    struct bytes second = world_signed(&r.w, &unsent, OFFICER_1);
    accepted(&r.w, world_enter(&r.w, "suspend", body));
    refused(&r.w, world_enter(&r.w, "suspend", second), "suspend.already");
    world_decide(&r.w, "resume", world_resume_detail(&r.w, "key", id), OFFICER_2, APPROVER_2);
    refused(&r.w, world_enter(&r.w, "suspend", body), "statement.used");
    refused(&r.w, world_enter(&r.w, "suspend", second), "suspend.activation");
    /* When it has been forgotten as used, its activation is still the wrong one. */
    r.w.now += DAY;
    package_grant(&r, 1, 60);
    refused(&r.w, world_enter(&r.w, "suspend", body), "suspend.activation");

    struct statement p = world_statement(&r.w, "suspend", bytes_text("person/officer-1"),
                                         world_suspend_body(&r.w, "path", "package"));
    body = world_signed(&r.w, &p, OFFICER_1);
    accepted(&r.w, world_enter(&r.w, "suspend", body));
    world_decide(&r.w, "resume", world_resume_detail(&r.w, "path", "package"), OFFICER_2,
                 APPROVER_2);
    r.w.now += DAY;
    package_grant(&r, 1, 60);
    refused(&r.w, world_enter(&r.w, "suspend", body), "suspend.activation");
}

static void suspending_is_for_those_entitled(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    const char *ca = world_hex(&r.w, BYTES_OF(r.w.ca.id));
    struct bytes body = world_suspend_body(&r.w, "key", ca);
    refused(&r.w, world_say(&r.w, ENGINEER, "suspend", body), "suspend.entitled");
    struct statement s = world_statement(&r.w, "suspend", bytes_text("workload/machine"), body);
    refused(&r.w, world_enter(&r.w, "suspend", world_signed(&r.w, &s, MACHINE)), "actor.person");
    failed(&r.w,
           world_say(&r.w, OFFICER_1, "suspend", world_replace(&r.w, body, ca, "no-such-key")),
           ERR_INPUT, "key id");
    accepted(&r.w, world_say(&r.w, OFFICER_1, "suspend", body));
}

static void a_lift_names_the_suspension_and_is_no_act_of_who_suspended(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r = {.key = {0}};
    world_found(&r.w, false);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "path", "package"));
    struct bytes detail = world_resume_detail(&r.w, "path", "package");
    refused(&r.w,
            world_propose(&r.w, ENGINEER, "resume",
                          world_replace(&r.w, detail, "\"id\":\"package\"", "\"id\":\"desktop\"")),
            "resume.suspended");
    accepted(&r.w, world_propose(&r.w, ENGINEER, "resume", detail));
    uint8_t leaf[32];
    memcpy(leaf, r.w.leaf, sizeof leaf);
    refused(&r.w, world_approve(&r.w, OFFICER_1, leaf), "duty.suspend/resume.approve");
    accepted(&r.w, world_approve(&r.w, OFFICER_2, leaf));
    /* Lifted and suspended anew meanwhile: the old proposal lifts nothing. */
    world_decide(&r.w, "resume", detail, OFFICER_3, APPROVER_2);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "path", "package"));
    refused(&r.w, world_approve(&r.w, OFFICER_3, leaf), "resume.suspension");
    refused(&r.w, world_propose(&r.w, ENGINEER, "resume", detail), "resume.suspension");
}

/* ---- Policy that has changed under an open grant ---- */

static void an_open_grant_is_judged_again(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    package_grant(&r, 16, 3600);
    struct world *w = &r.w;
    struct bytes path = world_object(w, "path", "package");
    struct bytes digest = some_digest(w, "1");
    world_change(w, "path", "package",
                 world_replace(w, path, "\"ci-app\",\"ci-fixed\"", "\"ci-fixed\""));
    refused(w, world_sign(w, &r.key, digest), "grant.opener");
    world_change(w, "path", "package", path);
    accepted(w, world_sign(w, &r.key, digest));
    struct edit signer = {.kind = "signer", .id = "second"};
    signer.value = world_object(w, "signer", "package");
    world_decide(w, "policy", world_changes(w, &signer, 1), OFFICER_1, OFFICER_2);
    world_change(w, "path", "package",
                 world_replace(w, path, "\"signer\":\"package\"", "\"signer\":\"second\""));
    refused(w, world_sign(w, &r.key, some_digest(w, "2")), "grant.signer");
    world_change(w, "path", "package", BYTES_NONE);
    failed(w, world_sign(w, &r.key, some_digest(w, "2")), ERR_NOT_FOUND, "no path");
}

static void an_artifact_fits_its_path_still(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    struct world *w = &r.w;
    package_grant(&r, 16, 3600);
    world_change(
        w, "path", "package",
        world_replace(w, world_object(w, "path", "package"), "[\"jar\",\"cms\"]", "[\"cms\"]"));
    struct request_item item = {.digest = some_digest(w, "1"), .artifact = 0};
    refused(w, world_sign_items(w, &r.key, &item, 1), "grant.format");
}

static void a_key_does_not_rise_with_its_signer(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "package");
    struct world *w = &r.w;
    struct bytes signer = world_object(w, "signer", "package");
    package_grant(&r, 16, 3600);
    /* To a level that wants hardware. */
    world_change(w, "signer", "package", world_replace(w, signer, "internal-package", "firmware"));
    refused(w, world_sign(w, &r.key, some_digest(w, "1")), "key.token");
    /* To the other family of formats. */
    struct edit edits[2] = {{.kind = "signer", .id = "package"}, {.kind = "path", .id = "package"}};
    edits[0].value = world_replace(w, world_replace(w, signer, "attributes", "bare-hash"),
                                   "[\"jar\",\"cms\"]", "[\"raw\"]");
    edits[1].value =
        world_replace(w, world_object(w, "path", "package"), "[\"jar\",\"cms\"]", "[\"raw\"]");
    world_decide(w, "policy", world_changes(w, edits, 2), OFFICER_1, OFFICER_2);
    struct request_item item = {.digest = some_digest(w, "the jar"), .artifact = -1};
    refused(w, world_sign_items(w, &r.key, &item, 1), "key.family");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grant_fits_its_path),
        cmocka_unit_test(a_suspended_path_grants_nothing),
        cmocka_unit_test(the_count_is_exact),
        cmocka_unit_test(the_window_ends),
        cmocka_unit_test(a_window_starts_with_the_last_approval),
        cmocka_unit_test(only_the_session_asks),
        cmocka_unit_test(a_request_is_for_one_grant),
        cmocka_unit_test(the_key_is_the_signers),
        cmocka_unit_test(a_key_without_certificate_signs_nothing),
        cmocka_unit_test(an_undeclared_hash_is_not_signed),
        cmocka_unit_test(a_suspension_stops_what_was_asked_before),
        cmocka_unit_test(an_old_suspension_is_not_used_again),
        cmocka_unit_test(suspending_is_for_those_entitled),
        cmocka_unit_test(a_lift_names_the_suspension_and_is_no_act_of_who_suspended),
        cmocka_unit_test(an_open_grant_is_judged_again),
        cmocka_unit_test(an_artifact_fits_its_path_still),
        cmocka_unit_test(a_key_does_not_rise_with_its_signer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
