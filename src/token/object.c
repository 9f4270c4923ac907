#include "token/object.h"

#include <stdint.h>

bool object_fail(struct object_run *run, struct err *e, const char *function, CK_RV rv)
{
    run->rv = rv;
    return module_error(e, function, rv);
}

/* Asks for one object more than allowed at the end, to see whether there are more. */
static bool find_all(CK_OBJECT_HANDLE *ret, size_t *ret_count, size_t max, struct object_run *run,
                     struct err *e)
{
    size_t count = 0;
    for (;;) {
        CK_OBJECT_HANDLE more = CK_INVALID_HANDLE;
        CK_ULONG got = 0;
        CK_OBJECT_HANDLE *place = count < max ? ret + count : &more;
        CK_ULONG room = count < max ? (CK_ULONG)(max - count) : 1;
        CK_RV rv = handle_calls(run->h)->C_FindObjects(handle_session(run->h), place, room, &got);
        if (rv != CKR_OK)
            return object_fail(run, e, "C_FindObjects", rv);
        if (got == 0)
            break;
        if (got > room || count == max)
            return err_set(e, ERR_LIMIT, "the token has more than %zu such objects", max);
        count += got;
    }
    *ret_count = count;
    return true;
}

bool object_find(CK_OBJECT_HANDLE *ret, size_t *ret_count, size_t max, struct object_run *run,
                 CK_ATTRIBUTE *template, CK_ULONG template_count, struct err *e)
{
    const CK_FUNCTION_LIST *calls = handle_calls(run->h);
    CK_SESSION_HANDLE session = handle_session(run->h);
    CK_RV rv = calls->C_FindObjectsInit(session, template, template_count);
    if (rv != CKR_OK)
        return object_fail(run, e, "C_FindObjectsInit", rv);
    bool found = find_all(ret, ret_count, max, run, e);
    rv = calls->C_FindObjectsFinal(session);
    if (found && rv != CKR_OK)
        return object_fail(run, e, "C_FindObjectsFinal", rv);
    return found;
}

static bool is_absent(CK_RV rv, const CK_ATTRIBUTE *attribute)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           (rv == CKR_OK && attribute->ulValueLen == CK_UNAVAILABLE_INFORMATION);
}

/* *ret_present false if the token does not tell; `attribute` says where to, and how much. */
static bool attribute_read(bool *ret_present, struct object_run *run, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE *attribute, struct err *e)
{
    CK_RV rv =
        handle_calls(run->h)->C_GetAttributeValue(handle_session(run->h), object, attribute, 1);
    bool absent = is_absent(rv, attribute);
    if (!absent && rv != CKR_OK)
        return object_fail(run, e, "C_GetAttributeValue", rv);
    *ret_present = !absent;
    return true;
}

bool object_bytes(struct bytes *ret, struct object_run *run, CK_OBJECT_HANDLE object,
                  CK_ATTRIBUTE_TYPE type, size_t max, struct arena *a, struct err *e)
{
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    bool present = false;
    if (!attribute_read(&present, run, object, &attribute, e))
        return false;
    if (!present || attribute.ulValueLen == 0) {
        *ret = BYTES_NONE;
        return true;
    }
    CK_ULONG size = attribute.ulValueLen;
    if (size > max)
        return err_set(e, ERR_LIMIT,
                       "attribute 0x%lx of an object on the token has %lu bytes, "
                       "where at most %zu are allowed",
                       (unsigned long)type, (unsigned long)size, max);
    attribute.pValue = arena_alloc(a, size);
    if (attribute.pValue == NULL)
        return err_set(e, ERR_LIMIT, "the objects of the token take too much memory");
    if (!attribute_read(&present, run, object, &attribute, e))
        return false;
    bool whole = present && attribute.ulValueLen <= size;
    *ret = whole ? bytes_make(attribute.pValue, attribute.ulValueLen) : BYTES_NONE;
    return true;
}

bool object_flag(bool *ret, struct object_run *run, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                 bool absent, struct err *e)
{
    CK_BBOOL value = CK_FALSE;
    CK_ATTRIBUTE attribute = {type, &value, sizeof value};
    bool present = false;
    if (!attribute_read(&present, run, object, &attribute, e))
        return false;
    *ret = present && attribute.ulValueLen == sizeof value ? value != CK_FALSE : absent;
    return true;
}

bool object_number(CK_ULONG *ret, struct object_run *run, CK_OBJECT_HANDLE object,
                   CK_ATTRIBUTE_TYPE type, struct err *e)
{
    CK_ULONG value = 0;
    CK_ATTRIBUTE attribute = {type, &value, sizeof value};
    bool present = false;
    if (!attribute_read(&present, run, object, &attribute, e))
        return false;
    bool whole = present && attribute.ulValueLen == sizeof value;
    *ret = whole ? value : CK_UNAVAILABLE_INFORMATION;
    return true;
}
