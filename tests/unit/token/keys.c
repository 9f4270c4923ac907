#include "unit/ok.h"

#include "unit/token/place.h"
#include "pki/key.h"
#include "token/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LABEL "5f2c9d0c4e1f0a6b5f2c9d0c4e1f0a6b5f2c9d0c4e1f0a6b5f2c9d0c4e1f0a6b"

struct bench {
    struct place place;
    struct secret *pin;
    struct handle *h;
    struct arena a;
};

static void bench_open(struct bench *b)
{
    struct err e;
    b->pin = place_pin(PLACE_PIN);
    b->h = NULL;
    b->a = ARENA(64u << 20);
    ok_call(handle_open(&b->h, b->place.module, PLACE_LABEL, b->pin, &e), e);
}

static void bench_done(struct bench *b)
{
    handle_free(b->h);
    secret_free(b->pin);
    arena_done(&b->a);
    place_remove(&b->place);
}
AUTO_DONE(bench)

static struct keys_key must_generate(struct bench *b, enum key_kind kind, const char *label)
{
    struct keys_key key;
    bool found = true;
    struct err e;
    ok_call(keys_generate(&key, &found, b->h, kind, bytes_text(label), &b->a, &e), e);
    assert_false(found);
    return key;
}

static void check_made(const struct keys_key *key, enum key_kind kind, const char *label)
{
    uint8_t hash[32];
    AUTO(pubkey) parsed = NULL;
    struct err e;
    assert_true(key->usable);
    assert_int_equal(key->kind, kind);
    assert_int_equal(key->attributes, KEYS_SENSITIVE | KEYS_ALWAYS_SENSITIVE |
                                          KEYS_NEVER_EXTRACTABLE | KEYS_LOCAL | KEYS_SIGN);
    ok_text(key->label, label);
    pubkey_spki_sha256(hash, key->spki);
    ok_bytes(key->id, BYTES_OF(hash));
    ok_call(pubkey_parse(&parsed, key->spki, &e), e);
    assert_int_equal(pubkey_kind(parsed), kind);
    assert_int_equal(pubkey_bits(parsed), kind == KEY_RSA ? 3072 : 256);
}

static void softhsm_makes_each_kind_as_it_must_be(void **state)
{
    static const char *const labels[] = {"one", "two", "three"};
    AUTO_VALUE(bench) b;
    struct keys_list list;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b);
    for (unsigned kind = KEY_P256; kind <= KEY_ED25519; kind++) {
        struct keys_key key = must_generate(&b, (enum key_kind)kind, labels[kind]);
        check_made(&key, (enum key_kind)kind, labels[kind]);
    }
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < list.count; i++)
        check_made(&list.items[i], list.items[i].kind, labels[list.items[i].kind]);
}

/* The public key that pkcs11-tool reads from the token is the one that we name. */
static void another_program_finds_the_key_by_its_id(void **state)
{
    AUTO_VALUE(bench) b;
    char id[65];
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(id + 2 * i, 3, "%02x", key.id.data[i]);
    const char *const argv[] = {"pkcs11-tool",
                                "--module",
                                PLACE_SOFTHSM,
                                "--token-label",
                                PLACE_LABEL,
                                "--login",
                                "--pin",
                                PLACE_PIN,
                                "--read-object",
                                "--type",
                                "pubkey",
                                "--id",
                                id,
                                "--output-file",
                                place_path(&b.place, "spki"),
                                NULL};
    assert_int_equal(place_run(argv), 0);
    uint8_t bytes[256];
    FILE *file = fopen(place_path(&b.place, "spki"), "re");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    ok_bytes(bytes_make(bytes, n), key.spki);
}

static void a_foreign_key_is_listed_as_it_is(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_list list;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    const char *const make[] = {"openssl",    "genpkey",
                                "-algorithm", "EC",
                                "-pkeyopt",   "ec_paramgen_curve:P-384",
                                "-out",       place_path(&b.place, "foreign.pem"),
                                NULL};
    const char *const import[] = {"softhsm2-util", "--import",  place_path(&b.place, "foreign.pem"),
                                  "--token",       PLACE_LABEL, "--label",
                                  "foreign",       "--id",      "0102",
                                  "--pin",         PLACE_PIN,   NULL};
    assert_int_equal(place_run(make), 0);
    assert_int_equal(place_run(import), 0);
    bench_open(&b);
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 1);
    ok_bytes(list.items[0].id, bytes_make("\x01\x02", 2));
    ok_text(list.items[0].label, "foreign");
    assert_false(list.items[0].usable);
    assert_false((list.items[0].attributes & KEYS_LOCAL) != 0);
    assert_false((list.items[0].attributes & KEYS_NEVER_EXTRACTABLE) != 0);
}

