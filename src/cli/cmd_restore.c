/* sealward restore: a backup becomes an authority again, unless the public has seen more. */
#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "cli/backup_manifest.h"
#include "cli/backup_record.h"
#include "cli/command.h"

enum { PATH_SIZE = 4096, RESULT_MAX = 1 << 18, TARGET_NAMES_MAX = 1 << 20 };

struct restore {
    struct cli *cli;
    const char *folder;
    const char *journal;
    const char *state;
    const char *public_folder;
    const char *config;
    struct backup_manifest manifest;
    struct backup_record record;
};

static bool path_below(struct buf *ret, const char *folder, const char *name, struct err *e)
{
    buf_reset(ret);
    buf_printf(ret, "%s/%s", folder, name);
    return buf_ok(ret, "a path", e);
}

/* ---- Nothing is written before all of this holds ---- */

static bool name_refuse(void *context, const char *name, struct err *e)
{
    (void)err_set(e, ERR_CONFLICT, "%s is not empty: it holds %s", (const char *)context, name);
    return err_hint(e, "a restore goes into new folders; nothing is ever written over");
}

static bool target_judge(const char *path, struct err *e)
{
    bool there = false;
    if (path == NULL || !file_exists(&there, path, e))
        return path == NULL;
    return !there || file_list(path, TARGET_NAMES_MAX, name_refuse, (void *)(uintptr_t)path, e);
}

static bool manifest_load(struct restore *r, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    struct bytes text;
    if (!path_below(&path, r->folder, BACKUP_MANIFEST, e))
        return false;
    if (cli_file(&text, r->cli, buf_string(&path), BACKUP_MANIFEST_MAX, e))
        return backup_manifest_read(&r->manifest, text, &r->cli->arena, e) ||
               err_wrap(e, "%s", buf_string(&path));
    if (e->code == ERR_NOT_FOUND)
        (void)err_hint(e, "a backup that was not finished has no manifest");
    return false;
}

static bool file_judge(const struct restore *r, const struct backup_file *file, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    uint8_t hash[DIGEST_SHA256_SIZE];
    uint64_t size = 0;
    buf_printf(&path, "%s/%.*s", r->folder, BYTES_PRINT(file->path));
    if (!buf_ok(&path, "a path", e) || !copying_file(NULL, buf_string(&path), &size, hash, e))
        return false;
    if (size == (uint64_t)file->size && bytes_equal(BYTES_OF(hash), file->sha256))
        return true;
    (void)err_set(e, ERR_DAMAGED, "%s is not as it was when the backup was made",
                  buf_string(&path));
    return err_hint(e, "use another copy of this backup, or an older one");
}

static bool files_judge(const struct restore *r, struct err *e)
{
    const struct backup_file *files = r->manifest.files.items;
    for (size_t i = 0; i < r->manifest.files.count; i++)
        if (!file_judge(r, &files[i], e))
            return false;
    return true;
}

