/*
 * Published chains and signatures through the library's header. SEALWARD_TESTS_DATA is tests/data.
 */
#include <sealward/verify.h>

#include "unit/ok.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"

enum { FIELDS_MAX = 8, TEXT_MAX = 4 << 20, ROOM = 1 << 16 };

static void text_read(struct buf *ret, const char *name)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", SEALWARD_TESTS_DATA, name) <
                sizeof path);
    ok_call(file_read(ret, path, FILE_REGULAR, &e), e);
}

/* Splits the next line that is no comment at its tabs; NULL at the end. */
static char *line_next(char **rest, char *fields[FIELDS_MAX])
{
    char *line;
    do
        line = strsep(rest, "\n");
    while (line != NULL && (line[0] == '#' || line[0] == '\0'));
    char *field = line;
    for (unsigned i = 0; line != NULL && i < FIELDS_MAX; i++)
        fields[i] = field == NULL ? NULL : strsep(&field, "\t");
    return line;
}

/* ---- Chains ---- */

struct chain_vector {
    struct sealward_bytes list[FIELDS_MAX];
    size_t count;
};

static void chain_take(struct chain_vector *c, char *fields[FIELDS_MAX], struct arena *a)
{
    struct err e;
    c->count = 0;
    for (unsigned i = 2; i < FIELDS_MAX && fields[i] != NULL; i++) {
        struct bytes der;
        ok_call(base64_decode(&der, bytes_text(fields[i]), a, &e), e);
        c->list[c->count++] = (struct sealward_bytes){der.data, der.size};
    }
}

/* Fields: "case", name, time, their verdict, ours. */
static void case_judge(const struct chain_vector *c, char *fields[FIELDS_MAX])
{
    struct sealward_reason reason;
    int holds = sealward_verify_chain(c->list, c->count - 1, &c->list[c->count - 1], 1,
                                      SEALWARD_ANY_PURPOSE, strtoll(fields[2], NULL, 10), &reason);
    bool ours = strcmp(fields[4], "valid") == 0;
    if (holds != ours)
        fail_msg("%s: %d, %s", fields[1], holds, reason.text);
    if (!ours && strcmp(reason.rule, fields[4]) != 0 && strstr(reason.text, fields[4]) == NULL)
        fail_msg("%s: \"%s\" (%s) does not say \"%s\"", fields[1], reason.text, reason.rule,
                 fields[4]);
    if (holds && strcmp(fields[3], "valid") != 0)
        fail_msg("%s is invalid for its source", fields[1]);
    assert_int_equal(sealward_verify_chain(c->list, c->count - 1, &c->list[c->count - 1], 1,
                                           SEALWARD_CODE_SIGNING, strtoll(fields[2], NULL, 10),
                                           &reason),
                     0);
}

static void chains_are_judged_as_their_source_says_or_more_strictly(void **state)
{
    (void)state;
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(arena) a = ARENA(TEXT_MAX);
    struct chain_vector chain = {.count = 0};
    char *fields[FIELDS_MAX];
    unsigned cases = 0;
    text_read(&text, "chain/cases.txt");
    buf_put_u8(&text, 0);
    char *rest = (char *)text.data;
    while (line_next(&rest, fields) != NULL) {
        if (strcmp(fields[0], "chain") == 0) {
            chain_take(&chain, fields, &a);
            continue;
        }
        case_judge(&chain, fields);
        cases++;
    }
    assert_int_equal(cases, 37);
}

/* ---- Signatures ---- */

static struct sealward_bytes hex_take(uint8_t room[ROOM], const char *hex)
{
    size_t size = hex == NULL ? 0 : strlen(hex) / 2;
    struct err e;
    assert_true(size <= ROOM);
    if (size > 0)
        ok_call(hex_decode(room, size, bytes_text(hex), &e), e);
    return (struct sealward_bytes){room, size};
}

static void signatures_run(const char *name, const char *mechanism, unsigned expected)
{
    static uint8_t spki[ROOM], message[ROOM], signature[ROOM];
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    struct sealward_bytes key = {spki, 0};
    struct sealward_reason reason;
    char *fields[FIELDS_MAX];
    unsigned cases = 0;
    text_read(&text, name);
    buf_put_u8(&text, 0);
    char *rest = (char *)text.data;
    while (line_next(&rest, fields) != NULL) {
        if (strcmp(fields[0], "key") == 0) {
            key = hex_take(spki, fields[1]);
            continue;
        }
        int holds = sealward_verify_signature(key, mechanism, hex_take(message, fields[1]),
                                              hex_take(signature, fields[2]), &reason);
        bool undecided = strcmp(fields[0], "acceptable") == 0;
        if (!undecided && holds != (strcmp(fields[0], "valid") == 0))
            fail_msg("%s: %s: %d, %s", name, fields[3], holds, reason.text);
        cases++;
    }
    assert_int_equal(cases, expected);
}

static void published_signatures_are_judged_as_published(void **state)
{
    (void)state;
    signatures_run("wycheproof/ecdsa-p256-sha256.txt", "ecdsa-sha256", 484);
    signatures_run("wycheproof/rsa-3072-sha256.txt", "rsa-pkcs1-sha256", 259);
    signatures_run("wycheproof/ed25519.txt", "ed25519", 151);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_judged_as_their_source_says_or_more_strictly),
        cmocka_unit_test(published_signatures_are_judged_as_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
