/*
 * Reading objects of a token: searching by template, and attributes as values.
 *
 * Every failing call leaves its CKR code in the `struct object_run`, so that whoever began can ask
 * handle_lost whether to begin anew. An attribute that the token does not have or does not show is
 * not an error: it is absent.
 *
 * Threads: one at a time per handle. Does NOT change anything on the token.
 */
#ifndef SEALWARD_TOKEN_OBJECT_H
#define SEALWARD_TOKEN_OBJECT_H

#include "base/arena.h"
#include "base/bytes.h"
#include "token/handle.h"

struct object_run {
    struct handle *h;
    CK_RV rv; /* of the call that failed; CKR_OK if none did */
};

/* Keeps the code and sets ERR_TOKEN as module_error does. Returns false. */
bool object_fail(struct object_run *run, struct err *e, const char *function, CK_RV rv);

/* All objects that fit the template, at most `max`; ERR_LIMIT if there are more. */
CHECKED bool object_find(CK_OBJECT_HANDLE *ret, size_t *ret_count, size_t max,
                         struct object_run *run, CK_ATTRIBUTE *template, CK_ULONG template_count,
                         struct err *e);

/* An attribute's bytes, in the arena; data NULL if absent. ERR_LIMIT if longer than `max`. */
CHECKED bool object_bytes(struct bytes *ret, struct object_run *run, CK_OBJECT_HANDLE object,
                          CK_ATTRIBUTE_TYPE attribute, size_t max, struct arena *a, struct err *e);

/* A CK_BBOOL; `absent` if the token does not tell. */
CHECKED bool object_flag(bool *ret, struct object_run *run, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_TYPE attribute, bool absent, struct err *e);

/* A CK_ULONG; CK_UNAVAILABLE_INFORMATION if the token does not tell. */
CHECKED bool object_number(CK_ULONG *ret, struct object_run *run, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE attribute, struct err *e);

#endif
