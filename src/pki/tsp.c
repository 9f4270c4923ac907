#include "pki/tsp.h"

#include <stdio.h>

#include "pki/algorithm.h"
#include "pki/extension.h"
#include "pki/tsp_fields.h"
#include "pki/x509.h"

#include "base/text.h"

/* ---- What request and TSTInfo have in common ---- */

struct imprint {
    struct bytes algorithm;
    struct bytes digest;
};

static struct imprint imprint_read(struct der *fields)
{
    struct imprint imprint;
    struct der parts = der_enter(fields, DER_SEQUENCE);
    imprint.algorithm = der_whole(&parts, DER_SEQUENCE);
    imprint.digest = der_octets(&parts);
    der_leave(fields, &parts);
    return imprint;
}

/* An INTEGER of either sign in its shortest form, as its contents stand. */
static struct bytes nonce_read(struct der *fields)
{
    if (!der_next_is(fields, DER_INTEGER))
        return BYTES_NONE;
    struct bytes nonce = der_body(fields, DER_INTEGER);
    if (fields->fault == NULL && !tsp_nonce_is_valid(nonce))
        der_fail(fields, "the nonce is not in its shortest form");
    return nonce;
}

bool tsp_nonce_is_valid(struct bytes nonce)
{
    if (nonce.size < 2)
        return nonce.size == 1;
    bool negative = nonce.data[1] >= 0x80;
    return nonce.data[0] != (negative ? 0xff : 0);
}

/* ---- The request ---- */

/* All fields as they stand; *ret_extended tells whether there are extensions. */
static bool request_read(struct tsp_request *ret, uint64_t *ret_version,
                         struct imprint *ret_imprint, bool *ret_extended, struct bytes der,
                         struct err *e)
{
    if (der.size > TSP_REQUEST_MAX)
        return err_set(e, ERR_LIMIT, "a timestamp request has %zu bytes; at most %d are read",
                       der.size, TSP_REQUEST_MAX);
    struct der all = der_open(der);
    struct der fields = der_enter(&all, DER_SEQUENCE);
    *ret_version = der_small(&fields);
    *ret_imprint = imprint_read(&fields);
    if (der_next_is(&fields, DER_OID))
        ret->policy = der_oid(&fields);
    ret->nonce = nonce_read(&fields);
    ret->certificates = extension_flag(&fields);
    *ret_extended = der_next_is(&fields, DER_CONTEXT_CONSTRUCTED(0));
    if (*ret_extended)
        der_body(&fields, DER_CONTEXT_CONSTRUCTED(0));
    der_leave(&all, &fields);
    return der_done(&all, "a timestamp request", e);
}

static bool fail(enum tsp_failure *ret, enum tsp_failure failure)
{
    *ret = failure;
    return false;
}

bool tsp_request_parse(struct tsp_request *ret, enum tsp_failure *ret_failure, struct bytes der,
                       struct err *e)
{
    struct tsp_request request = {0};
    struct imprint imprint = {0};
    uint64_t version = 0;
    bool extended = false;
    if (!request_read(&request, &version, &imprint, &extended, der, e))
        return fail(ret_failure, TSP_BAD_DATA_FORMAT);
    if (version != 1 || request.nonce.size > TSP_NONCE_MAX) {
        err_set(e, ERR_INPUT, "a timestamp request is not of version 1, or its nonce is too long");
        return fail(ret_failure, TSP_BAD_REQUEST);
    }
    if (!algorithm_parse_digest(&request.alg, imprint.algorithm, e))
        return fail(ret_failure, TSP_BAD_ALG);
    if (imprint.digest.size != digest_size(request.alg)) {
        err_set(e, ERR_INPUT, "a timestamp request has an imprint of %zu bytes for %s",
                imprint.digest.size, digest_name(request.alg));
        return fail(ret_failure, TSP_BAD_DATA_FORMAT);
    }
    if (extended) {
        err_set(e, ERR_INPUT, "a timestamp request has an extension that is not known here");
        return fail(ret_failure, TSP_UNACCEPTED_EXTENSION);
    }
    request.imprint = imprint.digest;
    *ret = request;
    return true;
}

bool tsp_policy_text(char ret[TSP_POLICY_SIZE], struct bytes arc, struct err *e)
{
    if (arc.size == 0 || arc.size > X509_ARC_MAX)
        return err_set(e, ERR_INPUT, "the OID arc is empty or longer than %d characters",
                       X509_ARC_MAX);
    (void)snprintf(ret, TSP_POLICY_SIZE, "%.*s.3", (int)arc.size, (const char *)arc.data);
    return true;
}

