/*
 * Aims at issuer_keys_read and identity_token_read.
 *
 * Keys that are accepted are keys; a token that is accepted is the input without its newline.
 */
#include "base/limits.h"
#include "cli/issuer_key.h"
#include "client/identity.h"
#include "pki/key.h"
#include "property.h"

static void keys_judge(const struct issuer_keys *keys)
{
    PROPERTY(keys->count >= 1 && keys->count <= ISSUER_KEYS_MAX);
    for (size_t i = 0; i < keys->count; i++) {
        AUTO(pubkey) key = NULL;
        struct err e;
        PROPERTY(pubkey_parse(&key, keys->list[i].spki, &e));
        PROPERTY(pubkey_kind(key) == KEY_RSA || pubkey_kind(key) == KEY_P256);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(arena) arena = ARENA(16 << 20);
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    struct issuer_keys keys = {.count = ISSUER_KEYS_MAX + 1};
    struct bytes text = bytes_make(data, size);
    struct err e;
    if (issuer_keys_read(&keys, text, &arena, &e))
        keys_judge(&keys);
    else
        PROPERTY(keys.count == ISSUER_KEYS_MAX + 1);
    if (identity_token_read(&token, text, &e)) {
        size_t cut = text.data[size - 1] == '\n' ? 1 : 0;
        PROPERTY(bytes_equal(buf_bytes(&token), bytes_make(data, size - cut)));
    } else {
        PROPERTY(token.size == 0);
    }
    return 0;
}
