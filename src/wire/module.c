#include "wire/module.h"

#include "base/reader.h"
#include "wire/frame.h"

static void put_string(struct buf *out, struct bytes bytes)
{
    buf_put_u32(out, (uint32_t)bytes.size);
    buf_put(out, bytes);
}

/* A string that must not be empty. */
static struct bytes string_parse(struct reader *r, size_t max)
{
    struct bytes bytes = reader_string32(r, max);
    if (bytes.size == 0)
        r->failed = true;
    return bytes;
}

/* A byte from 1 (or 0) to `last`; anything else is a failure. */
static uint8_t choice_parse(struct reader *r, uint8_t first, uint8_t last)
{
    uint8_t value = reader_u8(r);
    if (value < first || value > last)
        r->failed = true;
    return r->failed ? first : value;
}

/* --- HELLO and WELCOME ------------------------------------------------------------------------ */

void module_hello_put(struct buf *out, const struct module_hello *hello)
{
    size_t start = frame_begin(out, MODULE_HELLO);
    buf_put_u16(out, hello->version);
    frame_end(out, start);
}

bool module_hello_parse(struct module_hello *ret, struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    struct module_hello hello = {.version = reader_u16(&r)};
    if (!reader_done(&r, "the module's HELLO", e))
        return false;
    *ret = hello;
    return true;
}

void module_welcome_put(struct buf *out, const struct module_welcome *welcome)
{
    size_t start = frame_begin(out, MODULE_WELCOME);
    buf_put_u16(out, welcome->version);
    put_string(out, welcome->label);
    put_string(out, welcome->serial);
    frame_end(out, start);
}

bool module_welcome_parse(struct module_welcome *ret, struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    struct module_welcome welcome;
    welcome.version = reader_u16(&r);
    welcome.label = string_parse(&r, MODULE_LABEL_MAX);
    welcome.serial = string_parse(&r, MODULE_SERIAL_MAX);
    if (!reader_done(&r, "the helper's WELCOME", e))
        return false;
    *ret = welcome;
    return true;
}

/* --- LIST and KEYS ---------------------------------------------------------------------------- */

void module_list_put(struct buf *out)
{
    frame_put(out, MODULE_LIST, BYTES_NONE);
}

bool module_list_parse(struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    return reader_done(&r, "the module's LIST", e);
}

static void cert_put(struct buf *out, const struct module_cert *cert)
{
    put_string(out, cert->der);
    put_string(out, cert->subject);
    put_string(out, cert->issuer);
    put_string(out, cert->number);
}

static struct module_cert cert_parse(struct reader *r)
{
    struct module_cert cert;
    cert.der = string_parse(r, MODULE_CERT_MAX);
    cert.subject = string_parse(r, MODULE_DN_MAX);
    cert.issuer = string_parse(r, MODULE_DN_MAX);
    cert.number = string_parse(r, MODULE_NUMBER_MAX);
    return cert;
}

static void key_put(struct buf *out, const struct module_key *key)
{
    bool rsa = key->kind == MODULE_RSA;
    buf_put(out, BYTES_OF(key->id));
    put_string(out, key->label);
    buf_put_u8(out, (uint8_t)key->kind);
    put_string(out, rsa ? key->modulus : key->params);
    put_string(out, rsa ? key->exponent : key->point);
    buf_put_u8(out, key->cert.der.size > 0);
    if (key->cert.der.size > 0)
        cert_put(out, &key->cert);
}

/* The public half, as PKCS#11 shows it. A modulus with a leading zero would make the signature's
 * size wrong. */
static void public_parse(struct reader *r, struct module_key *key)
{
    if (key->kind == MODULE_RSA) {
        key->modulus = string_parse(r, MODULE_MODULUS_MAX);
        key->exponent = string_parse(r, MODULE_EXPONENT_MAX);
        if (!r->failed && key->modulus.data[0] == 0)
            r->failed = true;
        return;
    }
    key->params = string_parse(r, MODULE_PARAMS_MAX);
    key->point = string_parse(r, MODULE_POINT_MAX);
}

static struct module_key key_parse(struct reader *r)
{
    struct module_key key = {.cert = {.der = BYTES_NONE}};
    reader_copy(r, key.id, sizeof key.id);
    key.label = string_parse(r, MODULE_NAME_MAX);
    key.kind = (enum module_kind)choice_parse(r, MODULE_RSA, MODULE_P384);
    public_parse(r, &key);
    if (choice_parse(r, 0, 1) == 1)
        key.cert = cert_parse(r);
    return key;
}

static void authority_put(struct buf *out, const struct module_authority *authority)
{
    buf_put(out, BYTES_OF(authority->id));
    put_string(out, authority->label);
    cert_put(out, &authority->cert);
}

static struct module_authority authority_parse(struct reader *r)
{
    struct module_authority authority;
    reader_copy(r, authority.id, sizeof authority.id);
    authority.label = string_parse(r, MODULE_NAME_MAX);
    authority.cert = cert_parse(r);
    return authority;
}

void module_keys_put(struct buf *out, const struct module_keys *keys)
{
    size_t start = frame_begin(out, MODULE_KEYS);
    buf_put_u8(out, (uint8_t)keys->key_count);
    for (size_t i = 0; i < keys->key_count; i++)
        key_put(out, &keys->keys[i]);
    buf_put_u8(out, (uint8_t)keys->authority_count);
    for (size_t i = 0; i < keys->authority_count; i++)
        authority_put(out, &keys->authorities[i]);
    frame_end(out, start);
}

