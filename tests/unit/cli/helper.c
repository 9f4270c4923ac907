/* The helper, spoken to as the module does over its socket, with an authority made of one key. */
#include "unit/ok.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/helper.h"
#include "pki/session_key.h"
#include "pki/x509.h"
#include "rules/state.h"
#include "wire/frame.h"

enum { MESSAGES = 512, WAIT_MS = 20000 };

/* The authority: signs the digests of messages that it knows. */
struct fake {
    struct session_key *key;
    atomic_int requests;
    atomic_int binds;
    size_t items[MESSAGES]; /* of each request */
    size_t preimages;       /* seen in all */
    int64_t artifact;       /* of the last item */
    atomic_bool hold;       /* requests wait while it is set */
    bool spoil;             /* signatures do not hold */
    struct err refuse;      /* unless ERR_NONE */
    size_t refuse_above;    /* refuse requests with more items than that */
};

struct world {
    struct fake fake;
    struct buf key;
    struct buf certificate;
    struct buf authority;
    struct bytes chain[1];
    struct artifact artifacts[2];
    uint8_t raw[DIGEST_MAX];
    struct buf folder;
    char path[512];
    struct x509 parsed;
    struct helper_config config;
    struct helper *helper;
};

static void message_make(char ret[32], int n)
{
    (void)snprintf(ret, 32, "message %d", n);
}

static struct bytes digest_make(uint8_t ret[DIGEST_MAX], int n)
{
    char message[32];
    message_make(message, n);
    return bytes_make(ret, digest_compute(ret, DIGEST_SHA256, bytes_text(message)));
}

static bool message_sign(const struct fake *f, struct bytes digest, struct signed_item *ret,
                         struct arena *a, struct err *e)
{
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    uint8_t known[DIGEST_MAX];
    char message[32];
    for (int n = 0; n < MESSAGES; n++) {
        if (!bytes_equal(digest_make(known, n), digest))
            continue;
        message_make(message, f->spoil ? n + 1 : n);
        if (!session_key_sign(f->key, signature, bytes_text(message), e))
            return false;
        ret->signature = arena_copy(a, BYTES_OF(signature));
        return true;
    }
    return err_set(e, ERR_INTERNAL, "an unknown message");
}

static bool fake_sign(void *context, const struct request *request, struct signed_item *ret_items,
                      int64_t *ret_entry, struct arena *a, struct err *e)
{
    struct fake *f = context;
    const struct request_item *items = request->items.items;
    int number = atomic_fetch_add(&f->requests, 1);
    f->items[number] = request->items.count;
    while (atomic_load(&f->hold))
        (void)usleep(1000);
    if (f->refuse.code != ERR_NONE && request->items.count > f->refuse_above) {
        *e = f->refuse;
        return false;
    }
    for (size_t i = 0; i < request->items.count; i++) {
        f->preimages += items[i].preimages.count;
        f->artifact = items[i].artifact;
        ret_items[i].item = (int64_t)i;
        if (!message_sign(f, items[i].digest, &ret_items[i], a, e))
            return false;
    }
    *ret_entry = 100 + number;
    return true;
}

static void fake_bind(void *context, struct signatures *made)
{
    struct fake *f = context;
    atomic_fetch_add(&f->binds, 1);
    for (size_t i = 0; i < made->count; i++)
        made->list[i].bound = true;
}

