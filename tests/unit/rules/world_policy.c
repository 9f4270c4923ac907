/* The policy that the world is founded on, and its genesis. */
#include "world.h"

#include "pki/digest.h"

struct draft {
    struct world *w;
    struct buf text;
};

static void put(struct draft *d, const char *kind, const char *id, struct bytes value)
{
    buf_printf(&d->text, "%s{\"kind\":\"%s\",\"id\":\"%s\",\"replaces\":null,\"value\":",
               d->text.size > 1 ? "," : "", kind, id);
    buf_put(&d->text, value);
    buf_put_u8(&d->text, '}');
}

static void put_text(struct draft *d, const char *kind, const char *id, const char *value)
{
    put(d, kind, id, bytes_text(value));
}

static void put_people(struct draft *d)
{
    static const enum hand people[] = {OFFICER_1,  OFFICER_2,  OFFICER_3,
                                       APPROVER_1, APPROVER_2, ENGINEER};
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        uint8_t name[32];
        digest_sha256(name, bytes_text(hand_name(people[i])));
        struct bytes second = BYTES_NONE;
        if (people[i] == OFFICER_3)
            second =
                world_format(d->w, ",{\"key\":\"%s\",\"presence\":false,\"verification\":false}",
                             world_base64(d->w, hand_blob(OFFICER_3_AGAIN)));
        put(d, "person", hand_name(people[i]),
            world_format(d->w,
                         "{\"name\":\"%s\",\"authenticators\":[{\"key\":\"%s\",\"presence\":%s,"
                         "\"verification\":false}%.*s]}",
                         world_base64(d->w, BYTES_OF(name)),
                         world_base64(d->w, hand_blob(people[i])),
                         people[i] == APPROVER_1 ? "true" : "false", (int)second.size,
                         second.size > 0 ? (const char *)second.data : ""));
    }
    put_text(d, "team", "officers", "{\"members\":[\"officer-1\",\"officer-2\",\"officer-3\"]}");
    put_text(d, "team", "approvers", "{\"members\":[\"approver-1\",\"approver-2\",\"officer-3\"]}");
    put_text(d, "team", "engineers", "{\"members\":[\"release-engineer\",\"approver-1\"]}");
    put_text(d, "team", "certifiers",
             "{\"members\":[\"officer-1\",\"officer-2\",\"officer-3\",\"approver-1\","
             "\"approver-2\"]}");
}

static void put_workloads(struct draft *d)
{
    static const char claims[] = "[{\"name\":\"repository_id\",\"value\":\"1001\"},"
                                 "{\"name\":\"repository_owner_id\",\"value\":\"42\"},"
                                 "{\"name\":\"job_workflow_sha\",\"value\":\"c0ffee\"}]";
    const char *rs = world_base64(d->w, issuer_hand_spki(ISSUER_RS));
    const char *es = world_base64(d->w, issuer_hand_spki(ISSUER_ES));
    const char *machine = world_base64(d->w, hand_blob(MACHINE));
    put(d, "issuer", "ci",
        world_format(d->w,
                     "{\"iss\":\"https://ci.example\",\"audience\":null,\"max_age\":300,"
                     "\"skew\":30,\"keys\":[{\"kid\":\"rs\",\"algorithm\":\"RS256\",\"key\":\"%s\"}"
                     ",{\"kid\":\"es\",\"algorithm\":\"ES256\",\"key\":\"%s\"}]}",
                     rs, es));
    put(d, "issuer", "fixed",
        world_format(d->w,
                     "{\"iss\":\"https://ci.example\",\"audience\":\"sealward\",\"max_age\":300,"
                     "\"skew\":30,\"keys\":[{\"kid\":\"rs\",\"algorithm\":\"RS256\",\"key\":\"%s\"}"
                     "]}",
                     rs));
    put(d, "workload", "ci-app",
        world_format(d->w, "{\"issuer\":\"ci\",\"claims\":%s,\"keys\":[]}", claims));
    put(d, "workload", "ci-other",
        world_format(d->w, "{\"issuer\":\"ci\",\"claims\":[{\"name\":\"repository_id\",\"value\":"
                           "\"2002\"}],\"keys\":[]}"));
    put(d, "workload", "ci-fixed",
        world_format(d->w, "{\"issuer\":\"fixed\",\"claims\":%s,\"keys\":[\"%s\"]}", claims,
                     machine));
    put(d, "workload", "machine",
        world_format(d->w, "{\"issuer\":null,\"claims\":[],\"keys\":[\"%s\"]}", machine));
}

