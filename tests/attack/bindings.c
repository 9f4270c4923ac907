/* Signatures over what is not declared, or not shown to be. */
#include "ready.h"

static void one_signature_may_be_unbound(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    struct world *w = &r.w;
    struct bytes both = world_format(w, "%s,%s", (const char *)tar(&r, "app-1.tar", "one").data,
                                     (const char *)tar(&r, "app-2.tar", "two").data);
    desktop_grant(&r, both, 4);
    struct signed_file one = world_cms(w, "one");
    struct signed_file two = world_cms(w, "two");
    struct request_item items[2] = {{.digest = one.digest, .artifact = -1},
                                    {.digest = two.digest, .artifact = -1}};
    refused(w, world_sign_items(w, &r.key, items, 2), "binding.outstanding");
    accepted(w, world_sign(w, &r.key, one.digest));
    refused(w, world_sign(w, &r.key, two.digest), "binding.outstanding");
    refused(w, world_bind(w, &r.key, two.digest, 1, two.preimages, 1), "binding.use");
    refused(w, world_bind(w, &r.key, one.digest, 1, one.preimages, 1), "binding.artifact");
    refused(w, world_bind(w, &r.key, one.digest, 2, one.preimages, 1), "binding.artifact");
    refused(w, world_bind(w, &r.key, one.digest, -1, one.preimages, 1), "binding.artifact");
    refused(w, world_bind(w, &r.key, one.digest, 0, two.preimages, 1), "binding.digest");
    refused(w, world_bind(w, &r.key, one.digest, 0, NULL, 0), "binding.preimages");
    struct bytes told = world_format(w, "\"declared\":%s", (const char *)both.data);
    told.size -= tar(&r, "app-2.tar", "two").size + 1; /* the first of the two */
    refused(
        w,
        world_enter(w, "binding",
                    world_replace(w, world_binding_body(w, &r.key, one.digest, 0, one.preimages, 1),
                                  "\"declared\":null", (const char *)world_copy(w, told).data)),
        "binding.artifact");
    accepted(w, world_bind(w, &r.key, one.digest, 0, one.preimages, 1));
    refused(w, world_bind(w, &r.key, one.digest, 0, one.preimages, 1), "binding.done");
    accepted(w, world_sign(w, &r.key, two.digest));
    accepted(w, world_close(w));
    assert_string_equal(w->out.findings->kind, "grant.unbound");
    refused(w, world_bind(w, &r.key, two.digest, 1, two.preimages, 1), "grant.closed");
}

static void an_image_that_is_not_declared_is_not_bound(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    struct world *w = &r.w;
    desktop_grant(&r, world_artifact(w, "app-1.exe", "pe", "the image"), 4);
    struct signed_file other = world_pe(w, "another image");
    accepted(w, world_sign(w, &r.key, other.digest));
    refused(w, world_bind(w, &r.key, other.digest, 0, other.preimages, 2), "binding.artifact");
    /* As if it were CMS over the image: the attributes say what they are over. */
    refused(w, world_bind(w, &r.key, other.digest, 0, other.preimages, 1), "binding.preimages");
    struct signed_file right = world_pe(w, "the image");
    other.preimages[1] = right.preimages[1];
    refused(w, world_bind(w, &r.key, other.digest, 0, other.preimages, 2),
            "binding.message-digest");
}

static void a_grant_by_pattern_is_bound_to_what_fits(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    struct world *w = &r.w;
    desktop_grant(&r, BYTES_NONE, 4);
    struct signed_file file = world_cms(w, "one");
    accepted(w, world_sign(w, &r.key, file.digest));
    struct bytes body = world_binding_body(w, &r.key, file.digest, -1, file.preimages, 1);
    refused(w, world_enter(w, "binding", body), "binding.artifact");
    struct bytes bad = world_format(
        w, "\"declared\":%s", (const char *)world_artifact(w, "other.tar", "cms", "one").data);
    refused(w,
            world_enter(w, "binding",
                        world_replace(w, body, "\"declared\":null", (const char *)bad.data)),
            "grant.name");
    bad = world_format(w, "\"declared\":%s",
                       (const char *)world_artifact(w, "app-1.tar", "cms", "two").data);
    refused(w,
            world_enter(w, "binding",
                        world_replace(w, body, "\"declared\":null", (const char *)bad.data)),
            "binding.artifact");
    struct bytes good = world_format(
        w, "\"declared\":%s", (const char *)world_artifact(w, "app-1.tar", "cms", "one").data);
    accepted(w, world_enter(w, "binding",
                            world_replace(w, body, "\"declared\":null", (const char *)good.data)));
}

