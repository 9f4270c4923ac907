#include "token/module.h"

#include "base/clock.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MAX 1024
#define LABEL_SIZE 32 /* of CK_TOKEN_INFO, padded with blanks */
#define RETRY_MS 20

#ifndef __has_feature
#define __has_feature(x) 0
#endif

/* The sanitizers refuse RTLD_DEEPBIND, because it hides their malloc from the module. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MODULE_DLOPEN (RTLD_NOW | RTLD_LOCAL)
#else
#define MODULE_DLOPEN (RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)
#endif

struct module {
    CK_FUNCTION_LIST *calls;
};

/* --- codes --- */

struct code {
    CK_RV rv;
    const char *name;
};

#define CODE(name)                                                                                 \
    {                                                                                              \
        name, #name                                                                                \
    }

static const struct code codes[] = {
    CODE(CKR_OK),
    CODE(CKR_CANCEL),
    CODE(CKR_HOST_MEMORY),
    CODE(CKR_SLOT_ID_INVALID),
    CODE(CKR_GENERAL_ERROR),
    CODE(CKR_FUNCTION_FAILED),
    CODE(CKR_ARGUMENTS_BAD),
    CODE(CKR_NO_EVENT),
    CODE(CKR_NEED_TO_CREATE_THREADS),
    CODE(CKR_CANT_LOCK),
    CODE(CKR_ATTRIBUTE_READ_ONLY),
    CODE(CKR_ATTRIBUTE_SENSITIVE),
    CODE(CKR_ATTRIBUTE_TYPE_INVALID),
    CODE(CKR_ATTRIBUTE_VALUE_INVALID),
    CODE(CKR_ACTION_PROHIBITED),
    CODE(CKR_DATA_INVALID),
    CODE(CKR_DATA_LEN_RANGE),
    CODE(CKR_DEVICE_ERROR),
    CODE(CKR_DEVICE_MEMORY),
    CODE(CKR_DEVICE_REMOVED),
    CODE(CKR_ENCRYPTED_DATA_INVALID),
    CODE(CKR_ENCRYPTED_DATA_LEN_RANGE),
    CODE(CKR_FUNCTION_CANCELED),
    CODE(CKR_FUNCTION_NOT_PARALLEL),
    CODE(CKR_FUNCTION_NOT_SUPPORTED),
    CODE(CKR_KEY_HANDLE_INVALID),
    CODE(CKR_KEY_SIZE_RANGE),
    CODE(CKR_KEY_TYPE_INCONSISTENT),
    CODE(CKR_KEY_NOT_NEEDED),
    CODE(CKR_KEY_CHANGED),
    CODE(CKR_KEY_NEEDED),
    CODE(CKR_KEY_INDIGESTIBLE),
    CODE(CKR_KEY_FUNCTION_NOT_PERMITTED),
    CODE(CKR_KEY_NOT_WRAPPABLE),
    CODE(CKR_KEY_UNEXTRACTABLE),
    CODE(CKR_MECHANISM_INVALID),
    CODE(CKR_MECHANISM_PARAM_INVALID),
    CODE(CKR_OBJECT_HANDLE_INVALID),
    CODE(CKR_OPERATION_ACTIVE),
    CODE(CKR_OPERATION_NOT_INITIALIZED),
    CODE(CKR_PIN_INCORRECT),
    CODE(CKR_PIN_INVALID),
    CODE(CKR_PIN_LEN_RANGE),
    CODE(CKR_PIN_EXPIRED),
    CODE(CKR_PIN_LOCKED),
    CODE(CKR_SESSION_CLOSED),
    CODE(CKR_SESSION_COUNT),
    CODE(CKR_SESSION_HANDLE_INVALID),
    CODE(CKR_SESSION_PARALLEL_NOT_SUPPORTED),
    CODE(CKR_SESSION_READ_ONLY),
    CODE(CKR_SESSION_EXISTS),
    CODE(CKR_SESSION_READ_ONLY_EXISTS),
    CODE(CKR_SESSION_READ_WRITE_SO_EXISTS),
    CODE(CKR_SIGNATURE_INVALID),
    CODE(CKR_SIGNATURE_LEN_RANGE),
    CODE(CKR_TEMPLATE_INCOMPLETE),
    CODE(CKR_TEMPLATE_INCONSISTENT),
    CODE(CKR_TOKEN_NOT_PRESENT),
    CODE(CKR_TOKEN_NOT_RECOGNIZED),
    CODE(CKR_TOKEN_WRITE_PROTECTED),
    CODE(CKR_UNWRAPPING_KEY_SIZE_RANGE),
    CODE(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT),
    CODE(CKR_USER_ALREADY_LOGGED_IN),
    CODE(CKR_USER_NOT_LOGGED_IN),
    CODE(CKR_USER_PIN_NOT_INITIALIZED),
    CODE(CKR_USER_TYPE_INVALID),
    CODE(CKR_USER_ANOTHER_ALREADY_LOGGED_IN),
    CODE(CKR_USER_TOO_MANY_TYPES),
    CODE(CKR_WRAPPED_KEY_INVALID),
    CODE(CKR_WRAPPED_KEY_LEN_RANGE),
    CODE(CKR_WRAPPING_KEY_HANDLE_INVALID),
    CODE(CKR_WRAPPING_KEY_SIZE_RANGE),
    CODE(CKR_WRAPPING_KEY_TYPE_INCONSISTENT),
    CODE(CKR_RANDOM_SEED_NOT_SUPPORTED),
    CODE(CKR_RANDOM_NO_RNG),
    CODE(CKR_DOMAIN_PARAMS_INVALID),
    CODE(CKR_CURVE_NOT_SUPPORTED),
    CODE(CKR_BUFFER_TOO_SMALL),
    CODE(CKR_SAVED_STATE_INVALID),
    CODE(CKR_INFORMATION_SENSITIVE),
    CODE(CKR_STATE_UNSAVEABLE),
    CODE(CKR_CRYPTOKI_NOT_INITIALIZED),
    CODE(CKR_CRYPTOKI_ALREADY_INITIALIZED),
    CODE(CKR_MUTEX_BAD),
    CODE(CKR_MUTEX_NOT_LOCKED),
    CODE(CKR_NEW_PIN_MODE),
    CODE(CKR_NEXT_OTP),
    CODE(CKR_EXCEEDED_MAX_ITERATIONS),
    CODE(CKR_FIPS_SELF_TEST_FAILED),
    CODE(CKR_LIBRARY_LOAD_FAILED),
    CODE(CKR_PIN_TOO_WEAK),
    CODE(CKR_PUBLIC_KEY_INVALID),
    CODE(CKR_FUNCTION_REJECTED),
};

