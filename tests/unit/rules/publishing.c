/*
 * What is published about all that is revoked: who may rely on which file, when the next one is
 * due, and until when somebody may still trust. And timestamps.
 */
#include "world_revoking.h"

#include <stdlib.h>

#include "pki/crl.h"
#include "pki/tsp_token.h"
#include "proof/distrust.h"
#include "rules/view.h"

struct story {
    struct world w;
    struct world_key key; /* of signer "package" */
    struct world_key list;
    const char *id;
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

static struct x509 certificate(struct bytes der)
{
    struct x509 x509;
    struct err e;
    ok_call(x509_parse(&x509, der, &e), e);
    return x509;
}

static struct publication publication(struct story *s, size_t n)
{
    struct publication p;
    struct err e;
    ok_call(rules_publication(&p, s->w.state, n, &e), e);
    return p;
}

/* ---- When ---- */

static void a_status_is_due_at_first_after_a_revocation_and_as_policy_says(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    assert_true(rules_status_due(s.w.state, s.w.now));
    accepted(&s.w, world_status(&s.w));
    assert_false(rules_status_due(s.w.state, s.w.now));
    assert_false(rules_status_due(s.w.state, s.w.now + WORLD_LIST_EVERY * SECOND - 1));
    assert_true(rules_status_due(s.w.state, s.w.now + WORLD_LIST_EVERY * SECOND));
    s.w.now += MINUTE;
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "certificate", s.number, "superseded", s.w.now));
    assert_true(rules_status_due(s.w.state, s.w.now));
    accepted(&s.w, world_status(&s.w));
    assert_false(rules_status_due(s.w.state, s.w.now));
}

static void without_a_list_key_there_are_crls_alone(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    world_found(&w, false);
    world_ready(&w);
    assert_false(rules_status_due(w.state, w.now)); /* rules version 1 */
    refused(&w,
            world_enter(&w, "status",
                        bytes_text("{\"number\":1,\"list_expires\":0,"
                                   "\"crl_next\":0}")),
            "entry.version");
    world_second(&w);
    assert_false(rules_status_due(w.state, w.now));
    refused(&w, world_status(&w), "status.nothing");
    world_key_make(&w, &key, "package");
    assert_true(rules_status_due(w.state, w.now));
    accepted(&w, world_status(&w));
    struct publication p;
    ok_call(rules_publication(&p, w.state, 0, &w.e), w.e);
    assert_int_equal(p.kind, PUBLICATION_CRL);
    ok_call(rules_publication(&p, w.state, 1, &w.e), w.e);
    assert_int_equal(p.kind, PUBLICATION_NONE);
    assert_false(rules_status_due(w.state, w.now + WORLD_LIST_EVERY * SECOND));
    assert_true(rules_status_due(w.state, w.now + WORLD_CRL_EVERY * SECOND));
}

static void what_policy_does_not_say_has_defaults(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    world_change(&s.w, "status", "main", BYTES_NONE);
    accepted(&s.w, world_status(&s.w));
    (void)world_replace(&s.w, s.w.text,
                        (const char *)world_format(&s.w, "\"list_expires\":%lld,\"crl_next\":%lld",
                                                   (long long)(s.w.now + DAY),
                                                   (long long)(s.w.now + 7 * DAY))
                            .data,
                        "");
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    assert_int_equal(state_view(s.w.state, TABLE_RATIFICATIONS)->count, 0);
}

static void a_new_period_of_certificates_has_its_crl_at_once(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(world_key) later = {0};
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    s.w.now += 80 * DAY; /* April */
    accepted(&s.w, world_status(&s.w));
    assert_string_equal(publication(&s, 1).path + 20, "/2027q1.crl");
    assert_int_equal(publication(&s, 2).kind, PUBLICATION_NONE);
    world_key_make(&s.w, &later, "desktop");
    assert_true(rules_status_due(s.w.state, s.w.now));
    accepted(&s.w, world_status(&s.w));
    assert_string_equal(publication(&s, 2).path + 20, "/2027q2.crl");
}

/* ---- What ---- */

