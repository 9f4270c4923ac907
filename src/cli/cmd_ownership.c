/* sealward ownership show, confirm, take; reconfirm */
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/people.h"
#include "cli/policy_plan.h"
#include "cli/propose.h"
#include "rules/ownership.h"
#include "rules/reconfirm.h"

enum { TEXT_MAX = 65536, CLAIMS_MAX = 64 };

/* ---- Who owns what ---- */

static void signer_row(struct grid *g, const struct answer *a, const struct json *at)
{
    const struct json *orphan = json_member(at, "orphan");
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "level");
    answer_cell_text(g, a, at, "owner");
    answer_cell_text(g, a, at, "deputy");
    if (orphan == NULL || orphan->type != JSON_OBJECT) {
        grid_cell(g, bytes_text(answer_flag(at, "retired") ? "retired" : "owned"));
        grid_cell(g, BYTES_NONE);
        grid_cell(g, BYTES_NONE);
        return;
    }
    grid_printf(g, "%.*s left%s", BYTES_PRINT(holdings_text(orphan, "cause")),
                answer_flag(orphan, "confirmed") ? ", confirmed once" : "");
    answer_cell_text(g, a, orphan, "who");
    answer_cell_time(g, orphan, "deadline", "");
}

struct showing {
    struct grid grid;
    const struct answer *answer;
};

static bool signer_add(void *context, const struct json *item, struct err *e)
{
    struct showing *s = context;
    (void)e;
    signer_row(&s->grid, s->answer, item);
    return true;
}

static bool show_run(struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"SIGNER", "LEVEL", "OWNER",      "DEPUTY",
                                        "STATE",  "WHO",   "SIGNS UNTIL"};
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) head = BUF(TEXT_MAX);
    struct showing s = {.answer = &answer};
    if (!answer_get(&answer, cli, "/v1/inventory", e))
        return false;
    grid_begin(&s.grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    return answer_each(&answer, "signers", signer_add, &s, e) &&
           answer_print(&answer, cli, &head, &s.grid, "there are no signers", e);
}

/* ---- Putting it right ---- */

static bool confirm_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(TEXT_MAX);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct admitted admitted;
    struct owner_confirm confirmation = {.signer = bytes_text(cli->arguments.words[0])};
    fields_write(&body, &owner_confirm_fields, &confirmation);
    return buf_ok(&body, "the confirmation", e) &&
           cli_say(&admitted, cli, "confirm", buf_bytes(&body), e) &&
           propose_show(&text, &json, cli, &admitted, admitted.leaf, e) &&
           cli_print(cli, &text, &json, e);
}

/* A handle of policy, or a name that opens one. */
static bool person_take(struct bytes *ret, const char *option, const struct policy_force *force,
                        struct cli *cli, struct err *e)
{
    const char *text = arguments_value(&cli->arguments, option);
    if (text == NULL)
        return true;
    if (!people_handle(ret, cli, text, e))
        return false;
    return policy_force_find(force, OBJECT_PERSON, *ret) != NULL ||
           err_set(e, ERR_NOT_FOUND, "policy has no person \"%s\"", text);
}

static bool take_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(TEXT_MAX);
    struct client *c;
    struct policy_force force;
    struct signer signer;
    struct bytes id = bytes_text(cli->arguments.words[0]);
    if (arguments_value(&cli->arguments, "--owner") == NULL &&
        arguments_value(&cli->arguments, "--deputy") == NULL)
        return arguments_refuse(e, "who takes it over? --owner PERSON, --deputy PERSON");
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e) ||
        !policy_force_take(&signer, &force, OBJECT_SIGNER, id, &cli->arena, e))
        return false;
    struct ownership ownership = {.signer = id,
                                  .owner = signer.owner,
                                  .deputy = signer.deputy,
                                  .replaces = policy_force_find(&force, OBJECT_SIGNER, id)->digest};
    if (!person_take(&ownership.owner, "--owner", &force, cli, e) ||
        !person_take(&ownership.deputy, "--deputy", &force, cli, e))
        return false;
    fields_write(&detail, &ownership_fields, &ownership);
    return buf_ok(&detail, "the proposal", e) &&
           propose_file(cli, "ownership", buf_bytes(&detail), e);
}

/* ---- Pipelines that have moved ---- */

static struct claim *claim_find(struct list *claims, struct bytes name)
{
    struct claim *items = claims->items;
    for (size_t i = 0; i < claims->count; i++)
        if (bytes_equal(items[i].name, name))
            return &items[i];
    return NULL;
}