const char *module_code_name(CK_RV rv, char room[MODULE_CODE_ROOM])
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].rv == rv)
            return codes[i].name;
    (void)snprintf(room, MODULE_CODE_ROOM, "CKR 0x%lx", (unsigned long)rv);
    return room;
}

/* What to do about codes that people meet. */
static const struct {
    CK_RV rv;
    const char *hint;
} hints[] = {
    {CKR_DEVICE_MEMORY, "the token is full: destroy keys that are over, or give it more room"},
    {CKR_TOKEN_WRITE_PROTECTED, "the token is read-only: make it writable"},
    {CKR_SESSION_READ_ONLY, "the token is read-only: make it writable"},
    {CKR_DEVICE_REMOVED, "the token has gone: bring it back, the work goes on by itself"},
    {CKR_TOKEN_NOT_PRESENT, "the token has gone: bring it back, the work goes on by itself"},
};

bool module_error(struct err *e, const char *function, CK_RV rv)
{
    char room[MODULE_CODE_ROOM];
    (void)err_set(e, ERR_TOKEN, "%s: %s", function, module_code_name(rv, room));
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].rv == rv)
            (void)err_hint(e, "%s", hints[i].hint);
    return false;
}

/* --- opening --- */

static bool module_start(struct module *m, struct err *e)
{
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    CK_RV rv = m->calls->C_Initialize(&args);
    return rv == CKR_OK || module_error(e, "C_Initialize", rv);
}

/* dlsym gives an object pointer; POSIX promises that its bytes are those of the function's. */
static bool module_entry(CK_C_GetFunctionList *ret, void *library, struct err *e)
{
    void *symbol = dlsym(library, "C_GetFunctionList");
    if (symbol == NULL)
        return err_set(e, ERR_STATE, "it has no C_GetFunctionList: not a PKCS#11 module");
    memcpy(ret, &symbol, sizeof *ret);
    return true;
}

