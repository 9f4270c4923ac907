/*
 * bench/status: what the CRLs of a status cost the rulebook: many revocations over many periods of
 * issuance, beside the same number in a single one.
 *
 *   status REVOCATIONS PERIODS CERTIFICATE
 *
 * The state is filled directly. CERTIFICATE is a DER file with a serial number of eight bytes,
 * which each gets for itself. Prints {"revocations", "periods", "many", "one", "entries"}: many and
 * one in milliseconds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "pki/x509.h"
#include "rules/grouping.h"

#define NOW INT64_C(1800000000000)
#define QUARTER (INT64_C(92) * 86400000)
#define FIRST INT64_C(10000000) /* so that numbers as texts are in the order of numbers */

static _Noreturn void fail(const struct err *e)
{
    (void)fprintf(stderr, "bench-status: %s\n", e->message);
    exit(1);
}

static void must(bool ok, const struct err *e)
{
    if (!ok)
        fail(e);
}

struct shape {
    uint8_t der[2048];
    size_t size;
    size_t serial; /* its place */
};

static void shape_read(struct shape *ret, const char *path)
{
    AUTO_VALUE(buf) file = BUF(sizeof ret->der);
    struct x509 x509;
    struct err e;
    must(file_read(&file, path, FILE_REGULAR, &e) && x509_parse(&x509, buf_bytes(&file), &e), &e);
    if (x509.serial.size != 8)
        exit(2);
    memcpy(ret->der, file.data, file.size);
    ret->size = file.size;
    ret->serial = (size_t)(x509.serial.data - file.data);
}

static void certificate_put(struct rules_state *s, struct shape *shape, int64_t number,
                            struct bytes key, struct bytes issuer, int64_t not_before)
{
    static const uint8_t leaf[32];
    static const uint8_t tbs[64];
    struct err e;
    for (int i = 0; i < 7; i++)
        shape->der[shape->serial + 1 + (size_t)i] = (uint8_t)(number >> (8 * (6 - i)));
    struct certificate c = {.number = number,
                            .issuance = BYTES_OF(leaf),
                            .key = key,
                            .issuer = issuer,
                            .not_before = not_before,
                            .not_after = NOW + QUARTER,
                            .tbs = BYTES_OF(tbs),
                            .der = bytes_make(shape->der, shape->size)};
    must(state_put_certificate(s, &c, &e), &e);
}

static void revocation_put(struct rules_state *s, int64_t number)
{
    static const uint8_t leaf[32];
    char text[NUMBER_TEXT];
    struct err e;
    struct revocation r = {.kind = REVOKED_CERTIFICATE,
                           .id = number_text(text, number),
                           .leaf = BYTES_OF(leaf),
                           .actor = bytes_text("officer-1"),
                           .time = NOW,
                           .effective = NOW,
                           .was = -1,
                           .status = -1};
    must(state_put_revocation(s, &r, &e), &e);
}

/* One issuing CA, and as many revoked certificates. */
static void fill(struct rules_state *s, struct shape *shape, int64_t count, int64_t periods)
{
    static const uint8_t ca[32] = {1};
    static const uint8_t root[32] = {2};
    static const uint8_t leaf[32] = {3};
    static const uint8_t spki[91];
    struct err e;
    struct key_record key = {.id = BYTES_OF(ca),
                             .spki = BYTES_OF(spki),
                             .proposal = BYTES_OF(leaf),
                             .token = bytes_text("hsm"),
                             .algorithm = bytes_text("p-256"),
                             .role = KEY_ISSUING_CA,
                             .state = KEY_ACTIVE,
                             .activated = BYTES_OF(leaf)};
    must(state_put_key(s, &key, &e), &e);
    certificate_put(s, shape, 1, BYTES_OF(ca), BYTES_OF(root), NOW - periods * QUARTER);
    for (int64_t n = 0; n < count; n++) {
        certificate_put(s, shape, FIRST + n, BYTES_OF(leaf), BYTES_OF(ca),
                        NOW - n * periods / count * QUARTER);
        revocation_put(s, FIRST + n);
        changes_keep(&s->changes);
    }
}

/* Milliseconds for the entries of all CRLs. */
static double gather(const struct rules_state *s, size_t *ret_entries, size_t *ret_periods)
{
    const struct partition *partition;
    struct err e;
    int64_t begin = clock_monotonic_us();
    *ret_entries = *ret_periods = 0;
    for (;;) {
        AUTO_VALUE(crl_entries) entries = {.list = NULL};
        must(grouping_partition(&partition, s, *ret_periods, NOW, &e), &e);
        if (partition == NULL)
            break;
        must(grouping_entries(&entries, s, *ret_periods, NOW, &e), &e);
        *ret_entries += entries.count;
        ++*ret_periods;
    }
    return (double)(clock_monotonic_us() - begin) / 1000;
}

static double measure(struct shape *shape, int64_t count, int64_t periods, size_t *ret_entries,
                      size_t *ret_periods)
{
    AUTO(rules_state) s = NULL;
    struct err e;
    must(rules_new(&s, &e), &e);
    s->rules_version = RULES_VERSION;
    fill(s, shape, count, periods);
    return gather(s, ret_entries, ret_periods);
}

int main(int argc, char **argv)
{
    static struct shape shape;
    uint64_t count = 0;
    uint64_t periods = 0;
    size_t entries;
    size_t found;
    struct err e;
    if (argc != 4 || !text_read_number(&count, bytes_text(argv[1]), 10000000, &e) ||
        !text_read_number(&periods, bytes_text(argv[2]), 100, &e) || count == 0 || periods == 0)
        return 2;
    shape_read(&shape, argv[3]);
    double one = measure(&shape, (int64_t)count, 1, &entries, &found);
    double many = measure(&shape, (int64_t)count, (int64_t)periods, &entries, &found);
    (void)printf("{\"revocations\": %" PRIu64 ", \"periods\": %zu, \"many\": %.3f, \"one\": %.3f, "
                 "\"entries\": %zu}\n",
                 count, found, many, one, entries);
    return 0;
}
