#include "pki/crl.h"

#include "pki/algorithm.h"
#include "pki/crl_extensions.h"
#include "pki/der.h"
#include "pki/extension.h"
#include "pki/name.h"

#include "base/text.h"

#define SECOND 1000
#define DAY INT64_C(86400000)
#define YEAR_2050 INT64_C(2524608000000)
#define TIME_MAX 17    /* a GeneralizedTime, header included */
#define REASON_SIZE 14 /* the extensions of an entry with its reason */

/* ---- Times: the calendar of a day is worked out once for neighbours of the same day ---- */

struct stamp {
    int64_t day; /* milliseconds at its beginning; -1 before the first */
    uint8_t der[TIME_MAX];
    size_t size;
};

#define STAMP ((struct stamp){.day = -1})

/* The size of a time's element, header included: UTCTime until 2050. */
static size_t time_size(int64_t ms)
{
    return ms < YEAR_2050 ? TIME_MAX - 2 : TIME_MAX;
}

static void digits_put(uint8_t *at, int value)
{
    at[0] = (uint8_t)('0' + value / 10);
    at[1] = (uint8_t)('0' + value % 10);
}

static void day_set(struct stamp *s, int64_t ms)
{
    struct moment m = {.year = 1970, .month = 1, .day = 1};
    (void)!text_moment_split(&m, ms);
    bool utc = ms < YEAR_2050;
    uint8_t *at = s->der;
    s->size = time_size(ms);
    *at++ = utc ? DER_UTC_TIME : DER_GENERALIZED_TIME;
    *at++ = (uint8_t)(s->size - 2);
    if (!utc) {
        digits_put(at, m.year / 100);
        at += 2;
    }
    digits_put(at, m.year % 100);
    digits_put(at + 2, m.month);
    digits_put(at + 4, m.day);
    at[12] = 'Z';
    s->day = ms - ms % DAY;
}

/* Sets s->der and s->size to the element of that time, which has been checked. */
static void stamp_set(struct stamp *s, int64_t ms)
{
    if (s->day < 0 || ms < s->day || ms >= s->day + DAY)
        day_set(s, ms);
    int second = (int)(ms % DAY / SECOND);
    uint8_t *at = s->der + s->size - 7;
    digits_put(at, second / 3600);
    digits_put(at + 2, second / 60 % 60);
    digits_put(at + 4, second % 60);
}

/* ---- Entries ---- */

static int64_t time_of(const struct crl_plan *plan, const struct crl_entry *entry)
{
    return entry->time == 0 ? plan->beginning : entry->time;
}

/* An INTEGER's contents have a zero before a first bit that is set. */
static size_t serial_size(const struct crl_entry *entry)
{
    return entry->serial_size + (size_t)(entry->serial[0] >> 7);
}

static size_t entry_size(const struct crl_entry *entry, int64_t time)
{
    size_t reason = entry->reason == CRL_UNSPECIFIED ? 0 : REASON_SIZE;
    return 2 + serial_size(entry) + time_size(time) + reason;
}

static uint8_t *serial_put(uint8_t *at, const struct crl_entry *entry)
{
    size_t size = serial_size(entry);
    *at++ = DER_INTEGER;
    *at++ = (uint8_t)size;
    *at = 0;
    memcpy(at + size - entry->serial_size, entry->serial, entry->serial_size);
    return at + size;
}

/* Extensions { Extension { reasonCode, OCTET STRING { ENUMERATED } } } */
static uint8_t *reason_put(uint8_t *at, unsigned reason)
{
    static const uint8_t form[REASON_SIZE - 1] = {0x30, 12,   0x30, 10, 0x06, 3, 0x55,
                                                  0x1d, 0x15, 0x04, 3,  0x0a, 1};
    memcpy(at, form, sizeof form);
    at[sizeof form] = (uint8_t)reason;
    return at + REASON_SIZE;
}

static void entries_put(struct buf *b, const struct crl_plan *plan, size_t size)
{
    struct stamp s = STAMP;
    uint8_t *at = buf_grow(b, size);
    for (size_t i = 0; at != NULL && i < plan->count; i++) {
        const struct crl_entry *entry = &plan->entries[i];
        int64_t time = time_of(plan, entry);
        stamp_set(&s, time);
        *at++ = DER_SEQUENCE;
        *at++ = (uint8_t)entry_size(entry, time);
        at = serial_put(at, entry);
        memcpy(at, s.der, s.size);
        at += s.size;
        if (entry->reason != CRL_UNSPECIFIED)
            at = reason_put(at, entry->reason);
    }
}

/* ---- The plan ---- */

static int serials_compare(const struct crl_entry *a, const struct crl_entry *b)
{
    int shorter = (a->serial_size > b->serial_size) - (a->serial_size < b->serial_size);
    return shorter != 0 ? shorter : memcmp(a->serial, b->serial, a->serial_size);
}

/* A revocation is for good: nothing is put on hold, so nothing is ever removed. */
static bool reason_is_lasting(unsigned reason)
{
    return crl_reason_name(reason) != NULL && reason != CRL_CERTIFICATE_HOLD &&
           reason != CRL_REMOVE_FROM_CRL;
}