/* "name=value" replaces the claim of that name, or joins; "name=" takes it away. */
static bool claim_set(struct list *claims, const char *text, struct err *e)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return arguments_refuse(e, "--claim %s: not NAME=VALUE", text);
    struct bytes name = bytes_make(text, (size_t)(equals - text));
    struct claim *items = claims->items;
    struct claim *there = claim_find(claims, name);
    if (equals[1] == 0) {
        if (there == NULL)
            return arguments_refuse(e, "--claim %s: there is no such claim to leave out", text);
        *there = items[--claims->count];
        return true;
    }
    if (there == NULL && claims->count == CLAIMS_MAX)
        return err_set(e, ERR_LIMIT, "at most %d claims", CLAIMS_MAX);
    if (there == NULL)
        there = &items[claims->count++];
    *there = (struct claim){.name = name, .value = bytes_text(equals + 1)};
    return true;
}

static bool claims_change(struct workload *w, struct cli *cli, struct err *e)
{
    struct claim *items = arena_alloc(&cli->arena, CLAIMS_MAX * sizeof *items);
    struct list claims = {.items = items, .count = w->claims.count};
    const char *text;
    if (items == NULL || w->claims.count > CLAIMS_MAX)
        return err_set(e, ERR_MEMORY, "out of memory for claims");
    if (w->claims.count > 0)
        memcpy(items, w->claims.items, w->claims.count * sizeof *items);
    for (int i = 0; (text = arguments_item(&cli->arguments, "--claim", i)) != NULL; i++)
        if (!claim_set(&claims, text, e))
            return false;
    w->claims = claims;
    return true;
}

static bool workload_write(struct buf *ret, struct cli *cli, const struct policy_force *force,
                           struct bytes id, struct err *e)
{
    struct workload workload;
    const char *issuer = arguments_value(&cli->arguments, "--issuer");
    if (!policy_force_take(&workload, force, OBJECT_WORKLOAD, id, &cli->arena, e) ||
        !claims_change(&workload, cli, e))
        return false;
    if (issuer != NULL)
        workload.issuer = bytes_text(issuer);
    fields_write(ret, object_fields(OBJECT_WORKLOAD), &workload);
    return buf_ok(ret, "the workload", e);
}

static bool reconfirm_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) value = BUF(LIMIT_OBJECT);
    AUTO_VALUE(buf) detail = BUF(TEXT_MAX);
    struct client *c;
    struct policy_force force;
    struct bytes id = bytes_text(cli->arguments.words[0]);
    if (arguments_item(&cli->arguments, "--claim", 0) == NULL &&
        arguments_value(&cli->arguments, "--issuer") == NULL)
        return arguments_refuse(e, "what has changed? --claim NAME=VALUE, --issuer ID");
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e) ||
        !workload_write(&value, cli, &force, id, e))
        return false;
    const struct object *there = policy_force_find(&force, OBJECT_WORKLOAD, id);
    if (bytes_equal(there->value, buf_bytes(&value)))
        return err_set(e, ERR_CONFLICT, "workload \"%.*s\" is so already", BYTES_PRINT(id));
    struct reconfirm reconfirm = {
        .workload = id, .replaces = there->digest, .value = buf_bytes(&value)};
    fields_write(&detail, &reconfirm_fields, &reconfirm);
    return buf_ok(&detail, "the proposal", e) &&
           propose_file(cli, "reconfirm", buf_bytes(&detail), e);
}

static const struct argument_row take_options[] = {
    {"--owner", ARGUMENT_VALUE, "PERSON", "who owns it then (default: as now)"},
    {"--deputy", ARGUMENT_VALUE, "PERSON", "who is the deputy then (default: as now)"},
    {0},
};
static const struct argument_row reconfirm_options[] = {
    {"--claim", ARGUMENT_LIST, "NAME=VALUE", "what its tokens say now; NAME= leaves one out"},
    {"--issuer", ARGUMENT_VALUE, "ID", "another issuer of policy"},
    {0},
};

const struct command command_ownership_show = {
    .name = "ownership show",
    .usage = "",
    .purpose = "who owns which signer, and which owners have left",
    .run = show_run,
};

const struct command command_ownership_confirm = {
    .name = "ownership confirm",
    .usage = "SIGNER",
    .purpose = "as the deputy: extend the grace time, once",
    .least = 1,
    .most = 1,
    .run = confirm_run,
};

const struct command command_ownership_take = {
    .name = "ownership take",
    .usage = "SIGNER --owner PERSON --deputy PERSON",
    .purpose = "propose who owns a signer from now on",
    .options = take_options,
    .least = 1,
    .most = 1,
    .run = take_run,
};

const struct command command_reconfirm = {
    .name = "reconfirm",
    .usage = "WORKLOAD --claim NAME=VALUE...",
    .purpose = "propose that a pipeline which has moved is the same",
    .options = reconfirm_options,
    .least = 1,
    .most = 1,
    .run = reconfirm_run,
};