static void an_honest_signature_is_bound_while_its_path_is_suspended(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    desktop_grant(&r, tar(&r, "app-1.tar", "one"), 4);
    struct signed_file file = world_cms(&r.w, "one");
    accepted(&r.w, world_sign(&r.w, &r.key, file.digest));
    accepted(&r.w, world_suspend(&r.w, OFFICER_1, "path", "desktop"));
    accepted(&r.w, world_bind(&r.w, &r.key, file.digest, 0, file.preimages, 1));
    refused(&r.w, world_sign(&r.w, &r.key, some_digest(&r.w, "2")), "path.suspended");
    accepted(&r.w, world_close(&r.w));
    assert_null(r.w.out.findings);
}

static void an_unbound_signature_is_found_when_the_window_ends(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "desktop");
    desktop_grant(&r, tar(&r, "app-1.tar", "one"), 4);
    accepted(&r.w, world_sign(&r.w, &r.key, world_cms(&r.w, "one").digest));
    r.w.now += DAY;
    /* A refused entry finds nothing: the next accepted one does. */
    refused(&r.w, world_close(&r.w), "grant.expired");
    accepted(&r.w, ask(&r, "desktop", tar(&r, "app-1.tar", "one"), 1, 60));
    assert_string_equal(r.w.out.findings->kind, "grant.unbound");
}

static void firmware_is_shown_before_it_is_signed(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r;
    ready_make(&r, "firmware");
    struct world *w = &r.w;
    accepted(w, ask(&r, "firmware", world_artifact(w, "fw-1.bin", "cms", "the firmware"), 4, 60));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
    refused(w, world_approve(w, APPROVER_1, w->grant), "approval.again");
    accepted(w, world_approve(w, APPROVER_2, w->grant));
    struct signed_file file = world_cms(w, "the firmware");
    struct signed_file other = world_cms(w, "other firmware");
    struct request_item item = {.digest = file.digest, .artifact = -1};
    refused(w, world_sign_items(w, &r.key, &item, 1), "binding.before");
    item.artifact = 0;
    refused(w, world_sign_items(w, &r.key, &item, 1), "binding.before");
    item.preimages = (struct list){.items = other.preimages, .count = 1};
    refused(w, world_sign_items(w, &r.key, &item, 1), "binding.digest");
    item.digest = other.digest;
    refused(w, world_sign_items(w, &r.key, &item, 1), "binding.artifact");
    item = (struct request_item){.artifact = -1};
    refused(w, world_sign_items(w, &r.key, &item, 1), "request.build");
    item.artifact = 1;
    refused(w, world_sign_items(w, &r.key, &item, 1), "request.artifact");
    item = (struct request_item){.digest = file.digest, .artifact = -1};
    item.preimages = (struct list){.items = file.preimages, .count = 1};
    failed(w, world_sign_items(w, &r.key, &item, 1), ERR_INPUT, "preimages without an artifact");
    item = (struct request_item){.artifact = 0};
    refused(
        w,
        world_enter(w, "request", world_request_body(w, &r.key, MECHANISM_ECDSA_SHA384, &item, 1)),
        "request.mechanism");
    accepted(w, world_sign_items(w, &r.key, &item, 1));
}

static void firmware_keys_live_on_hardware(void **state)
{
    (void)state;
    AUTO_VALUE(ready) r = {.key = {0}};
    AUTO_VALUE(world) demo;
    world_found(&r.w, false);
    struct bytes detail = world_key_detail(&r.w, "firmware", "soft", "p-256");
    refused(&r.w, world_propose(&r.w, ENGINEER, "key", detail), "key.token");
    world_found(&demo, true);
    accepted(&demo, world_propose(&demo, ENGINEER, "key", detail));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_signature_may_be_unbound),
        cmocka_unit_test(an_image_that_is_not_declared_is_not_bound),
        cmocka_unit_test(a_grant_by_pattern_is_bound_to_what_fits),
        cmocka_unit_test(an_honest_signature_is_bound_while_its_path_is_suspended),
        cmocka_unit_test(an_unbound_signature_is_found_when_the_window_ends),
        cmocka_unit_test(firmware_is_shown_before_it_is_signed),
        cmocka_unit_test(firmware_keys_live_on_hardware),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
