#include "mock/store.h"

#include "base/file.h"
#include "base/reader.h"
#include "mock/control.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/x509.h>
#include <stdio.h>

#define FIELD_MAX 4096

void object_done(struct object *o)
{
    if (o == NULL)
        return;
    buf_done(&o->label);
    buf_done(&o->id);
    buf_done(&o->key);
}

static const char *object_path(char ret[CONTROL_PATH_MAX], CK_OBJECT_HANDLE handle)
{
    char name[32];
    (void)snprintf(name, sizeof name, "object-%lu", (unsigned long)handle);
    return control_path(ret, name);
}

bool store_load(struct object *ret, CK_OBJECT_HANDLE handle)
{
    char path[CONTROL_PATH_MAX];
    AUTO_VALUE(buf) text = BUF(4 * FIELD_MAX);
    struct err e;
    if (!file_read(&text, object_path(path, handle), FILE_REGULAR, &e))
        return false;
    struct reader r = reader_make(buf_bytes(&text));
    struct object o = {.label = BUF(FIELD_MAX), .id = BUF(FIELD_MAX), .key = BUF(FIELD_MAX)};
    o.private = reader_u8(&r) == 1;
    o.extractable = reader_u8(&r) == 1;
    buf_put(&o.label, reader_string32(&r, FIELD_MAX));
    buf_put(&o.id, reader_string32(&r, FIELD_MAX));
    buf_put(&o.key, reader_string32(&r, FIELD_MAX));
    *ret = o;
    return reader_done(&r, "mock object", &e);
}

static void put_field(struct buf *b, const struct buf *field)
{
    buf_put_u32(b, (uint32_t)field->size);
    buf_put(b, buf_bytes(field));
}

bool store_save(const struct object *o, CK_OBJECT_HANDLE handle)
{
    char path[CONTROL_PATH_MAX];
    AUTO_VALUE(buf) text = BUF(4 * FIELD_MAX);
    struct err e;
    buf_put_u8(&text, o->private);
    buf_put_u8(&text, o->extractable);
    put_field(&text, &o->label);
    put_field(&text, &o->id);
    put_field(&text, &o->key);
    return file_replace_view(object_path(path, handle), buf_bytes(&text), 0600, &e);
}

bool store_remove(CK_OBJECT_HANDLE handle)
{
    char path[CONTROL_PATH_MAX];
    struct err e;
    return file_remove(object_path(path, handle), &e);
}

CK_OBJECT_HANDLE store_next(void)
{
    for (CK_OBJECT_HANDLE handle = 1; handle < STORE_MAX; handle++) {
        char name[32];
        char path[CONTROL_PATH_MAX];
        AUTO(file) mark = NULL;
        struct err e;
        (void)snprintf(name, sizeof name, "used-%lu", (unsigned long)handle);
        if (file_open(&mark, control_path(path, name), FILE_CREATE, FILE_REGULAR, 0600, &e))
            return handle;
    }
    return CK_INVALID_HANDLE;
}

EVP_PKEY *object_key(const struct object *o)
{
    const unsigned char *der = o->key.data;
    long size = (long)o->key.size;
    return o->private ? d2i_AutoPrivateKey(NULL, &der, size) : d2i_PUBKEY(NULL, &der, size);
}

static void put_number(struct buf *b, const EVP_PKEY *key, const char *name)
{
    uint8_t bytes[1024];
    BIGNUM *number = NULL;
    if (EVP_PKEY_get_bn_param(key, name, &number) == 1)
        buf_put(b, bytes_make(bytes, (size_t)BN_bn2bin(number, bytes)));
    BN_free(number);
}

/* An OCTET STRING around the point, or around the 32 bytes of Ed25519. */
static void put_point(struct buf *b, const EVP_PKEY *key)
{
    uint8_t point[128];
    size_t size = sizeof point;
    bool ed25519 = EVP_PKEY_is_a(key, "ED25519") == 1;
    bool ok = ed25519 ? EVP_PKEY_get_raw_public_key(key, point, &size) == 1
                      : EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
                                                        sizeof point, &size) == 1;
    if (!ok)
        return;
    buf_put_u8(b, 0x04);
    buf_put_u8(b, (uint8_t)size);
    buf_put(b, bytes_make(point, size));
}

static CK_KEY_TYPE key_type(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "RSA") ? CKK_RSA : EVP_PKEY_is_a(key, "EC") ? CKK_EC : CKK_EC_EDWARDS;
}

static bool key_attribute(struct buf *ret, const struct object *o, CK_ATTRIBUTE_TYPE type)
{
    EVP_PKEY *key = object_key(o);
    CK_KEY_TYPE kind = key_type(key);
    size_t before = ret->size;
    if (type == CKA_KEY_TYPE)
        buf_put(ret, bytes_make(&kind, sizeof kind));
    if (type == CKA_MODULUS && kind == CKK_RSA)
        put_number(ret, key, OSSL_PKEY_PARAM_RSA_N);
    if (type == CKA_PUBLIC_EXPONENT && kind == CKK_RSA)
        put_number(ret, key, OSSL_PKEY_PARAM_RSA_E);
    if (type == CKA_EC_POINT && kind != CKK_RSA && !o->private)
        put_point(ret, key);
    EVP_PKEY_free(key);
    return ret->size > before;
}

static bool put_flag(struct buf *b, bool value)
{
    buf_put_u8(b, value ? CK_TRUE : CK_FALSE);
    return true;
}

bool object_attribute(struct buf *ret, const struct object *o, CK_ATTRIBUTE_TYPE type)
{
    CK_OBJECT_CLASS class = o->private ? CKO_PRIVATE_KEY : CKO_PUBLIC_KEY;
    switch (type) {
    case CKA_CLASS:
        buf_put(ret, bytes_make(&class, sizeof class));
        return true;
    case CKA_LABEL:
        buf_put(ret, buf_bytes(&o->label));
        return true;
    case CKA_ID:
        buf_put(ret, buf_bytes(&o->id));
        return true;
    case CKA_TOKEN:
    case CKA_LOCAL:
        return put_flag(ret, true);
    case CKA_PRIVATE:
    case CKA_SIGN:
        return put_flag(ret, o->private);
    case CKA_SENSITIVE:
    case CKA_ALWAYS_SENSITIVE:
    case CKA_NEVER_EXTRACTABLE:
        return o->private && put_flag(ret, !o->extractable);
    case CKA_EXTRACTABLE:
        return o->private && put_flag(ret, o->extractable);
    default:
        return key_attribute(ret, o, type);
    }
}