static void a_crl_has_every_revoked_certificate_of_its_period(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(world_key) good = {0};
    AUTO(pubkey) issuer = NULL;
    struct crl crl;
    struct crl_entry entry;
    struct err e;
    story_make(&s);
    world_key_make(&s.w, &good, "desktop");
    int64_t then = s.w.now - HOUR;
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", then));
    accepted(&s.w, world_status(&s.w));
    struct bytes der = world_published(&s.w, 1, &s.w.ca);
    struct x509 ca = certificate(s.w.ca.certificate);
    struct x509 revoked = certificate(s.key.certificate);
    struct x509 fine = certificate(good.certificate);
    ok_call(crl_parse(&crl, der, &e), e);
    ok_call(pubkey_parse(&issuer, ca.spki, &e), e);
    ok_call(crl_check_issuer(&crl, &ca, &e), e);
    ok_call(crl_verify(&crl, issuer, &e), e);
    ok_call(crl_check_time(&crl, s.w.now, 0, &e), e);
    ok_call(crl_check_scope(&crl, &revoked, &e), e);
    ok_call(crl_check_scope(&crl, &fine, &e), e);
    assert_true(crl_find(&crl, revoked.serial, &entry));
    assert_int_equal(entry.time, then);
    assert_int_equal(entry.reason, CRL_KEY_COMPROMISE);
    assert_false(crl_find(&crl, fine.serial, &entry));
    assert_int_equal(crl.next_update, s.w.now + WORLD_CRL_LIFE * SECOND);
    ok_bytes(crl.number, bytes_make("\1", 1));
}

static void revoke_one_of_each(struct story *s, struct bytes digest)
{
    static const char artifact[] =
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct bytes jar = world_artifact(&s->w, "tool.jar", "jar", "the jar");
    accepted(&s->w, world_grant(&s->w, "ci-app", world_grant_body(&s->w, "package", jar, 4, 3600)));
    accepted(&s->w, world_sign(&s->w, &s->key, digest));
    struct evidence_plan plan = {.entry = s->w.count - 1,
                                 .id = bytes_text(world_signature_id(&s->w, &s->key, digest))};
    accepted(&s->w,
             world_enter(&s->w, "revoke", world_revoke_signature_body(&s->w, OFFICER_1, &plan)));
    accepted(&s->w, world_revoke(&s->w, OFFICER_1, "artifact", artifact, "superseded", 0));
    accepted(&s->w,
             world_revoke(&s->w, OFFICER_1, "path", "package", "keyCompromise", s->w.now - HOUR));
    accepted(&s->w, world_revoke(&s->w, OFFICER_1, "key", s->id, "keyCompromise", 0));
}

static void the_list_says_all_that_is_revoked_and_stands_alone(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(arena) arena = DISTRUST_ARENA;
    struct distrust list;
    uint8_t id[32];
    uint8_t digest[32];
    int64_t effective;
    size_t place = 0;
    struct err e;
    story_make(&s);
    digest_sha256(digest, bytes_text("one"));
    revoke_one_of_each(&s, BYTES_OF(digest));
    struct rules_head before = s.w.head;
    accepted(&s.w, world_status(&s.w));
    struct bytes file = world_published(&s.w, 0, &s.list);
    struct x509 root = certificate(s.w.root.certificate);
    struct distrust_trust trust = {
        .authority = s.w.head.authority, .roots = &root, .root_count = 1};
    ok_call(distrust_open(&list, file, &arena, &e), e);
    ok_call(distrust_verify(&list, &trust, &e), e);
    ok_call(distrust_check_fresh(&list, s.w.now, &e), e);
    assert_int_equal(list.head.number, 1);
    assert_int_equal(list.head.size, before.size);
    assert_memory_equal(list.head.root, before.root, sizeof before.root);
    assert_int_equal(list.head.expires, s.w.now + WORLD_LIST_LIFE * SECOND);
    assert_int_equal(distrust_certificate(&list, (uint64_t)atoi(s.number), &effective),
                     DISTRUST_LISTED);
    assert_int_equal(distrust_certificate(&list, 1, &effective), DISTRUST_ABSENT);
    assert_int_equal(distrust_certificate(&list, 900, &effective), DISTRUST_UNKNOWN);
    assert_true(distrust_key(&list, s.key.id, &effective));
    distrust_signature_id(id, s.key.id, BYTES_OF(digest));
    assert_true(distrust_signature(&list, id));
    const struct distrust_path *path = distrust_path(&list, s.key.id, &place);
    assert_non_null(path);
    assert_true(bytes_is(path->id, "package"));
    assert_int_equal(path->since, s.w.now - HOUR);
    for (size_t i = 0; i < 32; i++)
        id[i] = (uint8_t[]){0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef}[i % 8];
    assert_true(distrust_artifact(&list, id));
}

