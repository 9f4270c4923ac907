/* sealward policy plan, propose, show; sealward names publish */
#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/command.h"
#include "cli/people.h"
#include "cli/policy_file.h"
#include "cli/policy_plan.h"
#include "cli/policy_yaml.h"
#include "cli/propose.h"
#include "rules/proposals.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 8 << 20 };

struct plan {
    struct policy_force force;
    struct names names;
    struct list changes;
};

/* From the file to what has to change; people new in it get their handles. */
static bool plan_load(struct plan *ret, struct cli *cli, struct err *e)
{
    struct plan plan;
    struct client *c;
    struct list wanted;
    if (!cli_client(&c, cli, e) || !policy_force_get(&plan.force, c, &cli->arena, e) ||
        !policy_yaml_load(&wanted, &plan.names, cli, cli->arguments.words[0], e) ||
        !policy_plan_make(&plan.changes, &plan.force, &wanted, &cli->arena, e))
        return false;
    if (plan.changes.count == 0)
        return err_set(e, ERR_CONFLICT, "the policy in force is this one already");
    if (!policy_plan_judge(&plan.force, &plan.changes, e))
        return err_wrap(e, "policy would not make sense");
    *ret = plan;
    return true;
}

static bool needed_show(struct buf *text, struct buf *json, const struct plan *plan,
                        struct cli *cli, struct err *e)
{
    struct quorum quorum;
    struct team team;
    if (!policy_force_take(&quorum, &plan->force, OBJECT_QUORUM, bytes_text("policy"), &cli->arena,
                           e) ||
        !policy_force_take(&team, &plan->force, OBJECT_TEAM, quorum.team, &cli->arena, e))
        return false;
    buf_printf(text, "\n%zu changes; needs %" PRId64 " approvals of team %.*s:\n",
               plan->changes.count, quorum.count, BYTES_PRINT(quorum.team));
    buf_printf(json, ",\"needed\":%" PRId64 ",\"team\":", quorum.count);
    json_put_string(json, quorum.team);
    const struct bytes *members = team.members.items;
    for (size_t i = 0; i < team.members.count; i++) {
        buf_put_text(text, "  ");
        names_put_text(text, members[i], &plan->names);
        buf_put_text(text, "\n");
    }
    return true;
}

static bool plan_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct plan plan;
    struct policy_detail detail;
    if (!plan_load(&plan, cli, e))
        return false;
    detail.changes = plan.changes;
    policy_plan_show(&text, &plan.force, &plan.changes, &plan.names);
    buf_put_text(&json, "{\"detail\":");
    fields_write(&json, &policy_detail_fields, &detail);
    if (!needed_show(&text, &json, &plan, cli, e))
        return false;
    buf_put_text(&json, "}");
    return cli_print(cli, &text, &json, e);
}

static bool propose_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) detail = BUF(LIMIT_STATEMENT);
    struct plan plan;
    struct policy_detail policy;
    if (!plan_load(&plan, cli, e))
        return false;
    policy.changes = plan.changes;
    fields_write(&detail, &policy_detail_fields, &policy);
    if (!buf_ok(&detail, "the proposal", e))
        return err_hint(e, "propose the changes in steps");
    return propose_file(cli, "policy", buf_bytes(&detail), e);
}

static bool show_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct policy_force force;
    struct names names;
    struct client *c;
    if (!cli_client(&c, cli, e) || !policy_force_get(&force, c, &cli->arena, e) ||
        !people_load(&names, cli, e))
        return false;
    const struct object *objects = force.objects.items;
    for (size_t i = 0; i < force.objects.count; i++) {
        buf_printf(&text, "%s ", object_kind_names[objects[i].kind]);
        names_put_text(&text, objects[i].id, &names);
        buf_put_text(&text, "\n    ");
        names_put_text(&text, objects[i].value, &names);
        buf_put_text(&text, "\n");
    }
    return client_get(c, "/v1/policy", &json, e) && cli_print(cli, &text, &json, e);
}

static bool name_publish(struct client *c, const struct name_row *row, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(2048);
    char path[64 + LIMIT_ID];
    (void)snprintf(path, sizeof path, "/v1/names/%.*s", BYTES_PRINT(row->handle));
    buf_put_text(&body, "{\"name\":");
    json_put_string(&body, row->name);
    buf_put_text(&body, ",\"salt\":");
    json_put_base64(&body, row->salt);
    buf_put_text(&body, "}");
    return buf_ok(&body, "a name", e) && client_put(c, path, buf_bytes(&body), e);
}

static bool names_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct policy_force force;
    struct names names;
    struct client *c;
    size_t count = 0;
    if (cli->settings.names == NULL)
        return arguments_refuse(e, "which names? --names FILE");
    if (!names_load(&names, cli->settings.names, &cli->arena, e) || !cli_client(&c, cli, e) ||
        !policy_force_get(&force, c, &cli->arena, e))
        return false;
    const struct name_row *rows = names.rows.items;
    for (size_t i = 0; i < names.rows.count; i++) {
        if (policy_force_find(&force, OBJECT_PERSON, rows[i].handle) == NULL)
            continue;
        if (!name_publish(c, &rows[i], e))
            return err_wrap(e, "name \"%.*s\"", BYTES_PRINT(rows[i].name));
        count++;
    }
    buf_printf(&text, "%zu names given to the daemon\n", count);
    buf_printf(&json, "{\"names\":%zu}", count);
    return cli_print(cli, &text, &json, e);
}

const struct command command_policy_plan = {
    .name = "policy plan",
    .usage = "FILE.yaml",
    .purpose = "what the file would change in the policy in force, and who must approve it",
    .least = 1,
    .most = 1,
    .run = plan_run,
};

const struct command command_policy_propose = {
    .name = "policy propose",
    .usage = "FILE.yaml",
    .purpose = "propose these changes",
    .least = 1,
    .most = 1,
    .run = propose_run,
};

const struct command command_policy_show = {
    .name = "policy show",
    .usage = "",
    .purpose = "the policy in force",
    .run = show_run,
};

const struct command command_names_publish = {
    .name = "names publish",
    .usage = "",
    .purpose = "give the names of the names file to the daemon, for people in policy",
    .run = names_run,
};