static void put_levels(struct draft *d)
{
    put_text(d, "token", "soft", "{\"software\":true}");
    put_text(d, "token", "hsm", "{\"software\":false}");
    put_text(d, "level", "internal-package",
             "{\"approvals\":0,\"binding\":\"none\",\"software_token\":true,"
             "\"algorithms\":[\"p-256\",\"rsa-3072\"],\"validity\":34128000,\"window\":86400,"
             "\"count\":1000}");
    put_text(d, "level", "container-image",
             "{\"approvals\":1,\"binding\":\"none\",\"software_token\":true,"
             "\"algorithms\":[\"p-256\"],\"validity\":34128000,\"window\":86400,\"count\":100}");
    put_text(d, "level", "desktop-software",
             "{\"approvals\":1,\"binding\":\"after\",\"software_token\":true,"
             "\"algorithms\":[\"p-256\",\"rsa-3072\"],\"validity\":7776000,\"window\":14400,"
             "\"count\":64}");
    put_text(d, "level", "firmware",
             "{\"approvals\":2,\"binding\":\"before\",\"software_token\":false,"
             "\"algorithms\":[\"p-256\",\"rsa-3072\"],\"validity\":34128000,\"window\":3600,"
             "\"count\":16}");
}

static void put_signer(struct draft *d, const char *id, const char *level, const char *family,
                       const char *formats)
{
    put(d, "signer", id,
        world_format(d->w,
                     "{\"level\":\"%s\",\"subject\":{\"common_name\":\"%s\",\"organization\":"
                     "\"Example\",\"country\":\"DE\"},\"owner\":\"release-engineer\",\"deputy\":"
                     "\"approver-2\",\"algorithm\":\"p-256\",\"family\":\"%s\",\"formats\":%s}",
                     level, id, family, formats));
}

static void put_path(struct draft *d, const char *id, const char *signer, const char *formats,
                     const char *names)
{
    put(d, "path", id,
        world_format(d->w,
                     "{\"signer\":\"%s\",\"workloads\":[\"ci-app\",\"ci-fixed\",\"machine\"],"
                     "\"teams\":[\"engineers\"],\"approvers\":\"approvers\",\"formats\":%s,"
                     "\"names\":%s,\"window\":3600,\"count\":16}",
                     signer, formats, names));
}

static void put_signers(struct draft *d)
{
    put_signer(d, "package", "internal-package", "attributes", "[\"jar\",\"cms\"]");
    put_signer(d, "container", "container-image", "bare-hash", "[\"raw\"]");
    put_signer(d, "desktop", "desktop-software", "attributes", "[\"pe\",\"cms\"]");
    put_signer(d, "firmware", "firmware", "attributes", "[\"cms\",\"pe\"]");
    put_path(d, "package", "package", "[\"jar\",\"cms\"]", "[\"*.jar\",\"*.tar\"]");
    put_path(d, "container", "container", "[\"raw\"]", "[\"*\"]");
    put_path(d, "desktop", "desktop", "[\"pe\",\"cms\"]", "[\"app-*.exe\",\"app-*.tar\"]");
    put_path(d, "firmware", "firmware", "[\"cms\"]", "[\"fw-*.bin\"]");
}

static void put_quorum(struct draft *d, const char *id, const char *team, int count)
{
    put(d, "quorum", id, world_format(d->w, "{\"team\":\"%s\",\"count\":%d}", team, count));
}

