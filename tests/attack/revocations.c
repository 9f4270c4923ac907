/*
 * Ways to revoke what one may not, to undo what one should not, and to publish less than is known.
 */
#include "world_revoking.h"

#include "pki/crl.h"

struct ready {
    struct world w;
    struct world_key key; /* of signer "package", whose owner is the release engineer */
    struct world_key list;
    const char *id;
    const char *number;
};

static void ready_done(struct ready *r)
{
    world_key_done(&r->key);
    world_key_done(&r->list);
    world_done(&r->w);
}
AUTO_DONE(ready)

static void ready_make(struct ready *r)
{
    *r = (struct ready){.id = NULL};
    world_found(&r->w, false);
    world_ready(&r->w);
    world_second(&r->w);
    world_key_make(&r->w, &r->key, "package");
    world_role_key(&r->w, &r->list, "list", &r->w.root);
    r->id = world_hex(&r->w, BYTES_OF(r->key.id));
    r->number = world_number(&r->w, &r->key);
}

static struct bytes digest_of(struct world *w, const char *content)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_copy(w, BYTES_OF(digest));
}

static const char *artifact_id(struct world *w)
{
    return world_hex(w, digest_of(w, "some artifact"));
}

/* ---- Who ---- */

static void nobody_revokes_what_his_duties_do_not_cover(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    const char *list = world_hex(&r.w, BYTES_OF(r.list.id));
    /* The owner of signers is not the owner of the list, nor of artifacts, nor of the CA. */
    refused(&r.w, world_revoke(&r.w, ENGINEER, "key", list, "keyCompromise", 0), "revoke.entitled");
    refused(&r.w, world_revoke(&r.w, ENGINEER, "artifact", artifact_id(&r.w), "superseded", 0),
            "revoke.entitled");
    refused(&r.w,
            world_revoke(&r.w, ENGINEER, "key", world_hex(&r.w, BYTES_OF(r.w.ca.id)),
                         "keyCompromise", 0),
            "revoke.ca");
    /* Nor of a signer that has another owner by now. */
    struct bytes signer = world_object(&r.w, "signer", "package");
    world_change(
        &r.w, "signer", "package",
        world_replace(&r.w, signer, "\"owner\":\"release-engineer\"", "\"owner\":\"approver-1\""));
    refused(&r.w, world_revoke(&r.w, ENGINEER, "key", r.id, "keyCompromise", 0), "revoke.entitled");
    refused(&r.w, world_revoke(&r.w, ENGINEER, "path", "package", "keyCompromise", 0),
            "revoke.entitled");
    world_change(&r.w, "duty", "certifier",
                 bytes_text("{\"first\":\"issuance.approve\",\"second\":\"revoke\"}"));
    accepted(&r.w, world_revoke(&r.w, APPROVER_2, "certificate", r.number, "superseded", 0));
}

static void a_duty_keeps_apart_who_made_a_key_and_who_revokes_it(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    world_change(&r.w, "duty", "revoke",
                 bytes_text("{\"first\":\"key.approve\",\"second\":\"revoke\"}"));
    refused(&r.w, world_revoke(&r.w, OFFICER_1, "key", r.id, "keyCompromise", 0),
            "duty.key.approve/revoke");
    refused(&r.w, world_revoke(&r.w, OFFICER_2, "certificate", r.number, "keyCompromise", 0),
            "duty.key.approve/revoke");
    accepted(&r.w, world_revoke(&r.w, OFFICER_3, "key", r.id, "keyCompromise", 0));
}

static void a_quorum_that_judges_its_own_has_one_person_more(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct edit edit = {"quorum", "lift", bytes_text("{\"team\":\"officers\",\"count\":3}")};
    refused(&r.w, world_propose(&r.w, ENGINEER, "policy", world_changes(&r.w, &edit, 1)),
            "policy.lockout");
    edit.value = bytes_text("{\"team\":\"officers\",\"count\":1}");
    refused(&r.w, world_propose(&r.w, ENGINEER, "policy", world_changes(&r.w, &edit, 1)),
            "policy.quorum");
}

