/* The helper, spoken to as the module does over its socket: what it shows, signs and refuses. */
#include "unit/cli/helper_world.h"

/* ---- What it shows ---- */

static void shows_one_key_with_its_chain(void **state)
{
    struct world *w = *state;
    struct module_keys keys;
    struct buf out = BUF(64);
    struct err e;
    uint8_t id[32];
    start(w);
    struct peer p = peer_greet(w);
    module_list_put(&out);
    peer_send(&p, &out);
    struct frame frame = peer_receive(&p, MODULE_KEYS);
    ok_call(module_keys_parse(&keys, frame.payload, &e), e);
    assert_int_equal(keys.key_count, 1);
    pubkey_spki_sha256(id, w->parsed.spki);
    ok_bytes(BYTES_OF(keys.keys[0].id), BYTES_OF(id));
    ok_text(keys.keys[0].label, "tools");
    assert_int_equal(keys.keys[0].kind, MODULE_P256);
    assert_int_equal(keys.keys[0].point.size, 67);
    ok_bytes(keys.keys[0].cert.der, buf_bytes(&w->certificate));
    ok_bytes(keys.keys[0].cert.number, bytes_make("\x02\x04\x00\x80\xff\x01", 6));
    assert_int_equal(keys.authority_count, 1);
    ok_text(keys.authorities[0].label, "Example Issuing CA");
    peer_done(&p);
}

/* ---- Signing ---- */

static void signs_what_a_tool_has_hashed(void **state)
{
    struct world *w = *state;
    start(w);
    struct peer p = peer_greet(w);
    ask(&p, w, 1);
    signed_ok(&p, w, 1);
    ask(&p, w, 2);
    signed_ok(&p, w, 2);
    assert_int_equal(w->fake.requests, 2);
    assert_int_equal(w->fake.artifact, -1);
    peer_done(&p);
}

static void hashes_what_comes_in_pieces(void **state)
{
    struct world *w = *state;
    struct buf out = BUF(256);
    struct module_sign sign = sign_make(w, bytes_text("ge 3"));
    start(w);
    struct peer p = peer_greet(w);
    module_data_put(&out, bytes_text("me"));
    module_data_put(&out, bytes_text("ssa"));
    peer_send(&p, &out);
    sign.family = MODULE_WHOLE;
    sign.digest = MODULE_SHA256;
    sign_send(&p, &sign);
    signed_ok(&p, w, 3);
    /* What came before is forgotten with the signature. */
    sign.bytes = bytes_text("message 4");
    sign_send(&p, &sign);
    signed_ok(&p, w, 4);
    peer_done(&p);
}

static void answers_equal_digests_without_asking_again(void **state)
{
    struct world *w = *state;
    struct signatures made;
    start(w);
    struct peer p = peer_greet(w);
    struct peer q = peer_greet(w);
    for (int i = 0; i < 3; i++) {
        ask(&p, w, 1);
        signed_ok(&p, w, 1);
        ask(&q, w, 1);
        signed_ok(&q, w, 1);
    }
    assert_int_equal(w->fake.requests, 1);
    peer_done(&p);
    peer_done(&q);
    helper_stop(w->helper, &made);
    assert_int_equal(made.count, 1);
    assert_int_equal(made.list[0].entry, 100);
    assert_int_equal(made.list[0].item, 0);
    assert_false(made.list[0].bound);
    signatures_done(&made);
}

static void calls_that_wait_together_are_one_request(void **state)
{
    struct world *w = *state;
    struct peer peers[40];
    start(w);
    atomic_store(&w->fake.hold, true);
    for (int i = 0; i < 40; i++)
        peers[i] = peer_greet(w);
    ask(&peers[0], w, 0);
    requests_wait(&w->fake, 1);
    /* Two ask for each of 19 digests, one for the digest that is under way. */
    for (int i = 1; i < 40; i++)
        ask(&peers[i], w, i / 2);
    (void)usleep(200000);
    atomic_store(&w->fake.hold, false);
    for (int i = 0; i < 40; i++)
        signed_ok(&peers[i], w, i / 2);
    assert_int_equal(w->fake.requests, 2);
    assert_int_equal(w->fake.items[1], 19);
    for (int i = 0; i < 40; i++)
        peer_done(&peers[i]);
}

static void asks_one_by_one_and_binds_between_where_that_is_demanded(void **state)
{
    struct world *w = *state;
    struct peer p;
    struct peer q;
    w->config.authority.bind = fake_bind;
    start(w);
    p = peer_greet(w);
    q = peer_greet(w);
    atomic_store(&w->fake.hold, true);
    ask(&p, w, 1);
    requests_wait(&w->fake, 1);
    ask(&q, w, 2);
    (void)usleep(50000);
    assert_int_equal(w->fake.binds, 0);
    atomic_store(&w->fake.hold, false);
    signed_ok(&p, w, 1);
    signed_ok(&q, w, 2);
    assert_int_equal(w->fake.requests, 2);
    assert_int_equal(w->fake.binds, 1);
    peer_done(&p);
    peer_done(&q);
}