static void files_are_built_just_behind_their_status_only(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) tbs = BUF(1 << 20);
    uint8_t signature[64] = {1};
    struct publication p;
    story_make(&s);
    failed(&s.w, rules_publication(&p, s.w.state, 0, &s.w.e), ERR_CONFLICT, "no status");
    accepted(&s.w, world_status(&s.w));
    failed(&s.w, rules_publication_build(&tbs, s.w.state, 7, &s.w.e), ERR_NOT_FOUND, "7");
    ok_call(rules_publication(&p, s.w.state, 0, &s.w.e), s.w.e);
    ok_call(rules_publication_build(&tbs, s.w.state, 0, &s.w.e), s.w.e);
    AUTO_VALUE(buf) file = BUF(1 << 20);
    failed(&s.w, rules_publication_join(&file, &p, buf_bytes(&tbs), BYTES_OF(signature), &s.w.e),
           ERR_AUTH, "");
    accepted(&s.w, world_suspend(&s.w, OFFICER_1, "path", "desktop"));
    failed(&s.w, rules_publication(&p, s.w.state, 0, &s.w.e), ERR_CONFLICT, "no status");
}

static void a_ca_that_is_suspended_still_says_what_is_revoked(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    const char *ca = world_hex(&s.w, BYTES_OF(s.w.ca.id));
    accepted(&s.w, world_suspend(&s.w, OFFICER_1, "key", ca));
    accepted(&s.w, world_status(&s.w));
    assert_int_equal(publication(&s, 1).kind, PUBLICATION_CRL);
    world_decide(&s.w, "revoke-ca",
                 world_format(&s.w,
                              "{\"subject\":\"key\",\"id\":\"%s\",\"reason\":\"cACompromise\","
                              "\"effective\":0}",
                              ca),
                 OFFICER_1, OFFICER_2);
    accepted(&s.w, world_status(&s.w));
    assert_int_equal(publication(&s, 0).kind, PUBLICATION_LIST);
    assert_int_equal(publication(&s, 1).kind, PUBLICATION_NONE);
}

static void in_doubt_about_the_clock_a_revocation_is_still_published(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) doubt = BUF(1024);
    story_make(&s);
    rules_doubt_body(&doubt, DOUBT_STEP, s.w.now + DAY);
    accepted(&s.w, world_enter(&s.w, "clock-doubt", buf_bytes(&doubt)));
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    accepted(&s.w, world_status(&s.w));
    assert_int_equal(world_revocation(&s.w, REVOKED_KEY, s.id)->status, 1);
}

/* ---- The root's CRLs ---- */

static void revoke_ca(struct story *s)
{
    world_decide(&s->w, "revoke-ca",
                 world_format(&s->w,
                              "{\"subject\":\"certificate\",\"id\":\"%s\",\"reason\":"
                              "\"superseded\",\"effective\":0}",
                              world_number(&s->w, &s->w.ca)),
                 OFFICER_1, OFFICER_2);
}

