#include "unit/ok.h"

#include "base/hex.h"
#include "pki/der.h"
#include "pki/name.h"

static const struct name full = {
    .country = {(const uint8_t *)"DE", 2},
    .state = {(const uint8_t *)"Bayern", 6},
    .locality = {(const uint8_t *)"M\xc3\xbcnchen", 8},
    .organization = {(const uint8_t *)"Example, Inc.", 13},
    .unit = {(const uint8_t *)"Release", 7},
    .common_name = {(const uint8_t *)"Sign = 1", 8},
};

static void a_name_is_built_in_one_order_and_read_back(void **state)
{
    (void)state;
    struct err e;
    struct name name;
    AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
    ok_call(name_build(&der, &full, &e), e);
    ok_call(name_parse(&name, buf_bytes(&der), &e), e);
    ok_bytes(name.country, full.country);
    ok_bytes(name.state, full.state);
    ok_bytes(name.locality, full.locality);
    ok_bytes(name.organization, full.organization);
    ok_bytes(name.unit, full.unit);
    ok_bytes(name.common_name, full.common_name);
}

static void the_bytes_are_those_that_openssl_writes(void **state)
{
    (void)state;
    /* openssl req -subj "/C=DE/O=Example/CN=Release" -utf8 */
    static const char want[] = "3031310b30090603550406130244453110300e060355040a0c074578616d706c65"
                               "3110300e06035504030c0752656c65617365";
    struct name name = {.country = bytes_text("DE"),
                        .organization = bytes_text("Example"),
                        .common_name = bytes_text("Release")};
    struct err e;
    AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) hex = BUF(1024);
    ok_call(name_build(&der, &name, &e), e);
    hex_put(&hex, buf_bytes(&der));
    assert_string_equal(buf_string(&hex), want);
}

static void values_beyond_the_limits_are_refused(void **state)
{
    (void)state;
    static const char sixty_five[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    static const struct {
        const char *country, *common_name, *says;
    } cases[] = {
        {"DE", NULL, "no CN"},
        {"DE", "", "CN of the name is empty"},
        {"de", "x", "two letters"},
        {"DEU", "x", "two letters"},
        {"DE", " x", "begins or ends with a space"},
        {"DE", "x ", "begins or ends with a space"},
        {"DE", "a\nb", "not plain UTF-8"},
        {"DE", "\xff", "not plain UTF-8"},
        {"DE", sixty_five, "65 characters; at most 64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct name name = {.country = bytes_text(cases[i].country)};
        if (cases[i].common_name != NULL)
            name.common_name = bytes_text(cases[i].common_name);
        struct err e = {0};
        AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
        ok_err(name_build(&der, &name, &e), e, ERR_INPUT, cases[i].says);
        assert_int_equal(der.size, 0);
    }
}

static void limits_count_characters_not_bytes(void **state)
{
    (void)state;
    char text[129] = {0};
    for (size_t i = 0; i < 64; i++)
        memcpy(text + 2 * i, "\xc3\xbc", 2);
    struct name name = {.common_name = bytes_text(text)};
    struct err e;
    AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
    ok_call(name_build(&der, &name, &e), e);
}

static void put_pair(struct buf *b, const char *oid, unsigned tag, const char *text)
{
    size_t set = der_begin(b, DER_SET);
    size_t pair = der_begin(b, DER_SEQUENCE);
    der_put_oid(b, oid);
    der_put(b, tag, bytes_text(text));
    der_end(b, pair);
    der_end(b, set);
}

static void names_that_we_do_not_write_are_not_parsed_as_ours(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        unsigned tag;
    } cases[] = {
        {"2.5.4.3", "2.5.4.10", DER_UTF8_STRING},      /* out of order */
        {"2.5.4.3", "2.5.4.3", DER_UTF8_STRING},       /* doubled */
        {"2.5.4.5", "2.5.4.3", DER_UTF8_STRING},       /* unknown */
        {"2.5.4.10", "2.5.4.3", DER_PRINTABLE_STRING}, /* other string type */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e = {0};
        struct name name, before;
        memset(&before, 0xa5, sizeof before);
        name = before;
        AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
        size_t all = der_begin(&der, DER_SEQUENCE);
        put_pair(&der, cases[i].first, DER_UTF8_STRING, "a");
        put_pair(&der, cases[i].second, cases[i].tag, "b");
        der_end(&der, all);
        assert_false(name_parse(&name, buf_bytes(&der), &e));
        assert_int_equal(e.code, ERR_INPUT);
        assert_memory_equal(&name, &before, sizeof name);
        ok_call(name_check(buf_bytes(&der), &e), e);
    }
}

static void a_name_is_shown_on_one_line_without_confusion(void **state)
{
    (void)state;
    struct err e;
    AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) text = BUF(1024);
    ok_call(name_build(&der, &full, &e), e);
    name_show(&text, buf_bytes(&der));
    assert_string_equal(
        buf_string(&text),
        "C=DE, ST=Bayern, L=M\xc3\xbcnchen, O=Example\\2c Inc., OU=Release, CN=Sign \\3d 1");
}

