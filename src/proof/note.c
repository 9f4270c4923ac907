#include "proof/note.h"

#include <assert.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "pki/digest.h"
#include "pki/key.h"
#include "proof/line.h"

/* One kind of signature: a row. */
struct note_kind {
    enum note_type type;
    size_t key_size;
    size_t signature_size;
    void (*message)(struct buf *b, struct bytes text);
    bool (*verify)(struct bytes key, struct bytes message, struct bytes signature, struct err *e);
};

static void ed25519_message(struct buf *b, struct bytes text)
{
    buf_put(b, text);
}

static bool ed25519_verify(struct bytes key, struct bytes message, struct bytes signature,
                           struct err *e)
{
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    spki_put_ed25519(&spki, key);
    AUTO(pubkey) parsed = NULL;
    return buf_ok(&spki, "the key of a note", e) && pubkey_parse(&parsed, buf_bytes(&spki), e) &&
           pubkey_verify(parsed, MECHANISM_ED25519, message, signature, e);
}

static const struct note_kind kinds[] = {
    {NOTE_ED25519, KEY_ED25519_SIZE, KEY_ED25519_SIGNATURE_SIZE, ed25519_message, ed25519_verify},
};

static const struct note_kind *kind_find(unsigned type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if ((unsigned)kinds[i].type == type) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* The row of a key: it was made from one. */
static const struct note_kind *kind_of(const struct note_key *k)
{
    const struct note_kind *kind = kind_find(k->type);
    assert(kind);
    return kind;
}

/* The spaces of Unicode beyond ASCII (White_Space), as UTF-8. */
static const char *const wide_spaces[] = {
    "\xc2\x85", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
    "\u2004",   "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
    "\u2028",   "\u2029", "\u202f", "\u205f", "\u3000",
};

static bool name_has_space(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] <= 0x20) {
            return true;
        }
        struct bytes here;
        for (size_t s = 0; s < sizeof wide_spaces / sizeof wide_spaces[0]; s++) {
            if (line_after(&here, bytes_make(name.data + i, name.size - i), wide_spaces[s])) {
                return true;
            }
        }
    }
    return false;
}

static bool name_check(struct bytes name, struct err *e)
{
    if (name.size == 0 || name.size > LIMIT_NOTE_NAME) {
        return err_set(e, ERR_INPUT, "the name of a note's key has %zu bytes, not 1 to %d",
                       name.size, LIMIT_NOTE_NAME);
    }
    if (!text_is_utf8(name) || name_has_space(name) || memchr(name.data, '+', name.size)) {
        return err_set(e, ERR_INPUT,
                       "the name of a note's key must be UTF-8 without spaces and without \"+\"");
    }
    return true;
}

bool note_key_make(struct note_key *ret, struct bytes name, enum note_type type, struct bytes key,
                   struct err *e)
{
    if (!name_check(name, e)) {
        return false;
    }
    const struct note_kind *kind = kind_find(type);
    if (!kind) {
        return err_set(e, ERR_INPUT, "a note's key of type %u is not known", (unsigned)type);
    }
    if (key.size != kind->key_size) {
        return err_set(e, ERR_INPUT, "a note's key of type %u has %zu bytes, not %zu",
                       (unsigned)type, kind->key_size, key.size);
    }
    struct note_key k = {.type = type, .name_size = name.size, .key_size = key.size};
    memcpy(k.name, name.data, name.size);
    memcpy(k.key, key.data, key.size);
    const uint8_t between[] = {'\n', (uint8_t)type};
    uint8_t digest[DIGEST_SHA256_SIZE];
    digest_sha256_triple(digest, name, BYTES_OF(between), key);
    memcpy(k.id, digest, NOTE_KEY_ID);
    *ret = k;
    return true;
}

/* Splits at the first `mark`; false if there is none. */
static bool text_split(struct bytes *ret_before, struct bytes *ret_after, struct bytes text,
                       char mark)
{
    const uint8_t *at = text.size == 0 ? NULL : memchr(text.data, mark, text.size);
    if (!at) {
        return false;
    }
    size_t size = (size_t)(at - text.data);
    *ret_before = bytes_make(text.data, size);
    *ret_after = bytes_make(at + 1, text.size - size - 1);
    return true;
}

