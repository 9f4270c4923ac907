/*
 * Aims at verify_file and request_entry_read: a file, the signature beside it, a root and a
 * receipt, all of them from outside.
 *
 * The input is a byte for the format, then three pieces (signature, root, receipt), each behind its
 * length as a big-endian u16; the rest is the file. The log key has signed nothing but the seeds.
 * A verdict is good only where every check was asked and none fails.
 */
#include "base/reader.h"
#include "proof/request.h"
#include "property.h"
#include "verify/verify.h"

static void verdict_check(const struct verdict *v)
{
    bool good = false;
    PROPERTY(v->count > 0);
    for (size_t i = 0; i < v->count; i++) {
        const struct verify_signature *s = &v->list[i];
        bool all = true;
        for (unsigned n = 0; n < VERIFY_RECEIPT; n++)
            all = all && s->points[n].answer == VERIFY_HOLDS;
        all = all && s->points[VERIFY_RECEIPT].answer != VERIFY_FAILS;
        PROPERTY(s->good == all);
        PROPERTY((s->entry >= 0) == (s->points[VERIFY_RECEIPT].answer == VERIFY_HOLDS));
        good = good || s->good;
    }
    PROPERTY(v->good == good);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The public key of the tests' log key, 32 bytes of 7. */
    static const uint8_t log_key[32] = {0xea, 0x4a, 0x6c, 0x63, 0xe2, 0x9c, 0x52, 0x0a,
                                        0xbe, 0xf5, 0x50, 0x7b, 0x13, 0x2e, 0xc5, 0xf9,
                                        0x95, 0x47, 0x76, 0xae, 0xbe, 0xbe, 0x7b, 0x92,
                                        0x42, 0x1e, 0xea, 0x69, 0x14, 0x46, 0xd2, 0x2c};
    struct authority authority = {.id = {0xab, 0xcd}, .origin = bytes_text("sign.example/log")};
    struct reader r = reader_make(bytes_make(data, size));
    struct bytes format = bytes_text((reader_u8(&r) & 1) != 0 ? "pe" : "cms");
    struct bytes beside = reader_bytes(&r, reader_u16(&r));
    struct bytes root = reader_bytes(&r, reader_u16(&r));
    struct bytes receipt = reader_bytes(&r, reader_u16(&r));
    struct request_entry entry;
    struct verdict verdict;
    struct err e;
    AUTO_VALUE(arena) a = VERIFY_ARENA;
    PROPERTY(
        note_key_make(&authority.log_key, authority.origin, NOTE_ED25519, BYTES_OF(log_key), &e));
    struct verify_input in = {.format = format,
                              .file = r.rest,
                              .beside = beside,
                              .roots = &root,
                              .root_count = root.size > 0,
                              .authority = &authority,
                              .receipts = &receipt,
                              .receipt_count = receipt.size > 0,
                              .now = INT64_C(1800000000000)};
    if (verify_file(&verdict, &in, &a, &e))
        verdict_check(&verdict);
    if (!request_entry_read(&entry, r.rest, &a, &e))
        PROPERTY(e.code == ERR_INPUT || e.code == ERR_LIMIT || e.code == ERR_NOT_FOUND);
    return 0;
}
