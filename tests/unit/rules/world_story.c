/* A record that has an entry of every kind, and of every kind of proposal. */
#include "world.h"

static void key_of_rsa(struct world *w)
{
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    world_change(w, "signer", "desktop",
                 world_replace(w, world_object(w, "signer", "desktop"), "p-256", "rsa-3072"));
    world_key_plan(w, &key, "desktop", "soft", "rsa-3072");
    accepted(w, world_enter(w, "key", world_key_body(w, &key, "soft", world_attributes)));
    accepted(w,
             world_propose(w, ENGINEER, "issuance",
                           world_issuance_detail(w, &key, "private", "desktop", "desktop", 86400)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3_AGAIN, proposal));
    accepted(w, world_approve(w, APPROVER_2, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->ca)));
}

static void desktop_release(struct world *w, const struct world_key *key)
{
    struct bytes artifacts =
        world_format(w, "%s,%s", (const char *)world_artifact(w, "app-1.tar", "cms", "one").data,
                     (const char *)world_artifact(w, "app-1.exe", "pe", "two").data);
    struct signed_file one = world_cms(w, "one");
    struct signed_file two = world_pe(w, "two");
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", artifacts, 4, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    accepted(w, world_sign(w, key, one.digest));
    accepted(w, world_bind(w, key, one.digest, 0, one.preimages, one.count));
    struct request_item item = {.digest = two.digest,
                                .artifact = 1,
                                .preimages = {.items = two.preimages, .count = two.count}};
    accepted(w, world_sign_items(w, key, &item, 1));
    accepted(w, world_close(w));

    /* By pattern, unbound when its window ends. */
    struct bytes declared = world_format(
        w, "\"declared\":%s", (const char *)world_artifact(w, "app-2.tar", "cms", "three").data);
    struct signed_file three = world_cms(w, "three");
    accepted(w, world_grant_by(w, ENGINEER, world_grant_body(w, "desktop", BYTES_NONE, 2, 60)));
    accepted(w, world_approve(w, APPROVER_2, w->grant));
    accepted(w, world_sign(w, key, three.digest));
    struct bytes body = world_binding_body(w, key, three.digest, -1, three.preimages, 1);
    accepted(w,
             world_enter(w, "binding",
                         world_replace(w, body, "\"declared\":null", (const char *)declared.data)));
    accepted(w, world_sign(w, key, world_cms(w, "four").digest));
    w->now += HOUR;
}

static void firmware_release(struct world *w, const struct world_key *key)
{
    struct request_item built = {.artifact = 0};
    accepted(w, world_grant(w, "ci-app",
                            world_grant_body(w, "firmware",
                                             world_artifact(w, "fw-1.bin", "cms", "firmware"), 1,
                                             3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    accepted(w, world_approve(w, OFFICER_3, w->grant));
    accepted(w, world_sign_items(w, key, &built, 1));
}

static void suspensions(struct world *w, const struct world_key *key)
{
    const char *id = world_hex(w, BYTES_OF(key->id));
    accepted(w, world_suspend(w, OFFICER_1, "key", id));
    accepted(w, world_suspend(w, ENGINEER, "path", "desktop"));
    world_decide(w, "resume", world_resume_detail(w, "key", id), OFFICER_2, APPROVER_2);
    world_decide(w, "resume", world_resume_detail(w, "path", "desktop"), OFFICER_2, APPROVER_2);
}

static void doubt(struct world *w)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    uint8_t found[20] = {1};
    struct start_finding finding = {.kind = bytes_text("unknown-key"),
                                    .id = BYTES_OF(found),
                                    .note = bytes_text("on token soft")};
    struct list findings = {.items = &finding, .count = 1};
    struct err e;
    w->now += DAY;
    rules_doubt_body(&body, DOUBT_SILENCE, w->now + DAY);
    accepted(w, world_enter(w, "clock-doubt", buf_bytes(&body)));
    struct bytes confirm =
        world_format(w, "{\"doubt\":\"%s\"}", world_base64(w, BYTES_OF(w->leaf)));
    buf_reset(&body);
    ok_call(rules_start_body(&body, w->state, bytes_text("1.0"), &findings, &e), e);
    accepted(w, world_enter(w, "start", buf_bytes(&body)));
    accepted(w, world_say(w, OFFICER_1, "clock-confirm", confirm));
    accepted(w, world_say(w, OFFICER_2, "clock-confirm", confirm));
}

void world_story(struct world *w)
{
    AUTO_VALUE(world_key) desktop = {0};
    AUTO_VALUE(world_key) firmware = {0};
    world_found(w, false);
    world_ready(w);
    world_key_make(w, &desktop, "desktop");
    world_key_make(w, &firmware, "firmware");
    desktop_release(w, &desktop);
    firmware_release(w, &firmware);
    suspensions(w, &desktop);
    accepted(w, world_propose(w, ENGINEER, "key", world_key_detail(w, "package", "soft", "p-256")));
    accepted(w, world_reject(w, OFFICER_1, w->leaf));
    doubt(w);
    key_of_rsa(w);
    w->now += 2 * DAY;
    struct edit edit = {.kind = "token", .id = "third", .value = bytes_text("{\"software\":true}")};
    world_decide(w, "policy", world_changes(w, &edit, 1), OFFICER_1, OFFICER_2);
    accepted(w, world_propose(w, ENGINEER, "key", world_key_detail(w, "package", "soft", "p-256")));
}
