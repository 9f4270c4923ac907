/* sealward backup: a consistent copy of a running authority, on its machine. */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cli/backup_manifest.h"
#include "cli/backup_record.h"
#include "cli/command.h"
#include "cli/tool.h"

enum { PATH_SIZE = 4096, RESULT_MAX = 1 << 18 };

struct backup {
    struct cli *cli;
    const char *folder;
    struct backup_manifest manifest;
    struct backup_record record;
};

static bool path_below(struct buf *ret, const char *folder, const char *name, struct err *e)
{
    buf_reset(ret);
    buf_printf(ret, "%s/%s", folder, name);
    return buf_ok(ret, "a path", e);
}

static bool file_note(struct backup *b, const char *path, uint64_t size, const uint8_t hash[32],
                      struct err *e)
{
    struct backup_file *files = b->manifest.files.items;
    struct arena *a = &b->cli->arena;
    struct backup_file file = {.path = arena_copy(a, bytes_text(path)),
                               .size = (int64_t)size,
                               .sha256 = arena_copy(a, bytes_make(hash, DIGEST_SHA256_SIZE))};
    if (file.path.data == NULL || file.sha256.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a backup");
    if (b->manifest.files.count == BACKUP_FILES_MAX)
        return err_set(e, ERR_LIMIT, "a backup has at most %d files", BACKUP_FILES_MAX);
    files[b->manifest.files.count++] = file;
    return true;
}

/* Copies `from` to that place in the backup. */
static bool file_copy(struct backup *b, const char *path, const char *from, struct err *e)
{
    AUTO_VALUE(copying) copy = {.file = NULL};
    AUTO_VALUE(buf) to = BUF(PATH_SIZE);
    uint8_t hash[DIGEST_SHA256_SIZE];
    uint64_t size = 0;
    return path_below(&to, b->folder, path, e) &&
           file_make_folders_above(buf_string(&to), 0700, e) &&
           copying_begin(&copy, buf_string(&to), e) && copying_file(&copy, from, &size, hash, e) &&
           copying_end(&copy, hash, e) && file_note(b, path, copy.size, hash, e);
}

/* One that need not be there. */
static bool file_copy_if(struct backup *b, const char *path, const char *folder, const char *name,
                         struct err *e)
{
    AUTO_VALUE(buf) from = BUF(PATH_SIZE);
    bool there = false;
    return path_below(&from, folder, name, e) && file_exists(&there, buf_string(&from), e) &&
           (!there || file_copy(b, path, buf_string(&from), e));
}

/* ---- What is kept ---- */

/* The daemon's own program copies its database: only it knows how while one is running. */
static bool state_copy(struct backup *b, const char *state, struct err *e)
{
    AUTO_VALUE(buf) to = BUF(PATH_SIZE);
    AUTO_VALUE(buf) from = BUF(PATH_SIZE);
    const char *daemon = b->cli->settings.daemon;
    uint8_t hash[DIGEST_SHA256_SIZE];
    uint64_t size = 0;
    bool there = false;
    int code = 0;
    if (!path_below(&from, state, "kept.db", e) || !file_exists(&there, buf_string(&from), e) ||
        !path_below(&to, b->folder, BACKUP_KEPT, e))
        return false;
    if (!there)
        return err_set(e, ERR_NOT_FOUND, "%s holds no kept.db", state);
    const char *program = daemon != NULL ? daemon : SEALWARD_DAEMON_FILE;
    char *words[] = {(char *)(uintptr_t)program,         (char *)(uintptr_t) "--state",
                     (char *)(uintptr_t)state,           (char *)(uintptr_t) "--copy",
                     (char *)(uintptr_t)buf_string(&to), NULL};
    if (!file_make_folders_above(buf_string(&to), 0700, e) || !tool_run(&code, words, environ, e))
        return false;
    if (code != 0) {
        (void)err_set(e, ERR_IO, "%s could not copy kept.db (status %d)", program, code);
        return err_hint(e, "where is sealwardd? SEALWARD_DAEMON=PATH");
    }
    return copying_file(NULL, buf_string(&to), &size, hash, e) &&
           file_note(b, BACKUP_KEPT, size, hash, e);
}

/* Before the journal, which then reaches it. */
static bool public_copy(struct backup *b, const char *folder, struct err *e)
{
    AUTO_VALUE(buf) where = BUF(PATH_SIZE);
    if (!file_copy_if(b, BACKUP_CHECKPOINT, folder, "log/checkpoint", e) ||
        !file_copy_if(b, BACKUP_AUTHORITY, folder, "log/authority.json", e) ||
        !path_below(&where, b->folder, BACKUP_CHECKPOINT, e))
        return false;
    struct bytes kept = arena_copy(&b->cli->arena, buf_bytes(&where));
    if (kept.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a path");
    return backup_record_see(&b->record, (const char *)kept.data, NULL, &b->cli->arena, e);
}

static bool configs_copy(struct backup *b, struct err *e)
{
    const char *from;
    for (int i = 0; (from = arguments_item(&b->cli->arguments, "--config", i)) != NULL; i++) {
        AUTO_VALUE(buf) path = BUF(PATH_SIZE);
        const char *slash = strrchr(from, '/');
        buf_printf(&path, "%s%s", BACKUP_CONFIG, slash == NULL ? from : slash + 1);
        if (!buf_ok(&path, "a path", e) || !file_copy(b, buf_string(&path), from, e))
            return err_wrap(e, "--config %s", from);
    }
    return true;
}

static bool journal_copy(struct backup *b, const char *folder, struct err *e)
{
    AUTO_VALUE(copying) copy = {.file = NULL};
    AUTO_VALUE(buf) from = BUF(PATH_SIZE);
    AUTO_VALUE(buf) to = BUF(PATH_SIZE);
    uint8_t hash[DIGEST_SHA256_SIZE];
    b->record.copy = &copy;
    return path_below(&from, folder, "journal", e) &&
           path_below(&to, b->folder, BACKUP_JOURNAL, e) &&
           file_make_folders_above(buf_string(&to), 0700, e) &&
           copying_begin(&copy, buf_string(&to), e) &&
           backup_record_load(&b->record, buf_string(&from), e) && copying_end(&copy, hash, e) &&
           file_note(b, BACKUP_JOURNAL, copy.size, hash, e);
}

/* ---- All ---- */

static bool manifest_write(struct backup *b, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(BACKUP_MANIFEST_MAX);
    AUTO_VALUE(buf) path = BUF(PATH_SIZE);
    b->manifest.version = 1;
    b->manifest.authority = BYTES_OF(b->record.head.authority);
    b->manifest.entries = (int64_t)b->record.tree.size;
    b->manifest.root = BYTES_OF(b->record.root);
    backup_manifest_write(&text, &b->manifest);
    return buf_ok(&text, "the manifest", e) && path_below(&path, b->folder, BACKUP_MANIFEST, e) &&
           file_replace(buf_string(&path), buf_bytes(&text), 0600, e);
}

static void put_file(struct buf *text, struct buf *json, const struct backup_file *file)
{
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    (void)hex_string(hex, file->sha256);
    buf_printf(text, "%-28.*s  %12" PRId64 "  %s\n", BYTES_PRINT(file->path), file->size, hex);
    if (json->data[json->size - 1] != '[')
        buf_put_u8(json, ',');
    buf_put_text(json, "{\"path\":");
    json_put_string(json, file->path);
    buf_printf(json, ",\"size\":%" PRId64 ",\"sha256\":\"%s\"}", file->size, hex);
}

static bool result_print(struct backup *b, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(RESULT_MAX);
    AUTO_VALUE(buf) json = BUF(RESULT_MAX);
    const struct backup_file *files = b->manifest.files.items;
    const struct backup_seen *seen = backup_record_newest(&b->record);
    buf_printf(&json, "{\"entries\":%" PRIu64 ",\"published\":%" PRIu64 ",\"files\":[",
               b->record.tree.size, seen == NULL ? 0 : seen->checkpoint.size);
    for (size_t i = 0; i < b->manifest.files.count; i++)
        put_file(&text, &json, &files[i]);
    buf_put_text(&json, "]}");
    buf_printf(&text, "%" PRIu64 " entries", b->record.tree.size);
    if (seen != NULL)
        buf_printf(&text, ", of which the public has seen %" PRIu64, seen->checkpoint.size);
    buf_put_text(&text, "\nnot in it: the tokens' keys, and PINs (docs/operations.md)\n");
    return cli_print(b->cli, &text, &json, e);
}

static bool folder_judge(const struct backup *b, struct err *e)
{
    bool there = false;
    if (!file_exists(&there, b->folder, e))
        return false;
    if (!there)
        return file_make_folders(b->folder, 0700, e);
    (void)err_set(e, ERR_CONFLICT, "%s exists already", b->folder);
    return err_hint(e, "each backup has a folder of its own");
}

static bool backup_all(struct backup *b, struct err *e)
{
    const struct arguments *a = &b->cli->arguments;
    const char *journal = arguments_value(a, "--journal");
    const char *state = arguments_value(a, "--daemon-state");
    const char *public_folder = arguments_value(a, "--public");
    if (journal == NULL)
        return arguments_refuse(e, "what is to be kept? --journal DIR, the keeper's folder");
    return folder_judge(b, e) && (public_folder == NULL || public_copy(b, public_folder, e)) &&
           (state == NULL || state_copy(b, state, e)) && configs_copy(b, e) &&
           journal_copy(b, journal, e) &&
           file_copy_if(b, BACKUP_WITHHELD, journal, "withheld", e) && manifest_write(b, e) &&
           result_print(b, e);
}

static bool backup_run(struct cli *cli, struct err *e)
{
    struct backup *b = arena_alloc(&cli->arena, sizeof *b);
    struct backup_file *files = arena_alloc(&cli->arena, BACKUP_FILES_MAX * sizeof *files);
    if (b == NULL || files == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a backup");
    *b = (struct backup){.cli = cli,
                         .folder = cli->arguments.words[0],
                         .manifest = {.time = clock_wall_ms(), .files = {.items = files}}};
    bool ok = backup_all(b, e);
    backup_record_done(&b->record);
    return ok;
}

static const struct argument_row options[] = {
    {"--journal", ARGUMENT_VALUE, "DIR", "the keeper's folder of the record"},
    {"--daemon-state", ARGUMENT_VALUE, "DIR",
     "the daemon's folder: names, refusals, confirmations"},
    {"--public", ARGUMENT_VALUE, "DIR", "the public files: the newest checkpoint"},
    {"--config", ARGUMENT_LIST, "FILE", "policies, units, settings: kept beside"},
    {0},
};

const struct command command_backup = {
    .name = "backup",
    .usage = "DIR --journal DIR",
    .purpose = "copy a running authority, on its machine, into a new folder",
    .options = options,
    .least = 1,
    .most = 1,
    .run = backup_run,
};