static void a_pipeline_revokes_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct statement s = world_statement(&r.w, "revoke", bytes_text("workload/machine"),
                                         world_revoke_body(&r.w, "key", r.id, "keyCompromise", 0));
    refused(&r.w, world_enter(&r.w, "revoke", world_signed(&r.w, &s, MACHINE)), "actor.person");
}

static void nothing_of_it_works_under_the_first_rules(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    world_found(&w, false);
    world_ready(&w);
    world_key_make(&w, &key, "package");
    const char *id = world_hex(&w, BYTES_OF(key.id));
    refused(&w, world_revoke(&w, OFFICER_1, "key", id, "keyCompromise", 0), "entry.version");
    struct bytes detail =
        world_format(&w, "{\"entry\":\"%s\"}", world_base64(&w, BYTES_OF(w.leaf)));
    refused(&w, world_propose(&w, OFFICER_1, "ratify", detail), "rules.version");
    refused(&w,
            world_propose(&w, OFFICER_1, "key",
                          bytes_text("{\"role\":\"list\",\"signer\":null,\"token\":\"hsm\","
                                     "\"algorithm\":\"p-256\"}")),
            "rules.version");
}

/* ---- What, why and since when ---- */

static void only_reasons_that_code_signing_allows(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    static const char *const never[] = {"certificateHold", "unspecified", "removeFromCRL",
                                        "aACompromise", "keycompromise"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        failed(&r.w, world_revoke(&r.w, OFFICER_1, "certificate", r.number, never[i], 0), ERR_INPUT,
               "reason");
    refused(&r.w, world_revoke(&r.w, OFFICER_1, "certificate", r.number, "cACompromise", 0),
            "revoke.reason");
}

static void nothing_is_revoked_from_tomorrow_on(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    refused(&r.w, world_revoke(&r.w, OFFICER_1, "key", r.id, "keyCompromise", r.w.now + 1),
            "revoke.effective");
    refused(&r.w, world_revoke(&r.w, OFFICER_1, "path", "package", "keyCompromise", r.w.now + DAY),
            "revoke.effective");
    accepted(&r.w, world_revoke(&r.w, OFFICER_1, "key", r.id, "keyCompromise", r.w.now));
}

static void a_subject_has_one_spelling(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct bytes body = world_revoke_body(&r.w, "certificate", r.number, "superseded", 0);
    const char *quoted = (const char *)world_format(&r.w, "\"%s\"", r.number).data;
    const char *zero = (const char *)world_format(&r.w, "\"0%s\"", r.number).data;
    failed(&r.w, world_say(&r.w, OFFICER_1, "revoke", world_replace(&r.w, body, quoted, zero)),
           ERR_INPUT, "number");
    failed(&r.w,
           world_say(&r.w, OFFICER_1, "revoke", world_replace(&r.w, body, quoted, "\"4711\"")),
           ERR_NOT_FOUND, "4711");
    body = world_revoke_body(&r.w, "artifact", artifact_id(&r.w), "superseded", 0);
    const char *shouting = "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef";
    failed(&r.w,
           world_say(&r.w, OFFICER_1, "revoke",
                     world_replace(&r.w, body, artifact_id(&r.w), shouting)),
           ERR_INPUT, "artifact id");
}

/* ---- One signature ---- */

static struct evidence_plan signature_make(struct world *w, const struct world_key *key)
{
    struct bytes jar = world_artifact(w, "tool.jar", "jar", "the jar");
    struct bytes digest = digest_of(w, "one");
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "package", jar, 4, 3600)));
    accepted(w, world_sign(w, key, digest));
    return (struct evidence_plan){.entry = w->count - 1,
                                  .id = bytes_text(world_signature_id(w, key, digest))};
}

