/* A record in which trust ends in every way there is, and is seen to end. */
#include "world_revoking.h"

static const char artifact[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

static struct bytes digest_of(struct world *w, const char *content)
{
    uint8_t digest[32];
    digest_sha256(digest, bytes_text(content));
    return world_copy(w, BYTES_OF(digest));
}

static void signatures(struct world *w, const struct world_key *package,
                       const struct world_key *firmware)
{
    struct bytes jar = world_artifact(w, "tool.jar", "jar", "the jar");
    struct bytes image = world_artifact(w, "fw-1.bin", "cms", "firmware");
    struct request_item built = {.artifact = 0};
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "package", jar, 4, 3600)));
    accepted(w, world_sign(w, package, digest_of(w, "one")));
    struct evidence_plan one = {
        .entry = w->count - 1,
        .id = bytes_text(world_signature_id(w, package, digest_of(w, "one")))};
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "firmware", image, 1, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    accepted(w, world_approve(w, OFFICER_3, w->grant));
    accepted(w, world_sign_items(w, firmware, &built, 1));
    struct bytes digest =
        world_copy(w, bytes_make(w->out.jobs[0].digest, w->out.jobs[0].digest_size));
    struct evidence_plan two = {.entry = w->count - 1,
                                .id = bytes_text(world_signature_id(w, firmware, digest)),
                                .artifact = image};
    accepted(w, world_enter(w, "revoke", world_revoke_signature_body(w, ENGINEER, &one)));
    accepted(w, world_enter(w, "revoke", world_revoke_signature_body(w, OFFICER_1, &two)));
}

static void ratified(struct world *w, const uint8_t leaf[32], enum hand approver)
{
    struct bytes detail =
        world_format(w, "{\"entry\":\"%s\"}", world_base64(w, bytes_make(leaf, 32)));
    accepted(w, world_propose(w, ENGINEER, "ratify", detail));
    accepted(w, world_approve(w, approver, w->leaf));
}

static void key_ends(struct world *w, const struct world_key *key)
{
    uint8_t leaf[32];
    const char *id = world_hex(w, BYTES_OF(key->id));
    accepted(w, world_revoke(w, OFFICER_1, "key", id, "superseded", w->now));
    world_decide(w, "lift", world_lift_detail(w, "key", id), OFFICER_2, OFFICER_3);
    accepted(w, world_revoke(w, OFFICER_2, "key", id, "superseded", w->now));
    accepted(w, world_status(w));
    accepted(w, world_revoke(w, OFFICER_1, "key", id, "keyCompromise", w->now - HOUR));
    memcpy(leaf, w->leaf, sizeof leaf);
    world_decide(w, "advance",
                 world_format(w,
                              "{\"subject\":\"key\",\"id\":\"%s\",\"revocation\":\"%s\","
                              "\"effective\":0,\"evidence\":\"a journal\"}",
                              id, world_base64(w, BYTES_OF(leaf))),
                 OFFICER_2, OFFICER_3);
    ratified(w, leaf, OFFICER_3);
}

static void ca_ends(struct world *w)
{
    world_decide(w, "revoke-ca",
                 world_format(w,
                              "{\"subject\":\"key\",\"id\":\"%s\",\"reason\":\"cACompromise\","
                              "\"effective\":0}",
                              world_hex(w, BYTES_OF(w->ca.id))),
                 OFFICER_1, OFFICER_2);
    accepted(w, world_status(w));
    accepted(w, world_enter(w, "root-crl", world_root_crl_body(w, 0, w->now, w->now + DAY)));
}

void world_revoking_story(struct world *w)
{
    AUTO_VALUE(world_key) package = {0};
    AUTO_VALUE(world_key) firmware = {0};
    AUTO_VALUE(world_key) list = {0};
    AUTO_VALUE(world_key) stamps_ca = {0};
    AUTO_VALUE(world_key) stamps = {0};
    world_found(w, false);
    world_ready(w);
    world_second(w);
    world_key_make(w, &package, "package");
    world_key_make(w, &firmware, "firmware");
    accepted(w, world_status(w));
    world_role_key(w, &list, "list", &w->root);
    world_role_key(w, &stamps_ca, "timestamp-ca", &w->root);
    world_role_key(w, &stamps, "timestamp", &stamps_ca);
    accepted(w, world_enter(w, "root-crl", world_root_crl_body(w, 0, w->now, w->now + 90 * DAY)));
    accepted(w, world_enter(w, "timestamp", world_stamp_body(w, "a signature")));
    signatures(w, &package, &firmware);
    w->now += MINUTE;
    accepted(w, world_status(w));
    accepted(w, world_suspend(w, OFFICER_1, "path", "desktop"));
    accepted(w, world_revoke(w, OFFICER_1, "artifact", artifact, "privilegeWithdrawn", 0));
    accepted(w, world_revoke(w, ENGINEER, "path", "firmware", "cessationOfOperation", w->now - 1));
    accepted(w, world_revoke(w, OFFICER_3, "certificate", world_number(w, &firmware),
                             "affiliationChanged", w->now));
    key_ends(w, &package);
    w->now += WORLD_RATIFY * SECOND; /* alarms */
    accepted(w, world_status(w));
    ca_ends(w);
}
