/* sealward audit: replays a whole record from public files. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/audit_files.h"
#include "cli/command.h"

#define EXIT_BROKEN 1
#define EXIT_UNVERIFIABLE 4
#define REPORT_MAX (1 << 20)

static void progress_show(void *context, uint64_t judged, uint64_t size)
{
    (void)context;
    (void)fprintf(stderr, "\rjudged %" PRIu64 " of %" PRIu64 " entries", judged, size);
}

/* --- For people --- */

static void counts_text(struct buf *b, const char *title, const struct audit_counts *counts)
{
    if (counts->kinds == 0)
        return;
    buf_printf(b, "%-11s", title);
    for (size_t i = 0; i < counts->kinds; i++)
        buf_printf(b, "%s%s %" PRIu64, i == 0 ? "" : ", ", counts->list[i].name,
                   counts->list[i].count);
    buf_put_text(b, "\n");
}

static void record_text(struct buf *b, const struct audit_report *r,
                        const struct authority *authority)
{
    char id[65], root[65];
    char from[TEXT_TIME_SIZE], to[TEXT_TIME_SIZE];
    buf_printf(b, "authority  %s%s\n", hex_string(id, BYTES_OF(authority->id)),
               r->demonstration ? " (a demonstration)" : "");
    if (r->checkpoint.size == 0)
        return;
    buf_printf(b, "checkpoint %" PRIu64 " entries, root %s\n", r->checkpoint.size,
               hex_string(root, BYTES_OF(r->checkpoint.root)));
    buf_printf(b, "judged     %" PRIu64 " entries", r->judged);
    if (r->judged > 0)
        buf_printf(b, ", from %s to %s", text_time(from, r->first_time),
                   text_time(to, r->last_time));
    buf_put_text(b, "\n");
    counts_text(b, "entries", &r->entries);
    counts_text(b, "policy", &r->objects);
    buf_printf(b, "signatures %" PRIu64 " authorised\n", r->signatures);
    counts_text(b, "findings", &r->findings);
}

static void fault_text(struct buf *b, const struct audit_report *r)
{
    buf_printf(b, "%s: ", audit_verdict_names[r->verdict]);
    if (r->entry >= 0)
        buf_printf(b, "entry %" PRId64 "%s%s%s in ", r->entry, r->type[0] != '\0' ? " (" : "",
                   r->type, r->type[0] != '\0' ? ")" : "");
    buf_printf(b, "%s: ", r->file);
    if (r->why.rule[0] != '\0')
        buf_printf(b, "rule %s: ", r->why.rule);
    buf_printf(b, "%s\n", r->why.message);
    if (r->why.cause[0] != '\0')
        buf_printf(b, "  cause: %s\n", r->why.cause);
    if (r->verdict == AUDIT_UNVERIFIABLE)
        buf_put_text(b, "  nobody can tell what is missing; get the files from another copy\n");
}

static void report_text(struct buf *b, const struct audit_report *r,
                        const struct authority *authority)
{
    record_text(b, r, authority);
    if (r->verdict != AUDIT_HOLDS)
        fault_text(b, r);
    else
        buf_printf(b, "holds: all %" PRIu64 " entries are in the signed tree and keep the rules\n",
                   r->judged);
}

/* --- For programs --- */

static void counts_json(struct buf *b, const char *name, const struct audit_counts *counts)
{
    buf_printf(b, ",\"%s\":{", name);
    for (size_t i = 0; i < counts->kinds; i++) {
        if (i > 0)
            buf_put_text(b, ",");
        json_put_string(b, bytes_text(counts->list[i].name));
        buf_printf(b, ":%" PRIu64, counts->list[i].count);
    }
    buf_put_text(b, "}");
}

static void string_json(struct buf *b, const char *name, const char *value)
{
    buf_printf(b, ",\"%s\":", name);
    if (value[0] == '\0')
        buf_put_text(b, "null");
    else
        json_put_string(b, bytes_text(value));
}

static void fault_json(struct buf *b, const struct audit_report *r)
{
    bool holds = r->verdict == AUDIT_HOLDS;
    string_json(b, "file", holds ? "" : r->file);
    if (r->entry >= 0)
        buf_printf(b, ",\"entry\":%" PRId64, r->entry);
    else
        buf_put_text(b, ",\"entry\":null");
    string_json(b, "type", r->type);
    string_json(b, "rule", holds ? "" : r->why.rule);
    string_json(b, "message", holds ? "" : r->why.message);
}

static void report_json(struct buf *b, const struct audit_report *r,
                        const struct authority *authority)
{
    buf_printf(b, "{\"verdict\":\"%s\",\"authority\":", audit_verdict_names[r->verdict]);
    json_put_base64(b, BYTES_OF(authority->id));
    buf_printf(b, ",\"size\":%" PRIu64 ",\"root\":", r->checkpoint.size);
    json_put_base64(b, BYTES_OF(r->checkpoint.root));
    buf_printf(b, ",\"judged\":%" PRIu64, r->judged);
    fault_json(b, r);
    counts_json(b, "entries", &r->entries);
    counts_json(b, "policy", &r->objects);
    buf_printf(b, ",\"signatures\":%" PRIu64, r->signatures);
    counts_json(b, "findings", &r->findings);
    buf_put_text(b, "}");
}

/* --- The command --- */

static bool authority_pinned(struct authority *ret, struct cli *cli, struct err *e)
{
    struct bytes text;
    if (cli->settings.authority == NULL)
        return arguments_refuse(e, "say which authority is pinned: --authority FILE");
    return cli_file(&text, cli, cli->settings.authority, LIMIT_AUTHORITY, e) &&
           authority_read(ret, text, &cli->arena, e);
}

/* Where the record is published, if nothing else was said. */
static const char *published(struct buf *b, const struct authority *authority)
{
    buf_put(b, authority->base_url);
    buf_put_text(b, "/log");
    return buf_string(b);
}

static bool audit_command(struct cli *cli, struct err *e)
{
    struct authority authority = {.origin = BYTES_NONE};
    struct audit_report report;
    AUTO(audit_files) files = NULL;
    AUTO_VALUE(buf) url = BUF(LIMIT_URL + sizeof "/log");
    AUTO_VALUE(buf) text = BUF(REPORT_MAX);
    AUTO_VALUE(buf) json = BUF(REPORT_MAX);
    if (!authority_pinned(&authority, cli, e))
        return false;
    const char *where =
        cli->arguments.word_count > 0 ? cli->arguments.words[0] : published(&url, &authority);
    if (!audit_files_new(&files, where, cli->settings.ca, e))
        return false;
    struct audit_plan plan = {.authority = &authority, .source = audit_files_source(files)};
    if (isatty(STDERR_FILENO) != 0)
        plan.progress = progress_show;
    bool ran = audit_run(&report, &plan, e);
    if (plan.progress != NULL)
        (void)fprintf(stderr, "\r\033[K");
    if (!ran)
        return false;
    report_text(&text, &report, &authority);
    report_json(&json, &report, &authority);
    if (report.verdict != AUDIT_HOLDS)
        cli->exit_code = report.verdict == AUDIT_BROKEN ? EXIT_BROKEN : EXIT_UNVERIFIABLE;
    return cli_print(cli, &text, &json, e);
}

const struct command command_audit = {
    .name = "audit",
    .usage = "[DIR-OR-URL]",
    .purpose = "replay a whole record from its public files and judge every entry",
    .most = 1,
    .run = audit_command,
};
