/*
 * sealward bind: binds by hand, from files alone, what a grant has signed and nothing has bound
 * yet. Needs neither the session nor an actor: the evidence speaks for itself.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "cli/binder.h"
#include "cli/command.h"
#include "cli/declaration.h"
#include "cli/leaf.h"
#include "cli/lookup.h"
#include "rules/grants.h"
#include "rules/requests.h"
#include "rules/tables.h"

struct bind {
    struct cli *cli;
    struct client *client;
    struct bytes grant;
    struct list artifacts;
    struct bytes key; /* of the newest request; the grant's requests are all of one signer */
    struct signatures made;
};

static void bind_done(struct bind *b)
{
    signatures_done(&b->made);
}
AUTO_DONE(bind)

/* ---- What the grant declares, and what was signed under it ---- */

static bool grant_read(struct bind *b, struct err *e)
{
    struct arena *a = &b->cli->arena;
    struct proven proven;
    struct signed_statement outer;
    struct statement statement;
    struct grant_body body;
    uint8_t *leaf = arena_alloc(a, 32);
    const char *text = arguments_value(&b->cli->arguments, "--grant");
    if (text == NULL)
        return arguments_refuse(e, "of which grant? --grant LEAF");
    if (leaf == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a grant");
    b->grant = bytes_make(leaf, 32);
    if (!leaf_find(leaf, b->cli, text, e) || !client_entry_by_leaf(b->client, leaf, &proven, a, e))
        return false;
    if (!bytes_is(proven.entry.type, "grant"))
        return err_set(e, ERR_INPUT, "entry %" PRId64 " is no grant", proven.entry.index);
    if (!signed_statement_read(&outer, &statement, proven.entry.body, a, e) ||
        !fields_read(&body, &grant_body_fields, statement.body, a, e))
        return false;
    b->artifacts = body.artifacts;
    return true;
}

static bool item_keep(struct bind *b, const struct request *request, int64_t entry, size_t n,
                      struct err *e)
{
    const struct request_item *item = (const struct request_item *)request->items.items + n;
    /* What the rulebook built is bound, and what names its artifact as well. */
    if (item->digest.data == NULL || item->artifact >= 0)
        return true;
    struct signature made = {.mechanism = (enum mechanism)request->mechanism,
                             .digest_size = item->digest.size,
                             .entry = entry,
                             .item = (int64_t)n,
                             .artifact = -1};
    memcpy(made.digest, item->digest.data, item->digest.size);
    return signatures_add(&b->made, &made, e);
}

static bool request_take(void *context, const struct proven *proven, bool *ret_more, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct bind *b = context;
    struct request request;
    (void)ret_more;
    if (!fields_read(&request, &request_fields, proven->entry.body, &arena, e))
        return false;
    b->key = arena_copy(&b->cli->arena, request.key);
    if (b->key.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a key");
    for (size_t i = 0; i < request.items.count; i++)
        if (!item_keep(b, &request, proven->entry.index, i, e))
            return false;
    return true;
}

static bool requests_read(struct bind *b, struct err *e)
{
    struct lookup lookup = {
        .kind = "grant", .key = b->grant, .type = "request", .each = request_take, .context = b};
    if (!lookup_entries(b->client, &lookup, e))
        return false;
    return b->made.count > 0 ||
           err_set(e, ERR_NOT_FOUND, "nothing that could be bound was signed under this grant");
}

/* ---- Files ---- */

static bool file_bind(struct bind *b, const char *path, struct err *e)
{
    AUTO_VALUE(buf) file = BUF(DECLARATION_FILE_MAX);
    size_t bound = 0;
    struct binder binder = {
        .client = b->client,
        .grant = b->grant,
        .key = b->key,
        .kind = mechanism_key_kind(b->made.list[0].mechanism),
        .artifacts = b->artifacts,
    };
    if (!file_read(&file, path, FILE_REGULAR, e) ||
        !binder_bind(&binder, &b->made, buf_bytes(&file), &bound, e))
        return err_wrap(e, "%s", path);
    if (bound == 0) {
        (void)err_set(e, ERR_NOT_FOUND, "%s holds no signature of this grant that is not bound",
                      path);
        return err_hint(e, "give the signed file, or for format cms its signature file as DER");
    }
    (void)fprintf(stderr, "sealward: bound %s: %zu signature(s)\n", path, bound);
    return true;
}

static bool bind_all(struct bind *b, struct err *e)
{
    const struct arguments *a = &b->cli->arguments;
    if (!cli_client(&b->client, b->cli, e) || !grant_read(b, e) || !requests_read(b, e))
        return false;
    for (int i = 0; i < a->word_count; i++)
        if (!file_bind(b, a->words[i], e))
            return false;
    return true;
}

static bool bind_files(struct cli *cli, struct err *e)
{
    AUTO_VALUE(bind) b = {.cli = cli};
    return bind_all(&b, e);
}

static const struct argument_row options[] = {
    {"--grant", ARGUMENT_VALUE, "LEAF", "the grant: its leaf hash, or how that begins"},
    {0},
};

const struct command command_bind = {
    .name = "bind",
    .usage = "--grant LEAF FILE...",
    .purpose = "bind signatures of a grant that are still unbound",
    .options = options,
    .least = 1,
    .most = -1,
    .run = bind_files,
};