static void strange_names_are_shown_as_well(void **state)
{
    (void)state;
    AUTO_VALUE(buf) der = BUF(NAME_DER_MAX);
    AUTO_VALUE(buf) text = BUF(1024);
    size_t all = der_begin(&der, DER_SEQUENCE);
    put_pair(&der, "2.5.4.5", DER_PRINTABLE_STRING, " 7#");
    put_pair(&der, "1.2.3.4", DER_UTF8_STRING, "\x1b[31m");
    put_pair(&der, "2.5.4.3", 0x14, "T61");
    der_end(&der, all);
    name_show(&text, buf_bytes(&der));
    assert_string_equal(buf_string(&text), "serialNumber=\\207#, 1.2.3.4=\\1b[31m, CN=#1403543631");
    buf_reset(&text);
    name_show(&text, bytes_text("nonsense"));
    assert_string_equal(buf_string(&text), "(not a name)");
}

static void name_of(struct buf *b, const char *type, unsigned tag, const char *value)
{
    size_t all = der_begin(b, DER_SEQUENCE);
    put_pair(b, type, tag, value);
    der_end(b, all);
}

static void names_match_whatever_their_case_and_spaces(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        unsigned tag;
        const char *value;
        bool same;
    } cases[] = {
        {"2.5.4.3", DER_UTF8_STRING, "Test CA", true},
        {"2.5.4.3", DER_PRINTABLE_STRING, "tEST  ca", true},
        {"2.5.4.3", DER_UTF8_STRING, "  Test   CA  ", true},
        {"2.5.4.3", DER_UTF8_STRING, "TestCA", false},
        {"2.5.4.3", DER_UTF8_STRING, "Test CAx", false},
        {"2.5.4.3", DER_UTF8_STRING, "Test", false},
        {"2.5.4.10", DER_UTF8_STRING, "Test CA", false},
        {"2.5.4.3", 0x14, "Test CA", false},
    };
    AUTO_VALUE(buf) one = BUF(NAME_DER_MAX);
    name_of(&one, "2.5.4.3", DER_UTF8_STRING, "Test CA");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        AUTO_VALUE(buf) other = BUF(NAME_DER_MAX);
        name_of(&other, cases[i].type, cases[i].tag, cases[i].value);
        assert_int_equal(name_matches(buf_bytes(&one), buf_bytes(&other)), cases[i].same);
        assert_int_equal(name_matches(buf_bytes(&other), buf_bytes(&one)), cases[i].same);
    }
    AUTO_VALUE(buf) longer = BUF(NAME_DER_MAX);
    size_t all = der_begin(&longer, DER_SEQUENCE);
    put_pair(&longer, "2.5.4.3", DER_UTF8_STRING, "Test CA");
    put_pair(&longer, "2.5.4.3", DER_UTF8_STRING, "Test CA");
    der_end(&longer, all);
    assert_false(name_matches(buf_bytes(&one), buf_bytes(&longer)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_built_in_one_order_and_read_back),
        cmocka_unit_test(the_bytes_are_those_that_openssl_writes),
        cmocka_unit_test(values_beyond_the_limits_are_refused),
        cmocka_unit_test(limits_count_characters_not_bytes),
        cmocka_unit_test(names_that_we_do_not_write_are_not_parsed_as_ours),
        cmocka_unit_test(a_name_is_shown_on_one_line_without_confusion),
        cmocka_unit_test(strange_names_are_shown_as_well),
        cmocka_unit_test(names_match_whatever_their_case_and_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
