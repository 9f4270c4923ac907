/*
 * What a test has told the module to do, read anew at each call from the folder MOCK_DIR
 * (README.md). Used by one thread.
 */
#ifndef SEALWARD_TESTS_MOCK_CONTROL_H
#define SEALWARD_TESTS_MOCK_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#include <p11-kit/pkcs11.h>

#define CONTROL_PATH_MAX 512

/* "MOCK_DIR/name" */
const char *control_path(char ret[CONTROL_PATH_MAX], const char *name);
bool control_has(const char *name);

/* Counts the call, and does what was ordered for it. True if the function is to return *ret_rv at
 * once. `length` orders are left in *ret_length, `after` orders in *ret_after, if not NULL. */
bool control_obey(CK_RV *ret_rv, const char *function, size_t *ret_length, bool *ret_after);

/* One of the acts of act.c: 0x80000000 + errno, or 0x8000ffff if it was possible. */
CK_RV act_try(const char *name);

#endif
