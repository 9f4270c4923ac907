#include "pki/attributes.h"

#include "pki/der.h"

#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME "1.2.840.113549.1.9.5"

/* The one value of an attribute, read by its type; other attributes keep theirs unread. */
static void value_read(struct attributes *into, struct bytes type, struct der *values)
{
    if (der_oid_is(type, OID_CONTENT_TYPE)) {
        into->content_type = der_oid(values);
    } else if (der_oid_is(type, OID_MESSAGE_DIGEST)) {
        into->message_digest = der_octets(values);
    } else if (der_oid_is(type, OID_SIGNING_TIME)) {
        into->signing_time = der_time(values);
    } else {
        if (!der_is_ordered(values->rest))
            der_fail(values, "the values of an attribute are not in order");
        do {
            der_any(values, NULL);
        } while (!der_at_end(values));
    }
}

static struct bytes attribute_read(struct attributes *into, struct der *list)
{
    struct der parts = der_enter(list, DER_SEQUENCE);
    struct bytes type = der_oid(&parts);
    struct der values = der_enter(&parts, DER_SET);
    value_read(into, type, &values);
    der_leave(&parts, &values);
    der_leave(list, &parts);
    return type;
}

/* Types that equal each other need not be neighbours: the order is that of whole attributes, whose
 * lengths come first. So each is compared with all before it; there are few. */
static bool type_is_new(struct bytes before, struct bytes type)
{
    struct der list = der_open(before);
    while (!der_at_end(&list)) {
        struct der parts = der_enter(&list, DER_SEQUENCE);
        if (bytes_equal(der_oid(&parts), type))
            return false;
    }
    return true;
}

static void list_read(struct attributes *into, struct der *list)
{
    const uint8_t *start = list->rest.data;
    size_t all = list->rest.size;
    if (!der_is_ordered(list->rest))
        der_fail(list, "the attributes are not in order");
    for (size_t n = 0; !der_at_end(list); n++) {
        size_t done = all - list->rest.size;
        struct bytes type = attribute_read(into, list);
        if (n == ATTRIBUTES_COUNT_MAX)
            der_fail(list, "there are too many attributes");
        if (list->fault == NULL && !type_is_new(bytes_make(start, done), type))
            der_fail(list, "an attribute is there twice");
    }
}

bool attributes_parse(struct attributes *ret, struct bytes set, struct err *e)
{
    if (set.size > ATTRIBUTES_MAX)
        return err_set(e, ERR_LIMIT, "the signed attributes have %zu bytes; at most %d are read",
                       set.size, ATTRIBUTES_MAX);
    struct attributes found = {.signing_time = ATTRIBUTES_NO_TIME};
    struct der all = der_open(set);
    struct der list = der_enter(&all, DER_SET);
    list_read(&found, &list);
    if (list.fault == NULL && found.content_type.data == NULL)
        der_fail(&list, "there is no contentType");
    if (list.fault == NULL && found.message_digest.data == NULL)
        der_fail(&list, "there is no messageDigest");
    der_leave(&all, &list);
    if (!der_done(&all, "the set of signed attributes", e))
        return false;
    *ret = found;
    return true;
}

bool attributes_find(struct bytes *ret_value, struct bytes contents, const char *type,
                     struct err *e)
{
    struct bytes found = BYTES_NONE;
    struct der list = der_open(contents);
    while (!der_at_end(&list)) {
        struct der parts = der_enter(&list, DER_SEQUENCE);
        struct bytes oid = der_oid(&parts);
        struct bytes values = der_body(&parts, DER_SET);
        der_leave(&list, &parts);
        if (list.fault != NULL || !der_oid_is(oid, type))
            continue;
        struct der one = der_open(values);
        if (found.data != NULL)
            der_fail(&list, "an attribute is there twice");
        found = der_any(&one, NULL);
        der_leave(&list, &one);
    }
    if (!der_done(&list, "a set of attributes", e))
        return false;
    if (found.data == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no attribute %s", type);
    *ret_value = found;
    return true;
}

/* ---- Writing ---- */

struct attribute_mark attribute_begin(struct buf *b, const char *type)
{
    struct attribute_mark mark;
    mark.all = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, type);
    mark.values = der_begin(b, DER_SET);
    return mark;
}

void attribute_end(struct buf *b, struct attribute_mark mark)
{
    der_end(b, mark.values);
    der_end(b, mark.all);
}

void attributes_put_required(struct buf *b, const char *content_type, struct bytes message_digest)
{
    struct attribute_mark mark = attribute_begin(b, OID_CONTENT_TYPE);
    der_put_oid(b, content_type);
    attribute_end(b, mark);
    mark = attribute_begin(b, OID_MESSAGE_DIGEST);
    der_put_octets(b, message_digest);
    attribute_end(b, mark);
}

bool attributes_build(struct buf *ret, const char *content_type, struct bytes message_digest,
                      int64_t signing_time, struct err *e)
{
    size_t set = der_begin(ret, DER_SET);
    attributes_put_required(ret, content_type, message_digest);
    struct attribute_mark mark = attribute_begin(ret, OID_SIGNING_TIME);
    der_put_time(ret, signing_time);
    attribute_end(ret, mark);
    der_end_set(ret, set);
    return buf_ok(ret, "the set of signed attributes", e);
}
