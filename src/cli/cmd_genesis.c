/* sealward genesis plan, sign, assemble: from a file of YAML to the first entry of a log. */
#include "base/clock.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/limits.h"
#include "cli/command.h"
#include "cli/confirm.h"
#include "cli/detached.h"
#include "cli/display.h"
#include "cli/policy_yaml.h"
#include "cli/yaml_fields.h"
#include "rules/genesis.h"
#include "rules/rules.h"

#include <stdio.h>

enum { TEXT_MAX = 8 << 20 };

/* --- plan --- */

struct genesis_file {
    struct genesis genesis;
    const struct yaml_tree *recovery;
    const struct yaml_tree *policy;
};

static const struct yaml_field genesis_rows[] = {
    {"origin", YAML_FIELD_TEXT, offsetof(struct genesis_file, genesis.origin), false, 0},
    {"base_url", YAML_FIELD_TEXT, offsetof(struct genesis_file, genesis.base_url), false, 0},
    {"arc", YAML_FIELD_TEXT, offsetof(struct genesis_file, genesis.arc), false, 0},
    {"demonstration", YAML_FIELD_FLAG, offsetof(struct genesis_file, genesis.demonstration), false,
     0},
    {"founders", YAML_FIELD_PEOPLE, offsetof(struct genesis_file, genesis.founders), false, 0},
    YAML_FIELD(struct genesis_file, recovery, YAML_FIELD_TREE),
    YAML_FIELD(struct genesis_file, policy, YAML_FIELD_TREE),
    {0},
};

static const struct yaml_field recovery_rows[] = {
    YAML_FIELD(struct recovery, people, YAML_FIELD_PEOPLE),
    YAML_FIELD(struct recovery, count, YAML_FIELD_NUMBER),
    {0},
};

/* `policy` is a mapping, or the name of a policy file. It says who is who, so it comes first. */
static bool policy_take(struct list *ret, struct names *ret_names, struct cli *cli,
                        const struct yaml_tree *map, const char *path, struct err *e)
{
    const char *policy_path;
    const struct yaml_tree *policy = yaml_tree_member(map, "policy");
    if (policy == NULL)
        return yaml_tree_refuse(e, map, "\"policy\" is missing");
    if (policy->kind != YAML_TEXT)
        return policy_yaml_objects(ret, ret_names, cli, policy, path, e);
    return policy_yaml_beside(&policy_path, cli, path, policy->text, e) &&
           policy_yaml_load(ret, ret_names, cli, policy_path, e);
}

static bool file_take(struct genesis *ret, struct cli *cli, const struct yaml_tree *map,
                      const char *path, struct err *e)
{
    struct genesis_file file;
    struct list policy;
    struct names names;
    if (!policy_take(&policy, &names, cli, map, path, e))
        return false;
    if (!yaml_fields_take(&file, genesis_rows, map, &names, &cli->arena, e) ||
        !yaml_fields_take(&file.genesis.recovery, recovery_rows, file.recovery, &names, &cli->arena,
                          e))
        return err_wrap(e, "%s", path);
    *ret = file.genesis;
    ret->policy = policy;
    return true;
}

struct log_key_file {
    struct bytes log_key;
};

/* What `sealward-keeper --prepare` printed. */
static const struct field log_key_list[] = {{.name = "log_key",
                                             .kind = FIELD_BYTES,
                                             .offset = offsetof(struct log_key_file, log_key),
                                             .min = 32,
                                             .max = 32}};
static const struct fields log_key_fields = {
    .what = "log key", .size = sizeof(struct log_key_file), .count = 1, .list = log_key_list};

static bool log_key_take(struct genesis *genesis, struct cli *cli, struct err *e)
{
    struct bytes text;
    struct log_key_file file;
    const char *path = arguments_value(&cli->arguments, "--log-key");
    if (path == NULL) {
        (void)arguments_refuse(e, "the log key is missing: --log-key FILE");
        return err_hint(e, "`sealward-keeper --prepare` prints it");
    }
    if (!cli_file(&text, cli, path, 4096, e))
        return false;
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (!fields_read(&file, &log_key_fields, text, &cli->arena, e))
        return err_wrap(e, "%s", path);
    genesis->log_key = file.log_key;
    return true;
}

/* The rulebook's own questions, as far as they can be asked before anybody has signed. */
static bool genesis_judge(struct bytes statement, struct cli *cli, struct err *e)
{
    static const uint8_t not_yet[32];
    AUTO_VALUE(table) objects = {.fields = &object_record_fields};
    struct genesis genesis;
    if (!fields_read(&genesis, &genesis_fields, statement, &cli->arena, e) ||
        !policy_change(&objects, &genesis.policy, BYTES_OF(not_yet), e) ||
        !policy_check(&objects, genesis.rules, e))
        return false;
    const struct bytes *founders = genesis.founders.items;
    for (size_t i = 0; i < genesis.founders.count; i++)
        if (!policy_has(&objects, OBJECT_PERSON, founders[i]))
            return err_set(e, ERR_INPUT, "founder %.*s is not among the people of the policy",
                           BYTES_PRINT(founders[i]));
    return authority_url_check(genesis.base_url, e);
}