static void making_again_finds_the_same_key(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_key again;
    bool found = false;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    ok_call(keys_generate(&again, &found, b.h, KEY_P256, bytes_text(LABEL), &b.a, &e), e);
    assert_true(found);
    ok_bytes(again.id, key.id);
    ok_bytes(again.spki, key.spki);
}

static void a_label_in_use_by_another_kind_is_a_conflict(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_key key = {.attributes = 0x55};
    bool found = false;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    (void)must_generate(&b, KEY_P256, LABEL);
    ok_err(keys_generate(&key, &found, b.h, KEY_RSA, bytes_text(LABEL), &b.a, &e), e, ERR_CONFLICT,
           "another kind or size");
    assert_int_equal(key.attributes, 0x55);
    assert_false(found);
}

/* Generates in a child whose module is ordered to die at that place. */
static void generate_and_die(const struct place *p)
{
    struct secret *pin = place_pin(PLACE_PIN);
    pid_t pid = fork();
    if (pid == 0) {
        struct handle *h = NULL;
        struct arena a = ARENA(1u << 20);
        struct keys_key key;
        bool found;
        struct err e;
        if (!freopen("/dev/null", "w", stderr) || !handle_open(&h, p->module, PLACE_LABEL, pin, &e))
            _exit(2);
        _exit(keys_generate(&key, &found, h, KEY_P256, bytes_text(LABEL), &a, &e) ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    secret_free(pin);
}

static void what_a_crash_left_is_completed(const char *file, const char *order, bool want_found)
{
    AUTO_VALUE(bench) b;
    struct keys_key key;
    struct keys_list list;
    bool found = !want_found;
    struct err e;
    place_mock(&b.place);
    place_write(&b.place, file, order);
    generate_and_die(&b.place);
    bench_open(&b);
    ok_call(keys_generate(&key, &found, b.h, KEY_P256, bytes_text(LABEL), &b.a, &e), e);
    assert_true(found == want_found);
    check_made(&key, KEY_P256, LABEL);
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 1);
    ok_bytes(list.items[0].id, key.id);
}

static void a_crash_between_the_halves_starts_anew(void **state)
{
    (void)state;
    what_a_crash_left_is_completed("do-C_GenerateKeyPair.once", "after", false);
}

static void a_crash_before_the_id_adopts_the_key(void **state)
{
    (void)state;
    what_a_crash_left_is_completed("do-C_SetAttributeValue.once", "crash", true);
}

static void a_key_that_lost_its_public_half_is_left_alone(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_key key;
    bool found;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    (void)must_generate(&b, KEY_P256, LABEL);
    place_delete(&b.place, "object-1");
    ok_err(keys_generate(&key, &found, b.h, KEY_P256, bytes_text(LABEL), &b.a, &e), e, ERR_CONFLICT,
           "lost its public key");
    assert_true(place_count(&b.place, "object-2") > 0);
}

static void an_extractable_key_is_refused_and_destroyed(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_key key = {.attributes = 0x55};
    struct keys_list list;
    bool found = false;
    struct err e;
    (void)state;
    place_mock(&b.place);
    place_write(&b.place, "extractable", "");
    bench_open(&b);
    ok_err(keys_generate(&key, &found, b.h, KEY_P256, bytes_text(LABEL), &b.a, &e), e, ERR_REFUSED,
           "could leave the token");
    assert_string_equal(e.rule, "token.extractable");
    assert_int_equal(key.attributes, 0x55);
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 0);
    assert_int_equal(place_count(&b.place, "object-1"), 0);
    assert_int_equal(place_count(&b.place, "object-2"), 0);
}

static void a_destroyed_key_is_gone_for_others_too(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_list list;
    bool found = false;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    struct keys_key other = must_generate(&b, KEY_P256, "other");
    ok_call(keys_destroy(&found, b.h, key.id, key.label, &e), e);
    assert_true(found);
    ok_call(keys_destroy(&found, b.h, key.id, key.label, &e), e);
    assert_false(found);
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 1);
    ok_bytes(list.items[0].id, other.id);
    ok_err(keys_destroy(&found, b.h, bytes_text("short"), key.label, &e), e, ERR_INPUT, "32 bytes");
    ok_err(keys_destroy(&found, b.h, key.id, BYTES_NONE, &e), e, ERR_INPUT, "label");
    assert_false(found);
}

/* The halves of a key whose id was taken away, as a copy of it would be, go by their label. */
static void what_has_the_label_alone_goes_too(void **state)
{
    AUTO_VALUE(bench) b;
    static const uint8_t id[32] = {7};
    struct keys_list list;
    bool found = false;
    struct err e;
    (void)state;
    place_softhsm(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    (void)must_generate(&b, KEY_P256, "other");
    ok_call(keys_destroy(&found, b.h, BYTES_OF(id), key.label, &e), e);
    assert_true(found);
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 1);
    ok_text(list.items[0].label, "other");
}