static void names_the_artifact_whose_bare_hash_is_signed(void **state)
{
    struct world *w = *state;
    struct signatures made;
    start(w);
    struct peer p = peer_greet(w);
    ask(&p, w, 7);
    signed_ok(&p, w, 7);
    assert_int_equal(w->fake.artifact, 1);
    assert_int_equal(w->fake.preimages, 0);
    peer_done(&p);
    helper_stop(w->helper, &made);
    assert_true(made.list[0].bound);
    signatures_done(&made);
}

/* ---- Refusing ---- */

static void a_refusal_reaches_the_tool_with_its_reason(void **state)
{
    struct world *w = *state;
    (void)err_refuse(&w->fake.refuse, "grant.expired", "the window of the grant is over");
    (void)err_hint(&w->fake.refuse, "open another grant");
    start(w);
    struct peer p = peer_greet(w);
    ask(&p, w, 1);
    struct module_refusal refusal = refused(&p);
    assert_int_equal(refusal.why, MODULE_REJECTED);
    ok_text(refusal.message, "the window of the grant is over");
    ok_text(refusal.hint, "open another grant");
    assert_int_equal(refusal.request.size, 16);
    /* The next call is judged anew. */
    w->fake.refuse.code = ERR_NONE;
    ask(&p, w, 1);
    signed_ok(&p, w, 1);
    peer_done(&p);
}

static void an_authority_out_of_reach_is_no_refusal(void **state)
{
    struct world *w = *state;
    (void)err_set(&w->fake.refuse, ERR_IO, "cannot reach the server");
    start(w);
    struct peer p = peer_greet(w);
    ask(&p, w, 1);
    assert_int_equal(refused(&p).why, MODULE_UNAVAILABLE);
    peer_done(&p);
}

static void one_item_too_many_does_not_fail_the_others(void **state)
{
    struct world *w = *state;
    struct peer peers[4];
    (void)err_refuse(&w->fake.refuse, "grant.count", "no more");
    w->fake.refuse_above = 1;
    start(w);
    atomic_store(&w->fake.hold, true);
    for (int i = 0; i < 4; i++) {
        peers[i] = peer_greet(w);
        ask(&peers[i], w, i);
        if (i == 0)
            requests_wait(&w->fake, 1);
    }
    (void)usleep(100000);
    atomic_store(&w->fake.hold, false);
    for (int i = 0; i < 4; i++) {
        signed_ok(&peers[i], w, i);
        peer_done(&peers[i]);
    }
    assert_int_equal(w->fake.requests, 5);
}

static void a_signature_that_does_not_hold_is_not_handed_out(void **state)
{
    struct world *w = *state;
    w->fake.spoil = true;
    start(w);
    struct peer p = peer_greet(w);
    ask(&p, w, 1);
    assert_int_equal(refused(&p).why, MODULE_REJECTED);
    peer_done(&p);
}

static void what_does_not_fit_the_key_is_refused_without_asking(void **state)
{
    struct world *w = *state;
    uint8_t digest[DIGEST_MAX];
    static const uint8_t sha1[20] = {0};
    start(w);
    struct peer p = peer_greet(w);
    struct module_sign sign = sign_make(w, BYTES_OF(sha1));
    sign_send(&p, &sign);
    assert_int_equal(refused(&p).why, MODULE_UNFIT);
    sign = sign_make(w, digest_make(digest, 1));
    sign.mechanism = MODULE_RSA_PKCS1;
    sign.digest = MODULE_SHA256;
    sign_send(&p, &sign);
    assert_int_equal(refused(&p).why, MODULE_UNFIT);
    sign = sign_make(w, digest_make(digest, 1));
    sign.key[0] ^= 1;
    sign_send(&p, &sign);
    assert_int_equal(refused(&p).why, MODULE_UNFIT);
    assert_int_equal(w->fake.requests, 0);
    peer_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(shows_one_key_with_its_chain),
        TEST(signs_what_a_tool_has_hashed),
        TEST(hashes_what_comes_in_pieces),
        TEST(answers_equal_digests_without_asking_again),
        TEST(calls_that_wait_together_are_one_request),
        TEST(asks_one_by_one_and_binds_between_where_that_is_demanded),
        TEST(names_the_artifact_whose_bare_hash_is_signed),
        TEST(a_refusal_reaches_the_tool_with_its_reason),
        TEST(an_authority_out_of_reach_is_no_refusal),
        TEST(one_item_too_many_does_not_fail_the_others),
        TEST(a_signature_that_does_not_hold_is_not_handed_out),
        TEST(what_does_not_fit_the_key_is_refused_without_asking),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
