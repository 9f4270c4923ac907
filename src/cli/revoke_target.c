#include "cli/revoke_target.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/declaration.h"
#include "cli/holdings.h"
#include "cli/reduction.h"
#include "artifact/artifact.h"
#include "proof/distrust.h"
#include "proof/format.h"
#include "proof/receipt.h"
#include "rules/grants.h"
#include "rules/requests.h"

enum { HEX_SIZE = 64, ATTRIBUTES_MAX = 4096 };

static bool kind_take(enum revoked_kind *ret, const char *word, struct err *e)
{
    for (int i = 0; revoked_kind_names[i] != NULL; i++)
        if (strcmp(word, revoked_kind_names[i]) == 0) {
            *ret = (enum revoked_kind)i;
            return true;
        }
    (void)arguments_refuse(e, "\"%s\" cannot be revoked", word);
    return err_hint(e, "a key, certificate, signature, artifact or path can");
}

static bool text_keep(struct bytes *ret, struct bytes text, struct cli *cli, struct err *e)
{
    *ret = arena_copy(&cli->arena, text);
    return ret->data != NULL || err_set(e, ERR_MEMORY, "out of memory for an id");
}

static bool hex_keep(struct bytes *ret, struct bytes bytes, struct cli *cli, struct err *e)
{
    char hex[2 * DIGEST_MAX + 1];
    return text_keep(ret, bytes_text(hex_string(hex, bytes)), cli, e);
}

/* ---- Keys ---- */

static bool key_find(struct revoke_target *t, struct cli *cli, const char *word, struct err *e)
{
    struct holdings h;
    const struct json *key;
    struct bytes id;
    if (strlen(word) == HEX_SIZE)
        return text_keep(&t->id, bytes_text(word), cli, e);
    if (reduction_by_brake(cli))
        return arguments_refuse(e, "with --brake a key is named by all %d digits of its id",
                                HEX_SIZE);
    return holdings_key(&key, &h, word, cli, e) && holdings_bytes(&id, key, "id", &cli->arena, e) &&
           hex_keep(&t->id, id, cli, e);
}

/* ---- Artifacts ---- */

static bool artifact_find(struct revoke_target *t, struct cli *cli, const char *word, struct err *e)
{
    struct declaration_text text;
    struct declaration d;
    struct bytes formats[16];
    struct list list = {.items = formats};
    uint8_t id[DIGEST_SHA256_SIZE];
    bool hex = strlen(word) == HEX_SIZE && strspn(word, "0123456789abcdef") == HEX_SIZE;
    if (hex)
        return text_keep(&t->id, bytes_text(word), cli, e);
    while (list.count < 16 && artifact_format_name(list.count) != NULL) {
        formats[list.count] = bytes_text(artifact_format_name(list.count));
        list.count++;
    }
    if (!declaration_split(&text, word, &cli->arena, e) ||
        !declaration_make(&d, &text, &list, DIGEST_SHA256, &cli->arena, e))
        return false;
    distrust_artifact_id(id, d.artifact.format, d.artifact.algorithm, d.artifact.digest);
    return hex_keep(&t->id, BYTES_OF(id), cli, e) &&
           hex_keep(&t->digest, d.artifact.digest, cli, e);
}

/* ---- Signatures ---- */

static bool place_read(uint64_t *ret_entry, uint64_t *ret_item, const char *word, struct err *e)
{
    const char *colon = strpbrk(word, ":-");
    struct bytes entry =
        colon == NULL ? bytes_text(word) : bytes_make(word, (size_t)(colon - word));
    *ret_item = 0;
    if (text_read_number(ret_entry, entry, JSON_INTEGER_MAX, e) &&
        (colon == NULL || text_read_number(ret_item, bytes_text(colon + 1), JSON_INTEGER_MAX, e)))
        return true;
    (void)arguments_refuse(e, "\"%s\" names no signature", word);
    return err_hint(e,
                    "ENTRY:ITEM of the request that asked for it, as `sealward blast-radius` and "
                    "`sealward search` show them");
}

/* The artifact as the grant declares it: the rulebook builds what is signed from it. */
static bool artifact_of(struct revoke_target *t, struct cli *cli, const struct request *request,
                        int64_t number, struct artifact *ret, struct err *e)
{
    struct client *c;
    struct proven grant;
    struct signed_statement outer;
    struct statement statement;
    struct grant_body body;
    AUTO_VALUE(buf) text = BUF(LIMIT_BROUGHT_ARTIFACT);
    if (!cli_client(&c, cli, e) ||
        !client_entry_by_leaf(c, request->grant.data, &grant, &cli->arena, e) ||
        !signed_statement_read(&outer, &statement, grant.entry.body, &cli->arena, e) ||
        !fields_read(&body, &grant_body_fields, statement.body, &cli->arena, e))
        return err_wrap(e, "the grant");
    if (number < 0 || (size_t)number >= body.artifacts.count)
        return err_set(e, ERR_INPUT, "the grant declares no such artifact");
    *ret = ((const struct artifact *)body.artifacts.items)[number];
    fields_write(&text, &artifact_fields, ret);
    return buf_ok(&text, "an artifact", e) &&
           text_keep(&t->brought.artifact, buf_bytes(&text), cli, e);
}

