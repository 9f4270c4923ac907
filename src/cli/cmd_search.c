/* sealward search: entries by what they are about; each is proven before it is shown. */
#include "artifact/artifact.h"
#include "base/hex.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/display.h"
#include "cli/people.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_MAX = 8 << 20, LIMIT_DEFAULT = 20, KEY_MAX = 255 };
#define FILE_SIZE_MAX ((size_t)1 << 30)

/* Options whose value is the mark: as hex already, or as a text of which the hex is taken. */
static const struct kind {
    const char *option;
    const char *kind;
    bool text;
} kinds[] = {
    {"--tbs", "tbs", false},           {"--digest", "artifact", false},
    {"--key-id", "key", false},        {"--grant", "grant", false},
    {"--proposal", "proposal", false}, {"--certificate", "certificate", false},
    {"--person", "person", true},      {"--workload", "workload", true},
    {"--path", "path", true},
};

struct mark_wanted {
    const char *kind;
    char hex[2 * KEY_MAX + 1];
};

static bool text_hex(struct mark_wanted *m, const char *text, struct err *e)
{
    if (strlen(text) > KEY_MAX)
        return arguments_refuse(e, "\"%.40s...\" is too long", text);
    (void)hex_string(m->hex, bytes_text(text));
    return true;
}

static bool hex_take(struct mark_wanted *m, const char *text, struct err *e)
{
    uint8_t bytes[KEY_MAX];
    size_t size = strlen(text) / 2;
    if (size == 0 || size > sizeof bytes || !hex_decode(bytes, size, bytes_text(text), e))
        return arguments_refuse(e, "\"%.80s\" is no hexadecimal", text);
    (void)hex_string(m->hex, bytes_make(bytes, size));
    return true;
}

/* A file is known by the digest that signing does not change, in the first format that it is of. */
static bool file_take(struct mark_wanted *m, struct cli *cli, const char *path, struct err *e)
{
    struct bytes file;
    uint8_t digest[DIGEST_MAX];
    const char *format = arguments_value(&cli->arguments, "--format");
    if (!cli_file(&file, cli, path, FILE_SIZE_MAX, e))
        return false;
    m->kind = "artifact";
    for (size_t i = 0; artifact_format_name(i) != NULL; i++) {
        const char *name = artifact_format_name(i);
        if ((format != NULL && strcmp(format, name) != 0) ||
            (format == NULL && (strcmp(name, "raw") == 0 || strcmp(name, "cms") == 0)))
            continue;
        if (artifact_identify(digest, bytes_text(name), DIGEST_SHA256, file, e)) {
            (void)hex_string(m->hex, bytes_make(digest, 32));
            return true;
        }
        if (format != NULL)
            return err_wrap(e, "%s", path);
    }
    digest_sha256(digest, file);
    (void)hex_string(m->hex, bytes_make(digest, 32));
    return true;
}

static bool mark_take(struct mark_wanted *m, struct cli *cli, struct err *e)
{
    const char *file = arguments_value(&cli->arguments, "--artifact");
    int given = file != NULL;
    if (file != NULL && !file_take(m, cli, file, e))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *value = arguments_value(&cli->arguments, kinds[i].option);
        if (value == NULL)
            continue;
        given++;
        m->kind = kinds[i].kind;
        if (!(kinds[i].text ? text_hex(m, value, e) : hex_take(m, value, e)))
            return false;
    }
    return given == 1 ? true : arguments_refuse(e, "search for what? exactly one of its options");
}

static bool hit_show(struct buf *text, struct buf *json, struct client *c, const struct json *hit,
                     const struct names *names, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    const struct json *index = json_member(hit, "index");
    if (index == NULL || !index->is_integer)
        return err_set(e, ERR_INPUT, "the daemon gives a hit without number");
    if (!client_entry(c, index->integer, &proven, &arena, e) ||
        !display_line(text, &proven.entry, names, e))
        return false;
    if (json->size > strlen("{\"entries\":["))
        buf_put_u8(json, ',');
    return display_json(json, &proven.entry, e);
}

static bool search_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(64 << 20);
    AUTO_VALUE(buf) path = BUF(1024);
    struct client *c;
    struct json *answer;
    struct names names;
    struct mark_wanted m;
    if (!mark_take(&m, cli, e) || !cli_client(&c, cli, e) || !people_load(&names, cli, e))
        return false;
    buf_printf(&path, "/v1/search?kind=%s&key=%s&limit=%d", m.kind, m.hex, LIMIT_DEFAULT);
    if (!client_get_json(c, buf_string(&path), &answer, &cli->arena, e))
        return false;
    const struct json *entries = json_member(answer, "entries");
    buf_put_text(&json, "{\"entries\":[");
    for (const struct json *hit = entries == NULL ? NULL : entries->first; hit != NULL;
         hit = hit->next)
        if (!hit_show(&text, &json, c, hit, &names, e))
            return false;
    buf_put_text(&json, "]}");
    if (text.size == 0)
        buf_put_text(&text, "nothing found\n");
    return cli_print(cli, &text, &json, e);
}

static const struct argument_row options[] = {
    {"--artifact", ARGUMENT_VALUE, "FILE", "grants and bindings that declare this file"},
    {"--format", ARGUMENT_VALUE, "NAME", "of the file: pe, cms, raw, jar"},
    {"--digest", ARGUMENT_VALUE, "HEX", "the same by its digest"},
    {"--tbs", ARGUMENT_VALUE, "HEX", "the request that signed this digest"},
    {"--key-id", ARGUMENT_VALUE, "HEX", "entries about a key"},
    {"--grant", ARGUMENT_VALUE, "HEX", "entries under a grant"},
    {"--proposal", ARGUMENT_VALUE, "HEX", "decisions about a proposal or grant"},
    {"--certificate", ARGUMENT_VALUE, "HEX", "a certificate by its serial number"},
    {"--person", ARGUMENT_VALUE, "HANDLE", "what a person did"},
    {"--workload", ARGUMENT_VALUE, "ID", "what a workload did"},
    {"--path", ARGUMENT_VALUE, "ID", "entries on a release path"},
    {0},
};

const struct command command_search = {
    .name = "search",
    .usage = "",
    .purpose = "entries about an artifact, a signature, a key, a person ...",
    .options = options,
    .run = search_run,
};
