#include "token/keys.h"

#include "pki/key.h"
#include "token/object.h"

#include <string.h>

#define RSA_BITS 3072
#define NUMBER_MAX 1024 /* bytes of an attribute that holds a number or a point */
#define SAME_LABEL_MAX 8

static const uint8_t oid_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t oid_ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static CK_BBOOL yes = CK_TRUE;
static CK_BBOOL no = CK_FALSE;

#define FLAG(name, value)                                                                          \
    {                                                                                              \
        (name), &(value), sizeof(CK_BBOOL)                                                         \
    }
#define VALUE(name, bytes)                                                                         \
    {                                                                                              \
        (name), module_input(bytes), (CK_ULONG)(bytes).size                                        \
    }
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- reading --- */

/* CKA_EC_POINT is an OCTET STRING around the point (PKCS#11 2.40 section 2.3.3); some tokens leave
 * the wrapping out. `size` is the point's. */
static struct bytes point_unwrap(struct bytes value, size_t size)
{
    if (value.size == size + 2 && value.data[0] == 0x04 && value.data[1] == size)
        return bytes_make(value.data + 2, size);
    return value;
}

static bool spki_point(struct buf *spki, enum key_kind kind, struct object_run *run,
                       CK_OBJECT_HANDLE public, struct arena *a, struct err *e)
{
    struct bytes point;
    if (!object_bytes(&point, run, public, CKA_EC_POINT, NUMBER_MAX, a, e))
        return false;
    if (kind == KEY_P256)
        spki_put_p256(spki, point_unwrap(point, KEY_P256_POINT_SIZE));
    else
        spki_put_ed25519(spki, point_unwrap(point, KEY_ED25519_SIZE));
    return true;
}

static bool spki_rsa(struct buf *spki, struct object_run *run, CK_OBJECT_HANDLE public,
                     struct arena *a, struct err *e)
{
    struct bytes modulus;
    struct bytes exponent;
    if (!object_bytes(&modulus, run, public, CKA_MODULUS, NUMBER_MAX, a, e) ||
        !object_bytes(&exponent, run, public, CKA_PUBLIC_EXPONENT, NUMBER_MAX, a, e))
        return false;
    spki_put_rsa(spki, modulus, exponent);
    return true;
}

/* The SPKI that a public key object tells, appended; nothing if it is no key that pki knows. */
static bool spki_build(struct buf *spki, struct object_run *run, CK_OBJECT_HANDLE public,
                       struct arena *a, struct err *e)
{
    CK_ULONG type;
    if (!object_number(&type, run, public, CKA_KEY_TYPE, e))
        return false;
    return type == CKK_RSA          ? spki_rsa(spki, run, public, a, e)
           : type == CKK_EC         ? spki_point(spki, KEY_P256, run, public, a, e)
           : type == CKK_EC_EDWARDS ? spki_point(spki, KEY_ED25519, run, public, a, e)
                                    : true;
}

/* Fills in kind and SPKI if the public key is one that Sealward can use. */
static bool public_describe(struct keys_key *key, struct object_run *run, CK_OBJECT_HANDLE public,
                            struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    if (!spki_build(&spki, run, public, a, e))
        return false;
    AUTO(pubkey) parsed = NULL;
    struct err unusable;
    if (spki.failed || !pubkey_parse(&parsed, buf_bytes(&spki), &unusable))
        return true;
    key->spki = arena_copy(a, buf_bytes(&spki));
    if (key->spki.data == NULL)
        return err_set(e, ERR_LIMIT, "the keys of the token take too much memory");
    key->kind = pubkey_kind(parsed);
    key->usable = true;
    return true;
}

struct attribute_row {
    CK_ATTRIBUTE_TYPE type;
    unsigned bit;
    bool absent; /* what silence means: always the worse */
};

