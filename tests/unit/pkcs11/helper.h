/*
 * A helper in a thread of the test, for the module that is linked into it. Its signatures are no
 * signatures: they repeat a checksum of what was asked, so that a test can tell whose answer came
 * to whom.
 */
#ifndef SEALWARD_TESTS_UNIT_PKCS11_HELPER_H
#define SEALWARD_TESTS_UNIT_PKCS11_HELPER_H

#include "unit/ok.h"

#include <p11-kit/pkcs11.h>

#include "wire/module.h"

enum helper_mode {
    HELPER_SIGN,
    HELPER_HOLD, /* answers SIGN when the mode changes */
    HELPER_REJECT,
    HELPER_UNAVAILABLE,
    HELPER_UNFIT,
    HELPER_CLOSE,     /* closes the connection at SIGN */
    HELPER_SHORT,     /* a signature of the wrong size */
    HELPER_TWICE,     /* two answers to one question */
    HELPER_GARBAGE,   /* an answer of an unknown type to everything */
    HELPER_STRANGER,  /* greets with a version that the module does not speak */
    HELPER_OTHER_ONE, /* greets with another serial number */
};

/* Starts it under a fresh path and sets SEALWARD_HELPER; stops it and joins its threads. */
void helper_start(void);
void helper_stop(void);

void helper_mode(enum helper_mode mode);

/* Since the start: connections that came, and SIGN questions. */
unsigned helper_connections(void);
unsigned helper_signs(void);

/* Waits until so many SIGN questions have come. */
void helper_await_signs(unsigned count);

/* The last SIGN, its bytes left out. */
struct module_sign helper_last(void);

/* What the helper answers for such a question. */
void helper_signature(uint8_t *ret, size_t size, enum module_family family,
                      enum module_digest digest, struct bytes whole);

/* --- The token it serves: a P-256 key and an RSA-2048 key with certificates, a P-384 key without,
 * and one authority. Labels "p256", "rsa", "p384", "Issuing CA". --- */

extern const struct module_keys helper_keys;

/* --- The module, initialised, with a session. Ends the test if it is not so. --- */

CK_FUNCTION_LIST *module_list(void);
CK_SESSION_HANDLE module_session(void);
CK_OBJECT_HANDLE module_find(CK_SESSION_HANDLE session, CK_OBJECT_CLASS class, const char *label);

#define ok_rv(call, want) assert_int_equal((call), (want))

#endif
