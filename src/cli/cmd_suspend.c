/* sealward suspend, resume */
#include "base/base64.h"
#include "base/hex.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "cli/reduction.h"
#include "rules/suspension.h"

enum { TEXT_MAX = 65536 };

/* What is suspended or resumed. */
struct target {
    int kind;            /* enum suspended_kind */
    struct bytes id;     /* as statements name it: hex of a key, id of a path */
    struct bytes marker; /* suspend: the entry that last activated it; resume: the suspension */
};

static bool kind_take(int *ret, const char *word, struct err *e)
{
    for (int i = 0; suspended_kind_names[i] != NULL; i++)
        if (strcmp(word, suspended_kind_names[i]) == 0) {
            *ret = i;
            return true;
        }
    return arguments_refuse(e, "\"%s\" cannot be suspended: a key or a path can", word);
}

static bool hex_keep(struct bytes *ret, struct bytes bytes, struct arena *a, struct err *e)
{
    char hex[65];
    if (bytes.size != 32)
        return err_set(e, ERR_INPUT, "a key's id has 32 bytes");
    *ret = arena_copy(a, bytes_text(hex_string(hex, bytes)));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for an id");
}

/* Fills id, and as marker the leaf that last activated it, from what the daemon says. */
static bool target_find(struct target *t, struct cli *cli, const char *word, struct err *e)
{
    struct client *c;
    struct policy_force force;
    struct holdings h;
    const struct json *key;
    struct bytes id;
    if (t->kind == SUSPENDED_KEY)
        return holdings_key(&key, &h, word, cli, e) &&
               holdings_bytes(&id, key, "id", &cli->arena, e) &&
               hex_keep(&t->id, id, &cli->arena, e) &&
               holdings_bytes(&t->marker, key, "activated", &cli->arena, e);
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e))
        return false;
    const struct object *object = policy_force_find(&force, OBJECT_PATH, bytes_text(word));
    if (object == NULL)
        return err_set(e, ERR_NOT_FOUND, "policy has no release path \"%s\"", word);
    t->id = object->id;
    t->marker = object->activated;
    return true;
}

static bool suspend_body(struct buf *ret, const struct cli *cli, const struct target *t,
                         struct err *e)
{
    struct suspend suspend = {.subject = t->kind,
                              .id = t->id,
                              .activation = t->marker,
                              .reason = bytes_text(arguments_value(&cli->arguments, "--reason"))};
    fields_write(ret, &suspend_fields, &suspend);
    if (!buf_ok(ret, "the suspension", e))
        return err_hint(e, "a reason has 1 to 400 characters on one line");
    return true;
}

/* Where no daemon is asked, the id must be whole: nobody completes it. */
static bool target_ask(struct target *t, struct cli *cli, struct err *e)
{
    t->id = bytes_text(cli->arguments.words[1]);
    return reduction_activation(&t->marker, cli, suspended_kind_names[t->kind], t->id, e);
}

static bool suspend_say(struct cli *cli, struct target *t, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(TEXT_MAX);
    struct reduction r = {.type = "suspend", .done = "suspended"};
    if (!(reduction_by_brake(cli) ? target_ask(t, cli, e)
                                  : target_find(t, cli, cli->arguments.words[1], e)) ||
        !suspend_body(&body, cli, t, e))
        return false;
    r.body = buf_bytes(&body);
    return reduction_say(cli, &r, e);
}

static bool suspend_run(struct cli *cli, struct err *e)
{
    struct target t = {0};
    if (!kind_take(&t.kind, cli->arguments.words[0], e))
        return false;
    if (arguments_value(&cli->arguments, "--reason") == NULL)
        return arguments_refuse(e, "why? --reason TEXT");
    return suspend_say(cli, &t, e);
}

/* --- Resuming: a proposal like others --- */

static bool suspension_find(struct target *t, struct cli *cli, struct err *e)
{
    const char *word = cli->arguments.words[1];
    struct holdings h;
    const struct json *at;
    const struct json *key;
    if (t->kind == SUSPENDED_PATH) {
        if (!holdings_path(&at, word, cli, e))
            return false;
    } else {
        if (!holdings_key(&key, &h, word, cli, e))
            return false;
        at = h.suspensions->first;
    }
    if (at != NULL && bytes_equal(holdings_text(at, "id"), t->id))
        return holdings_bytes(&t->marker, at, "leaf", &cli->arena, e);
    return err_set(e, ERR_NOT_FOUND, "%s %.*s is not suspended", suspended_kind_names[t->kind],
                   BYTES_PRINT(t->id));
}

static bool resume_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(TEXT_MAX);
    struct target t = {0};
    if (!kind_take(&t.kind, cli->arguments.words[0], e) ||
        !target_find(&t, cli, cli->arguments.words[1], e) || !suspension_find(&t, cli, e))
        return false;
    struct resume resume = {.subject = t.kind, .id = t.id, .suspension = t.marker};
    fields_write(&detail, &resume_fields, &resume);
    return buf_ok(&detail, "the proposal", e) && propose_file(cli, "resume", buf_bytes(&detail), e);
}

static const struct argument_row options[] = {
    {"--reason", ARGUMENT_VALUE, "TEXT", "why, for the record"},
    REDUCTION_ROW,
    {0},
};

const struct command command_suspend = {
    .name = "suspend",
    .usage = "key|path ID",
    .purpose = "stop a key or a release path at once",
    .options = options,
    .least = 2,
    .most = 2,
    .run = suspend_run,
};

const struct command command_resume = {
    .name = "resume",
    .usage = "key|path ID",
    .purpose = "propose that a suspension be lifted",
    .least = 2,
    .most = 2,
    .run = resume_run,
};
