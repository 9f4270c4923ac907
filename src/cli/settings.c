#include "cli/settings.h"

#include "base/buf.h"
#include "base/file.h"
#include "cli/config.h"

#include <stdlib.h>
#include <string.h>

const struct argument_row settings_rows[] = {
    {"--server", ARGUMENT_VALUE, "URL", "the daemon (default: the authority's base URL)"},
    {"--ca", ARGUMENT_VALUE, "FILE", "PEM file that its certificate must lead to"},
    {"--authority", ARGUMENT_VALUE, "FILE", "the pinned authority"},
    {"--as", ARGUMENT_VALUE, "ACTOR", "person/HANDLE, workload/ID, or a name of the names file"},
    {"--key", ARGUMENT_VALUE, "FILE.pub", "which key of the SSH agent signs"},
    {"--names", ARGUMENT_VALUE, "FILE", "the names file"},
    {"--identity-command", ARGUMENT_VALUE, "COMMAND", "prints an identity token for an audience"},
    {"--identity-file", ARGUMENT_VALUE, "FILE", "holds an identity token"},
    {"--state", ARGUMENT_VALUE, "DIR", "where the newest checkpoint seen is kept"},
    {"--tsa", ARGUMENT_VALUE, "URL", "time stamps for tools (default: the base URL's /tsa)"},
    {"--json", ARGUMENT_FLAG, 0, "the result as JSON"},
    {0},
};

struct setting {
    const char *option;
    const char *environment;
    size_t offset;
};

#define SETTING(option, environment, member)                                                       \
    {                                                                                              \
        (option), (environment), offsetof(struct settings, member)                                 \
    }

static const struct setting table[] = {
    SETTING("--server", "SEALWARD_SERVER", server),
    SETTING("--ca", "SEALWARD_CA", ca),
    SETTING("--authority", "SEALWARD_AUTHORITY", authority),
    SETTING("--as", "SEALWARD_AS", as),
    SETTING("--key", "SEALWARD_KEY", key),
    SETTING("--names", "SEALWARD_NAMES", names),
    SETTING("--identity-command", "SEALWARD_IDENTITY_COMMAND", identity_command),
    SETTING("--identity-file", "SEALWARD_IDENTITY_FILE", identity_file),
    SETTING("--state", "SEALWARD_STATE", state),
    SETTING("--tsa", "SEALWARD_TSA", tsa),
};

#define SETTINGS (sizeof table / sizeof table[0])

/* An empty variable is no variable. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* <variable>/<rest>, else <home>/<fallback>/<rest>; NULL where there is neither. */
static bool folder_find(const char **ret, const char *variable, const char *fallback,
                        const char *rest, struct arena *arena, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    const char *folder = environment(variable);
    const char *home = environment("HOME");
    if (folder == NULL && home == NULL) {
        *ret = NULL;
        return true;
    }
    if (folder != NULL)
        buf_printf(&path, "%s/%s", folder, rest);
    else
        buf_printf(&path, "%s/%s/%s", home, fallback, rest);
    struct bytes copy = arena_copy(arena, buf_bytes(&path));
    if (!buf_ok(&path, "a path", e))
        return false;
    if (copy.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a path");
    *ret = (const char *)copy.data;
    return true;
}

static bool keys_known(const struct config *config, const char *path, struct err *e)
{
    for (size_t i = 0; i < config->count; i++) {
        size_t n = 0;
        while (n < SETTINGS && strcmp(table[n].option + 2, config->lines[i].key) != 0)
            n++;
        if (n == SETTINGS)
            return err_set(e, ERR_INPUT, "%s: line %u: there is no setting \"%s\"", path,
                           config->lines[i].line, config->lines[i].key);
    }
    return true;
}

static bool config_load(struct config *ret, struct arena *arena, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(CONFIG_SIZE_MAX);
    const char *path = environment("SEALWARD_CONFIG");
    bool named = path != NULL;
    ret->count = 0;
    if (!named && !folder_find(&path, "XDG_CONFIG_HOME", ".config", "sealward/config", arena, e))
        return false;
    if (path == NULL)
        return true;
    if (!file_read(&text, path, FILE_ANY, e))
        return !named && e->code == ERR_NOT_FOUND;
    return (config_read(ret, buf_bytes(&text), arena, e) || err_wrap(e, "%s", path)) &&
           keys_known(ret, path, e);
}

bool settings_find(struct settings *ret, const struct arguments *a, struct arena *arena,
                   struct err *e)
{
    struct config config;
    struct settings s = {.json = arguments_value(a, "--json") != NULL,
                         .agent = environment("SSH_AUTH_SOCK"),
                         .actions_url = environment("ACTIONS_ID_TOKEN_REQUEST_URL"),
                         .actions_bearer = environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
                         .module = environment("SEALWARD_MODULE"),
                         .daemon = environment("SEALWARD_DAEMON"),
                         .temporary = environment("TMPDIR")};
    if (s.temporary == NULL)
        s.temporary = "/tmp";
    if (!config_load(&config, arena, e))
        return false;
    for (size_t i = 0; i < SETTINGS; i++) {
        const char *value = arguments_value(a, table[i].option);
        if (value == NULL)
            value = environment(table[i].environment);
        if (value == NULL)
            value = config_value(&config, table[i].option + 2);
        *(const char **)((char *)&s + table[i].offset) = value;
    }
    if (s.state == NULL &&
        !folder_find(&s.state, "XDG_STATE_HOME", ".local/state", "sealward", arena, e))
        return false;
    *ret = s;
    return true;
}
