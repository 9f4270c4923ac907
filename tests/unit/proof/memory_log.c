#include "unit/ok.h"

#include "memory_log.h"

#include <stdio.h>

#include "pki/openssl.h"
#include "proof/checkpoint.h"

static void sha256(const uint8_t *data, size_t size, uint8_t ret[TREE_HASH])
{
    assert_int_equal(EVP_Digest(data, size, ret, NULL, EVP_sha256(), NULL), 1);
}

struct bytes memory_log_entry(uint64_t index)
{
    static char text[32];
    int size = snprintf(text, sizeof text, "entry %llu", (unsigned long long)index);
    return bytes_make(text, (size_t)size);
}

void memory_log_init(struct memory_log *log, uint64_t size)
{
    assert_true(size <= MEMORY_LOG_MAX);
    memset(log, 0, sizeof *log);
    log->size = size;
    for (uint64_t i = 0; i < size; i++) {
        struct bytes entry = memory_log_entry(i);
        uint8_t prefixed[64] = {0};
        memcpy(prefixed + 1, entry.data, entry.size);
        sha256(prefixed, 1 + entry.size, log->leaves[i]);
    }
}

void memory_log_root(const struct memory_log *log, uint64_t begin, uint64_t end,
                     uint8_t ret[TREE_HASH])
{
    assert_true(begin <= end && end <= log->size);
    if (begin == end) {
        sha256((const uint8_t *)"", 0, ret);
        return;
    }
    if (end - begin == 1) {
        memcpy(ret, log->leaves[begin], TREE_HASH);
        return;
    }
    uint64_t split = 1;
    while (2 * split < end - begin) {
        split *= 2;
    }
    uint8_t both[1 + 2 * TREE_HASH] = {1};
    memory_log_root(log, begin, begin + split, both + 1);
    memory_log_root(log, begin + split, end, both + 1 + TREE_HASH);
    sha256(both, sizeof both, ret);
}

static bool node_read(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                      struct err *e)
{
    struct memory_log *log = context;
    (void)e;
    log->reads++;
    memory_log_root(log, index << level, (index + 1) << level, ret);
    return true;
}

struct path_source memory_log_source(struct memory_log *log)
{
    return (struct path_source){.node = node_read, .context = log};
}

static EVP_PKEY *key_make(uint8_t seed)
{
    uint8_t raw[32];
    memset(raw, seed, sizeof raw);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw);
    assert_non_null(key);
    return key;
}

void memory_log_key(struct note_key *ret, const char *name, uint8_t seed)
{
    EVP_PKEY *key = key_make(seed);
    uint8_t raw[32];
    size_t size = sizeof raw;
    struct err e;
    assert_int_equal(EVP_PKEY_get_raw_public_key(key, raw, &size), 1);
    EVP_PKEY_free(key);
    ok_call(note_key_make(ret, bytes_text(name), NOTE_ED25519, BYTES_OF(raw), &e), e);
}

void memory_log_sign(uint8_t ret[64], uint8_t seed, struct bytes message)
{
    EVP_PKEY *key = key_make(seed);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t size = 64;
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, ret, &size, message.data, message.size), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

void memory_log_checkpoint(struct buf *b, const struct memory_log *log, uint64_t size,
                           const char *origin, uint8_t seed)
{
    struct checkpoint c = {.size = size};
    struct note_key key;
    uint8_t signature[64];
    struct err e;
    AUTO_VALUE(buf) text = BUF(4096);
    AUTO_VALUE(buf) message = BUF(4096);
    memory_log_root(log, 0, size, c.root);
    memory_log_key(&key, origin, seed);
    checkpoint_write(&text, bytes_text(origin), &c);
    note_message(&message, &key, buf_bytes(&text));
    memory_log_sign(signature, seed, buf_bytes(&message));
    ok_call(note_assemble(b, buf_bytes(&text), &key, BYTES_OF(signature), &e), e);
}
