#include "unit/pkcs11/helper.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "wire/frame.h"

enum { CONNECTIONS_MAX = 128 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t acceptor;
    pthread_t threads[CONNECTIONS_MAX];
    int fds[CONNECTIONS_MAX];
    unsigned count;
    unsigned signs;
    struct module_sign last;
    enum helper_mode mode;
    int listener;
    char folder[64];
    char path[96];
} h = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static const uint8_t der[] = {0x30, 0x01, 0x05};
static const uint8_t subject_p256[] = {0x30, 0x01, 0x01};
static const uint8_t subject_rsa[] = {0x30, 0x01, 0x02};
static const uint8_t subject_ca[] = {0x30, 0x01, 0x03};
static const uint8_t number[] = {0x02, 0x01, 0x07};
static const uint8_t curve_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t curve_p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t point_p256[67] = {0x04, 0x41, 0x04, 0x11};
static const uint8_t point_p384[99] = {0x04, 0x61, 0x04, 0x22};
static const uint8_t modulus[256] = {0xc0, 0x01};
static const uint8_t exponent[] = {0x01, 0x00, 0x01};

#define CERT(name)                                                                                 \
    {                                                                                              \
        .der = {der, sizeof der}, .subject = {name, sizeof(name)},                                 \
        .issuer = {subject_ca, sizeof subject_ca}, .number = {                                     \
            number,                                                                                \
            sizeof number                                                                          \
        }                                                                                          \
    }
#define LABEL(text)                                                                                \
    {                                                                                              \
        (const uint8_t *)(text), sizeof(text) - 1                                                  \
    }

const struct module_keys helper_keys = {
    .key_count = 3,
    .keys = {{.id = {1},
              .label = LABEL("p256"),
              .kind = MODULE_P256,
              .params = {curve_p256, sizeof curve_p256},
              .point = {point_p256, sizeof point_p256},
              .cert = CERT(subject_p256)},
             {.id = {2},
              .label = LABEL("rsa"),
              .kind = MODULE_RSA,
              .modulus = {modulus, sizeof modulus},
              .exponent = {exponent, sizeof exponent},
              .cert = CERT(subject_rsa)},
             {.id = {3},
              .label = LABEL("p384"),
              .kind = MODULE_P384,
              .params = {curve_p384, sizeof curve_p384},
              .point = {point_p384, sizeof point_p384}}},
    .authority_count = 1,
    .authorities = {{.id = {4}, .label = LABEL("Issuing CA"), .cert = CERT(subject_ca)}},
};

void helper_signature(uint8_t *ret, size_t size, enum module_family family,
                      enum module_digest digest, struct bytes whole)
{
    uint64_t sum = 0xcbf29ce484222325u + family * 16u + digest;
    for (size_t i = 0; i < whole.size; i++)
        sum = (sum ^ whole.data[i]) * 0x100000001b3u;
    for (size_t i = 0; i < size; i++)
        ret[i] = (uint8_t)(sum >> (8 * (i % 8)));
}

void helper_mode(enum helper_mode mode)
{
    (void)pthread_mutex_lock(&h.lock);
    h.mode = mode;
    (void)pthread_cond_broadcast(&h.changed);
    (void)pthread_mutex_unlock(&h.lock);
}

static enum helper_mode mode_now(void)
{
    (void)pthread_mutex_lock(&h.lock);
    enum helper_mode mode = h.mode;
    (void)pthread_mutex_unlock(&h.lock);
    return mode;
}

unsigned helper_connections(void)
{
    (void)pthread_mutex_lock(&h.lock);
    unsigned n = h.count;
    (void)pthread_mutex_unlock(&h.lock);
    return n;
}

unsigned helper_signs(void)
{
    (void)pthread_mutex_lock(&h.lock);
    unsigned n = h.signs;
    (void)pthread_mutex_unlock(&h.lock);
    return n;
}

void helper_await_signs(unsigned count)
{
    (void)pthread_mutex_lock(&h.lock);
    while (h.signs < count)
        (void)pthread_cond_wait(&h.changed, &h.lock);
    (void)pthread_mutex_unlock(&h.lock);
}

struct module_sign helper_last(void)
{
    (void)pthread_mutex_lock(&h.lock);
    struct module_sign last = h.last;
    (void)pthread_mutex_unlock(&h.lock);
    return last;
}

/* Counts the question, waits while the mode is to hold, and returns the mode to answer in. */
static enum helper_mode sign_noted(const struct module_sign *sign)
{
    (void)pthread_mutex_lock(&h.lock);
    h.signs++;
    h.last = *sign;
    h.last.bytes = BYTES_NONE;
    (void)pthread_cond_broadcast(&h.changed);
    while (h.mode == HELPER_HOLD)
        (void)pthread_cond_wait(&h.changed, &h.lock);
    enum helper_mode mode = h.mode;
    (void)pthread_mutex_unlock(&h.lock);
    return mode;
}

static size_t key_signature_size(const uint8_t *id)
{
    for (size_t i = 0; i < helper_keys.key_count; i++)
        if (memcmp(helper_keys.keys[i].id, id, MODULE_ID_SIZE) == 0)
            return module_key_signature_size(&helper_keys.keys[i]);
    return 0;
}

static void refusal_put(struct buf *out, enum module_why why)
{
    struct module_refusal refusal = {
        .why = why, .message = bytes_text("no"), .request = bytes_text("812")};
    module_refusal_put(out, &refusal);
}

