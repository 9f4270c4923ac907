/*
 * The mock token's objects: files in MOCK_DIR, so that all processes see the same. Handles are the
 * numbers of the files and are never used again.
 */
#ifndef SEALWARD_TESTS_MOCK_STORE_H
#define SEALWARD_TESTS_MOCK_STORE_H

#include "base/buf.h"
#include "pki/openssl.h"

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#define STORE_MAX 64

struct object {
    bool private;
    bool extractable;
    struct buf label;
    struct buf id;
    struct buf key; /* DER: PrivateKeyInfo or SubjectPublicKeyInfo */
};

void object_done(struct object *o);
AUTO_DONE(object)

bool store_load(struct object *ret, CK_OBJECT_HANDLE handle);
bool store_save(const struct object *o, CK_OBJECT_HANDLE handle);
bool store_remove(CK_OBJECT_HANDLE handle);

/* A handle that no object has had. */
CK_OBJECT_HANDLE store_next(void);

/* The object's key, for the caller to free; NULL if it cannot be read. */
EVP_PKEY *object_key(const struct object *o);

/* The attribute's value appended; false if such an object does not have it or does not show it. */
bool object_attribute(struct buf *ret, const struct object *o, CK_ATTRIBUTE_TYPE type);

#endif
