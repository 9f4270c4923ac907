#include "pki/ctx.h"

#include <stdarg.h>
#include <stdio.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static OSSL_LIB_CTX *context;

static void context_make(void)
{
    OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();
    if (made == NULL)
        return;
    if (OSSL_PROVIDER_load(made, "default") == NULL) {
        OSSL_LIB_CTX_free(made);
        return;
    }
    context = made;
}

bool ctx_get(OSSL_LIB_CTX **ret, struct err *e)
{
    if (CRYPTO_THREAD_run_once(&once, context_make) != 1 || context == NULL)
        return err_set(e, ERR_MEMORY, "the cryptographic library cannot be set up");
    *ret = context;
    return true;
}

bool ctx_error(struct err *e, const char *format, ...)
{
    char message[sizeof e->message];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    err_set(e, ERR_INTERNAL, "%s", reason != NULL ? reason : "no reason given");
    ERR_clear_error();
    return err_because(e, "%s", message);
}