static void the_roots_crl_comes_by_a_ceremony_and_must_be_whole(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    struct root_period period;
    story_make(&s);
    assert_true(rules_root_period(&period, s.w.state, 0));
    assert_false(rules_root_period(&period, s.w.state, 1));
    assert_true(period.due);
    assert_int_equal(period.number, -1);
    struct bytes first = world_root_crl_body(&s.w, 0, s.w.now, s.w.now + 365 * DAY);
    accepted(&s.w, world_enter(&s.w, "root-crl", first));
    refused(&s.w, world_enter(&s.w, "root-crl", first), "root-crl.number");
    assert_true(rules_root_period(&period, s.w.state, 0));
    assert_false(period.due);
    assert_int_equal(period.number, 1);

    struct bytes before = world_root_crl_body(&s.w, 0, s.w.now, s.w.now + 365 * DAY);
    revoke_ca(&s);
    refused(&s.w, world_enter(&s.w, "root-crl", before), "root-crl.drops");
    assert_true(rules_root_period(&period, s.w.state, 0));
    assert_true(period.due);
    s.w.now += HOUR;
    accepted(&s.w, world_enter(&s.w, "root-crl",
                               world_root_crl_body(&s.w, 0, s.w.now, s.w.now + 30 * DAY)));
    assert_true(rules_root_period(&period, s.w.state, 0));
    assert_false(period.due);
    assert_int_equal(
        world_revocation(&s.w, REVOKED_CERTIFICATE, world_number(&s.w, &s.w.ca))->crl_held,
        s.w.now - HOUR + 365 * DAY);
    refused(&s.w,
            world_enter(&s.w, "root-crl",
                        world_root_crl_body(&s.w, 0, s.w.now + HOUR, s.w.now + 30 * DAY)),
            "crl.time");
}

/* ---- Until when ---- */

static int64_t horizon(struct story *s, const char *kind, const char *id, const char *class)
{
    int64_t time;
    struct err e;
    ok_call(
        rules_horizon(&time, s->w.state, bytes_text(kind), bytes_text(id), bytes_text(class), &e),
        e);
    return time;
}

static void a_horizon_is_the_last_moment_of_what_was_published_before(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    int64_t first = s.w.now;
    s.w.now += MINUTE;
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    assert_int_equal(horizon(&s, "key", s.id, "server"), HORIZON_UNBOUNDED);
    accepted(&s.w, world_status(&s.w));
    int64_t list = first + WORLD_LIST_LIFE * SECOND;
    int64_t crl = first + WORLD_CRL_LIFE * SECOND;
    assert_int_equal(horizon(&s, "key", s.id, "server"), list + 300 * SECOND + MINUTE);
    assert_int_equal(horizon(&s, "key", s.id, "browser"), crl + MINUTE);
    assert_int_equal(horizon(&s, "certificate", s.number, "browser"), crl + MINUTE);
    assert_int_equal(horizon(&s, "key", s.id, "sloppy"), HORIZON_UNBOUNDED);
    assert_int_equal(horizon(&s, "key", s.id, "blind"), HORIZON_UNBOUNDED);
    s.w.now += HOUR; /* later statuses change nothing about it */
    accepted(&s.w, world_status(&s.w));
    assert_int_equal(horizon(&s, "key", s.id, "server"), list + 300 * SECOND + MINUTE);
    struct err e;
    int64_t time;
    ok_err(rules_horizon(&time, s.w.state, bytes_text("key"), bytes_text("no"),
                         bytes_text("server"), &e),
           e, ERR_NOT_FOUND, "no");
}

static void whoever_goes_on_with_a_crl_that_has_expired_has_a_later_horizon_or_none(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_status(&s.w));
    int64_t crl = s.w.now + WORLD_CRL_LIFE * SECOND;
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "key", s.id, "keyCompromise", 0));
    accepted(&s.w, world_status(&s.w));
    world_change(
        &s.w, "endpoints", "browser",
        bytes_text("{\"reads\":\"crl\",\"stale\":\"refuse\",\"grace\":300,\"clock_error\":60,"
                   "\"silence\":3600}"));
    assert_int_equal(horizon(&s, "key", s.id, "browser"), crl + 300 * SECOND + MINUTE);
    assert_int_equal(horizon(&s, "certificate", s.number, "browser"), crl + 300 * SECOND + MINUTE);
    world_change(
        &s.w, "endpoints", "browser",
        bytes_text("{\"reads\":\"crl\",\"stale\":\"warn\",\"grace\":300,\"clock_error\":60,"
                   "\"silence\":3600}"));
    assert_int_equal(horizon(&s, "key", s.id, "browser"), HORIZON_UNBOUNDED);
    assert_int_equal(horizon(&s, "certificate", s.number, "browser"), HORIZON_UNBOUNDED);
}