bool tsp_request_check_policy(const struct tsp_request *request, struct bytes arc, struct err *e)
{
    char own[TSP_POLICY_SIZE];
    if (!tsp_policy_text(own, arc, e))
        return false;
    return request->policy.data == NULL || der_oid_is(request->policy, own) ||
           err_set(e, ERR_INPUT, "the request asks for another policy than %s", own);
}

/* ---- TSTInfo ---- */

/* Behind the seconds: nothing, or a point and digits that do not end with a zero; then Z. */
static bool fraction_read(int *ret_ms, struct bytes text)
{
    if (text.size == 1 && text.data[0] == 'Z')
        return true;
    if (text.size < 3 || text.data[0] != '.' || text.data[text.size - 1] != 'Z' ||
        text.data[text.size - 2] == '0')
        return false;
    int weight = 100;
    for (size_t i = 1; i + 1 < text.size; i++, weight /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *ret_ms += weight * (text.data[i] - '0');
    }
    return true;
}

/* genTime (RFC 3161 2.4.2): YYYYMMDDhhmmss[.fraction]Z. */
static int64_t gen_time_read(struct der *fields)
{
    enum { DIGITS = 14 };
    struct bytes body = der_body(fields, DER_GENERALIZED_TIME);
    int pairs[DIGITS / 2] = {0};
    bool wrong = body.size < DIGITS + 1;
    for (size_t i = 0; !wrong && i < DIGITS; i++) {
        wrong = body.data[i] < '0' || body.data[i] > '9';
        pairs[i / 2] = pairs[i / 2] * 10 + (body.data[i] - '0');
    }
    struct moment m = {.year = pairs[0] * 100 + pairs[1],
                       .month = pairs[2],
                       .day = pairs[3],
                       .hour = pairs[4],
                       .minute = pairs[5],
                       .second = pairs[6]};
    int64_t ms = 0;
    if (wrong ||
        !fraction_read(&m.millisecond, bytes_make(body.data + DIGITS, body.size - DIGITS)) ||
        !text_moment_join(&ms, &m))
        der_fail(fields, "genTime is no time");
    return ms;
}

/* A part of the accuracy, IMPLICIT INTEGER (1..999); 0 if it is not there. */
static int64_t accuracy_part(struct der *parts, unsigned n)
{
    if (!der_next_is(parts, DER_CONTEXT(n)))
        return 0;
    struct bytes body = der_body(parts, DER_CONTEXT(n));
    int64_t value = 0;
    if (body.size >= 1 && body.size <= 2)
        value = body.size == 1 ? body.data[0] : body.data[0] * 256 + body.data[1];
    bool shortest = body.size == 1 ? value < 0x80 : value >= 0x80;
    if (value < 1 || value > 999 || !shortest)
        der_fail(parts, "a part of the accuracy is not 1 to 999");
    return value;
}

static int64_t accuracy_read(struct der *fields)
{
    if (!der_next_is(fields, DER_SEQUENCE))
        return TSP_NO_ACCURACY;
    struct der parts = der_enter(fields, DER_SEQUENCE);
    uint64_t seconds = der_next_is(&parts, DER_INTEGER) ? der_small(&parts) : 0;
    if (seconds > INT32_MAX)
        der_fail(&parts, "the accuracy is too coarse");
    int64_t ms = accuracy_part(&parts, 0);
    ms += accuracy_part(&parts, 1) > 0;
    der_leave(fields, &parts);
    return fields->fault == NULL ? (int64_t)seconds * 1000 + ms : TSP_NO_ACCURACY;
}

static void extensions_pass(struct der *fields)
{
    if (!der_next_is(fields, DER_CONTEXT_CONSTRUCTED(1)))
        return;
    struct der list = der_enter(fields, DER_CONTEXT_CONSTRUCTED(1));
    while (!der_at_end(&list))
        if (extension_next(&list).critical)
            der_fail(&list, "an extension that is not known here is critical");
    der_leave(fields, &list);
}