static void a_signature_is_not_revoked_by_the_record_of_another_log(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    AUTO_VALUE(ready) other;
    ready_make(&r);
    ready_make(&other);
    struct evidence_plan plan = signature_make(&r.w, &r.key);
    struct evidence_plan strange = signature_make(&other.w, &other.key);
    struct bytes body = world_revoke_signature_body(&other.w, OFFICER_1, &strange);
    refused(&r.w, world_enter(&r.w, "revoke", body), "statement.authority");

    /* The other log's entry, in place of this one's. */
    struct bytes entry = r.w.entries[plan.entry];
    r.w.entries[plan.entry] = other.w.entries[strange.entry];
    plan.id = strange.id;
    refused(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &plan)),
            "revoke.signature");
    r.w.entries[plan.entry] = entry;

    /* A checkpoint that this record never had. */
    plan = (struct evidence_plan){
        .entry = plan.entry,
        .id = bytes_text(world_signature_id(&r.w, &r.key, digest_of(&r.w, "one")))};
    memset(r.w.head.root, 7, sizeof r.w.head.root);
    refused(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &plan)),
            "statement.seen");
}

static void the_evidence_must_be_of_that_very_signature(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct evidence_plan plan = signature_make(&r.w, &r.key);
    struct evidence_plan wrong = plan;
    wrong.id = bytes_text(world_signature_id(&r.w, &r.key, digest_of(&r.w, "two")));
    refused(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &wrong)),
            "revoke.signature");
    wrong = plan;
    wrong.item = 1;
    failed(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &wrong)),
           ERR_INPUT, "no such item");
    wrong = plan;
    wrong.entry = 3;
    failed(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &wrong)),
           ERR_INPUT, "no request");
    struct bytes bare =
        world_revoke_body(&r.w, "signature", (const char *)plan.id.data, "keyCompromise", 0);
    failed(&r.w, world_say(&r.w, OFFICER_1, "revoke", bare), ERR_INPUT, "needs the request");
    accepted(&r.w,
             world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, OFFICER_1, &plan)));
}

static void whoever_owns_another_signer_does_not_reach_the_signature(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct evidence_plan plan = signature_make(&r.w, &r.key);
    struct bytes signer = world_object(&r.w, "signer", "package");
    world_change(
        &r.w, "signer", "package",
        world_replace(&r.w, signer, "\"owner\":\"release-engineer\"", "\"owner\":\"approver-1\""));
    refused(&r.w, world_enter(&r.w, "revoke", world_revoke_signature_body(&r.w, ENGINEER, &plan)),
            "revoke.entitled");
}

static void only_a_revocation_brings_an_entry_along(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct signed_statement outer;
    struct statement inner;
    ready_make(&r);
    struct evidence_plan plan = signature_make(&r.w, &r.key);
    struct bytes revoke = world_revoke_signature_body(&r.w, OFFICER_1, &plan);
    struct brought brought;
    ok_call(signed_statement_read(&outer, &inner, revoke, &arena, &r.w.e), r.w.e);
    brought = outer.brought;
    struct statement s = world_statement(&r.w, "suspend", world_person(&r.w, OFFICER_1),
                                         world_suspend_body(&r.w, "key", r.id));
    ok_call(
        signed_statement_read(&outer, &inner, world_signed(&r.w, &s, OFFICER_1), &arena, &r.w.e),
        r.w.e);
    outer.brought = brought;
    signed_statement_write(&body, &outer);
    failed(&r.w, world_enter(&r.w, "suspend", buf_bytes(&body)), ERR_INPUT, "brings no other");
}

/* ---- Undoing ---- */

static void nobody_lifts_what_he_revoked_with_either_key(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    uint8_t lift[32];
    ready_make(&r);
    accepted(&r.w, world_revoke(&r.w, OFFICER_3, "key", r.id, "keyCompromise", 0));
    struct bytes detail = world_lift_detail(&r.w, "key", r.id);
    refused(&r.w, world_propose(&r.w, OFFICER_3_AGAIN, "lift", detail), "proposal.self");
    accepted(&r.w, world_propose(&r.w, ENGINEER, "lift", detail));
    memcpy(lift, r.w.leaf, sizeof lift);
    refused(&r.w, world_approve(&r.w, OFFICER_3_AGAIN, lift), "approval.self");
    refused(&r.w, world_approve(&r.w, APPROVER_1, lift), "approval.team");
    accepted(&r.w, world_approve(&r.w, OFFICER_1, lift));
    refused(&r.w, world_approve(&r.w, OFFICER_1, lift), "approval.again");
    assert_int_equal(state_key(r.w.state, BYTES_OF(r.key.id))->state, KEY_COMPROMISED);
    accepted(&r.w, world_approve(&r.w, OFFICER_2, lift));
    assert_int_equal(state_key(r.w.state, BYTES_OF(r.key.id))->state, KEY_ACTIVE);
}

