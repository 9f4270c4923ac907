/*
 * The module's one mutex: the C library's own, or the host's where the host gave functions for it
 * and did not allow ours (CK_C_INITIALIZE_ARGS, PKCS#11 2.40 section 5.4).
 *
 * Holds nothing that needs freeing unless the host's functions are in use. Never held while the
 * module waits for a signature.
 */
#ifndef SEALWARD_PKCS11_LOCK_H
#define SEALWARD_PKCS11_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include <p11-kit/pkcs11.h>

struct lock {
    pthread_mutex_t own;
    CK_C_INITIALIZE_ARGS host; /* its four functions, or NULL in all of them */
    void *host_mutex;
};

/* Chooses by the arguments of C_Initialize (NULL: ours). CKR_ARGUMENTS_BAD where only some
 * functions are given or pReserved is; CKR_CANT_LOCK where the host's CreateMutex fails. */
CK_RV lock_init(struct lock *l, const CK_C_INITIALIZE_ARGS *args);
void lock_done(struct lock *l);

/* In a forked child: forgets a mutex that a thread of the parent may have held, and with it the
 * host's. */
void lock_forget(struct lock *l);

CK_RV lock_take(struct lock *l);
void lock_give(struct lock *l);

#endif
