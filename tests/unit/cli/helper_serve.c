/* The helper and peers that break the rules of its socket, that go away, and that are many. */
#include "unit/cli/helper_world.h"

/* ---- Peers that break the rules, and many of them ---- */

static void disconnects_who_does_not_greet(void **state)
{
    struct world *w = *state;
    start(w);
    struct peer p = peer_connect(w);
    ask(&p, w, 1);
    peer_closed(&p);
    peer_done(&p);
}

static void disconnects_who_sends_what_it_does_not_know(void **state)
{
    struct world *w = *state;
    static const uint8_t types[] = {MODULE_WELCOME, 0, 5, MODULE_HELLO};
    start(w);
    for (size_t i = 0; i < sizeof types; i++) {
        struct peer p = peer_greet(w);
        struct buf out = BUF(256);
        frame_put(&out, types[i], bytes_text("xx"));
        peer_send(&p, &out);
        peer_closed(&p);
        peer_done(&p);
    }
}

static void disconnects_who_sends_too_much(void **state)
{
    struct world *w = *state;
    struct buf out = BUF(64);
    start(w);
    struct peer p = peer_greet(w);
    buf_put_u32(&out, MODULE_REQUEST_FRAME_MAX + 1);
    buf_put_u8(&out, MODULE_DATA);
    peer_send(&p, &out);
    peer_closed(&p);
    peer_done(&p);
}

static void serves_hundreds_at_once(void **state)
{
    struct world *w = *state;
    static struct peer peers[300];
    start(w);
    for (int i = 0; i < 300; i++)
        peers[i] = peer_greet(w);
    for (int i = 0; i < 300; i++)
        ask(&peers[i], w, i);
    for (int i = 0; i < 300; i++)
        signed_ok(&peers[i], w, i);
    for (int i = 0; i < 300; i++)
        peer_done(&peers[i]);
}

static void a_tool_that_has_gone_does_not_matter(void **state)
{
    struct world *w = *state;
    start(w);
    atomic_store(&w->fake.hold, true);
    struct peer p = peer_greet(w);
    ask(&p, w, 1);
    requests_wait(&w->fake, 1);
    peer_done(&p);
    atomic_store(&w->fake.hold, false);
    struct peer q = peer_greet(w);
    ask(&q, w, 1);
    signed_ok(&q, w, 1);
    assert_int_equal(w->fake.requests, 1);
    peer_done(&q);
}

static void does_not_start_where_a_file_stands(void **state)
{
    struct world *w = *state;
    struct helper *untouched = NULL;
    struct err e;
    ok_call(file_replace_view(w->path, bytes_text("x"), 0600, &e), e);
    ok_err(helper_start(&untouched, &w->config, &e), e, ERR_IO, "socket");
    assert_null(untouched);
    ok_call(file_remove(w->path, &e), e);
}

static void does_not_start_with_another_keys_certificate(void **state)
{
    struct world *w = *state;
    struct helper *untouched = NULL;
    struct err e;
    w->config.certificate = buf_bytes(&w->authority);
    ok_err(helper_start(&untouched, &w->config, &e), e, ERR_INPUT, "not the key's");
    assert_null(untouched);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(disconnects_who_does_not_greet),
        TEST(disconnects_who_sends_what_it_does_not_know),
        TEST(disconnects_who_sends_too_much),
        TEST(serves_hundreds_at_once),
        TEST(a_tool_that_has_gone_does_not_matter),
        TEST(does_not_start_where_a_file_stands),
        TEST(does_not_start_with_another_keys_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