/* The very statement once more, when the record has long forgotten that it was used. */
static void replayed(struct ready *r, const char *kind, const char *id)
{
    struct bytes body = world_revoke_body(&r->w, kind, id, "keyCompromise", 0);
    struct statement s = world_statement(&r->w, "revoke", world_person(&r->w, OFFICER_1), body);
    struct bytes entered = world_signed(&r->w, &s, OFFICER_1);
    accepted(&r->w, world_enter(&r->w, "revoke", entered));
    world_decide(&r->w, "lift", world_lift_detail(&r->w, kind, id), OFFICER_2, OFFICER_3);
    r->w.now += WORLD_STATEMENT_AGE + MINUTE;
    accepted(&r->w, world_status(&r->w));
    refused(&r->w, world_enter(&r->w, "revoke", entered), "revoke.activation");
    accepted(&r->w, world_revoke(&r->w, OFFICER_1, kind, id, "keyCompromise", 0));
}

static void an_old_revocation_is_not_used_again_after_a_lift(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    replayed(&r, "artifact", artifact_id(&r.w));
    replayed(&r, "path", "package");
    replayed(&r, "certificate", r.number);
    replayed(&r, "key", r.id);
}

static void a_revocation_names_what_last_activated_its_subject(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    struct bytes body = world_revoke_body(&r.w, "key", r.id, "keyCompromise", 0);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "key", r.id));
    world_decide(&r.w, "resume", world_resume_detail(&r.w, "key", r.id), OFFICER_2, APPROVER_2);
    refused(&r.w, world_say(&r.w, OFFICER_1, "revoke", body), "revoke.activation");
}

static void proposals_name_the_revocation_in_force(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    accepted(&r.w, world_revoke(&r.w, OFFICER_1, "path", "package", "keyCompromise", 0));
    struct bytes detail = world_lift_detail(&r.w, "path", "package");
    refused(&r.w,
            world_propose(&r.w, ENGINEER, "lift", world_replace(&r.w, detail, "package", "x")),
            "revocation.absent");
    const char *leaf = world_base64(&r.w, world_revocation(&r.w, REVOKED_PATH, "package")->leaf);
    struct bytes other =
        world_replace(&r.w, detail, leaf, world_base64(&r.w, BYTES_OF(r.w.head.authority)));
    refused(&r.w, world_propose(&r.w, ENGINEER, "lift", other), "revocation.other");
    struct bytes advance =
        world_format(&r.w,
                     "{\"subject\":\"path\",\"id\":\"package\",\"revocation\":\"%s\","
                     "\"effective\":0,\"evidence\":\"none\"}",
                     world_base64(&r.w, BYTES_OF(r.w.head.authority)));
    refused(&r.w, world_propose(&r.w, ENGINEER, "advance", advance), "revocation.other");
    refused(&r.w,
            world_propose(&r.w, ENGINEER, "advance",
                          world_replace(&r.w, advance, "package", "desktop")),
            "revocation.absent");
}

