#include "pki/lint.h"

#include <stdio.h>

#include "pki/algorithm.h"
#include "pki/der.h"
#include "pki/key.h"
#include "pki/name.h"

#define SERIAL_MIN 8 /* octets: 64 random bits, CSBR 7.1 */
#define SECOND 1000

/* What every check looks at. */
struct subject {
    const struct x509 *cert;
    const struct profile_row *row;
    const struct pubkey *key; /* NULL if it is none that we accept */
    struct bytes arc;
};

static bool version_holds(const struct subject *s)
{
    return s->cert->version == 3;
}

static bool serial_holds(const struct subject *s)
{
    return s->cert->serial.size >= SERIAL_MIN;
}

static bool algorithm_holds(const struct subject *s)
{
    enum mechanism m;
    struct err ignored;
    return algorithm_parse_signature(&m, s->cert->algorithm, &ignored) && m != MECHANISM_ED25519;
}

static bool subject_holds(const struct subject *s)
{
    struct name name;
    struct err ignored;
    return name_parse(&name, s->cert->subject, &ignored);
}

static bool issuer_holds(const struct subject *s)
{
    return bytes_equal(s->cert->issuer, s->cert->subject) == s->row->self_signed;
}

static bool validity_holds(const struct subject *s)
{
    return s->cert->not_before <= s->cert->not_after &&
           s->cert->not_after - s->cert->not_before + SECOND <= s->row->validity_max;
}

static bool key_holds(const struct subject *s)
{
    return s->key != NULL && pubkey_kind(s->key) != KEY_ED25519;
}

static bool key_size_holds(const struct subject *s)
{
    return s->key == NULL || pubkey_kind(s->key) != KEY_RSA ||
           pubkey_bits(s->key) >= s->row->rsa_bits_min;
}

/* Present or not, and critical or not, as wanted. */
static bool is_marked(const struct x509 *cert, unsigned bit, bool present, bool critical)
{
    if (!present)
        return (cert->present & bit) == 0;
    return (cert->present & bit) != 0 && ((cert->critical & bit) != 0) == critical;
}

static bool basic_constraints_hold(const struct subject *s)
{
    return is_marked(s->cert, X509_EXT_BASIC_CONSTRAINTS, s->row->ca, true) &&
           s->cert->ca == s->row->ca && s->cert->path_length == s->row->path_length;
}

static bool key_usage_holds(const struct subject *s)
{
    return is_marked(s->cert, X509_EXT_KEY_USAGE, true, true) &&
           s->cert->key_usage == s->row->key_usage;
}

static bool purpose_holds(const struct subject *s)
{
    static const unsigned wanted[] = {
        [PURPOSE_NONE] = 0,
        [PURPOSE_CODE_SIGNING] = X509_EKU_CODE_SIGNING,
        [PURPOSE_TIME_STAMPING] = X509_EKU_TIME_STAMPING,
        [PURPOSE_LIST] = X509_EKU_OTHER,
    };
    enum profile_purpose purpose = s->row->purpose;
    return is_marked(s->cert, X509_EXT_EXTENDED_KEY_USAGE, purpose != PURPOSE_NONE,
                     s->row->purpose_critical) &&
           s->cert->extended_key_usage == wanted[purpose] &&
           (purpose != PURPOSE_LIST || x509_is_for_lists(s->cert));
}

static bool subject_key_id_holds(const struct subject *s)
{
    uint8_t id[X509_KEY_ID_SIZE];
    struct err ignored;
    return is_marked(s->cert, X509_EXT_SUBJECT_KEY_ID, true, false) &&
           x509_key_id(id, s->cert->spki, &ignored) &&
           bytes_equal(s->cert->subject_key_id, BYTES_OF(id));
}

static bool authority_key_id_holds(const struct subject *s)
{
    bool wanted = !s->row->self_signed;
    return is_marked(s->cert, X509_EXT_AUTHORITY_KEY_ID, wanted, false) &&
           (s->cert->authority_key_id.data != NULL) == wanted;
}