static bool built_digest(struct revoke_target *t, struct cli *cli, const struct request *request,
                         const struct request_item *item, int64_t time, uint8_t ret[DIGEST_MAX],
                         size_t *ret_size, struct err *e)
{
    AUTO_VALUE(buf) set = BUF(ATTRIBUTES_MAX);
    struct artifact artifact;
    enum format format;
    enum digest_alg alg;
    if (!artifact_of(t, cli, request, item->artifact, &artifact, e) ||
        !format_from_name(&format, artifact.format, e) ||
        !digest_from_name(&alg, artifact.algorithm, e) ||
        !format_attributes_build(&set, format, alg, artifact.digest, time, e))
        return false;
    *ret_size = digest_compute(ret, alg, buf_bytes(&set));
    return true;
}

static bool signature_id(struct revoke_target *t, struct cli *cli, const struct entry *entry,
                         struct err *e)
{
    struct request request;
    uint8_t digest[DIGEST_MAX];
    uint8_t id[DIGEST_SHA256_SIZE];
    size_t size;
    if (!bytes_is(entry->type, "request"))
        return err_set(e, ERR_INPUT, "entry %lld is a %.*s: it asks for no signature",
                       (long long)entry->index, BYTES_PRINT(entry->type));
    if (!fields_read(&request, &request_fields, entry->body, &cli->arena, e))
        return false;
    if ((size_t)t->brought.item >= request.items.count)
        return err_set(e, ERR_NOT_FOUND, "entry %lld asks for %zu signatures",
                       (long long)entry->index, request.items.count);
    const struct request_item *item =
        (const struct request_item *)request.items.items + t->brought.item;
    size = item->digest.size;
    if (item->digest.data != NULL)
        memcpy(digest, item->digest.data, size);
    else if (!built_digest(t, cli, &request, item, entry->time, digest, &size, e))
        return false;
    distrust_signature_id(id, request.key.data, bytes_make(digest, size));
    return hex_keep(&t->id, BYTES_OF(id), cli, e);
}

/* Entry, its path in the tree of the checkpoint that the receipt carries, and that checkpoint. */
static bool receipt_take(struct revoke_target *t, struct cli *cli, const struct proven *proven,
                         struct err *e)
{
    struct client *c;
    struct receipt receipt;
    uint8_t leaf[TREE_HASH];
    if (!cli_client(&c, cli, e) || !receipt_parse(&receipt, proven->receipt, &cli->arena, e) ||
        !receipt_verify(&receipt, client_authority(c), &t->seen, leaf, e))
        return false;
    t->brought.entry = proven->entry.text;
    return text_keep(&t->brought.inclusion, path_bytes(&receipt.path), cli, e);
}

static bool signature_find(struct revoke_target *t, struct cli *cli, const char *word,
                           struct err *e)
{
    struct client *c;
    struct proven proven;
    uint64_t entry;
    uint64_t item;
    if (!place_read(&entry, &item, word, e) || !cli_client(&c, cli, e) ||
        !client_entry(c, (int64_t)entry, &proven, &cli->arena, e))
        return false;
    t->brought.item = (int64_t)item;
    return signature_id(t, cli, &proven.entry, e) && receipt_take(t, cli, &proven, e);
}

/* ---- All ---- */

bool revoke_target_find(struct revoke_target *ret, struct cli *cli, const char *kind,
                        const char *id, struct err *e)
{
    struct revoke_target t = {.kind = REVOKED_KEY};
    uint64_t number;
    bool found = false;
    if (!kind_take(&t.kind, kind, e))
        return false;
    switch (t.kind) {
    case REVOKED_KEY:
        found = key_find(&t, cli, id, e);
        break;
    case REVOKED_CERTIFICATE:
        found = text_read_number(&number, bytes_text(id), JSON_INTEGER_MAX, e)
                    ? text_keep(&t.id, bytes_text(id), cli, e)
                    : arguments_refuse(e, "\"%s\" is no number of a certificate", id);
        break;
    case REVOKED_SIGNATURE:
        found = signature_find(&t, cli, id, e);
        break;
    case REVOKED_ARTIFACT:
        found = artifact_find(&t, cli, id, e);
        break;
    case REVOKED_PATH:
        found = text_is_name(bytes_text(id))
                    ? text_keep(&t.id, bytes_text(id), cli, e)
                    : arguments_refuse(e, "\"%s\" is no id of a release path", id);
        break;
    }
    if (found)
        *ret = t;
    return found;
}