static bool genesis_load(struct buf *ret, struct cli *cli, const char *path, struct err *e)
{
    struct genesis genesis;
    struct yaml_tree *map;
    if (!policy_yaml_tree(&map, cli, path, e) || !file_take(&genesis, cli, map, path, e) ||
        !log_key_take(&genesis, cli, e))
        return false;
    genesis.type = bytes_text("genesis");
    genesis.time = clock_wall_ms();
    genesis.rules = RULES_VERSION;
    fields_write(ret, &genesis_fields, &genesis);
    return buf_ok(ret, "the genesis", e) && genesis_judge(buf_bytes(ret), cli, e);
}

static bool plan_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) statement = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) text = BUF(8192);
    AUTO_VALUE(buf) json = BUF(8192);
    const char *out = arguments_value(&cli->arguments, "--out");
    if (out == NULL)
        return arguments_refuse(e, "where to? --out FILE");
    if (!genesis_load(&statement, cli, cli->arguments.words[0], e) ||
        !file_replace(out, buf_bytes(&statement), 0644, e))
        return false;
    buf_printf(&text, "%s\nevery founder signs it: sealward genesis sign %s\n", out, out);
    buf_put_text(&json, "{\"genesis\":");
    json_put_string(&json, bytes_text(out));
    buf_put_text(&json, "}");
    return cli_print(cli, &text, &json, e);
}

/* --- sign --- */

static bool sign_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) shown = BUF(TEXT_MAX);
    struct names names = {.rows = {.count = 0}};
    struct genesis genesis;
    struct bytes statement;
    const char *path = cli->arguments.words[0];
    if (!detached_statement(&statement, cli, path, e))
        return false;
    if (!fields_read(&genesis, &genesis_fields, statement, &cli->arena, e))
        return err_wrap(e, "%s", path);
    if (cli->settings.names != NULL && !names_load(&names, cli->settings.names, &cli->arena, e))
        return false;
    return display_indented(&shown, statement, &names, e) &&
           confirm_ask(cli, &shown, "Found the authority by exactly this?", e) &&
           detached_sign(cli, path, statement, e);
}

/* --- assemble --- */

/* Founds an authority in memory: every verdict that the keeper will give. */
static bool founding_judge(struct bytes body, struct cli *cli, struct err *e)
{
    AUTO(rules_state) state = NULL;
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    entry_write(&text, 0, clock_wall_ms(), bytes_text("genesis"), body);
    return buf_ok(&text, "the genesis", e) &&
           entry_read(&entry, buf_bytes(&text), &cli->arena, e) && rules_new(&state, e) &&
           rules_apply(state, &entry, RULES_JUDGE, &out, e);
}

static bool assemble_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) text = BUF(8192);
    AUTO_VALUE(buf) json = BUF(8192);
    struct bytes statement;
    const char *out = arguments_value(&cli->arguments, "--out");
    if (out == NULL)
        return arguments_refuse(e, "where to? --out FILE");
    if (!detached_statement(&statement, cli, cli->arguments.words[0], e) ||
        !detached_body(&body, cli, statement, e) || !founding_judge(buf_bytes(&body), cli, e))
        return false;
    buf_put_u8(&body, '\n');
    if (!buf_ok(&body, "the genesis", e) || !file_replace(out, buf_bytes(&body), 0644, e))
        return false;
    buf_printf(&text, "%s\nfound the authority: sealward-keeper --found %s ...\n", out, out);
    buf_put_text(&json, "{\"body\":");
    json_put_string(&json, bytes_text(out));
    buf_put_text(&json, "}");
    return cli_print(cli, &text, &json, e);
}

static const struct argument_row plan_options[] = {
    {"--log-key", ARGUMENT_VALUE, "FILE", "the log key, as the keeper printed it"},
    {"--out", ARGUMENT_VALUE, "FILE", "where the statement is written"},
    {0},
};
static const struct argument_row sign_options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "where the signature is written"},
    CONFIRM_ROW,
    {0},
};
static const struct argument_row assemble_options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "where the entry's body is written"},
    {0},
};

const struct command command_genesis_plan = {
    .name = "genesis plan",
    .usage = "FILE.yaml",
    .purpose = "make the statement that founds an authority",
    .options = plan_options,
    .least = 1,
    .most = 1,
    .run = plan_run,
};

const struct command command_genesis_sign = {
    .name = "genesis sign",
    .usage = "FILE",
    .purpose = "sign that statement as a founder",
    .options = sign_options,
    .least = 1,
    .most = 1,
    .run = sign_run,
};

const struct command command_genesis_assemble = {
    .name = "genesis assemble",
    .usage = "FILE SIGNATURE...",
    .purpose = "put statement and signatures together, for the keeper to begin its journal with",
    .options = assemble_options,
    .least = 3,
    .most = 17,
    .run = assemble_run,
};
