#include "cli/receipts.h"

#include <inttypes.h>

#include "base/file.h"
#include "cli/patience.h"
#include "rules/state.h"

/* How many signatures before this one are over the same artifact. */
static size_t number_of(const struct signatures *made, size_t n)
{
    size_t number = 1;
    for (size_t i = 0; i < n; i++)
        number += made->list[i].artifact == made->list[n].artifact;
    return number;
}

/* Names may have slashes, and file names not. */
static void name_put(struct buf *b, struct bytes name)
{
    for (size_t i = 0; i < name.size; i++)
        buf_put_u8(b, name.data[i] == '/' ? '_' : name.data[i]);
}

static bool path_make(struct buf *ret, const struct signatures *made, size_t n,
                      const struct list *artifacts, const char *folder, struct err *e)
{
    const struct signature *signature = &made->list[n];
    const struct artifact *items = artifacts->items;
    size_t number = number_of(made, n);
    buf_printf(ret, "%s/", folder);
    if (signature->artifact >= 0)
        name_put(ret, items[signature->artifact].name);
    else
        buf_printf(ret, "entry-%" PRId64, signature->entry);
    if (number > 1 && signature->artifact >= 0)
        buf_printf(ret, ".%zu", number);
    buf_put_text(ret, ".receipt");
    return buf_ok(ret, "the path of a receipt", e);
}

static bool receipt_save(struct client *c, int64_t entry, const char *path, struct err *e)
{
    struct patience patience = PATIENCE;
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    while (!client_entry(c, entry, &proven, &arena, e))
        if (!patience_wait(&patience, e))
            return err_wrap(e, "receipt of entry %" PRId64, entry);
    return file_replace_view(path, proven.receipt, 0644, e);
}

bool receipts_write(struct client *c, const struct signatures *made, const struct list *artifacts,
                    const char *folder, struct err *e)
{
    if (!file_make_folders(folder, 0755, e))
        return false;
    for (size_t i = 0; i < made->count; i++) {
        AUTO_VALUE(buf) path = BUF(8192);
        if (!path_make(&path, made, i, artifacts, folder, e) ||
            !receipt_save(c, made->list[i].entry, buf_string(&path), e))
            return false;
    }
    return true;
}
