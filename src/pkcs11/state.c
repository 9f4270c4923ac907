#include "pkcs11/state.h"

#include <stdatomic.h>
#include <unistd.h>

#include "pkcs11/lock.h"

static struct state state;
static struct lock lock = {.own = PTHREAD_MUTEX_INITIALIZER};

/* 0: nobody; a process id: initialised by that process; its negative: it is about to. */
static _Atomic pid_t owner;

static void state_drop(void)
{
    session_list_close(&state.sessions);
    pool_close(&state.pool);
    token_free(TAKE(state.token));
}

CK_RV state_start(const CK_C_INITIALIZE_ARGS *args)
{
    pid_t me = getpid();
    pid_t seen = atomic_load(&owner);
    if (seen == me || seen == -me || !atomic_compare_exchange_strong(&owner, &seen, -me))
        return CKR_CRYPTOKI_ALREADY_INITIALIZED;
    if (seen != 0) {
        lock_forget(&lock);
        state_drop();
    }
    CK_RV rv = lock_init(&lock, args);
    atomic_store(&owner, rv == CKR_OK ? me : 0);
    return rv;
}

CK_RV state_enter(struct state **ret)
{
    if (atomic_load(&owner) != getpid())
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    CK_RV rv = lock_take(&lock);
    if (rv != CKR_OK)
        return rv;
    /* Another thread may have finalised while this one waited. */
    if (atomic_load(&owner) != getpid()) {
        lock_give(&lock);
        return CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    *ret = &state;
    return CKR_OK;
}

CK_RV state_leave(CK_RV rv)
{
    lock_give(&lock);
    return rv;
}

CK_RV state_stop(void)
{
    struct state *s;
    CK_RV rv = state_enter(&s);
    if (rv != CKR_OK)
        return rv;
    state_drop();
    atomic_store(&owner, 0);
    lock_give(&lock);
    lock_done(&lock);
    return CKR_OK;
}

static bool token_fetch(struct state *s, struct err *e)
{
    struct link l;
    struct link_token name;
    if (!link_open(&l, &name, e))
        return false;
    bool ok = token_load(&s->token, &l, &name, e);
    if (ok)
        pool_give(&s->pool, &l);
    link_close(&l);
    return ok;
}

CK_RV state_token(struct state *s, const struct token **ret)
{
    struct err e;
    if (s->token == NULL && !token_fetch(s, &e))
        return e.code == ERR_NOT_FOUND ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_ERROR;
    *ret = s->token;
    return CKR_OK;
}

CK_RV state_session(struct state *s, CK_SESSION_HANDLE handle, struct session **ret)
{
    struct session *session = session_find(&s->sessions, handle);
    if (session == NULL)
        return CKR_SESSION_HANDLE_INVALID;
    *ret = session;
    return CKR_OK;
}