static bool seen_take(struct restore *r, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    const char *where;
    struct arena *a = &r->cli->arena;
    if (backup_manifest_find(&r->manifest, BACKUP_CHECKPOINT) != NULL) {
        if (!path_below(&path, r->folder, BACKUP_CHECKPOINT, e))
            return false;
        where = (const char *)arena_copy(a, buf_bytes(&path)).data;
        if (where == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for a path");
        if (!backup_record_see(&r->record, where, NULL, a, e))
            return false;
    }
    for (int i = 0; (where = arguments_item(&r->cli->arguments, "--seen", i)) != NULL; i++)
        if (!backup_record_see(&r->record, where, r->cli->settings.ca, a, e))
            return false;
    return true;
}

/* Where an authority is pinned, it must be this one. */
static bool pinned_judge(const struct restore *r, struct err *e)
{
    const char *path = r->cli->settings.authority;
    struct authority pinned;
    struct bytes text;
    char hex[65];
    if (path == NULL)
        return true;
    if (!cli_file(&text, r->cli, path, LIMIT_AUTHORITY, e) ||
        !authority_read(&pinned, text, &r->cli->arena, e))
        return err_wrap(e, "%s", path);
    if (memcmp(pinned.id, r->record.head.authority, sizeof pinned.id) == 0)
        return true;
    return err_refuse(e, "backup.authority", "the backup is of authority %s, not of the pinned one",
                      hex_string(hex, BYTES_OF(r->record.head.authority)));
}

static bool record_judge(struct restore *r, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    const struct backup_record *record = &r->record;
    if (!path_below(&path, r->folder, BACKUP_JOURNAL, e) || !seen_take(r, e) ||
        !backup_record_load(&r->record, buf_string(&path), e))
        return false;
    if (record->tree.size != (uint64_t)r->manifest.entries ||
        !bytes_equal(BYTES_OF(record->root), r->manifest.root) ||
        !bytes_equal(BYTES_OF(record->head.authority), r->manifest.authority))
        return err_set(e, ERR_DAMAGED, "the journal is not the one that the manifest describes");
    return pinned_judge(r, e);
}

/* ---- Writing ---- */

static bool file_put(const struct restore *r, const char *path, const char *folder,
                     const char *name, struct err *e)
{
    AUTO_VALUE(copying) copy = {.file = NULL};
    AUTO_VALUE(buf) from = BUF(PATH_SIZE);
    AUTO_VALUE(buf) to = BUF(PATH_SIZE);
    const struct backup_file *file = backup_manifest_find(&r->manifest, path);
    uint8_t hash[DIGEST_SHA256_SIZE];
    uint64_t size = 0;
    if (file == NULL || folder == NULL)
        return true;
    if (!path_below(&from, r->folder, path, e) || !path_below(&to, folder, name, e) ||
        !file_make_folders_above(buf_string(&to), 0700, e) ||
        !copying_begin(&copy, buf_string(&to), e) ||
        !copying_file(&copy, buf_string(&from), &size, hash, e) || !copying_end(&copy, hash, e))
        return false;
    return bytes_equal(BYTES_OF(hash), file->sha256) ||
           err_set(e, ERR_DAMAGED, "%s changed while it was restored", buf_string(&from));
}

static bool configs_put(const struct restore *r, struct err *e)
{
    const struct backup_file *files = r->manifest.files.items;
    size_t front = strlen(BACKUP_CONFIG);
    for (size_t i = 0; i < r->manifest.files.count; i++) {
        AUTO_VALUE(buf) path = BUF(PATH_SIZE);
        buf_put(&path, files[i].path);
        if (files[i].path.size > front && memcmp(files[i].path.data, BACKUP_CONFIG, front) == 0 &&
            !file_put(r, buf_string(&path), r->config, buf_string(&path) + front, e))
            return false;
    }
    return true;
}

/* The newest checkpoint that is known, which the daemon shows the keeper at the start; anybody may
 * read it, as what the daemon writes itself. */
static bool checkpoint_put(const struct restore *r, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    const struct backup_seen *newest = backup_record_newest(&r->record);
    if (newest == NULL || r->public_folder == NULL)
        return true;
    return path_below(&path, r->public_folder, "log/checkpoint", e) &&
           file_make_folders_above(buf_string(&path), 0755, e) &&
           file_replace(buf_string(&path), newest->note, 0644, e);
}

static bool result_print(const struct restore *r, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(RESULT_MAX);
    AUTO_VALUE(buf) json = BUF(RESULT_MAX);
    char id[65];
    const struct backup_seen *newest = backup_record_newest(&r->record);
    uint64_t seen = newest == NULL ? 0 : newest->checkpoint.size;
    (void)hex_string(id, BYTES_OF(r->record.head.authority));
    buf_printf(&text, "restored   %" PRIu64 " entries of authority %s\n", r->record.tree.size, id);
    if (newest != NULL)
        buf_printf(&text,
                   "published  %" PRIu64 " entries (%s), all of them there\n"
                   "next       give the folders to their users, put the tokens back, start keeper "
                   "and daemon\n",
                   seen, newest->where);
    else
        buf_put_text(&text,
                     "published  nothing known: only if nothing ever was, start with --first; "
                     "else find the newest checkpoint and restore with --seen\n");
    buf_printf(&json, "{\"authority\":\"%s\",\"entries\":%" PRIu64 ",\"published\":%" PRIu64 "}",
               id, r->record.tree.size, seen);
    return cli_print(r->cli, &text, &json, e);
}

static bool restore_all(struct restore *r, struct err *e)
{
    if (r->journal == NULL || r->public_folder == NULL)
        return arguments_refuse(e, "where to? --journal DIR and --public DIR");
    return target_judge(r->journal, e) && target_judge(r->state, e) &&
           target_judge(r->public_folder, e) && target_judge(r->config, e) && manifest_load(r, e) &&
           files_judge(r, e) && record_judge(r, e) &&
           file_put(r, BACKUP_JOURNAL, r->journal, "journal", e) &&
           file_put(r, BACKUP_WITHHELD, r->journal, "withheld", e) &&
           file_put(r, BACKUP_KEPT, r->state, "kept.db", e) && configs_put(r, e) &&
           checkpoint_put(r, e) && result_print(r, e);
}

static bool restore_run(struct cli *cli, struct err *e)
{
    struct restore *r = arena_alloc(&cli->arena, sizeof *r);
    if (r == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a restore");
    *r = (struct restore){.cli = cli,
                          .folder = cli->arguments.words[0],
                          .journal = arguments_value(&cli->arguments, "--journal"),
                          .state = arguments_value(&cli->arguments, "--daemon-state"),
                          .public_folder = arguments_value(&cli->arguments, "--public"),
                          .config = arguments_value(&cli->arguments, "--config-to")};
    bool ok = restore_all(r, e);
    backup_record_done(&r->record);
    return ok;
}

static const struct argument_row options[] = {
    {"--journal", ARGUMENT_VALUE, "DIR", "the keeper's folder of the record, empty or not there"},
    {"--public", ARGUMENT_VALUE, "DIR", "the daemon's public files, likewise"},
    {"--daemon-state", ARGUMENT_VALUE, "DIR", "the daemon's folder, likewise"},
    {"--config-to", ARGUMENT_VALUE, "DIR", "the files that were kept beside, likewise"},
    {"--seen", ARGUMENT_LIST, "FILE|URL", "a public checkpoint that the journal must reach"},
    {0},
};

const struct command command_restore = {
    .name = "restore",
    .usage = "DIR --journal DIR --public DIR",
    .purpose = "make an authority of a backup, on a clean machine",
    .options = options,
    .least = 1,
    .most = 1,
    .run = restore_run,
};