static void a_revoked_key_gets_no_certificate_and_is_not_resumed(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    uint8_t proposal[32];
    ready_make(&r);
    struct bytes detail =
        world_issuance_detail(&r.w, &r.key, "private", "package", "package", 86400);
    accepted(&r.w, world_propose(&r.w, ENGINEER, "issuance", detail));
    memcpy(proposal, r.w.leaf, sizeof proposal);
    accepted(&r.w, world_approve(&r.w, OFFICER_3, proposal));
    accepted(&r.w, world_approve(&r.w, APPROVER_1, proposal));
    accepted(&r.w, world_issue(&r.w, proposal));
    struct bytes certificate = world_certificate_body(&r.w, r.w.leaf, &r.w.ca);
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "key", r.id));
    struct bytes resume = world_resume_detail(&r.w, "key", r.id);
    accepted(&r.w, world_revoke(&r.w, OFFICER_1, "key", r.id, "superseded", 0));
    failed(&r.w, world_enter(&r.w, "certificate", certificate), ERR_REFUSED, "");
    refused(&r.w, world_propose(&r.w, ENGINEER, "issuance", detail), "issuance.key");
    accepted(&r.w, world_propose(&r.w, ENGINEER, "resume", resume));
    memcpy(proposal, r.w.leaf, sizeof proposal);
    accepted(&r.w, world_approve(&r.w, OFFICER_2, proposal));
    refused(&r.w, world_approve(&r.w, APPROVER_2, proposal), "key.state");
}

static void a_number_revoked_before_it_was_signed_is_never_signed(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    uint8_t proposal[32];
    ready_make(&r);
    struct bytes detail =
        world_issuance_detail(&r.w, &r.key, "private", "package", "package", 86400);
    accepted(&r.w, world_propose(&r.w, ENGINEER, "issuance", detail));
    memcpy(proposal, r.w.leaf, sizeof proposal);
    accepted(&r.w, world_approve(&r.w, OFFICER_3, proposal));
    accepted(&r.w, world_approve(&r.w, APPROVER_1, proposal));
    accepted(&r.w, world_issue(&r.w, proposal));
    struct bytes certificate = world_certificate_body(&r.w, r.w.leaf, &r.w.ca);
    accepted(&r.w, world_revoke(&r.w, OFFICER_1, "certificate", world_number(&r.w, &r.key),
                                "superseded", 0));
    refused(&r.w, world_enter(&r.w, "certificate", certificate), "certificate.revoked");
}

/* ---- Publishing less ---- */

static void a_status_neither_goes_back_nor_holds_longer_than_policy_says(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    long long list = r.w.now + WORLD_LIST_LIFE * SECOND;
    long long crl = r.w.now + WORLD_CRL_LIFE * SECOND;
    static const char form[] = "{\"number\":%d,\"list_expires\":%lld,\"crl_next\":%lld}";
    refused(&r.w, world_enter(&r.w, "status", world_format(&r.w, form, 2, list, crl)),
            "status.number");
    refused(&r.w, world_enter(&r.w, "status", world_format(&r.w, form, 1, list + 1, crl)),
            "status.times");
    refused(&r.w, world_enter(&r.w, "status", world_format(&r.w, form, 1, list, crl + 1)),
            "status.times");
    refused(&r.w, world_enter(&r.w, "status", world_format(&r.w, form, 1, 0LL, crl)),
            "status.times");
    struct bytes good = world_format(&r.w, form, 1, list, crl);
    accepted(&r.w, world_enter(&r.w, "status", good));
    refused(&r.w, world_enter(&r.w, "status", good), "status.number");
}

static void what_leaves_a_certificate_out_is_not_the_file_of_its_status(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    AUTO_VALUE(buf) less = BUF(1 << 20);
    AUTO_VALUE(buf) whole = BUF(1 << 20);
    AUTO_VALUE(buf) file = BUF(1 << 20);
    struct publication p;
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    ready_make(&r);
    accepted(&r.w, world_status(&r.w));
    ok_call(rules_publication_build(&less, r.w.state, 1, &r.w.e), r.w.e);
    ok_call(session_key_sign(r.w.ca.p256, signature, buf_bytes(&less), &r.w.e), r.w.e);
    accepted(&r.w, world_revoke(&r.w, OFFICER_1, "key", r.id, "keyCompromise", 0));
    accepted(&r.w, world_status(&r.w));
    ok_call(rules_publication(&p, r.w.state, 1, &r.w.e), r.w.e);
    ok_call(rules_publication_build(&whole, r.w.state, 1, &r.w.e), r.w.e);
    failed(&r.w, rules_publication_join(&file, &p, buf_bytes(&whole), BYTES_OF(signature), &r.w.e),
           ERR_AUTH, "");
    assert_int_equal(file.size, 0);
}