static bool crl_url_holds(const struct subject *s)
{
    struct bytes url = s->cert->crl_url;
    if (!is_marked(s->cert, X509_EXT_CRL_POINTS, s->row->crl_url, false))
        return false;
    if (!s->row->crl_url)
        return true;
    return s->cert->crl_points == 1 && url.size > 7 && memcmp(url.data, "http", 4) == 0;
}

static bool number_holds(const struct subject *s)
{
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint64_t number;
    struct err ignored;
    return x509_number(s->cert, s->arc, authority, &number, &ignored);
}

static bool critical_holds(const struct subject *s)
{
    return s->cert->unknown_critical.data == NULL;
}

/* One bit of `present` for each extension that is known, and our own behind them. */
static bool extensions_hold(const struct subject *s)
{
    size_t known = 0;
    for (unsigned present = s->cert->present; present != 0; present >>= 1)
        known += present & 1;
    size_t count = 0;
    struct der list = der_open(s->cert->extensions);
    for (; !der_at_end(&list); count++)
        der_any(&list, NULL);
    return count == known + (number_holds(s) ? 1 : 0);
}

struct check {
    struct lint_fault fault;
    bool (*holds)(const struct subject *s);
};

static const struct check checks[] = {
    {{"version", "the certificate is not of version 3"}, version_holds},
    {{"serial", "the serial number has fewer than 64 bits"}, serial_holds},
    {{"signature-algorithm", "the signature algorithm is not accepted"}, algorithm_holds},
    {{"subject", "the subject is not made of C, ST, L, O, OU and CN within their limits"},
     subject_holds},
    {{"issuer", "issuer and subject are the same, or differ, against the profile"}, issuer_holds},
    {{"validity", "the validity is longer than the profile allows, or backwards"}, validity_holds},
    {{"key", "the public key is of a kind that the profile does not allow"}, key_holds},
    {{"key-size", "the RSA key is too short"}, key_size_holds},
    {{"basic-constraints", "basicConstraints is not as the profile says"}, basic_constraints_hold},
    {{"key-usage", "keyUsage is not critical and exactly as the profile says"}, key_usage_holds},
    {{"purpose", "extKeyUsage is not exactly as the profile says"}, purpose_holds},
    {{"subject-key-id", "subjectKeyIdentifier is not the one of the key"}, subject_key_id_holds},
    {{"authority-key-id", "authorityKeyIdentifier is not as the profile says"},
     authority_key_id_holds},
    {{"crl-url", "the URL of the CRL is not as the profile says"}, crl_url_holds},
    {{"number", "the extension with the certificate's number is missing or malformed"},
     number_holds},
    {{"unknown-critical", "an unknown extension is critical"}, critical_holds},
    {{"extension", "there is an extension that the profile does not have"}, extensions_hold},
};

void lint_certificate(struct lint *ret, const struct x509 *cert, enum profile profile,
                      struct bytes arc)
{
    _Static_assert(sizeof checks / sizeof checks[0] <= LINT_MAX, "room for every fault");
    AUTO(pubkey) key = NULL;
    struct err ignored;
    if (!pubkey_parse(&key, cert->spki, &ignored))
        key = NULL;
    struct subject s = {.cert = cert, .row = profile_get(profile), .key = key, .arc = arc};
    ret->count = 0;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].holds(&s))
            ret->faults[ret->count++] = checks[i].fault;
}

bool lint_check(const struct x509 *cert, enum profile profile, struct bytes arc, struct err *e)
{
    struct lint lint;
    lint_certificate(&lint, cert, profile, arc);
    if (lint.count == 0)
        return true;
    AUTO_VALUE(buf) text = BUF(4096);
    for (size_t i = 0; i < lint.count; i++)
        buf_printf(&text, "%s%s", i > 0 ? "; " : "", lint.faults[i].text);
    char rule[40];
    (void)snprintf(rule, sizeof rule, "lint.%s", lint.faults[0].name);
    return err_refuse(e, rule, "the certificate does not fit profile %s: %s",
                      profile_names[profile], buf_string(&text));
}