/* Checks entries and order, and gives the bytes that they take. */
static bool entries_measure(size_t *ret, const struct crl_plan *plan, struct err *e)
{
    size_t size = 0;
    if (plan->count > CRL_ENTRIES_MAX)
        return err_set(e, ERR_LIMIT, "a CRL would have %zu entries; at most %d are written",
                       plan->count, CRL_ENTRIES_MAX);
    for (size_t i = 0; i < plan->count; i++) {
        const struct crl_entry *entry = &plan->entries[i];
        if (entry->serial_size == 0 || entry->serial[0] == 0 ||
            serial_size(entry) > X509_SERIAL_MAX)
            return err_set(e, ERR_INPUT, "serial number %zu of the CRL is none", i + 1);
        if (i > 0 && serials_compare(entry - 1, entry) >= 0)
            return err_set(e, ERR_INPUT, "serial number %zu of the CRL is not above the one before",
                           i + 1);
        if (!reason_is_lasting(entry->reason))
            return err_set(e, ERR_INPUT, "reason %u cannot stand in a CRL of ours", entry->reason);
        int64_t time = time_of(plan, entry);
        if (time < 0 || time > TEXT_TIME_MAX_MS)
            return err_set(e, ERR_INPUT, "revocation date %zu of the CRL cannot be written", i + 1);
        size += 2 + entry_size(entry, time);
    }
    *ret = size;
    return true;
}

static bool plan_check(const struct crl_plan *plan, struct err *e)
{
    if (plan->issuer_key_id.size == 0 || plan->issuer_key_id.size > X509_KEY_ID_SIZE)
        return err_set(e, ERR_INPUT, "the CRL's issuer has no key identifier");
    if (plan->this_update < 0 || plan->next_update <= plan->this_update)
        return err_set(e, ERR_INPUT, "the CRL would end before it begins");
    if (plan->url.size > X509_URL_MAX)
        return err_set(e, ERR_INPUT, "the CRL's URL has %zu characters; at most %d are allowed",
                       plan->url.size, X509_URL_MAX);
    if (!name_check(plan->issuer, e))
        return err_wrap(e, "issuer of the CRL");
    return true;
}

/* ---- Extensions ---- */

static void number_put(struct buf *b, uint64_t number)
{
    struct extension_mark x = extension_begin(b, CRL_NUMBER_OID, false);
    der_put_small(b, number);
    extension_end(b, x);
}

static void scope_put(struct buf *b, const struct crl_plan *plan)
{
    static const uint8_t yes = 0xff;
    struct extension_mark x = extension_begin(b, CRL_SCOPE_OID, true);
    size_t seq = der_begin(b, DER_SEQUENCE);
    if (plan->url.size > 0)
        extension_put_full_name(b, plan->url);
    if (plan->users_only)
        der_put(b, DER_CONTEXT(1), bytes_make(&yes, 1));
    der_end(b, seq);
    extension_end(b, x);
}

static void extensions_put(struct buf *b, const struct crl_plan *plan)
{
    size_t explicit = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    size_t list = der_begin(b, DER_SEQUENCE);
    extension_put_authority_key_id(b, plan->issuer_key_id);
    number_put(b, plan->number);
    if (plan->url.size > 0 || plan->users_only)
        scope_put(b, plan);
    der_end(b, list);
    der_end(b, explicit);
}

/* ---- The whole ---- */

static void head_put(struct buf *b, const struct crl_plan *plan)
{
    der_put_small(b, 1);
    algorithm_put_signature(b, plan->mechanism);
    buf_put(b, plan->issuer);
    der_put_time(b, plan->this_update);
    der_put_time(b, plan->next_update);
}

bool crl_build(struct buf *ret, const struct crl_plan *plan, struct err *e)
{
    size_t size = 0;
    if (!plan_check(plan, e) || !entries_measure(&size, plan, e))
        return false;
    AUTO_VALUE(buf) head = BUF(2 * NAME_DER_MAX);
    AUTO_VALUE(buf) tail = BUF(2 * X509_URL_MAX);
    head_put(&head, plan);
    extensions_put(&tail, plan);
    if (!buf_ok(&head, "the head of a CRL", e) || !buf_ok(&tail, "the extensions of a CRL", e))
        return false;
    size_t list = plan->count > 0 ? der_header_size(size) + size : 0;
    der_put_header(ret, DER_SEQUENCE, head.size + list + tail.size);
    buf_put(ret, buf_bytes(&head));
    if (plan->count > 0) {
        der_put_header(ret, DER_SEQUENCE, size);
        entries_put(ret, plan, size);
    }
    buf_put(ret, buf_bytes(&tail));
    return buf_ok(ret, "a CRL", e);
}

bool crl_finish(struct buf *ret, struct bytes tbs, enum mechanism mechanism, struct bytes raw,
                struct err *e)
{
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX + 16);
    AUTO_VALUE(buf) tail = BUF(KEY_SIGNATURE_MAX + 64);
    algorithm_put_signature_value(&signature, mechanism, raw);
    algorithm_put_signature(&tail, mechanism);
    der_put_bits(&tail, buf_bytes(&signature));
    if (!buf_ok(&signature, "a CRL's signature", e) || !buf_ok(&tail, "a CRL's signature", e))
        return false;
    der_put_header(ret, DER_SEQUENCE, tbs.size + tail.size);
    buf_put(ret, tbs);
    buf_put(ret, buf_bytes(&tail));
    return buf_ok(ret, "a CRL", e);
}
