#include "pki/der.h"

#include "pki/oid.h"

#include "base/text.h"

struct element {
    unsigned tag;
    struct bytes whole;
    struct bytes body;
};

struct der der_open(struct bytes bytes)
{
    return (struct der){.rest = bytes, .fault = NULL};
}

void der_fail(struct der *r, const char *fault)
{
    if (r->fault == NULL)
        r->fault = fault;
}

bool der_next_is(const struct der *r, unsigned tag)
{
    return r->fault == NULL && r->rest.size > 0 && r->rest.data[0] == tag;
}

bool der_at_end(const struct der *r)
{
    return r->fault != NULL || r->rest.size == 0;
}

bool der_done(const struct der *r, const char *what, struct err *e)
{
    if (r->fault != NULL)
        return err_set(e, ERR_INPUT, "%s is not what it should be: %s", what, r->fault);
    if (r->rest.size > 0)
        return err_set(e, ERR_INPUT, "%s has %zu bytes too many at its end", what, r->rest.size);
    return true;
}

/* The length octets behind the identifier: how long the header is and how much follows it. NULL or
 * the fault. */
static const char *length_read(struct bytes in, size_t *ret_head, size_t *ret_size)
{
    size_t size = in.data[1];
    *ret_head = 2;
    *ret_size = size;
    if (size < 0x80)
        return NULL;
    size_t octets = size & 0x7f;
    if (octets == 0)
        return "a length is indefinite";
    if (octets > 4)
        return "a length takes more than four octets";
    if (in.size < 2 + octets)
        return "it ends within a length";
    size = 0;
    for (size_t i = 0; i < octets; i++)
        size = size << 8 | in.data[2 + i];
    if (size < 0x80 || in.data[2] == 0)
        return "a length is not in its shortest form";
    *ret_head = 2 + octets;
    *ret_size = size;
    return NULL;
}

static const char *element_read(struct bytes in, struct element *ret)
{
    if (in.size < 2)
        return in.size == 0 ? "an element is missing" : "it ends within an element's header";
    if ((in.data[0] & 0x1f) == 0x1f)
        return "a tag number is above 30";
    if (in.data[0] == 0)
        return "an end-of-contents stands where an element should be";
    size_t head, size;
    const char *fault = length_read(in, &head, &size);
    if (fault != NULL)
        return fault;
    if (size > in.size - head)
        return "an element is longer than what contains it";
    ret->tag = in.data[0];
    ret->whole = bytes_make(in.data, head + size);
    ret->body = bytes_make(in.data + head, size);
    return NULL;
}

static struct element element_next(struct der *r)
{
    struct element element = {0};
    if (r->fault != NULL)
        return element;
    r->fault = element_read(r->rest, &element);
    if (r->fault != NULL)
        return (struct element){0};
    r->rest.data += element.whole.size;
    r->rest.size -= element.whole.size;
    return element;
}

static struct element element_expect(struct der *r, unsigned tag)
{
    struct element element = element_next(r);
    if (r->fault == NULL && element.tag != tag) {
        r->fault = "an element has another type than expected";
        return (struct element){0};
    }
    return element;
}

struct bytes der_body(struct der *r, unsigned tag)
{
    return element_expect(r, tag).body;
}

struct bytes der_whole(struct der *r, unsigned tag)
{
    return element_expect(r, tag).whole;
}

struct bytes der_any(struct der *r, unsigned *ret_tag)
{
    struct element element = element_next(r);
    if (ret_tag != NULL)
        *ret_tag = element.tag;
    return element.whole;
}

struct der der_enter(struct der *r, unsigned tag)
{
    struct bytes body = der_body(r, tag);
    return (struct der){.rest = body, .fault = r->fault};
}

void der_leave(struct der *r, const struct der *inner)
{
    if (inner->fault != NULL)
        der_fail(r, inner->fault);
    else if (inner->rest.size > 0)
        der_fail(r, "an element has more in it than it should");
}

bool der_boolean(struct der *r)
{
    struct bytes body = der_body(r, DER_BOOLEAN);
    if (r->fault == NULL && (body.size != 1 || (body.data[0] != 0 && body.data[0] != 0xff)))
        r->fault = "a boolean is neither 00 nor FF";
    return r->fault == NULL && body.data[0] != 0;
}

void der_null(struct der *r)
{
    if (der_body(r, DER_NULL).size > 0)
        der_fail(r, "a NULL is not empty");
}

/* Shortest two's complement of a number >= 0. */
static const char *natural_fault(struct bytes body)
{
    if (body.size == 0)
        return "an integer is empty";
    if (body.data[0] >= 0x80)
        return "an integer is negative";
    if (body.size > 1 && body.data[0] == 0 && body.data[1] < 0x80)
        return "an integer is not in its shortest form";
    return NULL;
}

struct bytes der_natural(struct der *r)
{
    struct bytes body = der_body(r, DER_INTEGER);
    if (r->fault != NULL)
        return BYTES_NONE;
    r->fault = natural_fault(body);
    if (r->fault != NULL)
        return BYTES_NONE;
    bool padded = body.size > 1 && body.data[0] == 0;
    return padded ? bytes_make(body.data + 1, body.size - 1) : body;
}

