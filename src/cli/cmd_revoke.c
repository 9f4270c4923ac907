/* sealward revoke; revoke --what-if */
#include "base/clock.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/concern.h"
#include "cli/confirm.h"
#include "cli/holdings.h"
#include "cli/moment.h"
#include "cli/reduction.h"
#include "cli/revoke_reason.h"
#include "cli/revoke_target.h"
#include "cli/signed_rows.h"
#include "rules/revocation.h"

#include <inttypes.h>

enum { TEXT_MAX = 65536, URL_MAX = 1024, ROWS = 20, NOTE_WIDTH = 78 };

/* Clocks differ a little, and what takes effect in the future is refused. */
enum { SLACK_MS = 2000 };

/* --effective, or --since of a path; where nothing is said, now. */
static bool effective_take(int64_t *ret, const struct cli *cli, enum revoked_kind kind,
                           struct err *e)
{
    const struct arguments *a = &cli->arguments;
    const char *effective = arguments_value(a, "--effective");
    const char *since = arguments_value(a, "--since");
    int64_t now = clock_wall_ms() - SLACK_MS;
    if (since != NULL && (effective != NULL || kind != REVOKED_PATH))
        return arguments_refuse(e, "--since is for a path, and stands for --effective");
    *ret = now;
    if (since != NULL)
        return moment_take(ret, "--since", since, now, e);
    return effective == NULL || moment_take(ret, "--effective", effective, now, e);
}

/* ---- What if ---- */

/* A sentence over as many lines as it needs. */
static void put_note(struct buf *b, struct bytes text)
{
    size_t column = 0;
    buf_put_text(b, "  note: ");
    for (size_t at = 0; at < text.size; at++, column++) {
        bool breaks = text.data[at] == ' ' && column > NOTE_WIDTH;
        if (breaks)
            buf_put_text(b, "\n       ");
        buf_put_u8(b, text.data[at]);
        if (breaks)
            column = 0;
    }
    buf_put_u8(b, '\n');
}

static void put_heads(struct buf *head, const struct answer *a)
{
    char time[TEXT_TIME_SIZE];
    int64_t effective = answer_number(a->tree, "effective", 0);
    buf_printf(head, "if %.*s %.*s were revoked with effect from %s\n",
               BYTES_PRINT(holdings_text(a->tree, "kind")),
               BYTES_PRINT(holdings_text(a->tree, "id")),
               effective == 0 ? "the beginning" : text_time(time, effective));
    buf_printf(head, "  %" PRId64 " signatures fall, %" PRId64 " survive\n",
               answer_number(a->tree, "fall", 0), answer_number(a->tree, "survive", 0));
    for (const struct json *at = answer_list(a->tree, "paths"); at != NULL; at = at->next)
        buf_printf(head, "  path %.*s: %" PRId64 " fall, %" PRId64 " survive\n",
                   BYTES_PRINT(holdings_text(at, "path")), answer_number(at, "fall", 0),
                   answer_number(at, "survive", 0));
    buf_put_text(head, "  last good release: ");
    signed_rows_put_one(head, a, json_member(a->tree, "last_good"));
    for (const struct json *at = answer_list(a->tree, "notes"); at != NULL; at = at->next)
        if (at->type == JSON_STRING && text_is_plain(at->text))
            put_note(head, at->text);
    buf_put_text(head, "\n");
}

static bool what_if(struct cli *cli, const struct revoke_target *t, int64_t effective,
                    struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    AUTO_VALUE(buf) head = BUF(TEXT_MAX);
    struct grid grid;
    struct bytes id = t->kind == REVOKED_ARTIFACT ? t->digest : t->id;
    if (id.data == NULL) {
        (void)arguments_refuse(e,
                               "what falls with an artifact is found by its file, not by its id");
        return err_hint(e, "revoke artifact FILE --what-if");
    }
    buf_printf(&url, "/v1/what-if?kind=%s&id=%.*s&effective=%" PRId64 "&limit=%d",
               revoked_kind_names[t->kind], BYTES_PRINT(id), effective, ROWS);
    if (!buf_ok(&url, "a question", e) || !answer_get(&answer, cli, buf_string(&url), e))
        return false;
    put_heads(&head, &answer);
    signed_rows_fill(&grid, &answer, cli);
    return answer_print(&answer, cli, &head, &grid, "no signature falls", e);
}

