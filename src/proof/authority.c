#include "proof/authority.h"

#include "base/fields.h"
#include "base/limits.h"
#include "proof/line.h"

/* The file as its table sees it. */
struct authority_file {
    struct bytes id;
    struct bytes origin;
    struct bytes log_key;
    struct bytes base_url;
};

FIELDS(authority_fields, "authority file", struct authority_file,
       {.name = "authority",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct authority_file, id),
        .min = TREE_HASH,
        .max = TREE_HASH},
       {.name = "origin",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct authority_file, origin),
        .min = 1,
        .max = LIMIT_NOTE_NAME},
       {.name = "log_key",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct authority_file, log_key),
        .min = 1,
        .max = NOTE_KEY_TEXT_MAX},
       {.name = "base_url",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct authority_file, base_url),
        .min = 1,
        .max = LIMIT_URL});

/* What stands in a URL's host, port and path. */
static bool url_character(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != 0 && strchr("-._~:/[]%", c) != NULL);
}

bool authority_url_check(struct bytes url, struct err *e)
{
    struct bytes rest;
    bool fits = url.size <= LIMIT_URL &&
                (line_after(&rest, url, "https://") || line_after(&rest, url, "http://")) &&
                rest.size != 0 && rest.data[0] != '/' && rest.data[rest.size - 1] != '/';
    for (size_t i = 0; fits && i < rest.size; i++) {
        fits = url_character(rest.data[i]);
    }
    if (!fits) {
        err_set(e, ERR_INPUT, "\"%.*s\" cannot be a base URL", BYTES_PRINT(url));
        return err_hint(e, "write scheme, host and path: https://example.org/log");
    }
    return true;
}

bool authority_read(struct authority *ret, struct bytes text, struct arena *a, struct err *e)
{
    if (text.size > LIMIT_AUTHORITY) {
        return err_set(e, ERR_LIMIT, "an authority file of %zu bytes is over the %d allowed",
                       text.size, LIMIT_AUTHORITY);
    }
    struct bytes line;
    if (!line_next(&line, &text) || text.size != 0) {
        return err_set(e, ERR_INPUT, "the authority file is not one line");
    }
    struct authority_file f;
    struct authority authority;
    if (!fields_read(&f, &authority_fields, line, a, e) || !authority_url_check(f.base_url, e)) {
        return false;
    }
    if (!note_key_parse(&authority.log_key, f.log_key, e)) {
        return err_wrap(e, "log_key of the authority file");
    }
    if (!bytes_equal(note_key_name(&authority.log_key), f.origin)) {
        return err_set(e, ERR_INPUT, "the log key in the authority file is not named %.*s",
                       BYTES_PRINT(f.origin));
    }
    memcpy(authority.id, f.id.data, TREE_HASH);
    authority.origin = f.origin;
    authority.base_url = f.base_url;
    *ret = authority;
    return true;
}

void authority_write(struct buf *b, const struct authority *a)
{
    AUTO_VALUE(buf) key = BUF(NOTE_KEY_TEXT_MAX);
    note_key_write(&key, &a->log_key);
    struct authority_file f = {
        .id = BYTES_OF(a->id),
        .origin = a->origin,
        .log_key = buf_bytes(&key),
        .base_url = a->base_url,
    };
    fields_write(b, &authority_fields, &f);
    buf_put_text(b, "\n");
}