static const struct attribute_row attribute_rows[] = {
    {CKA_SENSITIVE, KEYS_SENSITIVE, false},
    {CKA_EXTRACTABLE, KEYS_EXTRACTABLE, true},
    {CKA_ALWAYS_SENSITIVE, KEYS_ALWAYS_SENSITIVE, false},
    {CKA_NEVER_EXTRACTABLE, KEYS_NEVER_EXTRACTABLE, false},
    {CKA_LOCAL, KEYS_LOCAL, false},
    {CKA_SIGN, KEYS_SIGN, false},
    /* Not every kind of key has these at all. */
    {CKA_DECRYPT, KEYS_OTHER_USE, false},
    {CKA_UNWRAP, KEYS_OTHER_USE, false},
    {CKA_DERIVE, KEYS_OTHER_USE, false},
    {CKA_SIGN_RECOVER, KEYS_OTHER_USE, false},
};

static bool attributes_read(unsigned *ret, struct object_run *run, CK_OBJECT_HANDLE private,
                            struct err *e)
{
    unsigned bits = 0;
    for (size_t i = 0; i < COUNT(attribute_rows); i++) {
        const struct attribute_row *row = &attribute_rows[i];
        bool set;
        if (!object_flag(&set, run, private, row->type, row->absent, e))
            return false;
        bits |= set ? row->bit : 0;
    }
    *ret = bits;
    return true;
}

/* `public` may be CK_INVALID_HANDLE. */
static bool key_describe(struct keys_key *ret, struct object_run *run, CK_OBJECT_HANDLE private,
                         CK_OBJECT_HANDLE public, struct arena *a, struct err *e)
{
    struct keys_key key = {.usable = false};
    if (!object_bytes(&key.id, run, private, CKA_ID, KEYS_ID_MAX, a, e) ||
        !object_bytes(&key.label, run, private, CKA_LABEL, KEYS_LABEL_MAX, a, e) ||
        !attributes_read(&key.attributes, run, private, e))
        return false;
    if (public != CK_INVALID_HANDLE && !public_describe(&key, run, public, a, e))
        return false;
    *ret = key;
    return true;
}

static bool find_by(CK_OBJECT_HANDLE *ret, size_t *ret_count, size_t max, struct object_run *run,
                    CK_OBJECT_CLASS class, CK_ATTRIBUTE_TYPE type, struct bytes value,
                    struct err *e)
{
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, VALUE(type, value)};
    return object_find(ret, ret_count, max, run, template, COUNT(template), e);
}

/* The public key with the private key's id; CK_INVALID_HANDLE if there is not exactly one. */
static bool public_of(CK_OBJECT_HANDLE *ret, struct object_run *run, struct bytes id, struct err *e)
{
    CK_OBJECT_HANDLE found[SAME_LABEL_MAX];
    size_t count = 0;
    if (id.size > 0 && !find_by(found, &count, SAME_LABEL_MAX, run, CKO_PUBLIC_KEY, CKA_ID, id, e))
        return false;
    *ret = count == 1 ? found[0] : CK_INVALID_HANDLE;
    return true;
}

static bool list_once(struct keys_list *ret, struct object_run *run, CK_OBJECT_HANDLE *objects,
                      struct arena *a, struct err *e)
{
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}};
    size_t count = 0;
    if (!object_find(objects, &count, KEYS_MAX, run, template, COUNT(template), e))
        return false;
    struct keys_key *keys = arena_alloc(a, (count + 1) * sizeof *keys);
    if (keys == NULL)
        return err_set(e, ERR_LIMIT, "the keys of the token take too much memory");
    for (size_t i = 0; i < count; i++) {
        struct bytes id;
        CK_OBJECT_HANDLE public;
        if (!object_bytes(&id, run, objects[i], CKA_ID, KEYS_ID_MAX, a, e) ||
            !public_of(&public, run, id, e) ||
            !key_describe(&keys[i], run, objects[i], public, a, e))
            return false;
    }
    *ret = (struct keys_list){.items = keys, .count = count};
    return true;
}

/* After a failure of step `i`: is it worth to begin anew? */
static bool run_again(struct object_run *run, unsigned i)
{
    return run->rv != CKR_OK && handle_lost(run->h, run->rv) && i == 0;
}