static void data_read(struct buf *ret, const char *name)
{
    struct err e;
    char path[512];
    (void)snprintf(path, sizeof path, SEALWARD_DATA "/%s", name);
    *ret = BUF(65536);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

static int world_open(void **state)
{
    struct err e;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    data_read(&w->key, "p256.key");
    data_read(&w->certificate, "p256.der");
    data_read(&w->authority, "ca.der");
    ok_call(session_key_import(&w->fake.key, buf_bytes(&w->key), &e), e);
    ok_call(x509_parse(&w->parsed, buf_bytes(&w->certificate), &e), e);
    w->folder = BUF(512);
    ok_call(file_make_private_folder(&w->folder, "/tmp", "sealward-unit", &e), e);
    (void)snprintf(w->path, sizeof w->path, "%s/helper", buf_string(&w->folder));
    w->chain[0] = buf_bytes(&w->authority);
    w->artifacts[0] = (struct artifact){.name = bytes_text("something.exe"),
                                        .format = bytes_text("pe"),
                                        .algorithm = bytes_text("sha256"),
                                        .digest = digest_make(w->raw, 7)};
    w->artifacts[1] = w->artifacts[0];
    w->artifacts[1].format = bytes_text("raw");
    w->config = (struct helper_config){.socket = w->path,
                                       .token = bytes_text("sealward"),
                                       .serial = bytes_text("0123456789abcdef"),
                                       .signer = bytes_text("tools"),
                                       .spki = session_key_spki(w->fake.key),
                                       .certificate = buf_bytes(&w->certificate),
                                       .chain = {.items = w->chain, .count = 1},
                                       .artifacts = {.items = w->artifacts, .count = 2},
                                       .authority = {.sign = fake_sign, .context = &w->fake}};
    *state = w;
    return 0;
}

static int world_close(void **state)
{
    struct world *w = *state;
    struct err e;
    atomic_store(&w->fake.hold, false);
    helper_free(w->helper);
    ok_call(file_remove(buf_string(&w->folder), &e), e);
    session_key_free(w->fake.key);
    buf_done(&w->folder);
    buf_done(&w->key);
    buf_done(&w->certificate);
    buf_done(&w->authority);
    free(w);
    return 0;
}

static void start(struct world *w)
{
    struct err e;
    ok_call(helper_start(&w->helper, &w->config, &e), e);
}

/* ---- The module's side ---- */

struct peer {
    int fd;
    struct frame_reader in;
};

static struct peer peer_connect(const struct world *w)
{
    struct peer p = {.fd = socket(AF_UNIX, SOCK_STREAM, 0),
                     .in = FRAME_READER(MODULE_ANSWER_FRAME_MAX)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, w->path, strlen(w->path));
    assert_true(p.fd >= 0);
    assert_int_equal(connect(p.fd, (const struct sockaddr *)&address, sizeof address), 0);
    return p;
}

static void peer_done(struct peer *p)
{
    (void)close(p->fd);
    frame_reader_done(&p->in);
}

static void peer_send(struct peer *p, struct buf *out)
{
    struct err e;
    ok_call(frame_send(p->fd, buf_bytes(out), WAIT_MS, &e), e);
    buf_done(out);
}

static struct frame peer_receive(struct peer *p, enum module_message type)
{
    struct frame frame;
    struct err e;
    ok_call(frame_receive(&p->in, p->fd, WAIT_MS, &frame, &e), e);
    assert_int_equal(frame.type, type);
    return frame;
}

static void peer_closed(struct peer *p)
{
    struct frame frame;
    struct err e;
    ok_err(frame_receive(&p->in, p->fd, WAIT_MS, &frame, &e), e, ERR_IO, "");
}

static struct peer peer_greet(const struct world *w)
{
    struct peer p = peer_connect(w);
    struct buf out = BUF(256);
    struct module_welcome welcome;
    struct err e;
    module_hello_put(&out, &(struct module_hello){.version = MODULE_VERSION});
    peer_send(&p, &out);
    struct frame frame = peer_receive(&p, MODULE_WELCOME);
    ok_call(module_welcome_parse(&welcome, frame.payload, &e), e);
    ok_text(welcome.label, "sealward");
    ok_text(welcome.serial, "0123456789abcdef");
    return p;
}

static struct module_sign sign_make(const struct world *w, struct bytes digest)
{
    struct module_sign sign = {.family = MODULE_HASHED, .mechanism = MODULE_ECDSA, .bytes = digest};
    pubkey_spki_sha256(sign.key, w->parsed.spki);
    return sign;
}

static void sign_send(struct peer *p, const struct module_sign *sign)
{
    struct buf out = BUF(MODULE_REQUEST_FRAME_MAX + 64);
    module_sign_put(&out, sign);
    peer_send(p, &out);
}

static void ask(struct peer *p, const struct world *w, int n)
{
    uint8_t digest[DIGEST_MAX];
    struct module_sign sign = sign_make(w, digest_make(digest, n));
    sign_send(p, &sign);
}

static void signed_ok(struct peer *p, const struct world *w, int n)
{
    AUTO(pubkey) key = NULL;
    uint8_t digest[DIGEST_MAX];
    struct bytes signature;
    struct err e;
    struct frame frame = peer_receive(p, MODULE_SIGNATURE);
    ok_call(module_signature_parse(&signature, frame.payload, &e), e);
    ok_call(pubkey_parse(&key, w->parsed.spki, &e), e);
    ok_call(
        pubkey_verify_digest(key, MECHANISM_ECDSA_SHA256, digest_make(digest, n), signature, &e),
        e);
}

static struct module_refusal refused(struct peer *p)
{
    struct module_refusal refusal;
    struct err e;
    struct frame frame = peer_receive(p, MODULE_REFUSAL);
    ok_call(module_refusal_parse(&refusal, frame.payload, &e), e);
    return refusal;
}

static void requests_wait(const struct fake *f, int count)
{
    int64_t end = clock_monotonic_ms() + WAIT_MS;
    while (atomic_load(&f->requests) < count && clock_monotonic_ms() < end)
        (void)usleep(1000);
    assert_int_equal(atomic_load(&f->requests), count);
}

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

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
