#include "cli/backup_manifest.h"

#include "base/text.h"

enum { PATH_MAX_BYTES = 300, HASH = 32, VERSION = 1 };

FIELDS(backup_file_fields, "a file of a backup", struct backup_file,
       {.name = "path",
        .kind = FIELD_TEXT,
        .offset = offsetof(struct backup_file, path),
        .min = 1,
        .max = PATH_MAX_BYTES},
       {.name = "size",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct backup_file, size),
        .max = JSON_INTEGER_MAX},
       {.name = "sha256",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct backup_file, sha256),
        .min = HASH,
        .max = HASH});

FIELDS(backup_manifest_fields, "a backup's manifest", struct backup_manifest,
       {.name = "sealward-backup",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct backup_manifest, version),
        .min = VERSION,
        .max = VERSION},
       {.name = "authority",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct backup_manifest, authority),
        .min = HASH,
        .max = HASH},
       {.name = "time",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct backup_manifest, time),
        .max = JSON_INTEGER_MAX},
       {.name = "entries",
        .kind = FIELD_INTEGER,
        .offset = offsetof(struct backup_manifest, entries),
        .min = 1,
        .max = JSON_INTEGER_MAX},
       {.name = "root",
        .kind = FIELD_BYTES,
        .offset = offsetof(struct backup_manifest, root),
        .min = HASH,
        .max = HASH},
       {.name = "files",
        .kind = FIELD_LIST,
        .offset = offsetof(struct backup_manifest, files),
        .item = FIELD_OBJECT,
        .object = &backup_file_fields,
        .min = 1,
        .max = BACKUP_FILES_MAX});

/* A file of the configuration: its name alone, and no hidden one. */
static bool is_config(struct bytes path)
{
    size_t front = strlen(BACKUP_CONFIG);
    return path.size > front && memcmp(path.data, BACKUP_CONFIG, front) == 0 &&
           path.data[front] != '.' && memchr(path.data + front, '/', path.size - front) == NULL;
}

static bool path_known(struct bytes path)
{
    static const char *const paths[] = {BACKUP_JOURNAL, BACKUP_WITHHELD, BACKUP_KEPT,
                                        BACKUP_CHECKPOINT, BACKUP_AUTHORITY};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (bytes_is(path, paths[i]))
            return true;
    return is_config(path);
}

static bool files_judge(const struct list *files, struct err *e)
{
    const struct backup_file *list = files->items;
    for (size_t i = 0; i < files->count; i++) {
        if (!path_known(list[i].path))
            return err_set(e, ERR_INPUT, "a backup has no file \"%.*s\"",
                           BYTES_PRINT(list[i].path));
        for (size_t j = 0; j < i; j++)
            if (bytes_equal(list[i].path, list[j].path))
                return err_set(e, ERR_INPUT, "\"%.*s\" stands twice", BYTES_PRINT(list[i].path));
    }
    return true;
}

bool backup_manifest_read(struct backup_manifest *ret, struct bytes text, struct arena *a,
                          struct err *e)
{
    struct backup_manifest m;
    if (text.size == 0 || text.data[text.size - 1] != '\n')
        return err_set(e, ERR_INPUT, "a manifest ends with a newline");
    if (!fields_read(&m, &backup_manifest_fields, bytes_make(text.data, text.size - 1), a, e) ||
        !files_judge(&m.files, e))
        return false;
    if (backup_manifest_find(&m, BACKUP_JOURNAL) == NULL)
        return err_set(e, ERR_INPUT, "the backup has no journal");
    *ret = m;
    return true;
}

void backup_manifest_write(struct buf *b, const struct backup_manifest *m)
{
    fields_write(b, &backup_manifest_fields, m);
    buf_put_u8(b, '\n');
}

const struct backup_file *backup_manifest_find(const struct backup_manifest *m, const char *path)
{
    const struct backup_file *list = m->files.items;
    for (size_t i = 0; i < m->files.count; i++)
        if (bytes_is(list[i].path, path))
            return &list[i];
    return NULL;
}