static void put_duty(struct draft *d, const char *id, const char *first, const char *second)
{
    put(d, "duty", id, world_format(d->w, "{\"first\":\"%s\",\"second\":\"%s\"}", first, second));
}

static void put_decisions(struct draft *d)
{
    put_quorum(d, "policy", "officers", 2);
    put_quorum(d, "key", "officers", 2);
    put_quorum(d, "issuance", "certifiers", 2);
    put_quorum(d, "resume", "certifiers", 2);
    put_quorum(d, "rules", "officers", 2);
    put_quorum(d, "clock", "officers", 2);
    put_quorum(d, "suspend", "certifiers", 1);
    put_duty(d, "policy", "policy.propose", "policy.approve");
    put_duty(d, "key", "key.propose", "key.approve");
    put_duty(d, "certify", "key.approve", "issuance.approve");
    put_duty(d, "issuance", "issuance.propose", "issuance.approve");
    put_duty(d, "grant", "grant.request", "grant.approve");
    put_duty(d, "resume", "suspend", "resume.approve");
    put_duty(d, "rules", "rules.propose", "rules.approve");
    put(d, "limits", "main",
        world_format(d->w, "{\"statement_age\":%lld,\"proposal_age\":%lld,\"silence\":%lld}",
                     (long long)WORLD_STATEMENT_AGE, (long long)WORLD_PROPOSAL_AGE,
                     (long long)WORLD_SILENCE));
}

struct bytes world_policy(struct world *w)
{
    struct draft d = {.w = w, .text = BUF(LIMIT_STATEMENT)};
    buf_put_u8(&d.text, '[');
    put_people(&d);
    put_workloads(&d);
    put_levels(&d);
    put_signers(&d);
    put_decisions(&d);
    buf_put_u8(&d.text, ']');
    assert_false(d.text.failed);
    struct bytes policy = world_copy(w, buf_bytes(&d.text));
    buf_done(&d.text);
    return policy;
}

struct bytes world_genesis_statement(struct world *w, bool demonstration, struct bytes policy)
{
    /* Ed25519: the public key of the private key 0707...07. */
    static const uint8_t log_key[32] = {0xea, 0x4a, 0x6c, 0x63, 0xe2, 0x9c, 0x52, 0x0a,
                                        0xbe, 0xf5, 0x50, 0x7b, 0x13, 0x2e, 0xc5, 0xf9,
                                        0x95, 0x47, 0x76, 0xae, 0xbe, 0xbe, 0x7b, 0x92,
                                        0x42, 0x1e, 0xea, 0x69, 0x14, 0x46, 0xd2, 0x2c};
    return world_format(
        w,
        "{\"type\":\"genesis\",\"time\":%lld,\"origin\":\"%s\",\"log_key\":\"%s\","
        "\"base_url\":\"%s\",\"arc\":\"%s\",\"rules\":1,\"demonstration\":%s,"
        "\"founders\":[\"officer-1\",\"officer-2\"],\"recovery\":{\"people\":[\"officer-1\","
        "\"officer-2\",\"officer-3\"],\"count\":2},\"policy\":%.*s}",
        (long long)w->now, WORLD_ORIGIN, world_base64(w, BYTES_OF(log_key)), WORLD_URL, WORLD_ARC,
        demonstration ? "true" : "false", (int)policy.size, (const char *)policy.data);
}

struct bytes world_genesis_body(struct world *w, struct bytes statement, const enum hand *hands,
                                size_t count)
{
    AUTO_VALUE(buf) body = BUF(1 << 20);
    buf_put_text(&body, "{\"statement\":");
    buf_put(&body, statement);
    buf_put_text(&body, ",\"signatures\":[");
    for (size_t i = 0; i < count; i++) {
        AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
        hand_sign(&signature, hands[i], statement);
        buf_printf(&body, "%s\"%s\"", i == 0 ? "" : ",", world_base64(w, buf_bytes(&signature)));
    }
    buf_put_text(&body, "]}");
    return world_copy(w, buf_bytes(&body));
}