/* How many bytes a base64 text of that length decodes to, if it decodes. */
static size_t base64_decoded_size(struct bytes text)
{
    size_t size = text.size / 4 * 3;
    for (size_t i = 1; i <= 2 && i <= text.size && text.data[text.size - i] == '='; i++) {
        size--;
    }
    return size;
}

bool note_key_parse(struct note_key *ret, struct bytes text, struct err *e)
{
    struct bytes name;
    struct bytes rest;
    struct bytes hex;
    struct bytes base64;
    if (!text_split(&name, &rest, text, '+') || !text_split(&hex, &base64, rest, '+')) {
        err_set(e, ERR_INPUT, "not the key of a note");
        return err_hint(e, "write it as name+8 hex digits+base64");
    }
    uint8_t id[NOTE_KEY_ID];
    if (!hex_decode(id, sizeof id, hex, e)) {
        return err_wrap(e, "the id of a note's key");
    }
    uint8_t typed[1 + NOTE_KEY_MAX];
    size_t size = base64_decoded_size(base64);
    if (size < 2 || size > sizeof typed) {
        return err_set(e, ERR_INPUT, "a note's key cannot have %zu bytes", size);
    }
    if (!base64_decode_exactly(typed, size, base64, e)) {
        return err_wrap(e, "a note's key");
    }
    if (!kind_find(typed[0])) {
        return err_set(e, ERR_INPUT, "a note's key of type %u is not known", (unsigned)typed[0]);
    }
    struct note_key k;
    if (!note_key_make(&k, name, (enum note_type)typed[0], bytes_make(typed + 1, size - 1), e)) {
        return false;
    }
    if (memcmp(k.id, id, NOTE_KEY_ID) != 0) {
        return err_set(e, ERR_INPUT, "the id of the note's key %.*s is not that of its bytes",
                       BYTES_PRINT(name));
    }
    *ret = k;
    return true;
}

void note_key_write(struct buf *b, const struct note_key *k)
{
    uint8_t typed[1 + NOTE_KEY_MAX] = {(uint8_t)k->type};
    memcpy(typed + 1, k->key, k->key_size);
    buf_put(b, note_key_name(k));
    buf_put_text(b, "+");
    hex_put(b, BYTES_OF(k->id));
    buf_put_text(b, "+");
    base64_put(b, bytes_make(typed, 1 + k->key_size));
}

/* Where the last blank line begins: the place of its newline. False if there is none. */
static bool blank_line_find(size_t *ret, struct bytes bytes)
{
    for (size_t i = bytes.size; i-- > 1;) {
        if (bytes.data[i] == '\n' && bytes.data[i - 1] == '\n') {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool characters_check(struct bytes bytes, struct err *e)
{
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] < 0x20 && bytes.data[i] != '\n') {
            return err_set(e, ERR_INPUT, "the note has a control character at byte %zu", i);
        }
    }
    if (!text_is_utf8(bytes)) {
        return err_set(e, ERR_INPUT, "the note is not UTF-8");
    }
    return true;
}

/* Decodes a signature line's base64 to `ret`; key id first. Gives its size. */
static bool signature_decode(uint8_t ret[NOTE_KEY_ID + NOTE_SIGNATURE_MAX], size_t *ret_size,
                             struct bytes base64, struct err *e)
{
    size_t size = base64_decoded_size(base64);
    if (size <= NOTE_KEY_ID || size > NOTE_KEY_ID + NOTE_SIGNATURE_MAX) {
        return err_set(e, ERR_INPUT, "a signature of %zu bytes", size);
    }
    if (!base64_decode_exactly(ret, size, base64, e)) {
        return false;
    }
    *ret_size = size;
    return true;
}

static bool signature_parse(struct note_signature *ret, struct bytes line, struct err *e)
{
    struct note_signature s;
    struct bytes rest;
    if (!line_after(&rest, line, "\u2014 ") || !text_split(&s.name, &s.base64, rest, ' ')) {
        return err_set(e, ERR_INPUT, "not an em dash, a name and a signature");
    }
    if (!name_check(s.name, e)) {
        return false;
    }
    uint8_t decoded[NOTE_KEY_ID + NOTE_SIGNATURE_MAX];
    size_t size;
    if (!signature_decode(decoded, &size, s.base64, e)) {
        return false;
    }
    memcpy(s.id, decoded, NOTE_KEY_ID);
    *ret = s;
    return true;
}

