#include "pkcs11/operation.h"

void operation_start(struct operation *ret, const struct mechanism *m, const struct module_key *key,
                     const struct link_token *token)
{
    *ret = OPERATION_NONE;
    ret->mechanism = m;
    memcpy(ret->key, key->id, sizeof ret->key);
    memcpy(ret->serial, token->serial, sizeof ret->serial);
    ret->signature_size = module_key_signature_size(key);
    ret->pending = BUF(MODULE_PIECE_MAX);
}

void operation_done(struct operation *o)
{
    link_close(&o->link);
    buf_done(&o->pending);
    *o = OPERATION_NONE;
}

/* A helper that was started anew under the same path may serve another token. */
static CK_RV operation_connect(struct operation *o)
{
    struct link_token token;
    struct err e;
    if (o->link.fd >= 0)
        return CKR_OK;
    if (!link_open(&o->link, &token, &e))
        return CKR_DEVICE_ERROR;
    return memcmp(token.serial, o->serial, sizeof o->serial) == 0 ? CKR_OK : CKR_DEVICE_REMOVED;
}

static CK_RV pending_send(struct operation *o)
{
    AUTO_VALUE(buf) out = BUF(MODULE_REQUEST_FRAME_MAX);
    struct err e;
    CK_RV rv = operation_connect(o);
    if (rv != CKR_OK)
        return rv;
    module_data_put(&out, buf_bytes(&o->pending));
    if (!buf_ok(&out, "data", &e))
        return CKR_HOST_MEMORY;
    if (!link_send(&o->link, buf_bytes(&out), &e))
        return CKR_DEVICE_ERROR;
    buf_reset(&o->pending);
    return CKR_OK;
}

CK_RV operation_add(struct operation *o, struct bytes data)
{
    while (data.size > 0) {
        if (o->pending.size == MODULE_PIECE_MAX) {
            CK_RV rv = pending_send(o);
            if (rv != CKR_OK)
                return rv;
        }
        size_t room = MODULE_PIECE_MAX - o->pending.size;
        size_t part = data.size < room ? data.size : room;
        buf_put(&o->pending, bytes_make(data.data, part));
        if (o->pending.failed)
            return CKR_HOST_MEMORY;
        data = bytes_make(data.data + part, data.size - part);
    }
    return CKR_OK;
}

/* What a bare mechanism may be given at all; the rest is for the helper, which can say why. */
static bool given_fits(const struct operation *o, struct bytes given)
{
    size_t most = o->mechanism->key_type == CKK_RSA ? o->signature_size - 11 : 64;
    return given.size > 0 && given.size <= most;
}

static CK_RV answer_read(const struct operation *o, const struct frame *frame, uint8_t *ret)
{
    struct bytes signature;
    struct module_refusal refusal;
    struct err e;
    if (frame->type == MODULE_SIGNATURE && module_signature_parse(&signature, frame->payload, &e) &&
        signature.size == o->signature_size) {
        memcpy(ret, signature.data, signature.size);
        return CKR_OK;
    }
    if (frame->type != MODULE_REFUSAL || !module_refusal_parse(&refusal, frame->payload, &e))
        return CKR_DEVICE_ERROR;
    switch (refusal.why) {
    case MODULE_REJECTED:
        return CKR_FUNCTION_REJECTED;
    case MODULE_UNFIT:
        return CKR_DATA_INVALID;
    case MODULE_UNAVAILABLE:
        break;
    }
    return CKR_DEVICE_ERROR;
}

static CK_RV operation_ask(struct operation *o, const struct module_sign *sign, uint8_t *ret)
{
    AUTO_VALUE(buf) out = BUF(MODULE_REQUEST_FRAME_MAX);
    AUTO_VALUE(frame_reader) answer = FRAME_READER(MODULE_ANSWER_FRAME_MAX);
    struct frame frame;
    struct err e;
    CK_RV rv = operation_connect(o);
    if (rv != CKR_OK)
        return rv;
    module_sign_put(&out, sign);
    if (!buf_ok(&out, "the request", &e))
        return CKR_HOST_MEMORY;
    if (!link_ask(&o->link, buf_bytes(&out), LINK_FOR_EVER, &answer, &frame, &e)) {
        link_close(&o->link);
        return CKR_DEVICE_ERROR;
    }
    return answer_read(o, &frame, ret);
}

CK_RV operation_sign(struct operation *o, struct bytes given, uint8_t *ret)
{
    struct module_sign sign = {
        .family = o->mechanism->family,
        .mechanism = o->mechanism->wire,
        .digest = o->mechanism->digest,
        .bytes = buf_bytes(&o->pending),
    };
    memcpy(sign.key, o->key, sizeof sign.key);
    if (sign.family == MODULE_HASHED) {
        if (!given_fits(o, given))
            return CKR_DATA_LEN_RANGE;
        mechanism_digest(o->mechanism, given, &sign.digest, &sign.bytes);
    }
    return operation_ask(o, &sign, ret);
}
