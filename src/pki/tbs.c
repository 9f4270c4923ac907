#include "pki/tbs.h"

#include <stdio.h>

#include "pki/algorithm.h"
#include "pki/der.h"
#include "pki/extension.h"
#include "pki/name.h"

#define NUMBER_MAX ((UINT64_C(1) << 53) - 1)
#define SECOND 1000
#define OWN_OID_SIZE (X509_ARC_MAX + sizeof ".1")

void tbs_serial(uint8_t ret[X509_SERIAL_SIZE], struct bytes random)
{
    memcpy(ret, random.data, X509_SERIAL_SIZE);
    ret[0] = (uint8_t)((ret[0] & 0x3f) | 0x40);
}

/* ---- The plan ---- */

static bool size_check(struct bytes bytes, size_t size, const char *what, struct err *e)
{
    if (bytes.size != size)
        return err_set(e, ERR_INPUT, "the certificate's %s has %zu bytes instead of %zu", what,
                       bytes.size, size);
    return true;
}

static bool times_check(const struct tbs_plan *plan, struct err *e)
{
    if (plan->not_before < 0 || plan->not_before % SECOND != 0 || plan->not_after % SECOND != 0)
        return err_set(e, ERR_INPUT, "the certificate's times are not whole seconds since 1970");
    if (plan->not_after < plan->not_before)
        return err_set(e, ERR_INPUT, "the certificate would end before it begins");
    return true;
}

/* An http(s) URL of characters that need no escape in it; so it is an IA5String as well. */
static bool url_check(struct bytes url, struct err *e)
{
    if (url.size > X509_URL_MAX)
        return err_set(e, ERR_INPUT, "the CRL's URL has %zu characters; at most %d are allowed",
                       url.size, X509_URL_MAX);
    bool http = url.size > 7 && memcmp(url.data, "http://", 7) == 0;
    bool https = url.size > 8 && memcmp(url.data, "https://", 8) == 0;
    if (!http && !https)
        return err_set(e, ERR_INPUT, "the CRL's URL does not begin with http:// or https://");
    for (size_t i = 0; i < url.size; i++)
        if (url.data[i] <= ' ' || url.data[i] >= 0x7f || strchr("\"<>\\^`{|}", url.data[i]) != NULL)
            return err_set(e, ERR_INPUT, "the CRL's URL has a character that is not allowed in it");
    return true;
}

static bool presence_check(struct bytes value, bool wanted, const char *what, const char *profile,
                           struct err *e)
{
    if ((value.size > 0) == wanted)
        return true;
    return err_set(e, ERR_INPUT, "a certificate of profile %s %s %s", profile,
                   wanted ? "must have" : "cannot have", what);
}

static bool profile_check(const struct tbs_plan *plan, struct err *e)
{
    const struct profile_row *row = profile_get(plan->profile);
    const char *name = profile_names[plan->profile];
    if (!presence_check(plan->crl_url, row->crl_url, "the URL of its CRL", name, e) ||
        !presence_check(plan->issuer_key_id, !row->self_signed, "its issuer's key identifier", name,
                        e))
        return false;
    if (row->self_signed && !bytes_equal(plan->issuer, plan->subject))
        return err_set(e, ERR_INPUT, "a certificate of profile %s must be its own issuer", name);
    if (!row->self_signed &&
        !size_check(plan->issuer_key_id, X509_KEY_ID_SIZE, "issuer's key identifier", e))
        return false;
    return !row->crl_url || url_check(plan->crl_url, e);
}

static bool plan_check(const struct tbs_plan *plan, struct err *e)
{
    AUTO(pubkey) key = NULL;
    if (!size_check(plan->random, X509_SERIAL_SIZE, "random for the serial number", e) ||
        !size_check(plan->authority, X509_AUTHORITY_SIZE, "authority id", e) ||
        !times_check(plan, e) || !profile_check(plan, e))
        return false;
    if (plan->number > NUMBER_MAX)
        return err_set(e, ERR_INPUT, "the certificate's number is not below 2^53");
    if (plan->arc.size == 0 || plan->arc.size > X509_ARC_MAX)
        return err_set(e, ERR_INPUT, "the OID arc is empty or longer than %d characters",
                       X509_ARC_MAX);
    if (!name_check(plan->issuer, e))
        return err_wrap(e, "issuer of the certificate");
    if (!name_check(plan->subject, e))
        return err_wrap(e, "subject of the certificate");
    if (!pubkey_parse(&key, plan->spki, e))
        return err_wrap(e, "public key of the certificate");
    return true;
}

/* ---- Extensions, in the order in which they are written ---- */

static void basic_constraints_put(struct buf *b, const struct profile_row *row)
{
    struct extension_mark x = extension_begin(b, "2.5.29.19", true);
    size_t seq = der_begin(b, DER_SEQUENCE);
    der_put_boolean(b, true);
    if (row->path_length >= 0)
        der_put_small(b, (uint64_t)row->path_length);
    der_end(b, seq);
    extension_end(b, x);
}

static void key_usage_put(struct buf *b, const struct profile_row *row)
{
    struct extension_mark x = extension_begin(b, "2.5.29.15", true);
    der_put_flags(b, row->key_usage);
    extension_end(b, x);
}

