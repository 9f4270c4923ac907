#include "cli/cli.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/identity_command.h"
#include "cli/names.h"
#include "client/identity.h"
#include "client/sshagent.h"
#include "pki/sshkey.h"

#include <stdio.h>
#include <unistd.h>

bool cli_file(struct bytes *ret, struct cli *cli, const char *path, size_t max, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(max);
    if (!file_read(&text, path, FILE_ANY, e))
        return false;
    *ret = arena_copy(&cli->arena, buf_bytes(&text));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for %s", path);
}

/* --- The connection --- */

static bool pinned_file(struct bytes *ret, const struct cli *cli, struct buf *text, struct err *e)
{
    const char *path = cli->settings.authority;
    if (path == NULL) {
        (void)arguments_refuse(e, "no authority is pinned: --authority is missing");
        return err_hint(e, "pin it once with `sealward authority pin --server URL --out FILE`");
    }
    if (!file_read(text, path, FILE_REGULAR, e))
        return false;
    *ret = buf_bytes(text);
    return true;
}

/* The daemon answers below the authority's public address, unless --server names another. */
static bool server_find(const char **ret, const struct cli *cli, struct bytes authority,
                        struct arena *a, struct err *e)
{
    struct authority pinned;
    *ret = cli->settings.server;
    if (*ret != NULL)
        return true;
    if (!authority_read(&pinned, authority, a, e))
        return err_wrap(e, "%s", cli->settings.authority);
    struct bytes url = arena_copy(a, pinned.base_url);
    *ret = (const char *)url.data;
    return url.data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for an address");
}

bool cli_client_new(struct client **ret, const struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct client_config config = {.ca = cli->settings.ca, .state = cli->settings.state};
    return pinned_file(&config.authority, cli, &text, e) &&
           server_find(&config.server, cli, config.authority, &arena, e) &&
           client_new(ret, &config, e);
}

bool cli_client(struct client **ret, struct cli *cli, struct err *e)
{
    if (cli->client == NULL && !cli_client_new(&cli->client, cli, e))
        return false;
    *ret = cli->client;
    return true;
}

/* --- The actor and the evidence --- */

static bool actor_by_name(struct bytes *ret, struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) actor = BUF(LIMIT_ID);
    struct names names;
    if (cli->settings.names == NULL) {
        (void)arguments_refuse(e, "\"%s\" is no actor, and there is no names file",
                               cli->settings.as);
        return err_hint(e, "--as person/HANDLE or workload/ID, or a name with --names FILE");
    }
    if (!names_load(&names, cli->settings.names, &cli->arena, e))
        return false;
    const struct name_row *row = names_find(&names, bytes_text(cli->settings.as));
    if (row == NULL)
        return err_set(e, ERR_NOT_FOUND, "%s knows nobody called \"%s\"", cli->settings.names,
                       cli->settings.as);
    buf_put_text(&actor, "person/");
    buf_put(&actor, row->handle);
    if (!buf_ok(&actor, "an actor", e))
        return false;
    *ret = arena_copy(&cli->arena, buf_bytes(&actor));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for an actor");
}

bool cli_actor(struct bytes *ret, struct cli *cli, struct err *e)
{
    struct bytes id;
    if (cli->settings.as == NULL) {
        (void)arguments_refuse(e, "who does this is not said: --as is missing");
        return err_hint(e, "--as person/HANDLE or workload/ID, or set SEALWARD_AS");
    }
    struct bytes actor = bytes_text(cli->settings.as);
    if (!actor_is_person(actor, &id) && !actor_is_workload(actor, &id))
        return actor_by_name(ret, cli, e);
    *ret = actor;
    return true;
}

static bool key_wanted(struct buf *ret_blob, struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) line = BUF(LIMIT_SSH_LINE);
    if (cli->settings.key == NULL)
        return true;
    return (file_read(&line, cli->settings.key, FILE_REGULAR, e) &&
            sshkey_line_parse(ret_blob, NULL, buf_bytes(&line), e)) ||
           err_wrap(e, "--key");
}

static bool agent_signature(struct bytes *ret, struct cli *cli, struct bytes text, struct err *e)
{
    AUTO(sshagent) agent = NULL;
    AUTO_VALUE(buf) wanted = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) chosen = BUF(LIMIT_SSH_KEY);
    AUTO_VALUE(buf) sshsig = BUF(LIMIT_SSHSIG);
    if (!key_wanted(&wanted, cli, e) || !sshagent_open(&agent, cli->settings.agent, e) ||
        !sshagent_choose(&chosen, agent, buf_bytes(&wanted), e) ||
        !sshagent_sign(&sshsig, agent, buf_bytes(&chosen), text, e))
        return false;
    *ret = arena_copy(&cli->arena, buf_bytes(&sshsig));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a signature");
}

static bool has_identity(const struct settings *s)
{
    return s->identity_command != NULL || s->identity_file != NULL ||
           (s->actions_url != NULL && s->actions_bearer != NULL);
}

static bool identity_token(struct bytes *ret, struct cli *cli, struct bytes text, struct err *e)
{
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char audience[STATEMENT_AUDIENCE_SIZE];
    const struct settings *s = &cli->settings;
    statement_audience(audience, text);
    bool got = s->identity_command != NULL
                   ? identity_command(&token, s->identity_command, audience, e)
               : s->identity_file != NULL
                   ? identity_file(&token, s->identity_file, e)
                   : identity_actions(&token, s->actions_url, s->actions_bearer, audience, NULL, e);
    if (!got)
        return err_wrap(e, "identity token");
    *ret = arena_copy(&cli->arena, buf_bytes(&token));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a token");
}

bool cli_evidence(struct evidence *ret, struct cli *cli, struct bytes actor, struct bytes text,
                  struct err *e)
{
    struct bytes id;
    struct evidence evidence = {.signature = BYTES_NONE, .token = BYTES_NONE};
    bool by_token = actor_is_workload(actor, &id) && has_identity(&cli->settings);
    bool by_key = !by_token || cli->settings.key != NULL;
    if ((by_token && !identity_token(&evidence.token, cli, text, e)) ||
        (by_key && !agent_signature(&evidence.signature, cli, text, e)))
        return false;
    *ret = evidence;
    return true;
}

bool cli_say(struct admitted *ret, struct cli *cli, const char *type, struct bytes body,
             struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct client *c;
    struct checkpoint seen;
    struct evidence evidence;
    struct statement_plan plan = {.type = type, .body = body, .time = clock_wall_ms()};
    return cli_actor(&plan.actor, cli, e) && cli_client(&c, cli, e) && client_head(c, &seen, e) &&
           statement_build(&text, client_authority(c), &seen, &plan, e) &&
           cli_evidence(&evidence, cli, plan.actor, buf_bytes(&text), e) &&
           statement_submit(c, type, buf_bytes(&text), &evidence, ret, &cli->arena, e) &&
           client_prove(c, ret, &cli->arena, e);
}

bool cli_print(const struct cli *cli, struct buf *text, struct buf *json, struct err *e)
{
    if (cli->settings.json)
        buf_put_u8(json, '\n');
    const struct buf *out = cli->settings.json ? json : text;
    return buf_ok(out, "the result", e) &&
           file_write_descriptor(STDOUT_FILENO, buf_bytes(out), "standard output", e);
}
