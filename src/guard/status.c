#include "guard/status.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"

static void put_time(struct buf *b, const char *name, int64_t time, const char *none)
{
    char text[TEXT_TIME_SIZE];
    buf_printf(b, "%-11s %s\n", name, time < 0 ? none : text_time(text, time));
}

static void put_list(struct buf *b, const struct holding *h)
{
    if (h->number < 0) {
        buf_printf(b, "%-11s none\n", "list");
        return;
    }
    buf_printf(b, "%-11s number %" PRId64 ", %" PRId64 " s old, sha256 ", "list", h->number,
               (h->now - h->issued) / 1000);
    hex_put(b, h->list);
    buf_put_text(b, "\n");
    put_time(b, "issued", h->issued, "");
    put_time(b, "expires", h->expires, "");
}

static void put_checkpoint(struct buf *b, const struct holding *h)
{
    if (h->size < 0) {
        buf_printf(b, "%-11s none, or not readable here\n", "checkpoint");
        return;
    }
    buf_printf(b, "%-11s %" PRId64 " entries, root ", "checkpoint", h->size);
    hex_put(b, h->root);
    buf_put_text(b, "\n");
}

static void put_trust(struct buf *b, const struct holding *h)
{
    struct err note;
    struct err why;
    bool trusts = holding_trust(h, &note, &why);
    const struct err *said = trusts ? &note : &why;
    buf_printf(b, "%-11s %s%s\n", "trust", trusts ? "yes" : "NO",
               trusts && said->code != ERR_NONE ? ", with a warning" : "");
    if (said->code == ERR_NONE)
        return;
    buf_printf(b, "            %s\n", said->message);
    if (said->hint[0] != '\0')
        buf_printf(b, "            %s\n", said->hint);
}

static void put_confirmed(struct buf *b, const struct holding *h)
{
    char text[TEXT_TIME_SIZE];
    if (h->confirmed < 0)
        buf_printf(b, "%-11s never\n", "confirmed");
    else
        buf_printf(b, "%-11s list %" PRId64 ", at %s\n", "confirmed", h->confirmed,
                   text_time(text, h->confirmed_at));
}

void status_text(struct buf *b, const struct holding *h)
{
    buf_printf(b, "%-11s %.*s (%.*s)\n", "endpoint", BYTES_PRINT(h->endpoint),
               BYTES_PRINT(h->class));
    put_trust(b, h);
    put_list(b, h);
    put_checkpoint(b, h);
    put_time(b, "seen", h->seen, "never");
    put_confirmed(b, h);
    if (h->now - h->clock > 1000 * h->clock_error)
        buf_printf(b, "%-11s WRONG: %" PRId64 " s behind what has passed at least\n", "clock",
                   (h->now - h->clock) / 1000);
    if (h->trouble.size > 0)
        buf_printf(b, "%-11s %.*s\n", "trouble", BYTES_PRINT(h->trouble));
}

void status_enroll(struct buf *b, const struct settings *s, struct bytes spki)
{
    AUTO_VALUE(buf) key = BUF(1024);
    base64_put(&key, spki);
    buf_printf(b,
               "The endpoint's public key:\n  %s\nA person who may enrols it:\n"
               "  sealward endpoint enroll %.*s --class %.*s --public-key %s\n",
               buf_string(&key), BYTES_PRINT(s->endpoint), BYTES_PRINT(s->class), buf_string(&key));
}
