#include "token/handle.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define FIND_TRIES 10 /* times 20 ms: a token that is being rewritten is back long before */
#define CONNECT_TRIES 5
#define AWAY_MS 250

struct cached {
    uint8_t id[HANDLE_ID_SIZE];
    struct handle_key key;
};

struct handle {
    struct module *module;
    char *label;
    const struct secret *pin;
    bool open;          /* session and login stand */
    bool stale;         /* the module must be started anew before the token is looked for */
    bool refused;       /* the token refused the PIN: never again */
    int64_t away_until; /* until then the last failure to open is the answer */
    struct err away;
    CK_SESSION_HANDLE session;
    size_t cached;
    struct cached cache[HANDLE_KEYS_MAX];
};

static bool pin_is_refused(CK_RV rv)
{
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE ||
           rv == CKR_PIN_EXPIRED || rv == CKR_PIN_LOCKED;
}

static bool pin_error(struct err *e, const struct handle *h, CK_RV rv)
{
    char room[MODULE_CODE_ROOM];
    err_refuse(e, HANDLE_RULE_PIN, "token %s refuses the PIN: %s", h->label,
               module_code_name(rv, room));
    return err_hint(e, "it is not tried again, because wrong ones lock the token: correct the PIN "
                       "and start anew");
}

static bool handle_login(struct handle *h, CK_SESSION_HANDLE session, struct err *e)
{
    struct bytes pin = secret_bytes(h->pin);
    CK_RV rv = handle_calls(h)->C_Login(session, CKU_USER, module_input(pin), (CK_ULONG)pin.size);
    if (rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN)
        return true;
    if (!pin_is_refused(rv))
        return module_error(e, "C_Login", rv);
    h->refused = true;
    return pin_error(e, h, rv);
}

static bool handle_connect(struct handle *h, struct err *e)
{
    CK_SLOT_ID slot = 0;
    if (!module_find_token(&slot, h->module, h->label, FIND_TRIES, e))
        return false;
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    CK_RV rv = handle_calls(h)->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
                                              &session);
    if (rv != CKR_OK)
        return module_error(e, "C_OpenSession", rv);
    if (!handle_login(h, session, e)) {
        (void)handle_calls(h)->C_CloseSession(session);
        return false;
    }
    h->session = session;
    h->open = true;
    return true;
}

/* A module whose token is being rewritten by another process may fail in any of these calls, so
 * all but a refused PIN and a token that is not there are tried again, from a new start. */
static bool handle_reopen(struct handle *h, struct err *e)
{
    for (unsigned i = 0; i < CONNECT_TRIES; i++) {
        if (h->stale && !module_restart(h->module, e))
            return false;
        h->stale = true;
        if (handle_connect(h, e))
            return true;
        if (h->refused || e->code != ERR_TOKEN)
            return false;
        module_pause();
    }
    return false;
}

bool handle_ready(struct handle *h, struct err *e)
{
    if (h->open)
        return true;
    if (h->refused)
        return pin_error(e, h, CKR_PIN_INCORRECT);
    if (clock_monotonic_ms() < h->away_until) {
        *e = h->away;
        return false;
    }
    struct err why;
    if (handle_reopen(h, &why))
        return true;
    *e = why;
    if (h->refused)
        return false;
    err_wrap(e, "token %s", h->label);
    e->code =
        e->code == ERR_NOT_FOUND ? ERR_TOKEN : e->code; /* a key may be "not found", not this */
    h->away = *e;
    h->away_until = clock_monotonic_ms() + AWAY_MS;
    return false;
}

bool handle_open(struct handle **ret, const char *module_path, const char *token_label,
                 const struct secret *pin, struct err *e)
{
    AUTO(handle) h = calloc(1, sizeof *h);
    char *label = strdup(token_label);
    if (h == NULL || label == NULL) {
        free(label);
        return err_set(e, ERR_MEMORY, "no memory for an open token");
    }
    h->label = label;
    h->pin = pin;
    if (!module_open(&h->module, module_path, e) || !handle_ready(h, e))
        return false;
    *ret = TAKE(h);
    return true;
}

void handle_drop(struct handle *h)
{
    if (h->open) {
        (void)handle_calls(h)->C_Logout(h->session);
        (void)handle_calls(h)->C_CloseSession(h->session);
    }
    h->open = false;
    h->cached = 0;
}

void handle_free(struct handle *h)
{
    if (h == NULL)
        return;
    if (h->module != NULL)
        handle_drop(h);
    module_free(h->module);
    free(h->label);
    free(h);
}

