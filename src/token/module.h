/*
 * A vendor's PKCS#11 module, opened with dlopen, and the token of a given label in it.
 *
 * The module is loaded so that it prefers its own symbols (a vendor may carry its own OpenSSL), and
 * initialised once: a process opens one module for one token, which is why the token room works in
 * processes of its own. Closing finalises it; the library stays mapped until the process ends,
 * because many modules do not survive being unloaded.
 *
 * Threads: one at a time. Does NOT log in, keep sessions or know keys: see handle.h.
 *
 * Errors are ERR_TOKEN and carry the name of the function and of the CKR code; ERR_STATE is a
 * module that cannot be loaded at all, which no second try will change. Source: PKCS#11 2.40,
 * sections 5.4 and 5.5.
 */
#ifndef SEALWARD_TOKEN_MODULE_H
#define SEALWARD_TOKEN_MODULE_H

#include "base/auto.h"
#include "base/bytes.h"
#include "base/err.h"

#include <p11-kit/pkcs11.h>

struct module;

/* Loads the module (an absolute path) and calls C_Initialize. */
CHECKED bool module_open(struct module **ret, const char *path, struct err *e);
void module_free(struct module *m);
AUTO_FREE(module)

/* The function table; valid until module_free. */
const CK_FUNCTION_LIST *module_calls(const struct module *m);

/* C_Finalize and C_Initialize: the only way in which some modules see a token again that went away.
 * All sessions and handles are gone afterwards. */
CHECKED bool module_restart(struct module *m, struct err *e);

/* The slot whose token has that label. A token that is not there is asked for again for up to
 * `tries` times, 20 ms apart, starting the module anew in between: SoftHSM rewrites a token's file
 * at each login, and a process that starts at that moment does not see the token. ERR_NOT_FOUND if
 * it stays away, ERR_CONFLICT if two tokens have the label. */
CHECKED bool module_find_token(CK_SLOT_ID *ret, struct module *m, const char *label, unsigned tries,
                               struct err *e);

/* Bytes as a parameter that the interface does not call const although nothing is written to it. */
static inline CK_BYTE_PTR module_input(struct bytes bytes)
{
    union {
        const uint8_t *given;
        CK_BYTE_PTR taken;
    } pointer = {.given = bytes.data};
    return pointer.taken;
}

/* Waits those 20 ms. */
void module_pause(void);

/* "CKR_DEVICE_REMOVED"; for a code that PKCS#11 does not know, "CKR 0x80000001" in `room`. */
#define MODULE_CODE_ROOM 32
const char *module_code_name(CK_RV rv, char room[MODULE_CODE_ROOM]);

/* ERR_TOKEN "<function>: <name of the code>", with a hint for what people can mend. Returns false.
 */
bool module_error(struct err *e, const char *function, CK_RV rv);

#endif
