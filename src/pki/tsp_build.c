#include "pki/tsp.h"

#include "pki/der.h"
#include "pki/tsp_fields.h"

#include "base/text.h"

/* The hash with NULL for parameters: what the clients in use send, and some compare as bytes. */
static void imprint_put(struct buf *b, enum digest_alg alg, struct bytes imprint)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    size_t algorithm = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, digest_oid(alg));
    der_put_null(b);
    der_end(b, algorithm);
    der_put_octets(b, imprint);
    der_end(b, all);
}

static bool imprint_check(enum digest_alg alg, struct bytes imprint, struct bytes nonce,
                          struct err *e)
{
    if (imprint.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "an imprint by %s has %zu bytes", digest_name(alg),
                       imprint.size);
    if (nonce.data != NULL && (nonce.size > TSP_NONCE_MAX || !tsp_nonce_is_valid(nonce)))
        return err_set(e, ERR_INPUT, "a nonce of %zu bytes is none", nonce.size);
    return true;
}

bool tsp_request_build(struct buf *ret, const struct tsp_request *request, struct err *e)
{
    if (!imprint_check(request->alg, request->imprint, request->nonce, e))
        return false;
    size_t all = der_begin(ret, DER_SEQUENCE);
    der_put_small(ret, 1);
    imprint_put(ret, request->alg, request->imprint);
    if (request->policy.data != NULL)
        der_put(ret, DER_OID, request->policy);
    if (request->nonce.data != NULL)
        der_put(ret, DER_INTEGER, request->nonce);
    if (request->certificates)
        der_put_boolean(ret, true);
    der_end(ret, all);
    return buf_ok(ret, "a timestamp request", e);
}

/* ---- TSTInfo ---- */

static void gen_time_put(struct buf *b, const struct moment *m)
{
    size_t start = der_begin(b, DER_GENERALIZED_TIME);
    buf_printf(b, "%04d%02d%02d%02d%02d%02d", m->year, m->month, m->day, m->hour, m->minute,
               m->second);
    int fraction = m->millisecond, digits = 3;
    for (; fraction > 0 && fraction % 10 == 0; fraction /= 10)
        digits--;
    if (fraction > 0)
        buf_printf(b, ".%0*d", digits, fraction);
    buf_put_text(b, "Z");
    der_end(b, start);
}

/* Accuracy: an INTEGER of seconds, and milliseconds as IMPLICIT [0]; a zero is left out. */
static void accuracy_put(struct buf *b, uint64_t accuracy)
{
    size_t seq = der_begin(b, DER_SEQUENCE);
    if (accuracy >= 1000)
        der_put_small(b, accuracy / 1000);
    if (accuracy % 1000 > 0) {
        size_t tag = b->size;
        der_put_small(b, accuracy % 1000);
        if (!b->failed)
            b->data[tag] = DER_CONTEXT(0);
    }
    der_end(b, seq);
}

static bool plan_check(const struct tsp_plan *plan, struct moment *ret_time, struct err *e)
{
    if (plan->serial == 0 || plan->serial > INT64_MAX)
        return err_set(e, ERR_INPUT, "a timestamp's serial number is zero or too large");
    if (plan->accuracy == 0 || plan->accuracy > INT32_MAX)
        return err_set(e, ERR_INPUT, "a timestamp's accuracy is not 1 to %d ms", INT32_MAX);
    if (!text_moment_split(ret_time, plan->time))
        return err_set(e, ERR_INPUT, "a timestamp's time cannot be written");
    return imprint_check(plan->alg, plan->imprint, plan->nonce, e);
}

bool tsp_info_build(struct buf *ret, const struct tsp_plan *plan, struct err *e)
{
    char policy[TSP_POLICY_SIZE];
    struct moment time;
    if (!plan_check(plan, &time, e) || !tsp_policy_text(policy, plan->arc, e))
        return false;
    size_t all = der_begin(ret, DER_SEQUENCE);
    der_put_small(ret, 1);
    der_put_oid(ret, policy);
    imprint_put(ret, plan->alg, plan->imprint);
    der_put_small(ret, plan->serial);
    gen_time_put(ret, &time);
    accuracy_put(ret, plan->accuracy);
    if (plan->nonce.data != NULL)
        der_put(ret, DER_INTEGER, plan->nonce);
    der_end(ret, all);
    return buf_ok(ret, "a TSTInfo", e);
}

/* ---- The response ---- */

static void status_put(struct buf *b, uint64_t status)
{
    size_t info = der_begin(b, DER_SEQUENCE);
    der_put_small(b, status);
    der_end(b, info);
}

bool tsp_response_build(struct buf *ret, struct bytes token, struct err *e)
{
    size_t all = der_begin(ret, DER_SEQUENCE);
    status_put(ret, 0);
    buf_put(ret, token);
    der_end(ret, all);
    return buf_ok(ret, "a timestamp response", e);
}

static void failure_put(struct buf *b, enum tsp_failure failure)
{
    uint8_t bits[5] = {0};
    bits[0] = (uint8_t)(7 - failure % 8);
    bits[1 + failure / 8] = (uint8_t)(0x80u >> failure % 8);
    der_put(b, DER_BIT_STRING, bytes_make(bits, 2 + failure / 8));
}

bool tsp_rejection_build(struct buf *ret, enum tsp_failure failure, const char *text, struct err *e)
{
    enum { REJECTION = 2 };
    size_t all = der_begin(ret, DER_SEQUENCE);
    size_t info = der_begin(ret, DER_SEQUENCE);
    der_put_small(ret, REJECTION);
    size_t texts = der_begin(ret, DER_SEQUENCE);
    der_put(ret, DER_UTF8_STRING, bytes_text(text));
    der_end(ret, texts);
    failure_put(ret, failure);
    der_end(ret, info);
    der_end(ret, all);
    return buf_ok(ret, "a timestamp response", e);
}
