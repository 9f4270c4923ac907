#include "unit/ok.h"

#include "base/base64.h"
#include "memory_log.h"
#include "proof/checkpoint.h"

/* Published checkpoints of the Go checksum database, the second with the line of a witness. */
static const char sum_key[] =
    "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";
static const char sum_origin[] = "go.sum database tree";
static const char sum_checkpoint[] =
    "go.sum database tree\n"
    "6476701\n"
    "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=\n"
    "\n"
    "\u2014 sum.golang.org Az3grsLX85Gz+s1SiTbgkuqxgItqFq7gsMUEyVnrsa9LM7Us9S+1xbFIGu95949rj4nPRY"
    "fvimWEPWL+o3GeoWwOoAw=\n";
static const char sum_witnessed[] =
    "go.sum database tree\n"
    "15067302\n"
    "gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=\n"
    "\n"
    "\u2014 sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH"
    "5Xz7GZG3TpB7OeKn4E2ww=\n"
    "\u2014 test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFL"
    "UqDRK77PWDmL6w8w84UqeAw=\n";

static void open_published(const char *note, uint64_t size, const char *root)
{
    struct note_key key;
    struct checkpoint c;
    struct err e;
    uint8_t want[TREE_HASH];
    ok_call(note_key_parse(&key, bytes_text(sum_key), &e), e);
    ok_call(checkpoint_open(&c, bytes_text(note), bytes_text(sum_origin), &key, &e), e);
    assert_int_equal(c.size, size);
    ok_call(base64_decode_exactly(want, sizeof want, bytes_text(root), &e), e);
    ok_bytes(BYTES_OF(c.root), BYTES_OF(want));
}

static void published_checkpoints_open(void **state)
{
    (void)state;
    open_published(sum_checkpoint, 6476701, "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk=");
    open_published(sum_witnessed, 15067302, "gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=");
}

static void every_altered_byte_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    struct err e;
    struct checkpoint c = {.size = 42};
    char text[sizeof sum_checkpoint];
    ok_call(note_key_parse(&key, bytes_text(sum_key), &e), e);
    for (size_t i = 0; i < strlen(sum_checkpoint); i++) {
        memcpy(text, sum_checkpoint, sizeof text);
        text[i] ^= 1;
        assert_false(checkpoint_open(&c, bytes_text(text), bytes_text(sum_origin), &key, &e));
    }
    assert_int_equal(c.size, 42);
}

static void another_origin_or_key_is_refused(void **state)
{
    (void)state;
    struct note_key key;
    struct note_key other;
    struct err e;
    struct checkpoint c = {.size = 42};
    ok_call(note_key_parse(&key, bytes_text(sum_key), &e), e);
    memory_log_key(&other, "sum.golang.org", 1);
    ok_err(checkpoint_open(&c, bytes_text(sum_checkpoint), bytes_text("elsewhere"), &key, &e), e,
           ERR_AUTH, "not of elsewhere");
    ok_err(checkpoint_open(&c, bytes_text(sum_checkpoint), bytes_text(sum_origin), &other, &e), e,
           ERR_AUTH, "no known key");
    assert_int_equal(c.size, 42);
}

/* Signs whatever text, so that the form alone is what can be refused. */
static void signed_text_is_refused(const char *text, const char *says)
{
    struct note_key key;
    struct err e;
    uint8_t signature[64];
    struct checkpoint c = {.size = 42};
    AUTO_VALUE(buf) note = BUF(4096);
    memory_log_key(&key, "log", 3);
    memory_log_sign(signature, 3, bytes_text(text));
    ok_call(note_assemble(&note, bytes_text(text), &key, BYTES_OF(signature), &e), e);
    ok_err(checkpoint_open(&c, buf_bytes(&note), bytes_text("log"), &key, &e), e, ERR_INPUT, says);
    assert_int_equal(c.size, 42);
}

static void signed_texts_out_of_form_are_refused(void **state)
{
    (void)state;
#define ROOT "mb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wk="
    signed_text_is_refused("log\n", "three lines");
    signed_text_is_refused("log\n1\n", "three lines");
    signed_text_is_refused("log\n1\n" ROOT "\nmore\n", "behind its root");
    signed_text_is_refused("log\n1\n" ROOT "\n\n", "behind its root");
    signed_text_is_refused("\n1\n" ROOT "\n", "origin is empty");
    signed_text_is_refused("log\n01\n" ROOT "\n", "size");
    signed_text_is_refused("log\n-1\n" ROOT "\n", "size");
    signed_text_is_refused("log\n+1\n" ROOT "\n", "size");
    signed_text_is_refused("log\n1 \n" ROOT "\n", "size");
    signed_text_is_refused("log\n\n" ROOT "\n", "size");
    signed_text_is_refused("log\n9007199254740992\n" ROOT "\n", "size");
    signed_text_is_refused("log\n18446744073709551617\n" ROOT "\n", "size");
    signed_text_is_refused("log\n1\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9W==\n", "root");
    signed_text_is_refused("log\n1\nmb8QLQIs0Z0yP5Cstq6guj87oXWeC9gEM8oVikmm9Wl=\n", "root");
    signed_text_is_refused("log\n1\n\n", "root");
#undef ROOT
}

static void a_checkpoint_opens_as_it_was_written(void **state)
{
    (void)state;
    static struct memory_log log;
    struct note_key key;
    struct err e;
    memory_log_init(&log, 100);
    memory_log_key(&key, "sealward.example/log", 5);
    for (uint64_t size = 0; size <= 100; size += 25) {
        struct checkpoint c;
        uint8_t root[TREE_HASH];
        AUTO_VALUE(buf) note = BUF(4096);
        memory_log_checkpoint(&note, &log, size, "sealward.example/log", 5);
        ok_call(checkpoint_open(&c, buf_bytes(&note), bytes_text("sealward.example/log"), &key, &e),
                e);
        memory_log_root(&log, 0, size, root);
        assert_int_equal(c.size, size);
        ok_bytes(BYTES_OF(c.root), BYTES_OF(root));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_checkpoints_open),
        cmocka_unit_test(every_altered_byte_is_refused),
        cmocka_unit_test(another_origin_or_key_is_refused),
        cmocka_unit_test(signed_texts_out_of_form_are_refused),
        cmocka_unit_test(a_checkpoint_opens_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
