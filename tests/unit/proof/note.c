#include "unit/ok.h"

#include "memory_log.h"
#include "proof/note.h"

/* The example of C2SP signed-note. */
static const char spec_key[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
static const char spec_note[] =
    "This is an example message.\n"
    "\n"
    "\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3"
    "mFXmRKuwHjG1Yu72IneyaQM=\n";

/* The example of Go's note package, signed by two. */
static const char peter_key[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char enoch_key[] = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";
static const char go_note[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
    "otpRZb6KE6RyyBwJnAM=\n"
    "\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWL"
    "ox33WWd1RvMc+QQ=\n";

static struct note_key key_of(const char *text)
{
    struct note_key key;
    struct err e;
    ok_call(note_key_parse(&key, bytes_text(text), &e), e);
    return key;
}

static struct note note_of(struct bytes bytes)
{
    struct note note;
    struct err e;
    ok_call(note_parse(&note, bytes, &e), e);
    return note;
}

static void the_example_of_the_specification_holds(void **state)
{
    (void)state;
    struct err e;
    struct note_key key = key_of(spec_key);
    struct note note = note_of(bytes_text(spec_note));
    ok_text(note.text, "This is an example message.\n");
    assert_int_equal(note.count, 1);
    ok_text(note.signatures[0].name, "example.com/foo");
    ok_call(note_verify(&note, &key, 1, &e), e);
}

static void a_key_is_written_as_it_was_read(void **state)
{
    (void)state;
    const char *const texts[] = {spec_key, peter_key, enoch_key};
    for (size_t i = 0; i < 3; i++) {
        struct note_key key = key_of(texts[i]);
        AUTO_VALUE(buf) b = BUF(NOTE_KEY_TEXT_MAX);
        note_key_write(&b, &key);
        ok_text(buf_bytes(&b), texts[i]);
    }
}

static void a_note_of_two_signers_holds_for_either_and_both(void **state)
{
    (void)state;
    struct err e;
    struct note_key keys[] = {key_of(peter_key), key_of(enoch_key), key_of(spec_key)};
    struct note note = note_of(bytes_text(go_note));
    assert_int_equal(note.count, 2);
    ok_call(note_verify(&note, keys, 1, &e), e);
    ok_call(note_verify(&note, keys + 1, 1, &e), e);
    ok_call(note_verify(&note, keys, 3, &e), e);
    ok_err(note_verify(&note, keys + 2, 1, &e), e, ERR_AUTH, "no known key");
    ok_err(note_verify(&note, keys, 0, &e), e, ERR_AUTH, "no known key");
}

static void one_bad_signature_of_a_known_key_spoils_the_note(void **state)
{
    (void)state;
    struct err e;
    struct note_key keys[] = {key_of(peter_key), key_of(enoch_key)};
    char text[sizeof go_note];
    memcpy(text, go_note, sizeof text);
    char *at = strstr(text, "mZa0SO3N");
    at[0] = 'n';
    struct note note = note_of(bytes_text(text));
    ok_call(note_verify(&note, keys, 1, &e), e);
    ok_err(note_verify(&note, keys, 2, &e), e, ERR_AUTH, "EnochRoot");
}

static void an_altered_text_is_refused(void **state)
{
    (void)state;
    struct err e;
    struct note_key key = key_of(spec_key);
    char text[sizeof spec_note];
    for (size_t i = 0; i < strlen("This is an example message."); i++) {
        memcpy(text, spec_note, sizeof text);
        text[i] ^= 2;
        struct note note = note_of(bytes_text(text));
        ok_err(note_verify(&note, &key, 1, &e), e, ERR_AUTH, "does not hold");
    }
}

static void the_text_ends_at_the_last_blank_line(void **state)
{
    (void)state;
    struct note note = note_of(bytes_text(
        "Ognuno sta solo sul cuor della terra\n"
        "trafitto da un raggio di sole:\n"
        "\n"
        "ed \u00e8 subito sera.\n"
        "\n"
        "\u2014 quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKO"
        "NrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"));
    static const char end[] = "\n\ned \u00e8 subito sera.\n";
    struct bytes last = bytes_make(note.text.data + note.text.size - strlen(end), strlen(end));
    ok_text(last, end);
    assert_int_equal(note.count, 1);
}

static void a_note_signed_elsewhere_is_put_together(void **state)
{
    (void)state;
    struct err e;
    struct note_key key;
    uint8_t signature[64];
    AUTO_VALUE(buf) message = BUF(1024);
    AUTO_VALUE(buf) b = BUF(1024);
    memory_log_key(&key, "sealward.example/log", 7);
    note_message(&message, &key, bytes_text("one\n\ntwo\n"));
    ok_text(buf_bytes(&message), "one\n\ntwo\n");
    memory_log_sign(signature, 7, buf_bytes(&message));
    ok_call(note_assemble(&b, bytes_text("one\n\ntwo\n"), &key, BYTES_OF(signature), &e), e);
    struct note note = note_of(buf_bytes(&b));
    ok_text(note.text, "one\n\ntwo\n");
    ok_call(note_verify(&note, &key, 1, &e), e);
}

static void what_cannot_be_a_note_is_not_put_together(void **state)
{
    (void)state;
    struct err e;
    struct note_key key = key_of(spec_key);
    uint8_t signature[64] = {0};
    AUTO_VALUE(buf) b = BUF(1024);
    ok_err(note_assemble(&b, bytes_text("text"), &key, BYTES_OF(signature), &e), e, ERR_INPUT,
           "newline");
    ok_err(note_assemble(&b, BYTES_NONE, &key, BYTES_OF(signature), &e), e, ERR_INPUT, "newline");
    ok_err(note_assemble(&b, bytes_text("te\txt\n"), &key, BYTES_OF(signature), &e), e, ERR_INPUT,
           "control character at byte 2");
    ok_err(note_assemble(&b, bytes_text("text\n"), &key, bytes_make(signature, 63), &e), e,
           ERR_INPUT, "63 bytes, not 64");
    assert_int_equal(b.size, 0);
}

/* A note with `count` lines by the names k0, k1, … that nobody knows, and one good line last. */
static void note_of_many(struct buf *b, unsigned count)
{
    struct note_key key;
    struct err e;
    uint8_t signature[64];
    AUTO_VALUE(buf) good = BUF(4096);
    memory_log_key(&key, "last", 9);
    memory_log_sign(signature, 9, bytes_text("text\n"));
    ok_call(note_assemble(&good, bytes_text("text\n"), &key, BYTES_OF(signature), &e), e);
    buf_put_text(b, "text\n\n");
    for (unsigned i = 0; i < count; i++) {
        buf_printf(b, "\u2014 k%u AAAAAAAA\n", i);
    }
    buf_put(b, bytes_make(good.data + 6, good.size - 6));
}

static void sixteen_and_more_signatures_are_taken_but_not_any_number(void **state)
{
    (void)state;
    struct note_key key;
    memory_log_key(&key, "last", 9);
    const unsigned counts[] = {15, LIMIT_NOTE_SIGNATURES - 1, LIMIT_NOTE_SIGNATURES};
    for (size_t i = 0; i < 3; i++) {
        struct note note;
        struct err e;
        AUTO_VALUE(buf) b = BUF(65536);
        note_of_many(&b, counts[i]);
        if (i == 2) {
            ok_err(note_parse(&note, buf_bytes(&b), &e), e, ERR_LIMIT, "32 signatures");
            continue;
        }
        ok_call(note_parse(&note, buf_bytes(&b), &e), e);
        assert_int_equal(note.count, counts[i] + 1);
        ok_call(note_verify(&note, &key, 1, &e), e);
    }
}

static void what_is_no_note_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "no blank line"},
        {"text\n", "no blank line"},
        {"text\n\u2014 n AAAAAAAA\n", "no blank line"},
        {"text\n\n", "does not end"},
        {"text\n\n\u2014 n AAAAAAAA", "does not end"},
        {"text\n\n\u2014 n AAAAAAAA\nrest", "does not end"},
        {"text\n\n\u2014 n AAAAAAAA\n\n", "does not end"},
        {"text\n\n- n AAAAAAAA\n", "line 1"},
        {"text\n\n\u2014 n AAAAAAAA\nn AAAAAAAA\n", "line 2"},
        {"text\n\n\u2014n AAAAAAAA\n", "line 1"},
        {"text\n\n\u2014  AAAAAAAA\n", "0 bytes"},
        {"text\n\n\u2014 n\n", "line 1"},
        {"text\n\n\u2014 n+m AAAAAAAA\n", "without \"+\""},
        {"text\n\n\u2014 n\u00a0m AAAAAAAA\n", "without spaces"},
        {"text\n\n\u2014 n\u3000 AAAAAAAA\n", "without spaces"},
        {"text\n\n\u2014 n m AAAAAAAA\n", "line 1"},
        {"text\n\n\u2014 n AAAAAA==\n", "4 bytes"},
        {"text\n\n\u2014 n AAAA\n", "3 bytes"},
        {"text\n\n\u2014 n AAAAAAA\n", "line 1"},
        {"text\n\n\u2014 n AAAAAAB=\n", "line 1"},
        {"text\n\n\u2014 n AAAAAAAA \n", "line 1"},
        {"text\n\n\u2014 n AAAAAAAA\r\n", "control character"},
        {"te\txt\n\n\u2014 n AAAAAAAA\n", "control character at byte 2"},
        {"te\xffxt\n\n\u2014 n AAAAAAAA\n", "UTF-8"},
    };
    struct note note;
    static struct note poisoned;
    memset(&poisoned, 0xa5, sizeof poisoned);
    note = poisoned;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        ok_err(note_parse(&note, bytes_text(cases[i].text), &e), e, ERR_INPUT, cases[i].says);
    }
    static uint8_t large[LIMIT_NOTE + 1];
    struct err e;
    ok_err(note_parse(&note, BYTES_OF(large), &e), e, ERR_LIMIT, "131073 bytes");
    assert_memory_equal(&note, &poisoned, sizeof note);
}