static struct bytes root_crl(struct ready *r, const struct world_key *by, const char *from,
                             const char *to)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    AUTO_VALUE(buf) tbs = BUF(LIMIT_CERTIFICATE);
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct err e;
    ok_call(rules_root_crl_build(&tbs, r->w.state, 0, r->w.now, r->w.now + DAY, &e), e);
    struct bytes text = world_replace(&r->w, buf_bytes(&tbs), from, to);
    ok_call(session_key_sign(by->p256, signature, text, &e), e);
    ok_call(rules_root_crl_body(&body, r->w.state, text, BYTES_OF(signature), &e), e);
    return world_copy(&r->w, buf_bytes(&body));
}

static void the_roots_crl_is_the_roots_alone(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    failed(&r.w, world_enter(&r.w, "root-crl", root_crl(&r, &r.w.ca, "q1", "q1")), ERR_AUTH, "");
    refused(&r.w, world_enter(&r.w, "root-crl", root_crl(&r, &r.w.root, "q1", "q3")),
            "root-crl.period");
    accepted(&r.w, world_status(&r.w));
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    buf_printf(&body, "{\"crl\":\"%s\"}", world_base64(&r.w, world_published(&r.w, 1, &r.w.ca)));
    refused(&r.w, world_enter(&r.w, "root-crl", buf_bytes(&body)), "root-crl.period");
    accepted(&r.w, world_enter(&r.w, "root-crl", root_crl(&r, &r.w.root, "q1", "q1")));
}

static void the_roots_crl_names_nobody_who_is_not_revoked(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r);
    world_decide(&r.w, "revoke-ca",
                 world_format(&r.w,
                              "{\"subject\":\"certificate\",\"id\":\"%s\",\"reason\":"
                              "\"superseded\",\"effective\":%lld}",
                              world_number(&r.w, &r.w.ca), (long long)r.w.now),
                 OFFICER_1, OFFICER_2);
    /* Revoked a year earlier than the record says. */
    refused(&r.w,
            world_enter(&r.w, "root-crl",
                        root_crl(&r, &r.w.root, "270115080000Z0\x0c", "260115080000Z0\x0c")),
            "root-crl.content");
    accepted(&r.w, world_enter(&r.w, "root-crl", root_crl(&r, &r.w.root, "q1", "q1")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_revokes_what_his_duties_do_not_cover),
        cmocka_unit_test(a_duty_keeps_apart_who_made_a_key_and_who_revokes_it),
        cmocka_unit_test(a_quorum_that_judges_its_own_has_one_person_more),
        cmocka_unit_test(a_pipeline_revokes_nothing),
        cmocka_unit_test(nothing_of_it_works_under_the_first_rules),
        cmocka_unit_test(only_reasons_that_code_signing_allows),
        cmocka_unit_test(nothing_is_revoked_from_tomorrow_on),
        cmocka_unit_test(a_subject_has_one_spelling),
        cmocka_unit_test(a_signature_is_not_revoked_by_the_record_of_another_log),
        cmocka_unit_test(the_evidence_must_be_of_that_very_signature),
        cmocka_unit_test(whoever_owns_another_signer_does_not_reach_the_signature),
        cmocka_unit_test(only_a_revocation_brings_an_entry_along),
        cmocka_unit_test(nobody_lifts_what_he_revoked_with_either_key),
        cmocka_unit_test(an_old_revocation_is_not_used_again_after_a_lift),
        cmocka_unit_test(a_revocation_names_what_last_activated_its_subject),
        cmocka_unit_test(proposals_name_the_revocation_in_force),
        cmocka_unit_test(a_revoked_key_gets_no_certificate_and_is_not_resumed),
        cmocka_unit_test(a_number_revoked_before_it_was_signed_is_never_signed),
        cmocka_unit_test(a_status_neither_goes_back_nor_holds_longer_than_policy_says),
        cmocka_unit_test(what_leaves_a_certificate_out_is_not_the_file_of_its_status),
        cmocka_unit_test(the_roots_crl_is_the_roots_alone),
        cmocka_unit_test(the_roots_crl_names_nobody_who_is_not_revoked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