bool module_keys_parse(struct module_keys *ret, struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    struct module_keys keys = {.key_count = choice_parse(&r, 0, MODULE_KEYS_MAX)};
    for (size_t i = 0; i < keys.key_count; i++)
        keys.keys[i] = key_parse(&r);
    keys.authority_count = choice_parse(&r, 0, MODULE_AUTHORITIES_MAX);
    for (size_t i = 0; i < keys.authority_count; i++)
        keys.authorities[i] = authority_parse(&r);
    if (!reader_done(&r, "the helper's KEYS", e))
        return false;
    *ret = keys;
    return true;
}

size_t module_key_signature_size(const struct module_key *key)
{
    switch (key->kind) {
    case MODULE_RSA:
        return key->modulus.size;
    case MODULE_P256:
        return 64;
    case MODULE_P384:
        return 96;
    }
    return 0;
}

/* --- DATA and SIGN ---------------------------------------------------------------------------- */

void module_data_put(struct buf *out, struct bytes piece)
{
    frame_put(out, MODULE_DATA, piece);
}

bool module_data_parse(struct bytes *ret_piece, struct bytes payload, struct err *e)
{
    if (payload.size == 0 || payload.size > MODULE_PIECE_MAX)
        return err_set(e, ERR_INPUT, "the module's DATA has %zu bytes, not 1 to %d", payload.size,
                       MODULE_PIECE_MAX);
    *ret_piece = payload;
    return true;
}

void module_sign_put(struct buf *out, const struct module_sign *sign)
{
    size_t start = frame_begin(out, MODULE_SIGN);
    buf_put(out, BYTES_OF(sign->key));
    buf_put_u8(out, (uint8_t)sign->family);
    buf_put_u8(out, (uint8_t)sign->mechanism);
    buf_put_u8(out, (uint8_t)sign->digest);
    put_string(out, sign->bytes);
    frame_end(out, start);
}

/* A whole input needs a digest to be hashed with; a named digest has its own length. */
static bool sign_fits(const struct module_sign *sign)
{
    if (sign->family == MODULE_WHOLE)
        return sign->digest != MODULE_DIGEST_UNKNOWN;
    return sign->digest == MODULE_DIGEST_UNKNOWN
               ? sign->bytes.size > 0
               : sign->bytes.size == module_digest_size(sign->digest);
}

bool module_sign_parse(struct module_sign *ret, struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    struct module_sign sign;
    reader_copy(&r, sign.key, sizeof sign.key);
    sign.family = (enum module_family)choice_parse(&r, MODULE_HASHED, MODULE_WHOLE);
    sign.mechanism = (enum module_mechanism)choice_parse(&r, MODULE_RSA_PKCS1, MODULE_ECDSA);
    sign.digest = (enum module_digest)choice_parse(&r, MODULE_DIGEST_UNKNOWN, MODULE_SHA512);
    sign.bytes = reader_string32(&r, MODULE_PIECE_MAX);
    if (!reader_done(&r, "the module's SIGN", e))
        return false;
    if (!sign_fits(&sign))
        return err_set(e, ERR_INPUT, "the module's SIGN has a digest that does not fit %zu bytes",
                       sign.bytes.size);
    *ret = sign;
    return true;
}

size_t module_digest_size(enum module_digest digest)
{
    switch (digest) {
    case MODULE_SHA256:
        return 32;
    case MODULE_SHA384:
        return 48;
    case MODULE_SHA512:
        return 64;
    case MODULE_DIGEST_UNKNOWN:
        break;
    }
    return 0;
}

/* --- SIGNATURE and REFUSAL -------------------------------------------------------------------- */

void module_signature_put(struct buf *out, struct bytes signature)
{
    frame_put(out, MODULE_SIGNATURE, signature);
}

bool module_signature_parse(struct bytes *ret, struct bytes payload, struct err *e)
{
    if (payload.size == 0 || payload.size > MODULE_SIGNATURE_MAX)
        return err_set(e, ERR_INPUT, "the helper's SIGNATURE has %zu bytes, not 1 to %d",
                       payload.size, MODULE_SIGNATURE_MAX);
    *ret = payload;
    return true;
}

static struct bytes text_cut(struct bytes text)
{
    return bytes_make(text.data, text.size > MODULE_TEXT_MAX ? MODULE_TEXT_MAX : text.size);
}

void module_refusal_put(struct buf *out, const struct module_refusal *refusal)
{
    size_t start = frame_begin(out, MODULE_REFUSAL);
    buf_put_u8(out, (uint8_t)refusal->why);
    put_string(out, text_cut(refusal->message));
    put_string(out, text_cut(refusal->hint));
    put_string(out, text_cut(refusal->request));
    frame_end(out, start);
}

bool module_refusal_parse(struct module_refusal *ret, struct bytes payload, struct err *e)
{
    struct reader r = reader_make(payload);
    struct module_refusal refusal;
    refusal.why = (enum module_why)choice_parse(&r, MODULE_REJECTED, MODULE_UNFIT);
    refusal.message = string_parse(&r, MODULE_TEXT_MAX);
    refusal.hint = reader_string32(&r, MODULE_TEXT_MAX);
    refusal.request = reader_string32(&r, MODULE_TEXT_MAX);
    if (!reader_done(&r, "the helper's REFUSAL", e))
        return false;
    *ret = refusal;
    return true;
}