/* ---- Revoking ---- */

/* Of a signature and an artifact the effective time has no meaning. */
static bool falls_whole(const struct revoke *revoke)
{
    return revoke->subject == REVOKED_SIGNATURE || revoke->subject == REVOKED_ARTIFACT;
}

static bool revoke_confirm(struct cli *cli, const struct revoke *revoke, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(TEXT_MAX);
    char time[TEXT_TIME_SIZE];
    buf_printf(&shown, "what     %s %.*s\nreason   %s\nfrom     %s\nnote     %.*s\n",
               revoked_kind_names[revoke->subject], BYTES_PRINT(revoke->id),
               revoke_reason_names[revoke->reason],
               revoke->effective == 0 || falls_whole(revoke) ? "the beginning"
                                                             : text_time(time, revoke->effective),
               BYTES_PRINT(revoke->note));
    if (!reduction_by_brake(cli))
        concern_put_signatures(&shown, cli, revoked_kind_names[revoke->subject], revoke->id);
    return confirm_ask(cli, &shown, "Revoke it, at once? A quorum ratifies or lifts it later.", e);
}

static bool revoke(struct cli *cli, const struct revoke_target *t, int64_t effective, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(TEXT_MAX);
    const char *word = arguments_value(&cli->arguments, "--reason");
    const char *note = arguments_value(&cli->arguments, "--note");
    struct revoke revoke = {.subject = (int)t->kind, .id = t->id, .effective = effective};
    struct reduction r = {.type = "revoke", .done = "revoked"};
    if (!revoke_reason_take(&revoke.reason, &cli->arguments, e) ||
        !reduction_activation(&revoke.activation, cli, revoked_kind_names[t->kind], t->id, e))
        return false;
    revoke.note = bytes_text(note != NULL ? note : word);
    fields_write(&body, &revoke_fields, &revoke);
    if (!buf_ok(&body, "the revocation", e))
        return err_hint(e, "a note has 1 to 400 characters on one line");
    if (!revoke_confirm(cli, &revoke, e))
        return false;
    r.body = buf_bytes(&body);
    if (t->kind == REVOKED_SIGNATURE) {
        r.brought = &t->brought;
        r.seen = &t->seen;
    }
    return reduction_say(cli, &r, e);
}

static bool revoke_run(struct cli *cli, struct err *e)
{
    struct revoke_target t;
    int64_t effective = 0;
    int reason;
    bool ask = arguments_value(&cli->arguments, "--what-if") != NULL;
    if (!ask && !revoke_reason_take(&reason, &cli->arguments, e))
        return false;
    if (!revoke_target_find(&t, cli, cli->arguments.words[0], cli->arguments.words[1], e) ||
        !effective_take(&effective, cli, t.kind, e))
        return false;
    return ask ? what_if(cli, &t, effective, e) : revoke(cli, &t, effective, e);
}

static const struct argument_row options[] = {
    {"--reason", ARGUMENT_VALUE, "WORD", "keyCompromise, superseded ...: as in a CRL"},
    {"--effective", ARGUMENT_VALUE, "TIME", "from when on: now (default), always, a time, 36h ago"},
    {"--since", ARGUMENT_VALUE, "TIME", "of a path: the same"},
    {"--note", ARGUMENT_VALUE, "TEXT", "what happened, for the record"},
    {"--what-if", ARGUMENT_FLAG, 0, "only show which signatures would fall"},
    REDUCTION_ROW,
    CONFIRM_ROW,
    {0},
};

const struct command command_revoke = {
    .name = "revoke",
    .usage = "key|certificate|signature|artifact|path ID --reason WORD",
    .purpose = "end trust in it at once",
    .options = options,
    .least = 2,
    .most = 2,
    .run = revoke_run,
};