static void a_token_that_is_full_read_only_or_away_says_so_and_is_tried_again(void **state)
{
    static const struct {
        const char *order;
        const char *code;
        const char *hint;
    } rows[] = {{"fail 0x31", "CKR_DEVICE_MEMORY", "full"},
                {"fail 0xe2", "CKR_TOKEN_WRITE_PROTECTED", "read-only"},
                {"fail 0x32", "CKR_DEVICE_REMOVED", "bring it back"}};
    AUTO_VALUE(bench) b;
    struct keys_key key = {.attributes = 0x55};
    bool found = false;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    struct keys_key old = must_generate(&b, KEY_P256, "old");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        place_write(&b.place, "do-C_GenerateKeyPair", rows[i].order);
        place_write(&b.place, "do-C_DestroyObject", rows[i].order);
        ok_err(keys_generate(&key, &found, b.h, KEY_P256, bytes_text(LABEL), &b.a, &e), e,
               ERR_TOKEN, rows[i].code);
        assert_non_null(strstr(e.hint, rows[i].hint));
        ok_err(keys_destroy(&found, b.h, old.id, old.label, &e), e, ERR_TOKEN, rows[i].code);
        assert_non_null(strstr(e.hint, rows[i].hint));
        assert_int_equal(key.attributes, 0x55);
        assert_false(found);
    }
    place_delete(&b.place, "do-C_GenerateKeyPair");
    place_delete(&b.place, "do-C_DestroyObject");
    (void)must_generate(&b, KEY_P256, LABEL);
    ok_call(keys_destroy(&found, b.h, old.id, old.label, &e), e);
    assert_true(found);
}

/* The session is lost behind the first half: the next try has less to do, and says what was there.
 */
static void a_destruction_cut_short_goes_on(void **state)
{
    AUTO_VALUE(bench) b;
    bool found = false;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    place_write(&b.place, "do-C_DestroyObject.once", "fail 0xb3");
    ok_call(keys_destroy(&found, b.h, key.id, key.label, &e), e);
    assert_true(found);
    assert_int_equal(place_count(&b.place, "object-1"), 0);
    assert_int_equal(place_count(&b.place, "object-2"), 0);
}

static void a_key_that_survives_its_destruction_is_told(void **state)
{
    AUTO_VALUE(bench) b;
    bool found = false;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    struct keys_key key = must_generate(&b, KEY_P256, LABEL);
    place_write(&b.place, "do-C_DestroyObject", "fail 0x0");
    ok_err(keys_destroy(&found, b.h, key.id, key.label, &e), e, ERR_TOKEN, "still there");
    assert_false(found);
}

static void a_session_lost_in_the_middle_is_opened_again(void **state)
{
    AUTO_VALUE(bench) b;
    struct keys_list list;
    struct err e;
    (void)state;
    place_mock(&b.place);
    bench_open(&b);
    place_write(&b.place, "do-C_GenerateKeyPair.once", "fail 0x32");
    (void)must_generate(&b, KEY_P256, LABEL);
    place_write(&b.place, "do-C_GetAttributeValue.once", "fail 0xb3");
    ok_call(keys_list(&list, b.h, &b.a, &e), e);
    assert_int_equal(list.count, 1);
    place_write(&b.place, "do-C_FindObjects", "fail 0x32");
    ok_err(keys_list(&list, b.h, &b.a, &e), e, ERR_TOKEN, "C_FindObjects: CKR_DEVICE_REMOVED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softhsm_makes_each_kind_as_it_must_be),
        cmocka_unit_test(another_program_finds_the_key_by_its_id),
        cmocka_unit_test(a_foreign_key_is_listed_as_it_is),
        cmocka_unit_test(making_again_finds_the_same_key),
        cmocka_unit_test(a_label_in_use_by_another_kind_is_a_conflict),
        cmocka_unit_test(a_crash_between_the_halves_starts_anew),
        cmocka_unit_test(a_crash_before_the_id_adopts_the_key),
        cmocka_unit_test(a_key_that_lost_its_public_half_is_left_alone),
        cmocka_unit_test(an_extractable_key_is_refused_and_destroyed),
        cmocka_unit_test(a_destroyed_key_is_gone_for_others_too),
        cmocka_unit_test(a_key_that_survives_its_destruction_is_told),
        cmocka_unit_test(what_has_the_label_alone_goes_too),
        cmocka_unit_test(a_token_that_is_full_read_only_or_away_says_so_and_is_tried_again),
        cmocka_unit_test(a_destruction_cut_short_goes_on),
        cmocka_unit_test(a_session_lost_in_the_middle_is_opened_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
