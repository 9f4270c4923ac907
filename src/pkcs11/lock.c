#include "pkcs11/lock.h"

#include <string.h>

static int functions_given(const CK_C_INITIALIZE_ARGS *args)
{
    return (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) + (args->LockMutex != NULL) +
           (args->UnlockMutex != NULL);
}

CK_RV lock_init(struct lock *l, const CK_C_INITIALIZE_ARGS *args)
{
    memset(&l->host, 0, sizeof l->host);
    if (args == NULL)
        return CKR_OK;
    int given = functions_given(args);
    if (args->pReserved != NULL || (given != 0 && given != 4))
        return CKR_ARGUMENTS_BAD;
    if (given == 0 || (args->flags & CKF_OS_LOCKING_OK) != 0)
        return CKR_OK;
    if (args->CreateMutex(&l->host_mutex) != CKR_OK)
        return CKR_CANT_LOCK;
    l->host = *args;
    return CKR_OK;
}

void lock_done(struct lock *l)
{
    if (l->host.DestroyMutex != NULL)
        (void)l->host.DestroyMutex(l->host_mutex);
    memset(&l->host, 0, sizeof l->host);
}

void lock_forget(struct lock *l)
{
    l->own = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    memset(&l->host, 0, sizeof l->host);
}

CK_RV lock_take(struct lock *l)
{
    if (l->host.LockMutex != NULL)
        return l->host.LockMutex(l->host_mutex);
    return pthread_mutex_lock(&l->own) == 0 ? CKR_OK : CKR_GENERAL_ERROR;
}

void lock_give(struct lock *l)
{
    if (l->host.UnlockMutex != NULL)
        (void)l->host.UnlockMutex(l->host_mutex);
    else
        (void)pthread_mutex_unlock(&l->own);
}