static bool module_load(CK_FUNCTION_LIST **ret, const char *path, struct err *e)
{
    void *library = dlopen(path, MODULE_DLOPEN);
    if (library == NULL)
        return err_set(e, ERR_STATE, "%s", dlerror());
    CK_C_GetFunctionList get_list = NULL;
    if (!module_entry(&get_list, library, e))
        return false;
    CK_FUNCTION_LIST *calls = NULL;
    CK_RV rv = get_list(&calls);
    if (rv != CKR_OK) {
        (void)module_error(e, "C_GetFunctionList", rv);
        return false;
    }
    if (calls == NULL || calls->version.major < 2)
        return err_set(e, ERR_STATE, "it does not offer the functions of PKCS#11 2.x");
    *ret = calls;
    return true;
}

bool module_open(struct module **ret, const char *path, struct err *e)
{
    if (path[0] != '/')
        return err_set(e, ERR_STATE, "PKCS#11 module %s: the path must be absolute", path);
    CK_FUNCTION_LIST *calls = NULL;
    if (!module_load(&calls, path, e))
        return err_wrap(e, "PKCS#11 module %s", path);
    struct module *m = malloc(sizeof *m);
    if (m == NULL)
        return err_set(e, ERR_MEMORY, "no memory for a PKCS#11 module");
    m->calls = calls;
    if (!module_start(m, e)) {
        free(m);
        return err_wrap(e, "PKCS#11 module %s", path);
    }
    *ret = m;
    return true;
}

void module_free(struct module *m)
{
    if (m == NULL)
        return;
    (void)m->calls->C_Finalize(NULL);
    free(m);
}

const CK_FUNCTION_LIST *module_calls(const struct module *m)
{
    return m->calls;
}

bool module_restart(struct module *m, struct err *e)
{
    (void)m->calls->C_Finalize(NULL);
    return module_start(m, e);
}

/* --- finding the token --- */

static bool label_fits(const CK_TOKEN_INFO *info, const char *label)
{
    size_t size = LABEL_SIZE;
    while (size > 0 && info->label[size - 1] == ' ')
        size--;
    return size == strlen(label) && memcmp(info->label, label, size) == 0;
}

static bool slots_list(CK_SLOT_ID *ret, CK_ULONG *ret_count, const struct module *m, struct err *e)
{
    CK_ULONG count = SLOTS_MAX;
    CK_RV rv = m->calls->C_GetSlotList(CK_TRUE, ret, &count);
    if (rv != CKR_OK)
        return module_error(e, "C_GetSlotList", rv);
    if (count > SLOTS_MAX)
        return err_set(e, ERR_LIMIT, "the module has more than %d slots", SLOTS_MAX);
    *ret_count = count;
    return true;
}

/* Counts the tokens with that label among what the module shows now; a slot that cannot be asked
 * is one whose token is just being taken away or rewritten. */
static bool tokens_match(CK_SLOT_ID *ret, unsigned *ret_found, const struct module *m,
                         const char *label, struct err *e)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = 0;
    if (!slots_list(slots, &count, m, e))
        return false;
    *ret_found = 0;
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        if (m->calls->C_GetTokenInfo(slots[i], &info) != CKR_OK)
            continue;
        if ((info.flags & CKF_TOKEN_INITIALIZED) == 0 || !label_fits(&info, label))
            continue;
        *ret = slots[i];
        ++*ret_found;
    }
    return true;
}

void module_pause(void)
{
    int64_t end = clock_monotonic_ms() + RETRY_MS;
    while (!clock_sleep_until(end))
        continue;
}

bool module_find_token(CK_SLOT_ID *ret, struct module *m, const char *label, unsigned tries,
                       struct err *e)
{
    if (label[0] == '\0' || strlen(label) > LABEL_SIZE)
        return err_set(e, ERR_INPUT, "a token label has 1 to %d bytes", LABEL_SIZE);
    for (unsigned i = 0; i <= tries; i++) {
        if (i > 0) {
            module_pause();
            if (!module_restart(m, e))
                return false;
        }
        CK_SLOT_ID slot = 0;
        unsigned found = 0;
        if (!tokens_match(&slot, &found, m, label, e))
            return false;
        if (found > 1)
            return err_set(e, ERR_CONFLICT, "%u tokens have the label %s", found, label);
        if (found == 1) {
            *ret = slot;
            return true;
        }
    }
    err_set(e, ERR_NOT_FOUND, "no token has the label %s", label);
    return err_hint(e, "is it plugged in, and does the module read the settings that you mean?");
}
