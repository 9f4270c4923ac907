#include "pki/extension.h"

#define KEY_ID_MAX 64
#define URI 6 /* GeneralName uniformResourceIdentifier [6] */

bool extension_flag(struct der *r)
{
    return der_next_is(r, DER_BOOLEAN) && der_boolean(r);
}

struct extension extension_next(struct der *list)
{
    struct extension x;
    struct der parts = der_enter(list, DER_SEQUENCE);
    x.oid = der_oid(&parts);
    x.critical = extension_flag(&parts);
    x.value = der_octets(&parts);
    der_leave(list, &parts);
    return x;
}

void extension_check_key_id(struct der *r, struct bytes id)
{
    if (r->fault == NULL && (id.size == 0 || id.size > KEY_ID_MAX))
        der_fail(r, "a key identifier is empty or too long");
}

struct bytes extension_authority_key_id(struct der *value)
{
    struct bytes id = BYTES_NONE;
    struct der parts = der_enter(value, DER_SEQUENCE);
    if (der_next_is(&parts, DER_CONTEXT(0))) {
        id = der_body(&parts, DER_CONTEXT(0));
        extension_check_key_id(&parts, id);
    }
    if (der_next_is(&parts, DER_CONTEXT_CONSTRUCTED(1)))
        der_body(&parts, DER_CONTEXT_CONSTRUCTED(1));
    if (der_next_is(&parts, DER_CONTEXT(2)))
        der_body(&parts, DER_CONTEXT(2));
    der_leave(value, &parts);
    return id;
}

struct extension_mark extension_begin(struct buf *b, const char *oid, bool critical)
{
    struct extension_mark mark;
    mark.all = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, oid);
    if (critical)
        der_put_boolean(b, true);
    mark.value = der_begin(b, DER_OCTET_STRING);
    return mark;
}

void extension_end(struct buf *b, struct extension_mark mark)
{
    der_end(b, mark.value);
    der_end(b, mark.all);
}

void extension_put_authority_key_id(struct buf *b, struct bytes id)
{
    struct extension_mark mark = extension_begin(b, EXTENSION_AUTHORITY_KEY_ID, false);
    size_t seq = der_begin(b, DER_SEQUENCE);
    der_put(b, DER_CONTEXT(0), id);
    der_end(b, seq);
    extension_end(b, mark);
}

void extension_put_full_name(struct buf *b, struct bytes url)
{
    size_t name = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    size_t full = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    der_put(b, DER_CONTEXT(URI), url);
    der_end(b, full);
    der_end(b, name);
}