uint64_t der_small(struct der *r)
{
    struct bytes magnitude = der_natural(r);
    if (magnitude.size > 8 || (magnitude.size == 8 && magnitude.data[0] >= 0x80)) {
        der_fail(r, "an integer is too large");
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < magnitude.size; i++)
        value = value << 8 | magnitude.data[i];
    return value;
}

struct bytes der_oid(struct der *r)
{
    struct bytes body = der_body(r, DER_OID);
    if (r->fault == NULL && !oid_is_valid(body))
        r->fault = "an object identifier is malformed";
    return r->fault == NULL ? body : BYTES_NONE;
}

struct bytes der_octets(struct der *r)
{
    return der_body(r, DER_OCTET_STRING);
}

struct bytes der_bits(struct der *r)
{
    struct bytes body = der_body(r, DER_BIT_STRING);
    if (r->fault == NULL && (body.size == 0 || body.data[0] != 0))
        r->fault = "a bit string is not of whole octets";
    return r->fault == NULL ? bytes_make(body.data + 1, body.size - 1) : BYTES_NONE;
}

static const char *flags_read(struct bytes body, unsigned *ret)
{
    if (body.size == 0 || body.size > 3 || body.data[0] > 7)
        return "a string of named bits has a wrong length";
    unsigned unused = body.data[0];
    *ret = 0;
    if (body.size == 1)
        return unused == 0 ? NULL : "a string of named bits has a wrong length";
    unsigned last = body.data[body.size - 1];
    if ((last & ((1u << unused) - 1)) != 0 || (last >> unused & 1) == 0)
        return "a string of named bits is not in its shortest form";
    for (unsigned n = 0; n < 8 * (body.size - 1); n++)
        if (body.data[1 + n / 8] & 0x80u >> n % 8)
            *ret |= 1u << n;
    return NULL;
}

unsigned der_flags(struct der *r)
{
    struct bytes body = der_body(r, DER_BIT_STRING);
    unsigned flags = 0;
    if (r->fault == NULL)
        r->fault = flags_read(body, &flags);
    return r->fault == NULL ? flags : 0;
}

/* Two digits at a place; sets *wrong if they are none. */
static int two_digits(const uint8_t *at, bool *wrong)
{
    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9') {
        *wrong = true;
        return 0;
    }
    return 10 * (at[0] - '0') + at[1] - '0';
}

/* Everything behind the year is written alike in both types. */
static const char *time_read(int year, const uint8_t *month, int64_t *ret_ms)
{
    bool wrong = month[10] != 'Z';
    struct moment moment = {
        .year = year,
        .month = two_digits(month, &wrong),
        .day = two_digits(month + 2, &wrong),
        .hour = two_digits(month + 4, &wrong),
        .minute = two_digits(month + 6, &wrong),
        .second = two_digits(month + 8, &wrong),
    };
    if (wrong || !text_moment_join(ret_ms, &moment))
        return "a time is none, or lies before 1970";
    return NULL;
}

static const char *utc_time_read(struct bytes body, int64_t *ret_ms)
{
    bool wrong = body.size != 13;
    int year = wrong ? 0 : two_digits(body.data, &wrong);
    if (wrong)
        return "a UTCTime is not of the form YYMMDDhhmmssZ";
    return time_read(year < 50 ? 2000 + year : 1900 + year, body.data + 2, ret_ms);
}

static const char *generalized_time_read(struct bytes body, int64_t *ret_ms)
{
    bool wrong = body.size != 15;
    int century = wrong ? 0 : two_digits(body.data, &wrong);
    int year = wrong ? 0 : two_digits(body.data + 2, &wrong);
    if (wrong)
        return "a GeneralizedTime is not of the form YYYYMMDDhhmmssZ";
    if (100 * century + year < 2050)
        return "a year before 2050 is not written as UTCTime";
    return time_read(100 * century + year, body.data + 4, ret_ms);
}

int64_t der_time(struct der *r)
{
    bool utc = der_next_is(r, DER_UTC_TIME);
    struct bytes body = der_body(r, utc ? DER_UTC_TIME : DER_GENERALIZED_TIME);
    if (r->fault != NULL)
        return 0;
    int64_t ms = 0;
    r->fault = utc ? utc_time_read(body, &ms) : generalized_time_read(body, &ms);
    return r->fault == NULL ? ms : 0;
}

bool der_oid_is(struct bytes oid, const char *dotted)
{
    struct oid encoded;
    return oid_encode(&encoded, dotted) && bytes_equal(oid, bytes_make(encoded.data, encoded.size));
}

bool der_is_ordered(struct bytes contents)
{
    struct der all = der_open(contents);
    struct bytes before = BYTES_NONE;
    while (!der_at_end(&all)) {
        struct bytes element = der_any(&all, NULL);
        if (bytes_compare(before, element) > 0)
            return false;
        before = element;
    }
    return all.fault == NULL;
}
