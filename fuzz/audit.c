/*
 * Aims at audit_run: a checkpoint, hash tiles and bundles from outside.
 *
 * The input is three pieces (checkpoint, tile, bundle), the first two behind their length as a
 * big-endian u16; every tile reads as the same piece, every bundle likewise. The log key has signed
 * nothing but the seeds' checkpoints, so nothing else holds, and whatever comes has a reason.
 */
#include "base/reader.h"
#include "cli/audit.h"
#include "property.h"

struct pieces {
    struct bytes checkpoint;
    struct bytes tile;
    struct bytes bundle;
};

static bool piece_read(void *context, const char *path, struct buf *ret, struct err *e)
{
    const struct pieces *p = context;
    struct bytes piece = strcmp(path, "checkpoint") == 0           ? p->checkpoint
                         : strncmp(path, "tile/entries/", 13) == 0 ? p->bundle
                                                                   : p->tile;
    if (piece.size == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no %s", path);
    buf_put(ret, piece);
    return buf_ok(ret, path, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The public key of the tests' log key, 32 bytes of 7. */
    static const uint8_t log_key[32] = {0xea, 0x4a, 0x6c, 0x63, 0xe2, 0x9c, 0x52, 0x0a,
                                        0xbe, 0xf5, 0x50, 0x7b, 0x13, 0x2e, 0xc5, 0xf9,
                                        0x95, 0x47, 0x76, 0xae, 0xbe, 0xbe, 0x7b, 0x92,
                                        0x42, 0x1e, 0xea, 0x69, 0x14, 0x46, 0xd2, 0x2c};
    struct authority authority = {.origin = bytes_text("sign.example/log"),
                                  .base_url = bytes_text("https://sign.example")};
    struct reader r = reader_make(bytes_make(data, size));
    struct pieces pieces;
    pieces.checkpoint = reader_bytes(&r, reader_u16(&r));
    pieces.tile = reader_bytes(&r, reader_u16(&r));
    pieces.bundle = r.rest;
    struct audit_plan plan = {.authority = &authority,
                              .source = {.read = piece_read, .context = &pieces}};
    struct audit_report report;
    struct err e;
    PROPERTY(
        note_key_make(&authority.log_key, authority.origin, NOTE_ED25519, BYTES_OF(log_key), &e));
    /* The seeds' authority is that of their entry 0. */
    if (pieces.bundle.size > 2) {
        size_t first = (size_t)pieces.bundle.data[0] << 8 | pieces.bundle.data[1];
        if (first <= pieces.bundle.size - 2)
            tree_leaf_hash(authority.id, bytes_make(pieces.bundle.data + 2, first));
    }
    PROPERTY(audit_run(&report, &plan, &e));
    PROPERTY(report.verdict == AUDIT_HOLDS || report.why.message[0] != '\0');
    PROPERTY(report.verdict == AUDIT_HOLDS || report.file[0] != '\0');
    PROPERTY(report.verdict != AUDIT_HOLDS || report.judged == report.checkpoint.size);
    return 0;
}