/* An object identifier right under the plan's arc. */
static void under_arc(char ret[OWN_OID_SIZE], const struct tbs_plan *plan, unsigned last)
{
    (void)snprintf(ret, OWN_OID_SIZE, "%.*s.%u", (int)plan->arc.size, (const char *)plan->arc.data,
                   last);
}

static void purpose_put(struct buf *b, const struct profile_row *row, const struct tbs_plan *plan)
{
    char list[OWN_OID_SIZE];
    under_arc(list, plan, 2);
    const char *const oids[] = {
        [PURPOSE_CODE_SIGNING] = "1.3.6.1.5.5.7.3.3",
        [PURPOSE_TIME_STAMPING] = "1.3.6.1.5.5.7.3.8",
        [PURPOSE_LIST] = list,
    };
    struct extension_mark x = extension_begin(b, "2.5.29.37", row->purpose_critical);
    size_t seq = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, oids[row->purpose]);
    der_end(b, seq);
    extension_end(b, x);
}

static void subject_key_id_put(struct buf *b, const uint8_t id[X509_KEY_ID_SIZE])
{
    struct extension_mark x = extension_begin(b, "2.5.29.14", false);
    der_put_octets(b, bytes_make(id, X509_KEY_ID_SIZE));
    extension_end(b, x);
}

static void crl_url_put(struct buf *b, struct bytes url)
{
    struct extension_mark x = extension_begin(b, "2.5.29.31", false);
    size_t points = der_begin(b, DER_SEQUENCE);
    size_t point = der_begin(b, DER_SEQUENCE);
    extension_put_full_name(b, url);
    der_end(b, point);
    der_end(b, points);
    extension_end(b, x);
}

static void number_put(struct buf *b, const struct tbs_plan *plan)
{
    char oid[OWN_OID_SIZE];
    under_arc(oid, plan, 1);
    struct extension_mark x = extension_begin(b, oid, false);
    size_t seq = der_begin(b, DER_SEQUENCE);
    der_put_octets(b, plan->authority);
    der_put_small(b, plan->number);
    der_end(b, seq);
    extension_end(b, x);
}

static void extensions_put(struct buf *b, const struct tbs_plan *plan,
                           const uint8_t key_id[X509_KEY_ID_SIZE])
{
    const struct profile_row *row = profile_get(plan->profile);
    size_t explicit = der_begin(b, DER_CONTEXT_CONSTRUCTED(3));
    size_t list = der_begin(b, DER_SEQUENCE);
    if (row->ca)
        basic_constraints_put(b, row);
    key_usage_put(b, row);
    if (row->purpose != PURPOSE_NONE)
        purpose_put(b, row, plan);
    subject_key_id_put(b, key_id);
    if (!row->self_signed)
        extension_put_authority_key_id(b, plan->issuer_key_id);
    if (row->crl_url)
        crl_url_put(b, plan->crl_url);
    number_put(b, plan);
    der_end(b, list);
    der_end(b, explicit);
}

/* ---- The whole ---- */

static void fields_put(struct buf *b, const struct tbs_plan *plan)
{
    uint8_t serial[X509_SERIAL_SIZE];
    size_t version = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    der_put_small(b, 2);
    der_end(b, version);
    tbs_serial(serial, plan->random);
    der_put_natural(b, BYTES_OF(serial));
    algorithm_put_signature(b, plan->mechanism);
    buf_put(b, plan->issuer);
    size_t validity = der_begin(b, DER_SEQUENCE);
    der_put_time(b, plan->not_before);
    der_put_time(b, plan->not_after);
    der_end(b, validity);
    buf_put(b, plan->subject);
    buf_put(b, plan->spki);
}

bool tbs_build(struct buf *ret, const struct tbs_plan *plan, struct err *e)
{
    uint8_t key_id[X509_KEY_ID_SIZE];
    if (!plan_check(plan, e) || !x509_key_id(key_id, plan->spki, e))
        return false;
    AUTO_VALUE(buf) tbs = BUF(X509_DER_MAX);
    size_t all = der_begin(&tbs, DER_SEQUENCE);
    fields_put(&tbs, plan);
    extensions_put(&tbs, plan, key_id);
    der_end(&tbs, all);
    if (!buf_ok(&tbs, "a TBSCertificate", e))
        return err_hint(e, "is the OID arc \"%.*s\" well formed?", BYTES_PRINT(plan->arc));
    buf_put(ret, buf_bytes(&tbs));
    return buf_ok(ret, "a TBSCertificate", e);
}

bool tbs_certify(struct buf *ret, struct bytes tbs, enum mechanism mechanism, struct bytes raw,
                 struct err *e)
{
    AUTO_VALUE(buf) signature = BUF(KEY_SIGNATURE_MAX + 16);
    algorithm_put_signature_value(&signature, mechanism, raw);
    if (!buf_ok(&signature, "a certificate's signature", e))
        return false;
    size_t all = der_begin(ret, DER_SEQUENCE);
    buf_put(ret, tbs);
    algorithm_put_signature(ret, mechanism);
    der_put_bits(ret, buf_bytes(&signature));
    der_end(ret, all);
    return buf_ok(ret, "a certificate", e);
}
