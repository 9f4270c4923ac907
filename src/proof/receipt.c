#include "proof/receipt.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/text.h"
#include "proof/line.h"

#define RECEIPT_FIRST_LINE "c2sp.org/tlog-proof@v1"

void receipt_write(struct buf *b, const struct receipt *r)
{
    buf_put_text(b, RECEIPT_FIRST_LINE "\nextra ");
    base64_put(b, r->entry);
    buf_printf(b, "\nindex %" PRIu64 "\n", r->index);
    for (size_t i = 0; i < r->path.count; i++) {
        base64_put(b, BYTES_OF(r->path.hashes[i]));
        buf_put_text(b, "\n");
    }
    buf_put_text(b, "\n");
    buf_put(b, r->checkpoint);
}

static bool entry_parse(struct bytes *ret, struct bytes *rest, struct arena *a, struct err *e)
{
    struct bytes line;
    struct bytes base64;
    struct bytes entry;
    if (!line_next(&line, rest) || !line_after(&base64, line, "extra ")) {
        err_set(e, ERR_INPUT, "the receipt's second line is not \"extra\" and an entry");
        return err_hint(e, "a tlog-proof without its entry is not a receipt");
    }
    if (base64.size > (LIMIT_ENTRY + 2) / 3 * 4) {
        return err_set(e, ERR_LIMIT, "the receipt's entry is over %d bytes", LIMIT_ENTRY);
    }
    if (!base64_decode(&entry, base64, a, e)) {
        return err_wrap(e, "the receipt's entry");
    }
    if (entry.size == 0 || entry.size > LIMIT_ENTRY) {
        return err_set(e, ERR_INPUT, "the receipt's entry has %zu bytes, not 1 to %d", entry.size,
                       LIMIT_ENTRY);
    }
    *ret = entry;
    return true;
}

static bool index_parse(uint64_t *ret, struct bytes *rest, struct err *e)
{
    struct bytes line;
    struct bytes number;
    if (!line_next(&line, rest) || !line_after(&number, line, "index ")) {
        return err_set(e, ERR_INPUT, "the receipt's third line is not \"index\" and a number");
    }
    if (!text_read_number(ret, number, TREE_SIZE_MAX - 1, e)) {
        return err_wrap(e, "the receipt's index");
    }
    return true;
}

/* Hashes, one a line, and the blank line behind them. */
static bool hashes_parse(struct path *ret, struct bytes *rest, struct err *e)
{
    struct path p = {.count = 0};
    struct bytes line;
    while (line_next(&line, rest)) {
        if (line.size == 0) {
            *ret = p;
            return true;
        }
        if (p.count == PATH_HASHES) {
            return err_set(e, ERR_LIMIT, "the receipt has more hashes than any proof");
        }
        if (!base64_decode_exactly(p.hashes[p.count], TREE_HASH, line, e)) {
            return err_wrap(e, "hash %zu of the receipt", p.count + 1);
        }
        p.count++;
    }
    return err_set(e, ERR_INPUT, "the receipt ends before its checkpoint");
}

bool receipt_parse(struct receipt *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct receipt r;
    struct bytes line;
    if (text.size > RECEIPT_BYTES_MAX) {
        return err_set(e, ERR_LIMIT, "a receipt of %zu bytes is over the %d allowed", text.size,
                       RECEIPT_BYTES_MAX);
    }
    if (!line_next(&line, &text) || !bytes_is(line, RECEIPT_FIRST_LINE)) {
        return err_set(e, ERR_INPUT, "not a receipt: the first line is not %s", RECEIPT_FIRST_LINE);
    }
    if (!entry_parse(&r.entry, &text, a, e) || !index_parse(&r.index, &text, e) ||
        !hashes_parse(&r.path, &text, e)) {
        return false;
    }
    struct note form;
    if (!note_parse(&form, text, e)) {
        return err_wrap(e, "the receipt's checkpoint");
    }
    r.checkpoint = text;
    *ret = r;
    return true;
}

bool receipt_verify(const struct receipt *r, const struct authority *authority,
                    struct checkpoint *ret_checkpoint, uint8_t ret_leaf[TREE_HASH], struct err *e)
{
    struct checkpoint c;
    uint8_t leaf[TREE_HASH];
    tree_leaf_hash(leaf, r->entry);
    if (!checkpoint_open(&c, r->checkpoint, authority->origin, &authority->log_key, e) ||
        !path_check_inclusion(&r->path, r->index, c.size, leaf, c.root, e)) {
        return err_wrap(e, "the receipt of entry %" PRIu64, r->index);
    }
    *ret_checkpoint = c;
    memcpy(ret_leaf, leaf, TREE_HASH);
    return true;
}
