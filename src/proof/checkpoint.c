#include "proof/checkpoint.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/text.h"
#include "proof/line.h"

void checkpoint_write(struct buf *b, struct bytes origin, const struct checkpoint *c)
{
    buf_put(b, origin);
    buf_printf(b, "\n%" PRIu64 "\n", c->size);
    base64_put(b, BYTES_OF(c->root));
    buf_put_text(b, "\n");
}

static bool checkpoint_parse(struct checkpoint *ret, struct bytes *ret_origin, struct bytes text,
                             struct err *e)
{
    struct checkpoint c;
    struct bytes origin;
    struct bytes size;
    struct bytes root;
    if (!line_next(&origin, &text) || !line_next(&size, &text) || !line_next(&root, &text)) {
        return err_set(e, ERR_INPUT, "a checkpoint has three lines: origin, size, root");
    }
    if (text.size != 0) {
        return err_set(e, ERR_INPUT, "the checkpoint has lines behind its root");
    }
    if (origin.size == 0) {
        return err_set(e, ERR_INPUT, "the checkpoint's origin is empty");
    }
    if (!text_read_number(&c.size, size, TREE_SIZE_MAX, e)) {
        return err_wrap(e, "the checkpoint's size");
    }
    if (!base64_decode_exactly(c.root, sizeof c.root, root, e)) {
        return err_wrap(e, "the checkpoint's root");
    }
    *ret = c;
    *ret_origin = origin;
    return true;
}

bool checkpoint_open(struct checkpoint *ret, struct bytes bytes, struct bytes origin,
                     const struct note_key *key, struct err *e)
{
    struct note note;
    struct checkpoint c = {.size = 0};
    struct bytes claimed = BYTES_NONE;
    if (!note_parse(&note, bytes, e) || !checkpoint_parse(&c, &claimed, note.text, e)) {
        return false;
    }
    if (!bytes_equal(claimed, origin)) {
        return err_set(e, ERR_AUTH, "the checkpoint is of the log %.*s, not of %.*s",
                       BYTES_PRINT(claimed), BYTES_PRINT(origin));
    }
    if (!note_verify(&note, key, 1, e)) {
        return err_wrap(e, "the checkpoint of %.*s", BYTES_PRINT(origin));
    }
    *ret = c;
    return true;
}
