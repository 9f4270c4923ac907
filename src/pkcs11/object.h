/*
 * What the token shows: for each key a private key, a public key and, where there is one, its
 * certificate, all with the same CKA_ID and CKA_LABEL; and the chain's certificates under ids of
 * their own. Loaded from the helper once, then constant, so that the rest may read it freely.
 *
 * A handle is a place in the list plus one. All views in an object point into the token.
 */
#ifndef SEALWARD_PKCS11_OBJECT_H
#define SEALWARD_PKCS11_OBJECT_H

#include <p11-kit/pkcs11.h>

#include "pkcs11/link.h"
#include "wire/module.h"

enum { OBJECTS_MAX = 3 * MODULE_KEYS_MAX + MODULE_AUTHORITIES_MAX };

struct object {
    CK_OBJECT_CLASS class;
    CK_KEY_TYPE key_type;
    CK_CERTIFICATE_TYPE cert_type;
    CK_ULONG modulus_bits;
    struct bytes id;
    struct bytes label;
    struct bytes modulus;
    struct bytes exponent;
    struct bytes params;
    struct bytes point;
    struct bytes mechanisms; /* CK_MECHANISM_TYPE array */
    struct bytes subject;
    struct bytes issuer;
    struct bytes number;
    struct bytes value;
    const struct module_key *key; /* NULL for a chain certificate */
};

struct token {
    struct link_token name;
    struct frame_reader answer; /* owns the bytes that everything else views */
    struct module_keys keys;
    size_t object_count;
    struct object objects[OBJECTS_MAX];
};

/* Asks the helper for its keys. The link can go on being used after a success. */
CHECKED bool token_load(struct token **ret, struct link *l, const struct link_token *name,
                        struct err *e);
void token_free(struct token *t);
AUTO_FREE(token)

/* NULL for a handle that nobody has given out. */
const struct object *token_object(const struct token *t, CK_OBJECT_HANDLE handle);

/* The attribute's value: CKR_OK, CKR_ATTRIBUTE_SENSITIVE or CKR_ATTRIBUTE_TYPE_INVALID. */
CK_RV object_attribute(const struct object *o, CK_ATTRIBUTE_TYPE type, struct bytes *ret);

/* True if the object has every attribute of the template with just that value. */
bool object_matches(const struct object *o, const CK_ATTRIBUTE *template, CK_ULONG count);

#endif