bool keys_list(struct keys_list *ret, struct handle *h, struct arena *a, struct err *e)
{
    CK_OBJECT_HANDLE *objects = arena_alloc(a, KEYS_MAX * sizeof *objects);
    if (objects == NULL)
        return err_set(e, ERR_LIMIT, "no memory for the list of keys");
    for (unsigned i = 0;; i++) {
        struct object_run run = {.h = h, .rv = CKR_OK};
        if (!handle_ready(h, e))
            return false;
        if (list_once(ret, &run, objects, a, e))
            return true;
        if (!run_again(&run, i))
            return err_wrap(e, "listing the keys of the token");
    }
}

static bool label_check(struct bytes label, struct err *e)
{
    return (label.size > 0 && label.size <= KEYS_LABEL_MAX) ||
           err_set(e, ERR_INPUT, "a key's label has 1 to %d bytes", KEYS_LABEL_MAX);
}

/* --- destroying --- */

static bool objects_destroy(struct object_run *run, const CK_OBJECT_HANDLE *objects, size_t count,
                            struct err *e)
{
    for (size_t i = 0; i < count; i++) {
        CK_RV rv = handle_calls(run->h)->C_DestroyObject(handle_session(run->h), objects[i]);
        if (rv != CKR_OK)
            return object_fail(run, e, "C_DestroyObject", rv);
    }
    return true;
}

/* Everything that has the attribute goes, whatever its class; *found becomes true if anything had
 * it, also where what follows fails. The second search is the proof. */
static bool destroy_by(bool *found, struct object_run *run, CK_ATTRIBUTE_TYPE type,
                       struct bytes value, struct err *e)
{
    CK_ATTRIBUTE template[] = {VALUE(type, value)};
    CK_OBJECT_HANDLE objects[SAME_LABEL_MAX];
    size_t count = 0;
    size_t left = 0;
    if (!object_find(objects, &count, SAME_LABEL_MAX, run, template, COUNT(template), e))
        return false;
    *found = *found || count > 0;
    if (!objects_destroy(run, objects, count, e) ||
        !object_find(objects, &left, SAME_LABEL_MAX, run, template, COUNT(template), e))
        return false;
    return left == 0 || err_set(e, ERR_TOKEN,
                                "C_DestroyObject succeeded, but %zu objects are still there", left);
}

bool keys_destroy(bool *ret_found, struct handle *h, struct bytes id, struct bytes label,
                  struct err *e)
{
    if (id.size != HANDLE_ID_SIZE)
        return err_set(e, ERR_INPUT, "a key id has %d bytes, not %zu", HANDLE_ID_SIZE, id.size);
    if (!label_check(label, e))
        return false;
    bool found = false;
    for (unsigned i = 0;; i++) {
        struct object_run run = {.h = h, .rv = CKR_OK};
        if (!handle_ready(h, e))
            return false;
        if (destroy_by(&found, &run, CKA_ID, id, e) &&
            destroy_by(&found, &run, CKA_LABEL, label, e)) {
            *ret_found = found;
            handle_forget(h);
            return true;
        }
        if (!run_again(&run, i))
            return err_wrap(e, "destroying a key of the token");
    }
}

/* --- making --- */

static CK_MECHANISM_TYPE generator(enum key_kind kind)
{
    return kind == KEY_RSA    ? CKM_RSA_PKCS_KEY_PAIR_GEN
           : kind == KEY_P256 ? CKM_EC_KEY_PAIR_GEN
                              : CKM_EC_EDWARDS_KEY_PAIR_GEN;
}