/* The general codes are among them: modules answer with them when a token has gone, and opening
 * anew once costs little where it was something else. */
static bool code_is_lost(CK_RV rv)
{
    static const CK_RV lost[] = {
        CKR_DEVICE_REMOVED,       CKR_DEVICE_ERROR,          CKR_TOKEN_NOT_PRESENT,
        CKR_TOKEN_NOT_RECOGNIZED, CKR_SLOT_ID_INVALID,       CKR_SESSION_HANDLE_INVALID,
        CKR_SESSION_CLOSED,       CKR_USER_NOT_LOGGED_IN,    CKR_CRYPTOKI_NOT_INITIALIZED,
        CKR_KEY_HANDLE_INVALID,   CKR_OBJECT_HANDLE_INVALID, CKR_GENERAL_ERROR,
        CKR_FUNCTION_FAILED,      CKR_OPERATION_ACTIVE,
    };
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++)
        if (lost[i] == rv)
            return true;
    return false;
}

bool handle_lost(struct handle *h, CK_RV rv)
{
    if (!code_is_lost(rv))
        return false;
    handle_drop(h);
    return true;
}

CK_SESSION_HANDLE handle_session(const struct handle *h)
{
    return h->session;
}

const CK_FUNCTION_LIST *handle_calls(const struct handle *h)
{
    return module_calls(h->module);
}

void handle_forget(struct handle *h)
{
    h->cached = 0;
}

static void cache_add(struct handle *h, struct bytes id, const struct handle_key *key)
{
    if (h->cached == HANDLE_KEYS_MAX)
        h->cached = 0;
    memcpy(h->cache[h->cached].id, id.data, HANDLE_ID_SIZE);
    h->cache[h->cached].key = *key;
    h->cached++;
}

static CK_RV key_search(CK_OBJECT_HANDLE ret[2], CK_ULONG *ret_count, const struct handle *h,
                        struct bytes id)
{
    uint8_t value[HANDLE_ID_SIZE];
    memcpy(value, id.data, sizeof value);
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template[] = {
        {CKA_CLASS, &class, sizeof class},
        {CKA_ID, value, sizeof value},
    };
    CK_RV rv = handle_calls(h)->C_FindObjectsInit(h->session, template, 2);
    if (rv != CKR_OK)
        return rv;
    rv = handle_calls(h)->C_FindObjects(h->session, ret, 2, ret_count);
    CK_RV final = handle_calls(h)->C_FindObjectsFinal(h->session);
    return rv != CKR_OK ? rv : final;
}

static CK_RV key_measure(struct handle_key *ret, const struct handle *h, CK_OBJECT_HANDLE object)
{
    struct handle_key key = {.object = object};
    CK_ATTRIBUTE type = {CKA_KEY_TYPE, &key.type, sizeof key.type};
    CK_RV rv = handle_calls(h)->C_GetAttributeValue(h->session, object, &type, 1);
    if (rv != CKR_OK)
        return rv;
    if (key.type == CKK_RSA) {
        CK_ATTRIBUTE modulus = {CKA_MODULUS, NULL, 0};
        rv = handle_calls(h)->C_GetAttributeValue(h->session, object, &modulus, 1);
        if (rv != CKR_OK)
            return rv;
        key.modulus_size = (size_t)modulus.ulValueLen;
    }
    *ret = key;
    return CKR_OK;
}

CK_RV handle_key(struct handle_key *ret, struct handle *h, struct bytes id)
{
    if (id.size != HANDLE_ID_SIZE)
        return CKR_ARGUMENTS_BAD;
    for (size_t i = 0; i < h->cached; i++)
        if (memcmp(h->cache[i].id, id.data, HANDLE_ID_SIZE) == 0) {
            *ret = h->cache[i].key;
            return CKR_OK;
        }
    CK_OBJECT_HANDLE found[2] = {CK_INVALID_HANDLE, CK_INVALID_HANDLE};
    CK_ULONG count = 0;
    CK_RV rv = key_search(found, &count, h, id);
    if (rv != CKR_OK || count > 1)
        return rv != CKR_OK ? rv : CKR_TEMPLATE_INCONSISTENT;
    struct handle_key key = {.object = CK_INVALID_HANDLE};
    if (count == 1) {
        rv = key_measure(&key, h, found[0]);
        if (rv != CKR_OK)
            return rv;
        cache_add(h, id, &key);
    }
    *ret = key;
    return CKR_OK;
}
