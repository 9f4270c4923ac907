#include "pkcs11/object.h"

#include <stdlib.h>

#include "pkcs11/mechanism.h"

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

/* Where a row's value comes from. */
enum source {
    FIXED,  /* the yes or no beside it */
    NUMBER, /* a CK_ULONG in the object */
    VIEW,   /* a struct bytes in the object; no data: the object lacks the attribute */
    SECRET,
};

struct row {
    CK_ATTRIBUTE_TYPE type;
    enum source source;
    const CK_BBOOL *fixed;
    size_t offset;
};

#define IS(type, value)                                                                            \
    {                                                                                              \
        type, FIXED, &(value), 0                                                                   \
    }
#define NUM(type, field)                                                                           \
    {                                                                                              \
        type, NUMBER, NULL, offsetof(struct object, field)                                         \
    }
#define BYTES(type, field)                                                                         \
    {                                                                                              \
        type, VIEW, NULL, offsetof(struct object, field)                                           \
    }
#define HIDDEN(type)                                                                               \
    {                                                                                              \
        type, SECRET, NULL, 0                                                                      \
    }

static const struct row common_rows[] = {
    NUM(CKA_CLASS, class), IS(CKA_TOKEN, yes),      IS(CKA_MODIFIABLE, no),  IS(CKA_COPYABLE, no),
    BYTES(CKA_ID, id),     BYTES(CKA_LABEL, label), IS(CKA_DESTROYABLE, no),
};

static const struct row private_rows[] = {
    NUM(CKA_KEY_TYPE, key_type),
    IS(CKA_PRIVATE, yes),
    IS(CKA_SIGN, yes),
    IS(CKA_SENSITIVE, yes),
    IS(CKA_ALWAYS_SENSITIVE, yes),
    IS(CKA_NEVER_EXTRACTABLE, yes),
    IS(CKA_LOCAL, yes),
    IS(CKA_EXTRACTABLE, no),
    IS(CKA_ALWAYS_AUTHENTICATE, no),
    IS(CKA_WRAP_WITH_TRUSTED, no),
    IS(CKA_DECRYPT, no),
    IS(CKA_SIGN_RECOVER, no),
    IS(CKA_UNWRAP, no),
    IS(CKA_DERIVE, no),
    BYTES(CKA_MODULUS, modulus),
    BYTES(CKA_PUBLIC_EXPONENT, exponent),
    BYTES(CKA_EC_PARAMS, params),
    BYTES(CKA_ALLOWED_MECHANISMS, mechanisms),
    BYTES(CKA_SUBJECT, subject),
    HIDDEN(CKA_VALUE),
    HIDDEN(CKA_PRIVATE_EXPONENT),
    HIDDEN(CKA_PRIME_1),
    HIDDEN(CKA_PRIME_2),
    HIDDEN(CKA_EXPONENT_1),
    HIDDEN(CKA_EXPONENT_2),
    HIDDEN(CKA_COEFFICIENT),
};

static const struct row public_rows[] = {
    NUM(CKA_KEY_TYPE, key_type),  IS(CKA_PRIVATE, no),
    IS(CKA_VERIFY, yes),          IS(CKA_LOCAL, yes),
    IS(CKA_TRUSTED, no),          IS(CKA_ENCRYPT, no),
    IS(CKA_VERIFY_RECOVER, no),   IS(CKA_WRAP, no),
    IS(CKA_DERIVE, no),           NUM(CKA_MODULUS_BITS, modulus_bits),
    BYTES(CKA_MODULUS, modulus),  BYTES(CKA_PUBLIC_EXPONENT, exponent),
    BYTES(CKA_EC_PARAMS, params), BYTES(CKA_EC_POINT, point),
    BYTES(CKA_SUBJECT, subject),
};

static const struct row cert_rows[] = {
    NUM(CKA_CERTIFICATE_TYPE, cert_type),
    IS(CKA_PRIVATE, no),
    IS(CKA_TRUSTED, no),
    BYTES(CKA_SUBJECT, subject),
    BYTES(CKA_ISSUER, issuer),
    BYTES(CKA_SERIAL_NUMBER, number),
    BYTES(CKA_VALUE, value),
};

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const struct row *row_find(const struct row *rows, size_t count, CK_ATTRIBUTE_TYPE type)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == type)
            return &rows[i];
    return NULL;
}

static const struct row *object_row(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
    const struct row *row = row_find(common_rows, COUNT(common_rows), type);
    if (row != NULL)
        return row;
    switch (o->class) {
    case CKO_PRIVATE_KEY:
        return row_find(private_rows, COUNT(private_rows), type);
    case CKO_PUBLIC_KEY:
        return row_find(public_rows, COUNT(public_rows), type);
    default:
        return row_find(cert_rows, COUNT(cert_rows), type);
    }
}

