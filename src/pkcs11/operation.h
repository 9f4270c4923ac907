/*
 * One signature in the making. It is a value that a thread takes out of its session and works on
 * without the lock: it holds copies, no pointers into the state.
 */
#ifndef SEALWARD_PKCS11_OPERATION_H
#define SEALWARD_PKCS11_OPERATION_H

#include "pkcs11/link.h"
#include "pkcs11/mechanism.h"

struct operation {
    const struct mechanism *mechanism; /* NULL: no operation */
    uint8_t key[MODULE_ID_SIZE];
    CK_CHAR serial[16];    /* of the token; a helper with another one is not asked */
    size_t signature_size; /* fixed by the key */
    bool multipart;        /* C_SignUpdate has been called */
    struct link link;      /* the helper holds the first part of the data behind it, or LINK_NONE */
    struct buf pending;    /* data that has not been sent yet */
};

#define OPERATION_NONE ((struct operation){.mechanism = NULL, .link = LINK_NONE})

void operation_start(struct operation *ret, const struct mechanism *m, const struct module_key *key,
                     const struct link_token *token);

/* Ends it; closes its link if it still has one. */
void operation_done(struct operation *o);
AUTO_DONE(operation)

/* Adds data; sends what is more than one message's worth. For mechanisms that hash. */
CK_RV operation_add(struct operation *o, struct bytes data);

/* Asks for the signature, over what has been added (mechanisms that hash) or over `given` (bare
 * ones), and waits as long as it takes. `ret` has room for signature_size. */
CK_RV operation_sign(struct operation *o, struct bytes given, uint8_t *ret);

#endif