static void no_crl_says_anything_of_what_is_no_certificate(void **state)
{
    (void)state;
    AUTO_VALUE(story) s;
    story_make(&s);
    accepted(&s.w, world_revoke(&s.w, OFFICER_1, "path", "package", "keyCompromise", 0));
    revoke_ca(&s);
    accepted(&s.w, world_status(&s.w));
    const char *ca = world_number(&s.w, &s.w.ca);
    assert_int_equal(horizon(&s, "path", "package", "browser"), HORIZON_UNBOUNDED);
    assert_true(horizon(&s, "path", "package", "server") < HORIZON_UNBOUNDED);
    assert_int_equal(horizon(&s, "certificate", ca, "browser"), HORIZON_UNBOUNDED);
    accepted(&s.w,
             world_enter(&s.w, "root-crl", world_root_crl_body(&s.w, 0, s.w.now, s.w.now + DAY)));
    assert_int_equal(horizon(&s, "certificate", ca, "browser"), s.w.now + MINUTE);
}

static void the_calendar_says_when_a_root_crl_ends(void **state)
{
    AUTO_VALUE(story) s;
    AUTO_VALUE(buf) b = BUF(1 << 20);
    struct err e;
    (void)state;
    story_make(&s);
    accepted(&s.w,
             world_enter(&s.w, "root-crl", world_root_crl_body(&s.w, 0, s.w.now, s.w.now + DAY)));
    ok_call(view_calendar(&b, s.w.state, s.w.now + DAY, &e), e);
    assert_non_null(strstr(buf_string(&b), "\"kind\":\"root-crl\""));
    assert_non_null(strstr(buf_string(&b), ".crl\""));
}

/* ---- Timestamps ---- */

struct stamps {
    struct story s;
    struct world_key ca;
    struct world_key key;
};

static void stamps_done(struct stamps *t)
{
    world_key_done(&t->ca);
    world_key_done(&t->key);
    story_done(&t->s);
}
AUTO_DONE(stamps)

static void stamps_make(struct stamps *t)
{
    *t = (struct stamps){.ca = {.p256 = NULL}};
    story_make(&t->s);
    world_role_key(&t->s.w, &t->ca, "timestamp-ca", &t->s.w.root);
    world_role_key(&t->s.w, &t->key, "timestamp", &t->ca);
}

static void a_timestamp_says_the_time_of_its_entry(void **state)
{
    (void)state;
    AUTO_VALUE(stamps) t;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) der = BUF(TSP_TOKEN_MAX);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct entry entry;
    struct tsp_token token;
    struct tsp_verified verified;
    struct err e;
    stamps_make(&t);
    accepted(&t.s.w, world_enter(&t.s.w, "timestamp", world_stamp_body(&t.s.w, "message")));
    assert_int_equal(t.s.w.out.job_count, 1);
    const struct sign_job *job = t.s.w.out.jobs;
    assert_memory_equal(job->key, t.key.id, sizeof job->key);
    ok_call(session_key_sign(t.key.p256, signature, job->attributes, &e), e);
    ok_call(entry_read(&entry, t.s.w.text, &arena, &e), e);
    ok_call(rules_timestamp_token(&der, t.s.w.state, &entry, BYTES_OF(signature), true, &e), e);
    ok_call(tsp_token_parse(&token, buf_bytes(&der), &e), e);
    struct x509 root = certificate(t.s.w.root.certificate);
    struct tsp_trust trust = {.roots = &root, .root_count = 1};
    ok_call(tsp_token_verify(&verified, &token, bytes_text("message"), &trust, &e), e);
    assert_int_equal(verified.time, t.s.w.now);
    assert_int_equal(verified.accuracy, WORLD_ACCURACY);
    ok_bytes(token.info.nonce, bytes_make("\x2a", 1));
    assert_int_equal(token.info.serial.data[token.info.serial.size - 1],
                     (uint8_t)(entry.index + 1));
    signature[0] ^= 1;
    AUTO_VALUE(buf) none = BUF(TSP_TOKEN_MAX);
    ok_err(rules_timestamp_token(&none, t.s.w.state, &entry, BYTES_OF(signature), true, &e), e,
           ERR_AUTH, "");
}

