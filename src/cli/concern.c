#include "cli/concern.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/hex.h"
#include "cli/answer.h"
#include "cli/display.h"
#include "cli/holdings.h"
#include "rules/proposals.h"

enum { URL_MAX = 512, HASH = 32 };

/* A member of the detail that holds 32 bytes. */
static bool member_hash(struct bytes *ret, const struct json *detail, const char *name,
                        struct arena *a)
{
    struct err ignored;
    return holdings_bytes(ret, detail, name, a, &ignored) && ret->size == HASH;
}

/* The entry with that leaf. Deadlines suspend too, and no entry has their leaves: then it is said
 * that the daemon knows none. */
static bool put_about(struct buf *b, struct cli *cli, struct bytes leaf, const struct names *names,
                      struct err *e)
{
    struct client *c;
    struct proven proven;
    if (!cli_client(&c, cli, e))
        return false;
    if (client_entry_by_leaf(c, leaf.data, &proven, &cli->arena, e)) {
        buf_put_text(b, "\nabout  ");
        return display_line(b, &proven.entry, names, e);
    }
    if (e->code != ERR_NOT_FOUND)
        return false;
    buf_put_text(b, "\nabout  no entry, as the daemon says: a deadline of the policy did it\n");
    return true;
}

/* The suspension or revocation that it speaks of. */
static bool put_entries(struct buf *b, struct cli *cli, const struct json *detail,
                        const struct names *names, struct err *e)
{
    static const char *const members[] = {"entry", "revocation", "suspension"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        struct bytes leaf;
        if (member_hash(&leaf, detail, members[i], &cli->arena) &&
            !put_about(b, cli, leaf, names, e))
            return false;
    }
    return true;
}

void concern_put_signatures(struct buf *b, struct cli *cli, const char *kind, struct bytes id)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct client *c;
    struct json *told;
    struct err ignored;
    buf_printf(&url, "/v1/blast-radius?kind=%s&id=%.*s&limit=1", kind, BYTES_PRINT(id));
    if (!buf_ok(&url, "a question", &ignored) || !cli_client(&c, cli, &ignored) ||
        !client_get_json(c, buf_string(&url), &told, &cli->arena, &ignored))
        return;
    buf_printf(b, "\ntouches  %s %.*s: %" PRId64 " signatures so far, as the daemon counts\n", kind,
               BYTES_PRINT(id), answer_number(told, "signatures", 0));
}

static void put_keys(struct buf *b, struct cli *cli, const struct json *detail)
{
    static const char *const members[] = {"key", "from", "to"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        char hex[2 * HASH + 1];
        struct bytes id;
        if (member_hash(&id, detail, members[i], &cli->arena))
            concern_put_signatures(b, cli, "key", bytes_text(hex_string(hex, id)));
    }
}

/* What is named by a word and an id, as in revocations. */
static void put_subject(struct buf *b, struct cli *cli, const struct json *detail)
{
    static const char *const kinds[] = {"key", "certificate", "path"};
    struct bytes kind = holdings_text(detail, "subject");
    struct bytes id = holdings_text(detail, "id");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (bytes_is(kind, kinds[i]) && id.size > 0)
            concern_put_signatures(b, cli, kinds[i], id);
}

bool concern_put(struct buf *b, struct cli *cli, const struct entry *entry,
                 const struct names *names, struct err *e)
{
    struct signed_statement outer;
    struct statement statement;
    struct proposal proposal;
    struct json *detail;
    if (!bytes_is(entry->type, "proposal"))
        return true;
    if (!signed_statement_read(&outer, &statement, entry->body, &cli->arena, e) ||
        !fields_read(&proposal, &proposal_fields, statement.body, &cli->arena, e) ||
        !json_parse(&detail, proposal.detail, &cli->arena, e))
        return false;
    if (!put_entries(b, cli, detail, names, e))
        return false;
    put_keys(b, cli, detail);
    put_subject(b, cli, detail);
    return true;
}
