/* sealward show; sealward log tail, show, prove: entries, each proven before it is shown. */
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/display.h"
#include "cli/leaf.h"
#include "cli/people.h"
#include "cli/story.h"

#include <inttypes.h>

enum { TEXT_MAX = 8 << 20, TAIL_DEFAULT = 10, TAIL_MAX = 1000 };

static bool entry_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct names names;
    struct proven proven;
    return leaf_entry(&proven, cli, cli->arguments.words[0], e) && people_load(&names, cli, e) &&
           display_entry(&text, &proven.entry, &names, e) &&
           display_json(&json, &proven.entry, e) && cli_print(cli, &text, &json, e);
}

/* How an entry is shown on one line. */
typedef bool line_put(struct buf *b, const struct entry *entry, const struct names *names,
                      struct err *e);

static bool tail_one(struct buf *text, struct buf *json, struct client *c, int64_t index,
                     const struct names *names, line_put *put, struct err *e)
{
    AUTO_VALUE(arena) arena = CLIENT_ARENA;
    struct proven proven;
    if (!client_entry(c, index, &proven, &arena, e) || !put(text, &proven.entry, names, e))
        return false;
    if (json->size > strlen("{\"entries\":["))
        buf_put_u8(json, ',');
    return display_json(json, &proven.entry, e);
}

/* An entry, or every entry that tells of something. */
static bool show_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(64 << 20);
    struct story story;
    struct client *c;
    struct names names;
    if (cli->arguments.word_count == 1)
        return entry_run(cli, e);
    if (!story_find(&story, cli, cli->arguments.words[0], cli->arguments.words[1], e) ||
        !cli_client(&c, cli, e) || !people_load(&names, cli, e))
        return false;
    buf_put_text(&json, "{\"entries\":[");
    for (size_t i = 0; i < story.count; i++)
        if (!tail_one(&text, &json, c, story.entries[i], &names, display_brief, e))
            return false;
    buf_put_text(&json, "]}");
    if (text.size == 0)
        buf_put_text(&text, "the record tells nothing of it\n");
    return cli_print(cli, &text, &json, e);
}

static bool count_take(uint64_t *ret, const struct arguments *a, struct err *e)
{
    const char *text = arguments_value(a, "--count");
    *ret = TAIL_DEFAULT;
    if (text != NULL && (!text_read_number(ret, bytes_text(text), TAIL_MAX, e) || *ret == 0))
        return arguments_refuse(e, "--count is 1 to %d", TAIL_MAX);
    return true;
}

static bool tail_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(64 << 20);
    struct client *c;
    struct checkpoint head;
    struct names names;
    uint64_t count;
    if (!count_take(&count, &cli->arguments, e) || !cli_client(&c, cli, e) ||
        !client_head(c, &head, e) || !people_load(&names, cli, e))
        return false;
    buf_put_text(&json, "{\"entries\":[");
    for (uint64_t i = head.size > count ? head.size - count : 0; i < head.size; i++)
        if (!tail_one(&text, &json, c, (int64_t)i, &names, display_line, e))
            return false;
    buf_put_text(&json, "]}");
    return cli_print(cli, &text, &json, e);
}

static bool prove_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct proven proven;
    const char *out = arguments_value(&cli->arguments, "--out");
    if (out == NULL)
        return arguments_refuse(e, "where to? --out FILE");
    if (!leaf_entry(&proven, cli, cli->arguments.words[0], e) ||
        !file_replace(out, proven.receipt, 0644, e))
        return false;
    buf_printf(&text, "receipt of entry %" PRId64 " in %s\n", proven.entry.index, out);
    return display_json(&json, &proven.entry, e) && cli_print(cli, &text, &json, e);
}

static const struct argument_row tail_options[] = {
    {"--count", ARGUMENT_VALUE, "N", "how many (default 10)"},
    {0},
};
static const struct argument_row prove_options[] = {
    {"--out", ARGUMENT_VALUE, "FILE", "where the receipt is written"},
    {0},
};

const struct command command_show = {
    .name = "show",
    .usage = "LEAF|N, or KIND ID",
    .purpose = "an entry with its whole content, or the story of a key, signer, person ...",
    .least = 1,
    .most = 2,
    .run = show_run,
};

const struct command command_log_show = {
    .name = "log show",
    .usage = "LEAF|N",
    .purpose = "an entry with its whole content",
    .least = 1,
    .most = 1,
    .run = entry_run,
};

const struct command command_log_tail = {
    .name = "log tail",
    .usage = "",
    .purpose = "the newest entries, a line each, proven",
    .options = tail_options,
    .run = tail_run,
};

const struct command command_log_prove = {
    .name = "log prove",
    .usage = "LEAF|N",
    .purpose = "the receipt of an entry, to carry along offline",
    .options = prove_options,
    .least = 1,
    .most = 1,
    .run = prove_run,
};
