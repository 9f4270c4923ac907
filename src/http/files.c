/* The public files, as any web server could give them: docs/protocol/log.md, crl.md and
 * distrust-list.md. */
#include "http/calls.h"

#include <stdio.h>

#include "base/file.h"

#define PATH_BYTES_MAX 4096
#define FOR_EVER "public, max-age=31536000, immutable"

static bool is_digits(struct bytes text, size_t least, size_t most)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.size >= least && text.size <= most;
}

/* "x001" */
static bool is_group(struct bytes text)
{
    return text.size == 4 && text.data[0] == 'x' && is_digits(bytes_make(text.data + 1, 3), 3, 3);
}

/* "067" or, with a width behind it, "067.p" */
static bool is_last(const struct bytes *segments, size_t count)
{
    struct bytes last = segments[0];
    if (count == 1)
        return is_digits(last, 3, 3);
    return count == 2 && last.size == 5 && is_digits(bytes_make(last.data, 3), 3, 3) &&
           bytes_is(bytes_make(last.data + 3, 2), ".p") && is_digits(segments[1], 1, 3);
}

/* What follows "/log/tile/": a level or "entries", groups of three digits, a width. */
static bool is_tile(const struct bytes *segments, size_t count)
{
    size_t i = 1;
    if (count < 2 || (!bytes_is(segments[0], "entries") && !is_digits(segments[0], 1, 1)))
        return false;
    while (i < count && is_group(segments[i]))
        i++;
    return i < count && is_last(segments + i, count - i);
}

/* Type of what changes now and then: asked for again after a few seconds, it is usually the same.
 */
static bool kind_set(struct reply *reply, const char *type)
{
    reply->type = type;
    reply->cache = "public, max-age=5";
    return true;
}

static bool is_hex(struct bytes text, size_t size)
{
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] < '0' || text.data[i] > '9') &&
            (text.data[i] < 'a' || text.data[i] > 'f'))
            return false;
    return text.size == size;
}

/* What follows "/crl/": 16 hex digits of the issuer's key, "2026q4.crl". */
static bool is_crl(const struct bytes *segments, size_t count)
{
    struct bytes last = count == 2 ? segments[1] : BYTES_NONE;
    return last.size == 10 && is_hex(segments[0], 16) &&
           is_digits(bytes_make(last.data, 4), 4, 4) && last.data[4] == 'q' &&
           last.data[5] >= '1' && last.data[5] <= '4' &&
           bytes_is(bytes_make(last.data + 6, 4), ".crl");
}

/* Names the file's type and how long it may be kept; false if no such file is ever published. */
static bool file_kind(struct reply *reply, const struct target *t)
{
    const struct bytes *segments = t->segments + 1;
    size_t count = t->count - 1;
    if (bytes_is(t->segments[0], "crl"))
        return is_crl(segments, count) && kind_set(reply, "application/pkix-crl");
    if (bytes_is(t->segments[0], "distrust"))
        return count == 1 && bytes_is(segments[0], "list") &&
               kind_set(reply, "application/octet-stream");
    if (count == 1 && bytes_is(segments[0], "checkpoint"))
        return kind_set(reply, "text/plain; charset=utf-8");
    if (count == 1 && bytes_is(segments[0], "authority.json")) {
        reply->type = "application/json";
        reply->cache = "public, max-age=300";
        return true;
    }
    reply->type = "application/octet-stream";
    reply->cache = FOR_EVER;
    return count > 1 && bytes_is(segments[0], "tile") && is_tile(segments + 1, count - 1);
}

/* Whether the header's list of entity tags has ours (RFC 9110 section 13.1.2). */
static bool tag_listed(struct bytes list, const char *etag)
{
    size_t size = strlen(etag);
    if (bytes_is(list, "*"))
        return true;
    for (size_t i = 0; i + size <= list.size; i++)
        if (memcmp(list.data + i, etag, size) == 0)
            return true;
    return false;
}

/* A date is only compared with the one that we gave: nobody has another reason to send it. */
static bool is_unchanged(const struct call *c)
{
    if (c->if_none_match.data != NULL)
        return tag_listed(c->if_none_match, c->reply.etag);
    return c->if_modified_since.data != NULL && c->reply.modified[0] != '\0' &&
           bytes_is(c->if_modified_since, c->reply.modified);
}

static bool file_load(struct call *c, const char *path, struct err *e)
{
    AUTO(file) file = NULL;
    struct file_facts facts;
    if (!file_open(&file, path, FILE_READ, FILE_REGULAR, 0, e) || !file_facts(&facts, file, e))
        return false;
    (void)snprintf(c->reply.etag, sizeof c->reply.etag, "\"%llx-%llx\"",
                   (unsigned long long)facts.modified_ms, (unsigned long long)facts.size);
    (void)date_write(c->reply.modified, facts.modified_ms);
    c->reply.status = is_unchanged(c) ? 304 : 200;
    if (c->reply.status == 304)
        return true;
    uint8_t *place =
        facts.size > CALL_REPLY_MAX ? NULL : buf_grow(&c->reply.body, (size_t)facts.size);
    if (place == NULL)
        return err_set(e, ERR_MEMORY, "%s does not fit into memory", path);
    return file_pread(file, 0, place, (size_t)facts.size, e);
}

bool calls_file(struct call *c, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_BYTES_MAX);
    if (!file_kind(&c->reply, &c->target))
        return err_set(e, ERR_NOT_FOUND, "no such file is ever published");
    buf_printf(&path, "%s%.*s", c->public_folder, BYTES_PRINT(c->target.path));
    if (!buf_ok(&path, "a path", e))
        return false;
    if (file_load(c, buf_string(&path), e))
        return true;
    return e->code == ERR_NOT_FOUND ? err_set(e, ERR_NOT_FOUND, "not published (yet)") : false;
}
