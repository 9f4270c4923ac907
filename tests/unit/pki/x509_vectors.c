/*
 * Certificates and parts of certificates that others made to be read or refused. Where our verdict
 * differs from the source's own, it is in the table below, with the reason.
 */
#include "unit/pki/vectors.h"

#include "pki/algorithm.h"
#include "pki/der.h"
#include "pki/x509.h"

struct difference {
    const char *name;
    const char *why;
};

static const struct difference differences[] = {
    {"bad_policy_qualifiers", "policies are not read"},
    {"policy_qualifiers_empty_sequence", "policies are not read"},
    {"name_constraints_bad_ip", "name constraints are not read; critical ones are refused later"},
    {"subject_blank_subjectaltname_not_critical", "subjectAltName is not read"},
    {"subjectaltname_bad_ip", "subjectAltName is not read"},
    {"subject_not_ascii", "names are bytes here; what is shown of them is escaped"},
    {"cert_skeleton", "the source parses the outermost layer only; inside is nothing"},
    {"failed_signature_algorithm", "the source does not compare the two algorithms here"},
    {"subject_printable_string_containing_utf8_client_cert", "its keyUsage is not DER"},
    {"tbs_v2_no_optionals", "its names are placeholders"},
    {"tbs_v3_all_optionals", "its names are placeholders"},
    {"tbs_v3_extensions", "its names are placeholders"},
    {"tbs_v3_extensions_not_sequence", "its extensions are placeholders"},
    {"tbs_validity_both_utc_time", "its names are placeholders"},
    {"tbs_validity_generalized_time_and_utc_time", "RFC 5280 4.1.2.5 wants UTCTime until 2049"},
    {"tbs_validity_utc_time_and_generalized_time", "RFC 5280 4.1.2.5 wants UTCTime until 2049"},
};

static bool is_different(struct bytes name)
{
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        if (bytes_is(name, differences[i].name))
            return true;
    return false;
}

/* A TBSCertificate around an authority key identifier, so that it can be read alone. */
static void around(struct buf *b, struct bytes akid)
{
    size_t tbs = der_begin(b, DER_SEQUENCE);
    size_t version = der_begin(b, DER_CONTEXT_CONSTRUCTED(0));
    der_put_small(b, 2);
    der_end(b, version);
    der_put_small(b, 1);
    algorithm_put_signature(b, MECHANISM_ECDSA_SHA256);
    der_put(b, DER_SEQUENCE, BYTES_NONE);
    size_t validity = der_begin(b, DER_SEQUENCE);
    der_put_time(b, 0);
    der_put_time(b, 1000);
    der_end(b, validity);
    der_put(b, DER_SEQUENCE, BYTES_NONE);
    der_put(b, DER_SEQUENCE, BYTES_NONE);
    size_t explicit = der_begin(b, DER_CONTEXT_CONSTRUCTED(3));
    size_t list = der_begin(b, DER_SEQUENCE);
    size_t extension = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, "2.5.29.35");
    der_put_octets(b, akid);
    der_end(b, extension);
    der_end(b, list);
    der_end(b, explicit);
    der_end(b, tbs);
}

static bool case_parse(struct x509 *ret, struct bytes kind, struct bytes der, struct buf *space,
                       struct err *e)
{
    if (bytes_is(kind, "certificate"))
        return x509_parse(ret, der, e);
    if (bytes_is(kind, "tbs"))
        return x509_parse_tbs(ret, der, e);
    buf_reset(space);
    around(space, der);
    return x509_parse_tbs(ret, buf_bytes(space), e);
}

static void every_case_gets_the_known_verdict(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(1 << 20);
    AUTO_VALUE(buf) der = BUF(1 << 16);
    AUTO_VALUE(buf) space = BUF(1 << 16);
    vectors_read(&text, "cases.txt");
    struct bytes rest = buf_bytes(&text);
    struct bytes field[VECTOR_FIELDS];
    size_t different = 0;
    while (vectors_next(&rest, field)) {
        struct x509 cert, before;
        struct err e = {0};
        memset(&before, 0xa5, sizeof before);
        cert = before;
        bool ok = case_parse(&cert, field[1], vectors_hex(&der, field[3]), &space, &e);
        bool expected = bytes_is(field[2], "good") != is_different(field[0]);
        if (ok != expected)
            fail_msg("%.*s: %s", BYTES_PRINT(field[0]), ok ? "accepted" : e.message);
        if (!ok)
            assert_memory_equal(&cert, &before, sizeof cert);
        different += is_different(field[0]);
    }
    assert_int_equal(different, sizeof differences / sizeof differences[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_gets_the_known_verdict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
