#include "cli/receipts.h"

#include <inttypes.h>

#include "base/file.h"
#include "cli/patience.h"
#include "rules/requests.h"
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
                      const struct list *artifacts, const char *folder, const char *ending,
                      struct err *e)
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
    buf_put_text(ret, ending);
    return buf_ok(ret, "the path of a receipt", e);
}

/* Whether the entry is a request under the grant that asks for this signature. *ret_built is true
 * if it names no digest, because the rulebook builds what is signed. */
static bool entry_fits(bool *ret_built, const struct proven *proven, struct bytes grant,
                       const struct signature *signature, struct arena *a, struct err *e)
{
    struct request request;
    if (!bytes_is(proven->entry.type, "request"))
        return err_set(e, ERR_AUTH, "it is no request");
    if (!fields_read(&request, &request_fields, proven->entry.body, a, e))
        return false;
    if (!bytes_equal(request.grant, grant))
        return err_set(e, ERR_AUTH, "it is a request under another grant");
    const struct request_item *items = request.items.items;
    if (signature->item < 0 || (size_t)signature->item >= request.items.count)
        return err_set(e, ERR_AUTH, "it has no item %" PRId64, signature->item);
    const struct request_item *item = &items[signature->item];
    *ret_built = item->digest.data == NULL;
    return *ret_built || bytes_equal(item->digest, signature_digest(signature)) ||
           err_set(e, ERR_AUTH, "it asks for another signature");
}

static bool request_save(bool *ret_built, struct client *c, struct bytes grant,
                         const struct signature *signature, const char *path, struct err *e)
{
    struct patience patience = PATIENCE;
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    while (!client_entry(c, signature->entry, &proven, &arena, e))
        if (!patience_wait(&patience, e))
            return err_wrap(e, "receipt of entry %" PRId64, signature->entry);
    if (!entry_fits(ret_built, &proven, grant, signature, &arena, e))
        return err_wrap(e, "receipt of entry %" PRId64, signature->entry);
    return file_replace_view(path, proven.receipt, 0644, e);
}

static bool grant_save(struct client *c, struct bytes grant, const char *path, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    return (client_entry_by_leaf(c, grant.data, &proven, &arena, e) &&
            file_replace_view(path, proven.receipt, 0644, e)) ||
           err_wrap(e, "receipt of the grant");
}

bool receipts_write(struct client *c, struct bytes grant, const struct signatures *made,
                    const struct list *artifacts, const char *folder, struct err *e)
{
    if (!file_make_folders(folder, 0755, e))
        return false;
    for (size_t i = 0; i < made->count; i++) {
        AUTO_VALUE(buf) path = BUF(8192);
        AUTO_VALUE(buf) grant_path = BUF(8192);
        bool built = false;
        if (!path_make(&path, made, i, artifacts, folder, RECEIPT_ENDING, e) ||
            !path_make(&grant_path, made, i, artifacts, folder, RECEIPT_GRANT_ENDING, e) ||
            !request_save(&built, c, grant, &made->list[i], buf_string(&path), e) ||
            (built && !grant_save(c, grant, buf_string(&grant_path), e)))
            return false;
    }
    return true;
}
