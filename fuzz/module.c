/*
 * Aims at both directions of wire/module.h: module_hello_parse, module_list_parse,
 * module_data_parse and module_sign_parse; module_welcome_parse, module_keys_parse,
 * module_signature_parse and module_refusal_parse. The first byte is the frame's type, the rest its
 * payload.
 *
 * What is accepted, written again, is the same frame: each message has one spelling. What is
 * refused is refused as bad input.
 */
#include "wire/frame.h"
#include "wire/module.h"
#include "property.h"

static bool again_hello(struct buf *out, struct bytes payload, struct err *e)
{
    struct module_hello hello;
    if (!module_hello_parse(&hello, payload, e))
        return false;
    module_hello_put(out, &hello);
    return true;
}

static bool again_list(struct buf *out, struct bytes payload, struct err *e)
{
    if (!module_list_parse(payload, e))
        return false;
    module_list_put(out);
    return true;
}

static bool again_data(struct buf *out, struct bytes payload, struct err *e)
{
    struct bytes piece;
    if (!module_data_parse(&piece, payload, e))
        return false;
    module_data_put(out, piece);
    return true;
}

static bool again_sign(struct buf *out, struct bytes payload, struct err *e)
{
    struct module_sign sign;
    if (!module_sign_parse(&sign, payload, e))
        return false;
    module_sign_put(out, &sign);
    return true;
}

static bool again_welcome(struct buf *out, struct bytes payload, struct err *e)
{
    struct module_welcome welcome;
    if (!module_welcome_parse(&welcome, payload, e))
        return false;
    module_welcome_put(out, &welcome);
    return true;
}

static bool again_keys(struct buf *out, struct bytes payload, struct err *e)
{
    struct module_keys keys;
    if (!module_keys_parse(&keys, payload, e))
        return false;
    for (size_t i = 0; i < keys.key_count; i++)
        PROPERTY(module_key_signature_size(&keys.keys[i]) <= MODULE_SIGNATURE_MAX);
    module_keys_put(out, &keys);
    return true;
}

static bool again_signature(struct buf *out, struct bytes payload, struct err *e)
{
    struct bytes signature;
    if (!module_signature_parse(&signature, payload, e))
        return false;
    module_signature_put(out, signature);
    return true;
}

static bool again_refusal(struct buf *out, struct bytes payload, struct err *e)
{
    struct module_refusal refusal;
    if (!module_refusal_parse(&refusal, payload, e))
        return false;
    module_refusal_put(out, &refusal);
    return true;
}

static const struct {
    enum module_message type;
    bool (*again)(struct buf *out, struct bytes payload, struct err *e);
} messages[] = {
    {MODULE_HELLO, again_hello},         {MODULE_LIST, again_list},       {MODULE_DATA, again_data},
    {MODULE_SIGN, again_sign},           {MODULE_WELCOME, again_welcome}, {MODULE_KEYS, again_keys},
    {MODULE_SIGNATURE, again_signature}, {MODULE_REFUSAL, again_refusal},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes payload = bytes_make(data + 1, size - 1);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        if (messages[i].type != data[0])
            continue;
        AUTO_VALUE(buf) want = BUF(size + FRAME_HEADER_SIZE);
        AUTO_VALUE(buf) got = BUF(size + FRAME_HEADER_SIZE);
        struct err e;
        if (!messages[i].again(&got, payload, &e)) {
            PROPERTY(e.code == ERR_INPUT);
            return 0;
        }
        frame_put(&want, data[0], payload);
        PROPERTY(!got.failed && bytes_equal(buf_bytes(&got), buf_bytes(&want)));
    }
    return 0;
}