static CK_RV pair_make(const struct handle *h, enum key_kind kind, struct bytes label)
{
    static const uint8_t exponent[] = {0x01, 0x00, 0x01};
    struct bytes curve = kind == KEY_P256 ? BYTES_OF(oid_p256) : BYTES_OF(oid_ed25519);
    CK_ULONG bits = RSA_BITS;
    CK_ATTRIBUTE for_public[] = {
        FLAG(CKA_TOKEN, yes),
        FLAG(CKA_PRIVATE, no),
        FLAG(CKA_VERIFY, yes),
        VALUE(CKA_LABEL, label),
        VALUE(CKA_EC_PARAMS, curve), /* RSA puts its own two in its place */
        VALUE(CKA_PUBLIC_EXPONENT, BYTES_OF(exponent)),
    };
    CK_ATTRIBUTE for_private[] = {
        FLAG(CKA_TOKEN, yes),      FLAG(CKA_PRIVATE, yes),     FLAG(CKA_SENSITIVE, yes),
        FLAG(CKA_EXTRACTABLE, no), FLAG(CKA_SIGN, yes),        FLAG(CKA_DECRYPT, no),
        FLAG(CKA_UNWRAP, no),      FLAG(CKA_SIGN_RECOVER, no), FLAG(CKA_DERIVE, no),
        VALUE(CKA_LABEL, label),
    };
    CK_ULONG public_count = COUNT(for_public) - 1;
    if (kind == KEY_RSA) {
        for_public[4] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &bits, sizeof bits};
        public_count = COUNT(for_public);
    }
    CK_MECHANISM mechanism = {.mechanism = generator(kind)};
    CK_OBJECT_HANDLE public = CK_INVALID_HANDLE;
    CK_OBJECT_HANDLE private = CK_INVALID_HANDLE;
    return handle_calls(h)->C_GenerateKeyPair(handle_session(h), &mechanism, for_public,
                                              public_count, for_private, COUNT(for_private),
                                              &public, &private);
}

/* The objects under a label: at most one of each, or something is wrong. */
struct pair {
    CK_OBJECT_HANDLE public;
    CK_OBJECT_HANDLE private;
};

static bool pair_half(CK_OBJECT_HANDLE *ret, struct object_run *run, CK_OBJECT_CLASS class,
                      struct bytes label, struct err *e)
{
    CK_OBJECT_HANDLE found[SAME_LABEL_MAX];
    size_t count = 0;
    if (!find_by(found, &count, SAME_LABEL_MAX, run, class, CKA_LABEL, label, e))
        return false;
    if (count > 1)
        return err_set(e, ERR_CONFLICT, "the token has %zu keys with the label %.*s", count,
                       BYTES_PRINT(label));
    *ret = count == 1 ? found[0] : CK_INVALID_HANDLE;
    return true;
}

static bool pair_find(struct pair *ret, struct object_run *run, struct bytes label, struct err *e)
{
    return pair_half(&ret->public, run, CKO_PUBLIC_KEY, label, e) &&
           pair_half(&ret->private, run, CKO_PRIVATE_KEY, label, e);
}

static bool id_set(struct object_run *run, CK_OBJECT_HANDLE object, struct bytes id, struct err *e)
{
    CK_ATTRIBUTE template[] = {VALUE(CKA_ID, id)};
    CK_RV rv = handle_calls(run->h)->C_SetAttributeValue(handle_session(run->h), object, template,
                                                         COUNT(template));
    return rv == CKR_OK || object_fail(run, e, "C_SetAttributeValue", rv);
}

/* A half that was left by a try that ended in the middle is cleared away, but never a private key
 * that has its id: it was complete once. */
static bool pair_clear_half(struct pair *pair, struct object_run *run, struct bytes label,
                            struct arena *a, struct err *e)
{
    if ((pair->private == CK_INVALID_HANDLE) == (pair->public == CK_INVALID_HANDLE))
        return true;
    struct bytes id = BYTES_NONE;
    if (pair->private != CK_INVALID_HANDLE &&
        !object_bytes(&id, run, pair->private, CKA_ID, KEYS_ID_MAX, a, e))
        return false;
    if (id.size == HANDLE_ID_SIZE)
        return err_set(e, ERR_CONFLICT, "the key %.*s has lost its public key on the token",
                       BYTES_PRINT(label));
    bool found = false;
    if (!destroy_by(&found, run, CKA_LABEL, label, e))
        return false;
    *pair = (struct pair){.public = CK_INVALID_HANDLE, .private = CK_INVALID_HANDLE};
    return true;
}

