#include "guard/settings.h"

#include "proof/authority.h"
#include "proof/line.h"
#include "rules/tables.h"

const char *const doubt_names[] = {"none", "suspected", "proven", 0};

/* The file as its table sees it. */
struct settings_file {
    struct bytes endpoint;
    struct bytes class;
    struct bytes url;
    struct bytes rules; /* as the policy's object of the class */
};

FIELDS(settings_file_fields, "settings of a guard", struct settings_file,
       ROW_ID(struct settings_file, endpoint), ROW_ID(struct settings_file, class),
       ROW_TEXT(struct settings_file, url, LIMIT_URL),
       ROW_RAW(struct settings_file, rules, SETTINGS_MAX));

FIELDS(standing_fields, "standing of a guard", struct standing, ROW_TIME(struct standing, newest),
       ROW_INTEGER_OR_NULL(struct standing, number, 0, JSON_INTEGER_MAX),
       ROW_WORD(struct standing, doubt, doubt_names),
       ROW_INTEGER_OR_NULL(struct standing, seen, 0, LIMIT_TIME_MS),
       ROW_INTEGER_OR_NULL(struct standing, confirmed, 0, JSON_INTEGER_MAX),
       ROW_INTEGER_OR_NULL(struct standing, confirmed_at, 0, LIMIT_TIME_MS));

/* The one line of the file, without its newline. */
static bool line_take(struct bytes *ret, struct bytes text, struct err *e)
{
    if (text.size > SETTINGS_MAX)
        return err_set(e, ERR_LIMIT, "%zu bytes are over the %d allowed", text.size, SETTINGS_MAX);
    struct bytes line;
    if (!line_next(&line, &text) || text.size != 0)
        return err_set(e, ERR_INPUT, "this is not one line");
    *ret = line;
    return true;
}

void settings_write(struct buf *b, const struct settings *s)
{
    AUTO_VALUE(buf) rules = BUF(SETTINGS_MAX);
    fields_write(&rules, object_fields(OBJECT_ENDPOINTS), &s->rules);
    struct settings_file file = {
        .endpoint = s->endpoint, .class = s->class, .url = s->url, .rules = buf_bytes(&rules)};
    fields_write(b, &settings_file_fields, &file);
    buf_put_text(b, "\n");
    b->failed |= rules.failed;
}

bool settings_read(struct settings *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct bytes line;
    struct settings_file file;
    struct endpoint_class rules;
    if (!line_take(&line, text, e) || !fields_read(&file, &settings_file_fields, line, a, e) ||
        !fields_read(&rules, object_fields(OBJECT_ENDPOINTS), file.rules, a, e) ||
        !authority_url_check(file.url, e))
        return false;
    *ret = (struct settings){
        .endpoint = file.endpoint, .class = file.class, .url = file.url, .rules = rules};
    return true;
}

void standing_write(struct buf *b, const struct standing *s)
{
    fields_write(b, &standing_fields, s);
    buf_put_text(b, "\n");
}

bool standing_read(struct standing *ret, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) a = SETTINGS_ARENA;
    struct bytes line;
    return line_take(&line, text, e) && fields_read(ret, &standing_fields, line, &a, e);
}