/* A size is known for RSA alone: CKA_MODULUS_BITS of an elliptic curve does not exist. */
static bool number_absent(const struct object *o, CK_ATTRIBUTE_TYPE type)
{
    return type == CKA_MODULUS_BITS && o->modulus_bits == 0;
}

CK_RV object_attribute(const struct object *o, CK_ATTRIBUTE_TYPE type, struct bytes *ret)
{
    const struct row *row = object_row(o, type);
    if (row == NULL)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    const void *field = (const char *)o + row->offset;
    struct bytes value = BYTES_NONE;
    switch (row->source) {
    case SECRET:
        return CKR_ATTRIBUTE_SENSITIVE;
    case FIXED:
        value = bytes_make(row->fixed, sizeof *row->fixed);
        break;
    case NUMBER:
        if (!number_absent(o, type))
            value = bytes_make(field, sizeof(CK_ULONG));
        break;
    case VIEW:
        memcpy(&value, field, sizeof value);
        break;
    }
    if (value.data == NULL)
        return CKR_ATTRIBUTE_TYPE_INVALID;
    *ret = value;
    return CKR_OK;
}

bool object_matches(const struct object *o, const CK_ATTRIBUTE *template, CK_ULONG count)
{
    for (CK_ULONG i = 0; i < count; i++) {
        struct bytes value;
        struct bytes wanted = bytes_make(template[i].pValue, template[i].ulValueLen);
        if (object_attribute(o, template[i].type, &value) != CKR_OK || !bytes_equal(value, wanted))
            return false;
    }
    return true;
}

static struct object *object_add(struct token *t, CK_OBJECT_CLASS class, struct bytes id,
                                 struct bytes label)
{
    struct object *o = &t->objects[t->object_count++];
    *o = (struct object){.class = class, .id = id, .label = label};
    return o;
}

static void cert_add(struct token *t, struct bytes id, struct bytes label,
                     const struct module_cert *cert)
{
    struct object *o = object_add(t, CKO_CERTIFICATE, id, label);
    o->cert_type = CKC_X_509;
    o->subject = cert->subject;
    o->issuer = cert->issuer;
    o->number = cert->number;
    o->value = cert->der;
}

static CK_ULONG bit_count(struct bytes number)
{
    CK_ULONG bits = number.size * 8;
    for (unsigned top = number.size > 0 ? number.data[0] : 0x80; top < 0x80; top <<= 1)
        bits--;
    return bits;
}

static void key_half_add(struct token *t, CK_OBJECT_CLASS class, const struct module_key *key)
{
    struct object *o = object_add(t, class, BYTES_OF(key->id), key->label);
    o->key = key;
    o->key_type = key->kind == MODULE_RSA ? CKK_RSA : CKK_EC;
    o->modulus = key->modulus;
    o->modulus_bits = bit_count(key->modulus);
    o->exponent = key->exponent;
    o->params = key->params;
    o->point = key->point;
    o->subject = key->cert.subject;
    o->mechanisms = mechanism_types(o->key_type);
}

static void objects_make(struct token *t)
{
    for (size_t i = 0; i < t->keys.key_count; i++) {
        const struct module_key *key = &t->keys.keys[i];
        key_half_add(t, CKO_PRIVATE_KEY, key);
        key_half_add(t, CKO_PUBLIC_KEY, key);
        if (key->cert.der.size > 0)
            cert_add(t, BYTES_OF(key->id), key->label, &key->cert);
    }
    for (size_t i = 0; i < t->keys.authority_count; i++) {
        const struct module_authority *a = &t->keys.authorities[i];
        cert_add(t, BYTES_OF(a->id), a->label, &a->cert);
    }
}

bool token_load(struct token **ret, struct link *l, const struct link_token *name, struct err *e)
{
    AUTO_VALUE(buf) out = BUF(MODULE_REQUEST_FRAME_MAX);
    AUTO(token) t = calloc(1, sizeof *t);
    struct frame frame;
    if (t == NULL)
        return err_set(e, ERR_MEMORY, "no memory for the token");
    t->name = *name;
    t->answer = FRAME_READER(MODULE_ANSWER_FRAME_MAX);
    module_list_put(&out);
    if (!buf_ok(&out, "the question for keys", e) ||
        !link_ask(l, buf_bytes(&out), LINK_SILENCE_MS, &t->answer, &frame, e))
        return false;
    if (frame.type != MODULE_KEYS)
        return err_set(e, ERR_INPUT, "the helper does not tell its keys");
    if (!module_keys_parse(&t->keys, frame.payload, e))
        return false;
    objects_make(t);
    *ret = TAKE(t);
    return true;
}

void token_free(struct token *t)
{
    if (t == NULL)
        return;
    frame_reader_done(&t->answer);
    free(t);
}

const struct object *token_object(const struct token *t, CK_OBJECT_HANDLE handle)
{
    if (handle == CK_INVALID_HANDLE || handle > t->object_count)
        return NULL;
    return &t->objects[handle - 1];
}
