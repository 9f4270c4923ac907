#include "cli/names.h"

#include "base/file.h"
#include "base/hex.h"
#include "base/random.h"
#include "pki/digest.h"
#include "rules/tables.h"

enum { NAMES_MAX = 4096, NAME_SIZE_MAX = 200 };

FIELDS(name_row_fields, "name", struct name_row, ROW_ID(struct name_row, handle),
       ROW_TEXT(struct name_row, name, NAME_SIZE_MAX), ROW_BYTES(struct name_row, salt, 16, 64));

FIELDS(names_fields, "names file", struct names,
       {.name = "names",
        .kind = FIELD_LIST,
        .offset = offsetof(struct names, rows),
        .item = FIELD_OBJECT,
        .object = &name_row_fields,
        .max = NAMES_MAX});

void names_hash(uint8_t ret[32], struct bytes salt, struct bytes name)
{
    digest_sha256_pair(ret, salt, name);
}

void names_handle(char ret[NAMES_HANDLE_SIZE], struct bytes salt, struct bytes name)
{
    uint8_t hash[32];
    names_hash(hash, salt, name);
    ret[0] = 'p';
    (void)hex_string(ret + 1, bytes_make(hash, 8));
}

static bool row_judge(const struct names *names, size_t i, struct err *e)
{
    const struct name_row *rows = names->rows.items;
    char handle[NAMES_HANDLE_SIZE];
    names_handle(handle, rows[i].salt, rows[i].name);
    if (!bytes_is(rows[i].handle, handle))
        return err_set(e, ERR_INPUT, "name \"%.*s\" and its salt do not open handle %.*s",
                       BYTES_PRINT(rows[i].name), BYTES_PRINT(rows[i].handle));
    for (size_t n = 0; n < i; n++)
        if (bytes_equal(rows[n].name, rows[i].name))
            return err_set(e, ERR_INPUT, "name \"%.*s\" stands twice", BYTES_PRINT(rows[i].name));
    return true;
}

bool names_read(struct names *ret, struct bytes text, struct arena *a, struct err *e)
{
    struct names names;
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (text.size > NAMES_SIZE_MAX)
        return err_set(e, ERR_LIMIT, "a names file has at most %d bytes", NAMES_SIZE_MAX);
    if (!fields_read(&names, &names_fields, text, a, e))
        return false;
    for (size_t i = 0; i < names.rows.count; i++)
        if (!row_judge(&names, i, e))
            return false;
    *ret = names;
    return true;
}

void names_write(struct buf *b, const struct names *names)
{
    fields_write(b, &names_fields, names);
    buf_put_u8(b, '\n');
}

static bool mode_judge(const char *path, struct err *e)
{
    struct file_facts facts;
    if (!file_facts_at(&facts, path, e))
        return false;
    if ((facts.mode & 077) == 0)
        return true;
    (void)err_set(e, ERR_STATE, "%s holds people's names, and others may read it", path);
    return err_hint(e, "chmod 600 %s", path);
}

bool names_load(struct names *ret, const char *path, struct arena *a, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(NAMES_SIZE_MAX + 1);
    if (!mode_judge(path, e)) {
        *ret = (struct names){.rows = {.count = 0}};
        return e->code == ERR_NOT_FOUND;
    }
    if (!file_read(&text, path, FILE_REGULAR, e))
        return false;
    struct bytes kept = arena_copy(a, buf_bytes(&text));
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for names");
    return names_read(ret, kept, a, e) || err_wrap(e, "%s", path);
}

bool names_save(const struct names *names, const char *path, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(NAMES_SIZE_MAX + 1);
    names_write(&text, names);
    return buf_ok(&text, "a names file", e) && file_replace(path, buf_bytes(&text), 0600, e);
}

const struct name_row *names_find(const struct names *names, struct bytes name)
{
    const struct name_row *rows = names->rows.items;
    for (size_t i = 0; i < names->rows.count; i++)
        if (bytes_equal(rows[i].name, name))
            return &rows[i];
    return NULL;
}

const struct name_row *names_find_handle(const struct names *names, struct bytes handle)
{
    const struct name_row *rows = names->rows.items;
    for (size_t i = 0; i < names->rows.count; i++)
        if (bytes_equal(rows[i].handle, handle))
            return &rows[i];
    return NULL;
}

static struct bytes rest(struct bytes text, size_t at)
{
    return bytes_make(text.data + at, text.size - at);
}

/* The name whose handle stands at the front of the text. */
static const struct name_row *handle_at(const struct names *names, struct bytes text)
{
    const struct name_row *rows = names->rows.items;
    for (size_t i = 0; text.size > 0 && text.data[0] == 'p' && i < names->rows.count; i++)
        if (rows[i].handle.size <= text.size &&
            memcmp(text.data, rows[i].handle.data, rows[i].handle.size) == 0)
            return &rows[i];
    return NULL;
}

void names_put_text(struct buf *b, struct bytes text, const struct names *names)
{
    for (size_t at = 0; at < text.size;) {
        const struct name_row *row = handle_at(names, rest(text, at));
        if (row == NULL) {
            buf_put_u8(b, text.data[at++]);
            continue;
        }
        buf_put(b, row->handle);
        buf_printf(b, " (%.*s)", BYTES_PRINT(row->name));
        at += row->handle.size;
    }
}

/* The size of "person/" at the front of the text. */
static size_t prefix_size(struct bytes text)
{
    static const char prefix[] = "person/";
    size_t size = sizeof prefix - 1;
    return text.size > size && memcmp(text.data, prefix, size) == 0 ? size : 0;
}

void names_put_called(struct buf *b, struct bytes text, const struct names *names)
{
    for (size_t at = 0; at < text.size;) {
        size_t behind = at + prefix_size(rest(text, at));
        const struct name_row *row = handle_at(names, rest(text, behind));
        if (row == NULL) {
            buf_put_u8(b, text.data[at++]);
            continue;
        }
        buf_put(b, row->name);
        at = behind + row->handle.size;
    }
}

bool names_add(struct names *names, struct bytes name, struct arena *a, struct err *e)
{
    uint8_t salt[NAMES_SALT_SIZE];
    char handle[NAMES_HANDLE_SIZE];
    size_t count = names->rows.count;
    struct name_row *rows = arena_alloc(a, (count + 1) * sizeof *rows);
    if (count == NAMES_MAX)
        return err_set(e, ERR_LIMIT, "a names file has at most %d names", NAMES_MAX);
    if (!random_fill(salt, sizeof salt, e))
        return false;
    names_handle(handle, BYTES_OF(salt), name);
    struct name_row row = {.name = arena_copy(a, name),
                           .handle = arena_copy(a, bytes_text(handle)),
                           .salt = arena_copy(a, BYTES_OF(salt))};
    if (rows == NULL || row.name.data == NULL || row.handle.data == NULL || row.salt.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a name");
    if (count > 0)
        memcpy(rows, names->rows.items, count * sizeof *rows);
    rows[count] = row;
    names->rows = (struct list){.items = rows, .count = count + 1};
    return true;
}