static bool attributes_judge(struct object_run *run, const struct keys_key *key, struct bytes label,
                             struct err *e)
{
    if ((key->attributes & KEYS_REQUIRED) == KEYS_REQUIRED &&
        (key->attributes & KEYS_FORBIDDEN) == 0)
        return true;
    bool found = false;
    if (!destroy_by(&found, run, CKA_LABEL, label, e))
        return false;
    err_refuse(e, "token.extractable",
               "the key %.*s reads back with attributes 0x%02x: it could leave the token, or do "
               "more than sign; it was destroyed",
               BYTES_PRINT(label), key->attributes);
    return err_hint(e, "use a token whose keys are sensitive, never extractable and for signing "
                       "alone");
}

static bool kind_judge(const struct keys_key *key, enum key_kind kind, struct bytes label,
                       struct err *e)
{
    if (!key->usable)
        return err_set(e, ERR_TOKEN, "the token does not tell the public key of %.*s",
                       BYTES_PRINT(label));
    AUTO(pubkey) parsed = NULL;
    if (!pubkey_parse(&parsed, key->spki, e))
        return false;
    if (key->kind != kind || (kind == KEY_RSA && pubkey_bits(parsed) != RSA_BITS))
        return err_set(e, ERR_CONFLICT, "the key %.*s on the token is of another kind or size",
                       BYTES_PRINT(label));
    return true;
}

/* Checks what was made, then gives it its id, the private key last. */
static bool pair_complete(struct keys_key *ret, struct object_run *run, const struct pair *pair,
                          enum key_kind kind, struct bytes label, struct arena *a, struct err *e)
{
    struct keys_key key;
    if (!key_describe(&key, run, pair->private, pair->public, a, e) ||
        !attributes_judge(run, &key, label, e) || !kind_judge(&key, kind, label, e))
        return false;
    uint8_t hash[HANDLE_ID_SIZE];
    pubkey_spki_sha256(hash, key.spki);
    struct bytes id = BYTES_OF(hash);
    if (!bytes_equal(key.id, id) &&
        (!id_set(run, pair->public, id, e) || !id_set(run, pair->private, id, e) ||
         !object_bytes(&key.id, run, pair->private, CKA_ID, KEYS_ID_MAX, a, e)))
        return false;
    if (!bytes_equal(key.id, id))
        return err_set(e, ERR_TOKEN, "the token does not keep the id that it was given");
    *ret = key;
    return true;
}

static bool generate_once(struct keys_key *ret, bool *ret_found, struct object_run *run,
                          enum key_kind kind, struct bytes label, struct arena *a, struct err *e)
{
    struct pair pair;
    if (!pair_find(&pair, run, label, e) || !pair_clear_half(&pair, run, label, a, e))
        return false;
    bool found = pair.private != CK_INVALID_HANDLE;
    if (!found) {
        CK_RV rv = pair_make(run->h, kind, label);
        if (rv != CKR_OK)
            return object_fail(run, e, "C_GenerateKeyPair", rv);
        if (!pair_find(&pair, run, label, e))
            return false;
    }
    if (pair.private == CK_INVALID_HANDLE || pair.public == CK_INVALID_HANDLE)
        return err_set(e, ERR_TOKEN, "C_GenerateKeyPair succeeded, but the keys are not there");
    if (!pair_complete(ret, run, &pair, kind, label, a, e))
        return false;
    *ret_found = found;
    return true;
}

bool keys_generate(struct keys_key *ret, bool *ret_found, struct handle *h, enum key_kind kind,
                   struct bytes label, struct arena *a, struct err *e)
{
    if (!label_check(label, e))
        return false;
    for (unsigned i = 0;; i++) {
        struct object_run run = {.h = h, .rv = CKR_OK};
        if (!handle_ready(h, e))
            return false;
        if (generate_once(ret, ret_found, &run, kind, label, a, e))
            return true;
        if (!run_again(&run, i))
            return err_wrap(e, "making a key on the token");
    }
}