static void sign_answer(struct buf *out, struct bytes payload, struct buf *data)
{
    struct module_sign sign;
    uint8_t signature[MODULE_SIGNATURE_MAX];
    struct err e;
    ok_call(module_sign_parse(&sign, payload, &e), e);
    buf_put(data, sign.bytes);
    size_t size = key_signature_size(sign.key);
    enum helper_mode mode = sign_noted(&sign);
    helper_signature(signature, size, sign.family, sign.digest, buf_bytes(data));
    buf_reset(data);
    if (mode == HELPER_REJECT)
        refusal_put(out, MODULE_REJECTED);
    else if (mode == HELPER_UNAVAILABLE)
        refusal_put(out, MODULE_UNAVAILABLE);
    else if (mode == HELPER_UNFIT)
        refusal_put(out, MODULE_UNFIT);
    else if (mode != HELPER_CLOSE)
        module_signature_put(out, bytes_make(signature, size - (mode == HELPER_SHORT)));
    if (mode == HELPER_TWICE)
        module_signature_put(out, bytes_make(signature, size));
}

static void answer(struct buf *out, const struct frame *frame, struct buf *data)
{
    enum helper_mode mode = mode_now();
    struct module_welcome welcome = {
        .version = mode == HELPER_STRANGER ? 2 : MODULE_VERSION,
        .label = bytes_text("test token"),
        .serial = bytes_text(mode == HELPER_OTHER_ONE ? "other" : "0123456789abcdef"),
    };
    if (mode == HELPER_GARBAGE && frame->type != MODULE_DATA)
        frame_put(out, 200, bytes_text("garbage"));
    else if (frame->type == MODULE_HELLO)
        module_welcome_put(out, &welcome);
    else if (frame->type == MODULE_LIST)
        module_keys_put(out, &helper_keys);
    else if (frame->type == MODULE_DATA)
        buf_put(data, frame->payload);
    else
        sign_answer(out, frame->payload, data);
}

static void *serve(void *argument)
{
    int fd = *(int *)argument;
    AUTO_VALUE(frame_reader) r = FRAME_READER(MODULE_REQUEST_FRAME_MAX);
    AUTO_VALUE(buf) data = BUF(1 << 24);
    struct frame frame;
    struct err e;
    while (frame_receive(&r, fd, -1, &frame, &e)) {
        AUTO_VALUE(buf) out = BUF(MODULE_ANSWER_FRAME_MAX);
        answer(&out, &frame, &data);
        bool closing = frame.type == MODULE_SIGN && out.size == 0;
        if (closing || !frame_send(fd, buf_bytes(&out), -1, &e))
            break;
    }
    (void)shutdown(fd, SHUT_RDWR);
    return NULL;
}

static void *accept_all(void *unused)
{
    (void)unused;
    for (;;) {
        int fd = accept(h.listener, NULL, NULL);
        if (fd < 0)
            return NULL;
        (void)pthread_mutex_lock(&h.lock);
        assert_true(h.count < CONNECTIONS_MAX);
        h.fds[h.count] = fd;
        assert_int_equal(pthread_create(&h.threads[h.count], NULL, serve, &h.fds[h.count]), 0);
        h.count++;
        (void)pthread_mutex_unlock(&h.lock);
    }
}

void helper_start(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    h.count = h.signs = 0;
    h.mode = HELPER_SIGN;
    (void)snprintf(h.folder, sizeof h.folder, "/tmp/sealward-unit-XXXXXX");
    assert_non_null(mkdtemp(h.folder));
    (void)snprintf(h.path, sizeof h.path, "%s/helper", h.folder);
    memcpy(address.sun_path, h.path, sizeof h.path);
    h.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(h.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(h.listener, 128), 0);
    assert_int_equal(setenv("SEALWARD_HELPER", h.path, 1), 0);
    assert_int_equal(pthread_create(&h.acceptor, NULL, accept_all, NULL), 0);
}

void helper_stop(void)
{
    if (mode_now() == HELPER_HOLD)
        helper_mode(HELPER_CLOSE);
    (void)shutdown(h.listener, SHUT_RDWR);
    (void)pthread_join(h.acceptor, NULL);
    (void)close(h.listener);
    for (unsigned i = 0; i < h.count; i++) {
        (void)shutdown(h.fds[i], SHUT_RDWR);
        (void)pthread_join(h.threads[i], NULL);
        (void)close(h.fds[i]);
    }
    (void)unlink(h.path);
    (void)rmdir(h.folder);
}

CK_FUNCTION_LIST *module_list(void)
{
    CK_FUNCTION_LIST *list = NULL;
    ok_rv(C_GetFunctionList(&list), CKR_OK);
    assert_non_null(list);
    return list;
}

CK_SESSION_HANDLE module_session(void)
{
    CK_SLOT_ID slot = 0;
    CK_ULONG count = 1;
    CK_SESSION_HANDLE session = 0;
    ok_rv(C_GetSlotList(CK_TRUE, &slot, &count), CKR_OK);
    assert_int_equal(count, 1);
    ok_rv(C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &session), CKR_OK);
    return session;
}

CK_OBJECT_HANDLE module_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label)
{
    char text[64];
    CK_ULONG count = 0;
    CK_OBJECT_HANDLE found[2] = {0};
    (void)snprintf(text, sizeof text, "%s", label);
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_LABEL, text, strlen(text)},
    };
    ok_rv(C_FindObjectsInit(session, template, 2), CKR_OK);
    ok_rv(C_FindObjects(session, found, 2, &count), CKR_OK);
    ok_rv(C_FindObjectsFinal(session), CKR_OK);
    assert_int_equal(count, 1);
    return found[0];
}
