/* sealward retire, destroy: what is over for good. */
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "cli/reduction.h"
#include "cli/revoke_target.h"
#include "rules/retirement.h"

enum { BODY_MAX = 4096 };

static bool kind_take(int *ret, const char *word, struct err *e)
{
    for (int i = 0; retired_kind_names[i] != NULL; i++)
        if (strcmp(word, retired_kind_names[i]) == 0) {
            *ret = i;
            return true;
        }
    return arguments_refuse(e, "\"%s\" cannot be retired: a key, path or signer can", word);
}

static bool object_find(struct retire *r, struct cli *cli, enum object_kind kind, struct err *e)
{
    struct client *c;
    struct policy_force force;
    const char *word = cli->arguments.words[1];
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e))
        return false;
    const struct object *object = policy_force_find(&force, kind, bytes_text(word));
    if (object == NULL)
        return err_set(e, ERR_NOT_FOUND, "policy has no %s \"%s\"", object_kind_names[kind], word);
    r->id = object->id;
    r->activation = object->activated;
    return true;
}

/* Id, and what last activated it. */
static bool subject_find(struct retire *r, struct cli *cli, struct err *e)
{
    struct revoke_target t;
    const char *const *words = cli->arguments.words;
    bool path = r->subject == RETIRED_PATH;
    if (reduction_by_brake(cli) && r->subject == RETIRED_SIGNER)
        return arguments_refuse(e, "a signer is retired through the daemon: its keys and paths go "
                                   "by --brake");
    if (!reduction_by_brake(cli) && r->subject != RETIRED_KEY)
        return object_find(r, cli, path ? OBJECT_PATH : OBJECT_SIGNER, e);
    if (!revoke_target_find(&t, cli, words[0], words[1], e))
        return false;
    r->id = t.id;
    return reduction_activation(&r->activation, cli, words[0], t.id, e);
}

static bool retire_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(BODY_MAX);
    const char *reason = arguments_value(&cli->arguments, "--reason");
    struct retire retire = {.reason = bytes_text(reason != NULL ? reason : "")};
    struct reduction r = {.type = "retire", .done = "retired"};
    if (!kind_take(&retire.subject, cli->arguments.words[0], e))
        return false;
    if (reason == NULL)
        return arguments_refuse(e, "why? --reason TEXT");
    if (!subject_find(&retire, cli, e))
        return false;
    fields_write(&body, &retire_fields, &retire);
    if (!buf_ok(&body, "the statement", e))
        return err_hint(e, "a reason has 1 to 400 characters on one line");
    r.body = buf_bytes(&body);
    return reduction_say(cli, &r, e);
}

static bool destroy_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(BODY_MAX);
    struct holdings h;
    const struct json *key;
    struct destroy destroy;
    if (!holdings_key(&key, &h, cli->arguments.words[0], cli, e) ||
        !holdings_bytes(&destroy.key, key, "id", &cli->arena, e))
        return false;
    fields_write(&detail, &destroy_fields, &destroy);
    return buf_ok(&detail, "the proposal", e) &&
           propose_file(cli, "destroy", buf_bytes(&detail), e);
}

static const struct argument_row options[] = {
    {"--reason", ARGUMENT_VALUE, "TEXT", "why, for the record"},
    REDUCTION_ROW,
    {0},
};

const struct command command_retire = {
    .name = "retire",
    .usage = "key|path|signer ID --reason TEXT",
    .purpose = "end its use for good; what it signed stays trusted",
    .options = options,
    .least = 2,
    .most = 2,
    .run = retire_run,
};

const struct command command_destroy = {
    .name = "destroy",
    .usage = "KEY",
    .purpose = "propose that a key be removed from its token",
    .least = 1,
    .most = 1,
    .run = destroy_run,
};