/* The fields of TSTInfo in their order. */
static struct imprint info_read(struct tsp_info *info, struct der *fields)
{
    if (der_small(fields) != 1)
        der_fail(fields, "the version is not 1");
    info->policy = der_oid(fields);
    struct imprint imprint = imprint_read(fields);
    info->serial = der_natural(fields);
    if (info->serial.size > TSP_SERIAL_MAX)
        der_fail(fields, "the serial number is too long");
    info->time = gen_time_read(fields);
    info->accuracy = accuracy_read(fields);
    info->ordering = extension_flag(fields);
    info->nonce = nonce_read(fields);
    if (der_next_is(fields, DER_CONTEXT_CONSTRUCTED(0)))
        der_body(fields, DER_CONTEXT_CONSTRUCTED(0));
    extensions_pass(fields);
    return imprint;
}

bool tsp_info_parse(struct tsp_info *ret, struct bytes der, struct err *e)
{
    if (der.size > TSP_INFO_MAX)
        return err_set(e, ERR_LIMIT, "a TSTInfo has %zu bytes; at most %d are read", der.size,
                       TSP_INFO_MAX);
    struct tsp_info info = {0};
    struct der all = der_open(der);
    struct der fields = der_enter(&all, DER_SEQUENCE);
    struct imprint imprint = info_read(&info, &fields);
    der_leave(&all, &fields);
    if (!der_done(&all, "a TSTInfo", e) || !algorithm_parse_digest(&info.alg, imprint.algorithm, e))
        return false;
    if (imprint.digest.size != digest_size(info.alg))
        return err_set(e, ERR_INPUT, "a TSTInfo has an imprint of %zu bytes for %s",
                       imprint.digest.size, digest_name(info.alg));
    info.imprint = imprint.digest;
    *ret = info;
    return true;
}

/* ---- The response ---- */

static const char *failure_name(struct bytes bits)
{
    static const struct {
        enum tsp_failure failure;
        const char *name;
    } names[] = {
        {TSP_BAD_ALG, "badAlg"},
        {TSP_BAD_REQUEST, "badRequest"},
        {TSP_BAD_DATA_FORMAT, "badDataFormat"},
        {TSP_TIME_NOT_AVAILABLE, "timeNotAvailable"},
        {TSP_UNACCEPTED_POLICY, "unacceptedPolicy"},
        {TSP_UNACCEPTED_EXTENSION, "unacceptedExtension"},
        {TSP_ADD_INFO_NOT_AVAILABLE, "addInfoNotAvailable"},
        {TSP_SYSTEM_FAILURE, "systemFailure"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t at = 1 + names[i].failure / 8;
        if (at < bits.size && (bits.data[at] & 0x80u >> names[i].failure % 8) != 0)
            return names[i].name;
    }
    return "no reason";
}

/* PKIStatusInfo (RFC 3161 2.4.2). */
struct status {
    uint64_t status;
    struct bytes text;    /* the first string */
    struct bytes failure; /* contents of the BIT STRING */
};

static struct status status_read(struct der *parts)
{
    struct status s = {0};
    struct der info = der_enter(parts, DER_SEQUENCE);
    s.status = der_small(&info);
    if (der_next_is(&info, DER_SEQUENCE)) {
        struct der texts = der_enter(&info, DER_SEQUENCE);
        s.text = der_body(&texts, DER_UTF8_STRING);
        while (!der_at_end(&texts))
            der_body(&texts, DER_UTF8_STRING);
        der_leave(&info, &texts);
    }
    if (der_next_is(&info, DER_BIT_STRING))
        s.failure = der_body(&info, DER_BIT_STRING);
    der_leave(parts, &info);
    return s;
}

bool tsp_response_parse(struct bytes *ret_token, struct bytes der, struct err *e)
{
    enum { GRANTED_WITH_CHANGES = 1 };
    struct bytes token = BYTES_NONE;
    if (der.size > TSP_RESPONSE_MAX)
        return err_set(e, ERR_LIMIT, "a timestamp response has %zu bytes; at most %u are read",
                       der.size, TSP_RESPONSE_MAX);
    struct der all = der_open(der);
    struct der parts = der_enter(&all, DER_SEQUENCE);
    struct status s = status_read(&parts);
    if (!der_at_end(&parts))
        token = der_whole(&parts, DER_SEQUENCE);
    der_leave(&all, &parts);
    if (!der_done(&all, "a timestamp response", e))
        return false;
    if (s.status > GRANTED_WITH_CHANGES)
        return err_refuse(e, "timestamp.rejected", "the time-stamping authority refuses: %s%s%.*s",
                          failure_name(s.failure), s.text.size > 0 ? ", " : "",
                          BYTES_PRINT(s.text));
    if (token.data == NULL)
        return err_set(e, ERR_INPUT, "a timestamp response grants a token that is not in it");
    *ret_token = token;
    return true;
}
