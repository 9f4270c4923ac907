/*
 * Aims at x509_parse, x509_parse_tbs and with them x509_extensions_parse, at name_parse, name_check
 * and name_show, and at lint with algorithm_parse_signature.
 *
 * What is accepted lies within the input; a name that is parsed as ours is built again as the same
 * bytes; lint of anything ends. The first byte of the input chooses what the rest is read as.
 */
#include "pki/lint.h"
#include "pki/name.h"
#include "pki/x509.h"
#include "property.h"

static bool is_within(struct bytes part, struct bytes whole)
{
    return part.data == NULL ||
           (part.data >= whole.data && part.data + part.size <= whole.data + whole.size);
}

static void certificate_check(const struct x509 *c, struct bytes input)
{
    struct lint lint;
    uint8_t authority[X509_AUTHORITY_SIZE];
    uint64_t number;
    struct err e;
    PROPERTY(is_within(c->tbs, input) && is_within(c->subject, input) &&
             is_within(c->extensions, c->tbs) && is_within(c->crl_url, c->extensions) &&
             is_within(c->subject_key_id, c->extensions) && is_within(c->signature, input));
    PROPERTY(c->serial.size >= 1 && c->serial.size <= X509_SERIAL_MAX);
    for (unsigned profile = 0; profile < PROFILE_COUNT; profile++)
        lint_certificate(&lint, c, (enum profile)profile, bytes_text("1.3.6.1.4.1.32473"));
    (void)!x509_number(c, bytes_text("1.3.6.1.4.1.32473"), authority, &number, &e);
}

static void name_try(struct bytes input)
{
    struct name name;
    struct err e;
    AUTO_VALUE(buf) text = BUF(8 * input.size + 64);
    AUTO_VALUE(buf) again = BUF(NAME_DER_MAX);
    name_show(&text, input);
    PROPERTY(!text.failed);
    if (!name_parse(&name, input, &e))
        return;
    PROPERTY(name_check(input, &e));
    PROPERTY(name_build(&again, &name, &e));
    PROPERTY(bytes_equal(buf_bytes(&again), input));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct x509 c;
    struct err e;
    if (size == 0)
        return 0;
    struct bytes input = bytes_make(data + 1, size - 1);
    if (data[0] % 3 == 0)
        name_try(input);
    else if (data[0] % 3 == 1 ? x509_parse(&c, input, &e) : x509_parse_tbs(&c, input, &e))
        certificate_check(&c, input);
    return 0;
}