static void what_is_no_key_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *says;
    } cases[] = {
        {"", "not the key"},
        {"name", "not the key"},
        {"name+530d903a", "not the key"},
        {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "0 bytes"},
        {"a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "without spaces"},
        {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "id"},
        {"example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "id"},
        {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
         "not that of its bytes"},
        {"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
         "not that of its bytes"},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2", "key"},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=", "key"},
        {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv", "32 bytes, not 29"},
        {"example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "type 4"},
        {"example.com/foo+530d903a+", "0 bytes"},
    };
    struct note_key key;
    static struct note_key poisoned;
    memset(&poisoned, 0xa5, sizeof poisoned);
    key = poisoned;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err e;
        ok_err(note_key_parse(&key, bytes_text(cases[i].text), &e), e, ERR_INPUT, cases[i].says);
    }
    assert_memory_equal(&key, &poisoned, sizeof key);
}

static void a_signature_of_the_wrong_length_by_a_known_key_is_refused(void **state)
{
    (void)state;
    struct err e;
    struct note_key key = key_of(spec_key);
    struct note note =
        note_of(bytes_text("This is an example message.\n\n\u2014 example.com/foo Uw2QOgAAAAA=\n"));
    ok_err(note_verify(&note, &key, 1, &e), e, ERR_AUTH, "4 bytes, not 64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_specification_holds),
        cmocka_unit_test(a_key_is_written_as_it_was_read),
        cmocka_unit_test(a_note_of_two_signers_holds_for_either_and_both),
        cmocka_unit_test(one_bad_signature_of_a_known_key_spoils_the_note),
        cmocka_unit_test(an_altered_text_is_refused),
        cmocka_unit_test(the_text_ends_at_the_last_blank_line),
        cmocka_unit_test(a_note_signed_elsewhere_is_put_together),
        cmocka_unit_test(what_cannot_be_a_note_is_not_put_together),
        cmocka_unit_test(sixteen_and_more_signatures_are_taken_but_not_any_number),
        cmocka_unit_test(what_is_no_note_is_refused_and_leaves_the_result),
        cmocka_unit_test(what_is_no_key_is_refused_and_leaves_the_result),
        cmocka_unit_test(a_signature_of_the_wrong_length_by_a_known_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
