/* sealward blast-radius: what is hit if something is not to be trusted any more. */
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/people.h"
#include "cli/revoke_target.h"
#include "cli/signed_rows.h"

#include <inttypes.h>

enum {
    URL_MAX = 1024,
    HEAD_MAX = 1 << 20,
    LIMIT_DEFAULT = 20,
    LIMIT_MOST = 1000,
    KEY_DIGITS_MIN = 8
};

struct radius {
    const char *kind;
    struct bytes id;
    const char *revocable; /* as it was named; NULL: it cannot be revoked */
};

/* A number is a certificate's, eight or more digits begin a key, all else is a release path. */
static const char *kind_guess(const char *id)
{
    size_t size = strlen(id);
    if (strspn(id, "0123456789") == size && size < KEY_DIGITS_MIN)
        return "certificate";
    return strspn(id, "0123456789abcdef") == size && size >= KEY_DIGITS_MIN ? "key" : "path";
}

/* Grants, people and pipelines are no subjects of revocation, but have signed. */
static bool radius_take(struct radius *ret, struct cli *cli, struct err *e)
{
    static const char *const others[] = {"grant", "person", "workload"};
    bool one = cli->arguments.word_count == 1;
    const char *id = cli->arguments.words[one ? 0 : 1];
    const char *kind = one ? kind_guess(id) : cli->arguments.words[0];
    struct revoke_target t;
    *ret = (struct radius){.kind = kind, .id = bytes_text(id)};
    if (strcmp(kind, "person") == 0 && !people_handle(&ret->id, cli, id, e))
        return false;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(kind, others[i]) == 0)
            return text_is_name(ret->id) ||
                   arguments_refuse(e, "\"%s\" is no id of a %s", id, kind);
    if (!revoke_target_find(&t, cli, kind, id, e))
        return false;
    ret->revocable = id;
    ret->id = t.kind == REVOKED_ARTIFACT && t.digest.data != NULL ? t.digest : t.id;
    return true;
}

static bool limit_take(uint64_t *ret, const struct arguments *a, struct err *e)
{
    const char *text = arguments_value(a, "--limit");
    *ret = LIMIT_DEFAULT;
    if (text != NULL && (!text_read_number(ret, bytes_text(text), LIMIT_MOST, e) || *ret == 0))
        return arguments_refuse(e, "--limit is 1 to %d", LIMIT_MOST);
    return true;
}

static void put_endpoints(struct buf *head, const struct answer *a)
{
    const struct json *classes = answer_list(a->tree, "endpoints");
    for (const struct json *at = classes; at != NULL; at = at->next)
        buf_printf(head,
                   "  endpoints %.*s: %" PRId64 " of %" PRId64 " have seen a status that covers "
                   "it\n",
                   BYTES_PRINT(holdings_text(at, "class")), answer_number(at, "covered", 0),
                   answer_number(at, "count", 0));
}

static void put_head(struct buf *head, const struct answer *a, struct grid *totals)
{
    char first[TEXT_TIME_SIZE];
    char last[TEXT_TIME_SIZE];
    int64_t count = answer_number(a->tree, "signatures", 0);
    buf_printf(head, "%.*s %.*s\n  %" PRId64 " signatures",
               BYTES_PRINT(holdings_text(a->tree, "kind")),
               BYTES_PRINT(holdings_text(a->tree, "id")), count);
    if (count > 0)
        buf_printf(head, ", from %s to %s", text_time(first, answer_number(a->tree, "first", 0)),
                   text_time(last, answer_number(a->tree, "last", 0)));
    buf_put_u8(head, '\n');
    put_endpoints(head, a);
    for (const struct json *at = answer_list(a->tree, "totals"); at != NULL; at = at->next) {
        answer_cell_text(totals, a, at, "path");
        answer_cell_text(totals, a, at, "month");
        grid_printf(totals, "%" PRId64, answer_number(at, "count", 0));
    }
}

/* What can be revoked can be asked about before. */
static void put_next(struct buf *head, const struct radius *radius)
{
    if (radius->revocable != NULL)
        buf_printf(head, "  what would fall: `sealward revoke %s %s --what-if --effective TIME`\n",
                   radius->kind, radius->revocable);
    buf_put_u8(head, '\n');
}

static bool radius_run(struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"PATH", "MONTH", "SIGNATURES"};
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    AUTO_VALUE(buf) head = BUF(HEAD_MAX);
    struct radius radius;
    struct grid totals;
    struct grid rows;
    uint64_t limit;
    if (!radius_take(&radius, cli, e) || !limit_take(&limit, &cli->arguments, e))
        return false;
    buf_printf(&url, "/v1/blast-radius?kind=%s&id=%.*s&limit=%" PRIu64, radius.kind,
               BYTES_PRINT(radius.id), limit);
    if (!buf_ok(&url, "a question", e) || !answer_get(&answer, cli, buf_string(&url), e))
        return false;
    grid_begin(&totals, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    put_head(&head, &answer, &totals);
    put_next(&head, &radius);
    if (grid_rows(&totals) > 0 && !grid_put(&head, &totals, e))
        return false;
    if (answer_list(answer.tree, "list") != NULL)
        buf_printf(&head, "\nthe newest %" PRIu64 ":\n", limit);
    signed_rows_fill(&rows, &answer, cli);
    return answer_print(&answer, cli, &head, &rows, "it has signed nothing", e);
}

static const struct argument_row options[] = {
    {"--limit", ARGUMENT_VALUE, "N", "how many signatures are listed (default 20)"},
    {0},
};

const struct command command_blast_radius = {
    .name = "blast-radius",
    .usage = "[key|certificate|path|artifact|signature|grant|person|workload] ID",
    .purpose = "what it signed, when, for whom, under whose approvals",
    .options = options,
    .least = 1,
    .most = 2,
    .run = radius_run,
};
