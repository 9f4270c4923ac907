#include "verify/show.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"
#include "pki/name.h"

enum { NAME_MAX_BYTES = 8192 };

/* --- For people --- */

static void detail_text(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    static const char *const moments[] = {[VERIFY_TIME_NONE] = "now",
                                          [VERIFY_TIME_RECEIPT] = "when it was recorded",
                                          [VERIFY_TIME_TIMESTAMP] = "when it was timestamped"};
    char hex[2 * DIGEST_MAX + 1];
    char time[TEXT_TIME_SIZE];
    switch (check) {
    case VERIFY_SIGNATURE:
        buf_printf(b, "%s by ", mechanism_name(s->mechanism));
        name_show(b, s->subject);
        break;
    case VERIFY_ARTIFACT:
        buf_printf(b, "%s %s", digest_name(s->artifact_alg),
                   hex_string(hex, bytes_make(s->artifact, digest_size(s->artifact_alg))));
        break;
    case VERIFY_CHAIN:
        buf_printf(b, "to a trusted root, at %s (%s)", text_time(time, s->time),
                   moments[s->trusted]);
        break;
    case VERIFY_AUTHORITY:
        buf_printf(b, "certificate number %" PRIu64, s->number);
        break;
    case VERIFY_RECEIPT:
        buf_printf(b, "entry %" PRId64 " of a log of %" PRIu64 " entries", s->entry, s->log_size);
        break;
    case VERIFY_TIME:
        buf_printf(b, "%s, by the %s", text_time(time, s->time), verify_time_names[s->trusted]);
        break;
    case VERIFY_STATUS:
        buf_printf(b, "nothing against it%s",
                   s->list_older ? "; the distrust list is older than the certificate" : "");
        break;
    }
}

static void unasked_text(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    if (s->certificate.data == NULL)
        buf_put_text(b, "not asked");
    else if (check == VERIFY_TIME)
        buf_printf(b, "no time is trusted: %s", s->points[check].why.message);
    else
        buf_put_text(b, check == VERIFY_RECEIPT ? "none was given"
                                                : "no distrust list or CRL was given");
}

static void point_text(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    const struct verify_point *point = &s->points[check];
    static const char *const words[] = {
        [VERIFY_UNASKED] = "-", [VERIFY_HOLDS] = "holds", [VERIFY_FAILS] = "FAILS"};
    buf_printf(b, "  %-10s %-6s ", verify_check_names[check], words[point->answer]);
    if (point->answer == VERIFY_HOLDS)
        detail_text(b, s, check);
    else if (point->answer == VERIFY_FAILS)
        buf_printf(b, "%s%s%s", point->why.message, point->why.hint[0] == 0 ? "" : "; ",
                   point->why.hint);
    else
        unasked_text(b, s, check);
    buf_put_text(b, "\n");
}

void show_text(struct buf *b, const char *file, const struct verdict *v)
{
    /* Whoever made a file has named it too: nothing of that may look like a line of the verdict. */
    text_put_plain(b, file);
    buf_printf(b, ": %s\n", v->good ? "good" : "NOT GOOD");
    for (size_t i = 0; i < v->count; i++) {
        if (v->count > 1)
            buf_printf(b, " signature %zu: %s\n", i + 1, v->list[i].good ? "good" : "not good");
        for (unsigned n = 0; n < VERIFY_CHECKS; n++)
            point_text(b, &v->list[i], (enum verify_check)n);
    }
}

/* --- For programs --- */

static void point_json(struct buf *b, const struct verify_signature *s, enum verify_check check)
{
    static const char *const words[] = {
        [VERIFY_UNASKED] = "null", [VERIFY_HOLDS] = "\"holds\"", [VERIFY_FAILS] = "\"fails\""};
    const struct verify_point *point = &s->points[check];
    bool fails = point->answer == VERIFY_FAILS;
    buf_printf(b, "\"%s\":{\"answer\":%s,\"rule\":", verify_check_names[check],
               words[point->answer]);
    json_put_string(b, bytes_text(fails ? point->why.rule : ""));
    buf_put_text(b, ",\"message\":");
    json_put_string(b, bytes_text(fails ? point->why.message : ""));
    buf_put_text(b, "}");
}

static void signature_json(struct buf *b, const struct verify_signature *s)
{
    AUTO_VALUE(buf) subject = BUF(8192);
    if (s->subject.data != NULL)
        name_show(&subject, s->subject);
    buf_printf(b, "{\"good\":%s,\"subject\":", s->good ? "true" : "false");
    json_put_string(b, buf_bytes(&subject));
    buf_put_text(b, ",\"key\":");
    json_put_base64(b, BYTES_OF(s->key));
    buf_put_text(b, ",\"tbs\":");
    json_put_base64(b, bytes_make(s->tbs, s->tbs_size));
    buf_printf(b, ",\"time\":%" PRId64 ",\"time_by\":\"%s\",\"entry\":", s->time,
               verify_time_names[s->trusted]);
    if (s->entry >= 0)
        buf_printf(b, "%" PRId64, s->entry);
    else
        buf_put_text(b, "null");
    buf_put_text(b, ",\"checks\":{");
    for (unsigned i = 0; i < VERIFY_CHECKS; i++) {
        buf_put_text(b, i == 0 ? "" : ",");
        point_json(b, s, (enum verify_check)i);
    }
    buf_put_text(b, "}}");
}

void show_json(struct buf *b, const char *file, const struct verdict *v)
{
    AUTO_VALUE(buf) name = BUF(NAME_MAX_BYTES);
    text_put_plain(&name, file);
    buf_put_text(b, "{\"file\":");
    json_put_string(b, buf_bytes(&name));
    buf_printf(b, ",\"good\":%s,\"signatures\":[", v->good ? "true" : "false");
    for (size_t i = 0; i < v->count; i++) {
        buf_put_text(b, i == 0 ? "" : ",");
        signature_json(b, &v->list[i]);
    }
    buf_put_text(b, "]}");
}