bool note_parse(struct note *ret, struct bytes bytes, struct err *e)
{
    if (bytes.size > LIMIT_NOTE) {
        return err_set(e, ERR_LIMIT, "a note of %zu bytes is over the %d allowed", bytes.size,
                       LIMIT_NOTE);
    }
    if (!characters_check(bytes, e)) {
        return false;
    }
    size_t blank;
    if (!blank_line_find(&blank, bytes)) {
        return err_set(e, ERR_INPUT, "the note has no blank line before its signatures");
    }
    struct note n = {.text = bytes_make(bytes.data, blank), .count = 0};
    struct bytes rest = bytes_make(bytes.data + blank + 1, bytes.size - blank - 1);
    struct bytes line;
    for (; line_next(&line, &rest); n.count++) {
        if (n.count == LIMIT_NOTE_SIGNATURES) {
            return err_set(e, ERR_LIMIT, "the note has more than %d signatures",
                           LIMIT_NOTE_SIGNATURES);
        }
        if (!signature_parse(&n.signatures[n.count], line, e)) {
            return err_wrap(e, "signature line %zu of the note", n.count + 1);
        }
    }
    if (n.count == 0 || rest.size != 0) {
        return err_set(e, ERR_INPUT, "the note does not end with a signature line");
    }
    *ret = n;
    return true;
}

static bool signature_is_of(const struct note_signature *s, const struct note_key *k)
{
    return memcmp(s->id, k->id, NOTE_KEY_ID) == 0 && bytes_equal(s->name, note_key_name(k));
}

static bool signature_verify(const struct note_signature *s, const struct note_key *k,
                             struct bytes text, struct err *e)
{
    uint8_t decoded[NOTE_KEY_ID + NOTE_SIGNATURE_MAX];
    size_t size;
    const struct note_kind *kind = kind_of(k);
    if (!signature_decode(decoded, &size, s->base64, e)) {
        return false;
    }
    size -= NOTE_KEY_ID;
    if (size != kind->signature_size) {
        return err_set(e, ERR_AUTH, "the signature by %.*s has %zu bytes, not %zu",
                       BYTES_PRINT(s->name), size, kind->signature_size);
    }
    AUTO_VALUE(buf) message = BUF(LIMIT_NOTE);
    kind->message(&message, text);
    if (!buf_ok(&message, "the text of a note", e)) {
        return false;
    }
    if (!kind->verify(bytes_make(k->key, k->key_size), buf_bytes(&message),
                      bytes_make(decoded + NOTE_KEY_ID, size), e)) {
        return err_because(e, "the signature by %.*s on the note does not hold",
                           BYTES_PRINT(s->name));
    }
    return true;
}

bool note_verify(const struct note *n, const struct note_key *keys, size_t count, struct err *e)
{
    size_t verified = 0;
    for (size_t i = 0; i < n->count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (!signature_is_of(&n->signatures[i], &keys[k])) {
                continue;
            }
            if (!signature_verify(&n->signatures[i], &keys[k], n->text, e)) {
                return false;
            }
            verified++;
        }
    }
    if (verified == 0) {
        return err_set(e, ERR_AUTH, "no known key has signed the note");
    }
    return true;
}

void note_message(struct buf *b, const struct note_key *k, struct bytes text)
{
    kind_of(k)->message(b, text);
}

bool note_assemble(struct buf *b, struct bytes text, const struct note_key *k,
                   struct bytes signature, struct err *e)
{
    if (text.size == 0 || text.data[text.size - 1] != '\n') {
        return err_set(e, ERR_INPUT, "the text of a note must end with a newline");
    }
    if (!characters_check(text, e)) {
        return false;
    }
    const struct note_kind *kind = kind_of(k);
    if (signature.size != kind->signature_size) {
        return err_set(e, ERR_INPUT, "a note's signature has %zu bytes, not %zu", signature.size,
                       kind->signature_size);
    }
    uint8_t whole[NOTE_KEY_ID + NOTE_SIGNATURE_MAX];
    memcpy(whole, k->id, NOTE_KEY_ID);
    memcpy(whole + NOTE_KEY_ID, signature.data, signature.size);
    buf_put(b, text);
    buf_put_text(b, "\n\u2014 ");
    buf_put(b, note_key_name(k));
    buf_put_text(b, " ");
    base64_put(b, bytes_make(whole, NOTE_KEY_ID + signature.size));
    buf_put_text(b, "\n");
    return buf_ok(b, "a note", e);
}
