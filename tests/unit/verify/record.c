#include "record.h"

#include <stdio.h>

#include "base/hex.h"

static void start(struct world *w)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    static const struct list none = {.items = NULL, .count = 0};
    struct err e;
    ok_call(rules_start_body(&body, w->state, bytes_text("0.1.0"), &none, &e), e);
    accepted(w, world_enter(w, "start", world_copy(w, buf_bytes(&body))));
}

static void doubt_and_confirm(struct world *w)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    w->now += MINUTE;
    rules_doubt_body(&body, DOUBT_STEP, w->now + HOUR);
    accepted(w, world_enter(w, "clock-doubt", world_copy(w, buf_bytes(&body))));
    struct bytes confirm =
        world_format(w, "{\"doubt\":\"%s\"}", world_base64(w, BYTES_OF(w->leaf)));
    accepted(w, world_say(w, OFFICER_1, "clock-confirm", confirm));
    accepted(w, world_say(w, OFFICER_2, "clock-confirm", confirm));
}

static void rejected_proposal(struct world *w)
{
    accepted(w, world_propose(w, ENGINEER, "key", world_key_detail(w, "desktop", "soft", "p-256")));
    accepted(w, world_reject(w, OFFICER_1, w->leaf));
}

/* One signature that is bound, and one that is not when the grant closes. */
static void bound_and_unbound(struct record *r)
{
    struct world *w = &r->world;
    struct bytes artifacts = world_artifact(w, "app-1.0.tar", "cms", "the archive");
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", artifacts, 2, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    struct signed_file file = world_cms(w, "the archive");
    accepted(w, world_sign(w, &r->key, file.digest));
    accepted(w, world_bind(w, &r->key, file.digest, 0, file.preimages, file.count));
    struct signed_file other = world_cms(w, "something else");
    accepted(w, world_sign(w, &r->key, other.digest));
    accepted(w, world_close(w));
}

static void suspension(struct record *r)
{
    struct world *w = &r->world;
    char id[65];
    accepted(w, world_suspend(w, OFFICER_2, "key", hex_string(id, BYTES_OF(r->key.id))));
}

/* Grants of sixteen signatures each, one entry a signature, by a level that binds nothing. */
static void many_signatures(struct world *w, const struct world_key *key, unsigned grants)
{
    uint8_t digest[32] = {0};
    for (unsigned g = 0; g < grants; g++) {
        accepted(w, world_grant(w, "ci-app", world_grant_body(w, "package", BYTES_NONE, 16, 3600)));
        for (unsigned i = 0; i < 16; i++) {
            digest[0] = (uint8_t)g;
            digest[1] = (uint8_t)i;
            accepted(w, world_sign(w, key, BYTES_OF(digest)));
        }
    }
}

void record_make(struct record *r)
{
    struct world *w = &r->world;
    AUTO_VALUE(world_key) package = {0};
    memset(r, 0, sizeof *r);
    world_found(w, true);
    w->quick = true;
    world_ready(w);
    start(w);
    world_key_make(w, &r->key, "desktop");
    rejected_proposal(w);
    bound_and_unbound(r);
    suspension(r);
    doubt_and_confirm(w);
    world_key_make(w, &package, "package");
    many_signatures(w, &package, 15);
    start(w);
    assert_true(w->count > TILE_WIDTH);
}

void record_done(struct record *r)
{
    world_key_done(&r->key);
    world_done(&r->world);
}

size_t record_first(const struct record *r, const char *type)
{
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "\"type\":\"%s\",\"body\":", type);
    for (size_t i = 0; i < r->world.count; i++) {
        struct bytes text = r->world.entries[i];
        if (memmem(text.data, text.size < 128 ? text.size : 128, wanted, strlen(wanted)) != NULL)
            return i;
    }
    fail_msg("the record has no %s", type);
    return 0;
}
