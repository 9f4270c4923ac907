#include "cli/reduction.h"

#include <inttypes.h>

#include "base/clock.h"
#include "cli/holdings.h"
#include "cli/officer.h"
#include "cli/propose.h"

enum { TEXT_MAX = 65536, URL_MAX = 1024 };

static const char *socket_of(const struct cli *cli)
{
    return arguments_value(&cli->arguments, "--brake");
}

bool reduction_by_brake(const struct cli *cli)
{
    return socket_of(cli) != NULL;
}

/* --- The subject --- */

static bool subject_ask(struct json **ret, struct cli *cli, const char *kind, struct bytes id,
                        struct err *e)
{
    AUTO(officer) officer = NULL;
    struct brake_message question = {.type = BRAKE_SUBJECT};
    struct brake_message answer;
    question.subject.kind = bytes_text(kind);
    question.subject.id = id;
    return officer_connect(&officer, socket_of(cli), e) &&
           officer_ask(officer, &question, &answer, &cli->arena, e) &&
           json_parse(ret, answer.subject_is.json, &cli->arena, e);
}

static bool subject_get(struct json **ret, struct cli *cli, const char *kind, struct bytes id,
                        struct err *e)
{
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    struct client *c;
    buf_printf(&url, "/v1/revocable?kind=%s&id=%.*s", kind, BYTES_PRINT(id));
    return buf_ok(&url, "a question", e) && cli_client(&c, cli, e) &&
           client_get_json(c, buf_string(&url), ret, &cli->arena, e);
}

bool reduction_activation(struct bytes *ret_leaf, struct cli *cli, const char *kind,
                          struct bytes id, struct err *e)
{
    struct json *subject;
    if (!(reduction_by_brake(cli) ? subject_ask(&subject, cli, kind, id, e)
                                  : subject_get(&subject, cli, kind, id, e)))
        return false;
    /* The second socket calls it so for what can be suspended. */
    const char *member = json_member(subject, "activation") != NULL ? "activation" : "activated";
    return holdings_bytes(ret_leaf, subject, member, &cli->arena, e);
}

/* --- The statement --- */

static bool entry_make(struct buf *ret, struct cli *cli, const struct reduction *r,
                       const struct checkpoint *seen, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct client *c;
    struct statement_plan plan = {.type = r->type, .body = r->body, .time = clock_wall_ms()};
    struct signed_statement outer = {.statement = BYTES_NONE};
    if (!cli_actor(&plan.actor, cli, e) || !cli_client(&c, cli, e) ||
        !statement_build(&text, client_authority(c), seen, &plan, e) ||
        !cli_evidence(&outer.evidence, cli, plan.actor, buf_bytes(&text), e))
        return false;
    outer.statement = buf_bytes(&text);
    if (r->brought != NULL)
        outer.brought = *r->brought;
    signed_statement_write(ret, &outer);
    return buf_ok(ret, "the entry", e);
}

static bool say_by_daemon(struct cli *cli, const struct reduction *r, struct err *e)
{
    AUTO_VALUE(buf) entry = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct client *c;
    struct checkpoint head;
    struct admitted admitted;
    if (!cli_client(&c, cli, e) || (r->seen == NULL && !client_head(c, &head, e)) ||
        !entry_make(&entry, cli, r, r->seen != NULL ? r->seen : &head, e) ||
        !client_submit(c, r->type, buf_bytes(&entry), &admitted, NULL, &cli->arena, e) ||
        !client_prove(c, &admitted, &cli->arena, e))
        return false;
    buf_printf(&text, "%s\n", r->done);
    return propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

/* --- By the keeper's second socket, with no daemon --- */

/* What the officer has seen: what the keeper shows, where it holds under the pinned log key; before
 * a start is complete it shows nothing, and the genesis must do: an authority's id is the root of
 * its first entry. */
static bool checkpoint_ask(struct checkpoint *ret, struct officer *officer, struct cli *cli,
                           struct err *e)
{
    struct brake_message question = {.type = BRAKE_CHECKPOINT};
    struct brake_message answer;
    struct client *c;
    if (!cli_client(&c, cli, e) || !officer_ask(officer, &question, &answer, &cli->arena, e))
        return false;
    const struct authority *authority = client_authority(c);
    if (answer.note.note.data != NULL)
        return checkpoint_open(ret, answer.note.note, authority->origin, &authority->log_key, e);
    if (client_seen(c, ret))
        return true;
    ret->size = 1;
    memcpy(ret->root, authority->id, sizeof ret->root);
    return true;
}

static bool reduce(struct cli *cli, struct officer *officer, const struct reduction *r,
                   struct bytes entry, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct brake_message question = {.type = BRAKE_REDUCE, .reduce = {bytes_text(r->type), entry}};
    struct brake_message answer;
    if (!officer_ask(officer, &question, &answer, &cli->arena, e))
        return false;
    bool entered = answer.reduced.outcome == BRAKE_ENTERED;
    if (entered)
        buf_printf(&text, "%s: entry %" PRId64 "\n", r->done, answer.reduced.index);
    else
        buf_printf(&text, "%s: withheld at once, entered when the keeper has started\n", r->done);
    buf_printf(&json, "{\"outcome\":\"%s\",\"entry\":", entered ? "entered" : "withheld");
    if (entered)
        buf_printf(&json, "%" PRId64, answer.reduced.index);
    else
        buf_put_text(&json, "null");
    buf_put_text(&json, "}");
    return cli_print(cli, &text, &json, e);
}

static bool say_by_brake(struct cli *cli, const struct reduction *r, struct err *e)
{
    AUTO(officer) officer = NULL;
    AUTO_VALUE(buf) entry = BUF(LIMIT_ENTRY);
    struct checkpoint seen;
    return officer_connect(&officer, socket_of(cli), e) &&
           (r->seen != NULL || checkpoint_ask(&seen, officer, cli, e)) &&
           entry_make(&entry, cli, r, r->seen != NULL ? r->seen : &seen, e) &&
           reduce(cli, officer, r, buf_bytes(&entry), e);
}

bool reduction_say(struct cli *cli, const struct reduction *r, struct err *e)
{
    return reduction_by_brake(cli) ? say_by_brake(cli, r, e) : say_by_daemon(cli, r, e);
}
