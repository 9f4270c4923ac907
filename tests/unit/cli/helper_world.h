/*
 * A helper under test: an authority made of one key, and the module's side of the socket. Shared by
 * the tests of the helper; each uses what it needs.
 */
#ifndef SEALWARD_TESTS_UNIT_CLI_HELPER_WORLD_H
#define SEALWARD_TESTS_UNIT_CLI_HELPER_WORLD_H

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

/* Not every program uses every function. */
#pragma GCC diagnostic ignored "-Wunused-function"

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

#endif