static void a_token_can_be_made_again_when_its_key_is_gone(void **state)
{
    (void)state;
    AUTO_VALUE(stamps) t;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) one = BUF(TSP_TOKEN_MAX);
    AUTO_VALUE(buf) two = BUF(TSP_TOKEN_MAX);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct entry entry;
    struct err e;
    stamps_make(&t);
    accepted(&t.s.w, world_enter(&t.s.w, "timestamp", world_stamp_body(&t.s.w, "message")));
    ok_call(session_key_sign(t.key.p256, signature, t.s.w.out.jobs->attributes, &e), e);
    ok_call(entry_read(&entry, t.s.w.text, &arena, &e), e);
    ok_call(rules_timestamp_token(&one, t.s.w.state, &entry, BYTES_OF(signature), true, &e), e);
    world_revoke_key(&t.s.w, &t.key);
    refused(&t.s.w, world_enter(&t.s.w, "timestamp", bytes_make(entry.body.data, entry.body.size)),
            "timestamp.key");
    ok_call(rules_timestamp_token(&two, t.s.w.state, &entry, BYTES_OF(signature), true, &e), e);
    ok_bytes(buf_bytes(&one), buf_bytes(&two));
}

static void no_time_is_stamped_without_key_time_or_policys_accuracy(void **state)
{
    (void)state;
    AUTO_VALUE(stamps) t;
    AUTO_VALUE(buf) doubt = BUF(1024);
    uint8_t key[32];
    int64_t number;
    stamps_make(&t);
    struct world *w = &t.s.w;
    struct bytes body = world_stamp_body(&t.s.w, "message");
    refused(w, world_enter(w, "timestamp", world_replace(w, body, ":500}", ":1}")),
            "timestamp.accuracy");
    refused(w,
            world_enter(w, "timestamp",
                        world_replace(w, body, world_base64(w, BYTES_OF(t.key.id)),
                                      world_base64(w, BYTES_OF(t.s.key.id)))),
            "timestamp.key");
    ok_call(rules_timestamp_key(w->state, w->now, key, &number, &w->e), w->e);
    const char *named =
        (const char *)world_format(w, "\"certificate\":%lld", (long long)number).data;
    refused(w, world_enter(w, "timestamp", world_replace(w, body, named, "\"certificate\":2")),
            "timestamp.key");
    rules_doubt_body(&doubt, DOUBT_STEP, w->now + DAY);
    accepted(w, world_enter(w, "clock-doubt", buf_bytes(&doubt)));
    refused(w, world_enter(w, "timestamp", body), "clock.doubt");
    refused(w, rules_timestamp_key(w->state, w->now, key, &number, &w->e), "clock.doubt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_due_at_first_after_a_revocation_and_as_policy_says),
        cmocka_unit_test(without_a_list_key_there_are_crls_alone),
        cmocka_unit_test(what_policy_does_not_say_has_defaults),
        cmocka_unit_test(a_new_period_of_certificates_has_its_crl_at_once),
        cmocka_unit_test(a_crl_has_every_revoked_certificate_of_its_period),
        cmocka_unit_test(the_list_says_all_that_is_revoked_and_stands_alone),
        cmocka_unit_test(files_are_built_just_behind_their_status_only),
        cmocka_unit_test(a_ca_that_is_suspended_still_says_what_is_revoked),
        cmocka_unit_test(in_doubt_about_the_clock_a_revocation_is_still_published),
        cmocka_unit_test(the_roots_crl_comes_by_a_ceremony_and_must_be_whole),
        cmocka_unit_test(a_horizon_is_the_last_moment_of_what_was_published_before),
        cmocka_unit_test(whoever_goes_on_with_a_crl_that_has_expired_has_a_later_horizon_or_none),
        cmocka_unit_test(no_crl_says_anything_of_what_is_no_certificate),
        cmocka_unit_test(the_calendar_says_when_a_root_crl_ends),
        cmocka_unit_test(a_timestamp_says_the_time_of_its_entry),
        cmocka_unit_test(a_token_can_be_made_again_when_its_key_is_gone),
        cmocka_unit_test(no_time_is_stamped_without_key_time_or_policys_accuracy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
