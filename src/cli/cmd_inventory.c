/* sealward inventory, calendar: what there is, whose it is, and when it ends. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/moment.h"
#include "cli/people.h"

#include <inttypes.h>

enum { URL_MAX = 1024, CELL_MAX = 4096, DIGITS = 16, DAYS_DEFAULT = 90 };
#define DAY_MS INT64_C(86400000)
#define OUTPUT_MAX ((size_t)64 << 20)

/* Texts of a list, one after the other, with names behind handles. */
static void cell_list(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    AUTO_VALUE(buf) text = BUF(CELL_MAX);
    for (const struct json *at = answer_list(object, name); at != NULL; at = at->next) {
        if (at->type != JSON_STRING || !text_is_plain(at->text))
            continue;
        if (text.size > 0)
            buf_put_text(&text, ", ");
        names_put_text(&text, at->text, &a->names);
    }
    if (text.failed)
        grid_cell(g, bytes_text("(too many to show)"));
    else
        grid_cell(g, buf_bytes(&text));
}

static void cell_number(struct grid *g, const struct json *object, const char *name)
{
    int64_t number = answer_number(object, name, -1);
    if (number < 0)
        grid_cell(g, BYTES_NONE);
    else
        grid_printf(g, "%" PRId64, number);
}

/* The beginning of an id in hex. */
static void cell_id(struct grid *g, const struct json *object, const char *name)
{
    struct bytes id = holdings_text(object, name);
    grid_cell(g, bytes_make(id.data, id.size < DIGITS ? id.size : DIGITS));
}

/* ---- Sections: one table each ---- */

static void key_row(struct grid *g, const struct answer *a, const struct json *at)
{
    cell_id(g, at, "id");
    answer_cell_text(g, a, at, "role");
    answer_cell_text(g, a, at, "signer");
    answer_cell_text(g, a, at, "level");
    answer_cell_text(g, a, at, "owner");
    answer_cell_text(g, a, at, "deputy");
    answer_cell_text(g, a, at, "token");
    answer_cell_text(g, a, at, "state");
    cell_number(g, at, "certificate");
    answer_cell_time(g, at, "expires", "");
    if (answer_number(at, "uses", 0) > 0)
        answer_cell_time(g, at, "last_used", "");
    else
        grid_cell(g, bytes_text("never"));
    cell_number(g, at, "uses");
}

static void certificate_row(struct grid *g, const struct answer *a, const struct json *at)
{
    cell_number(g, at, "number");
    cell_id(g, at, "key");
    answer_cell_text(g, a, at, "signer");
    answer_cell_text(g, a, at, "owner");
    answer_cell_text(g, a, at, "deputy");
    answer_cell_time(g, at, "not_before", "");
    answer_cell_time(g, at, "not_after", "");
    if (answer_flag(at, "revoked"))
        grid_cell(g, bytes_text("revoked"));
    else
        answer_cell_text(g, a, at, "stage");
}

static void signer_row(struct grid *g, const struct answer *a, const struct json *at)
{
    const struct json *orphan = json_member(at, "orphan");
    bool orphaned = orphan != NULL && orphan->type == JSON_OBJECT;
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "level");
    answer_cell_text(g, a, at, "owner");
    answer_cell_text(g, a, at, "deputy");
    grid_cell(g, bytes_text(answer_flag(at, "retired") ? "retired"
                            : orphaned                 ? "ORPHAN"
                                                       : "owned"));
}

static void path_row(struct grid *g, const struct answer *a, const struct json *at)
{
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "signer");
    answer_cell_text(g, a, at, "owner");
    answer_cell_text(g, a, at, "deputy");
    cell_list(g, a, at, "workloads");
    cell_list(g, a, at, "teams");
    answer_cell_text(g, a, at, "approvers");
    grid_cell(g, bytes_text(answer_flag(at, "retired")     ? "retired"
                            : answer_flag(at, "suspended") ? "suspended"
                                                           : "open"));
}

static void workload_row(struct grid *g, const struct answer *a, const struct json *at)
{
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "issuer");
}

static void person_row(struct grid *g, const struct answer *a, const struct json *at)
{
    answer_cell_text(g, a, at, "handle");
    cell_number(g, at, "owns");
    cell_number(g, at, "deputises");
}

#define HEADS_MAX 13

static const struct section {
    const char *name; /* of the answer's member, and of the option's value */
    const char *heads[HEADS_MAX];
    void (*row)(struct grid *g, const struct answer *a, const struct json *at);
} sections[] = {
    {"keys",
     {"KEY", "ROLE", "SIGNER", "LEVEL", "OWNER", "DEPUTY", "TOKEN", "STATE", "CERTIFICATE",
      "EXPIRES", "LAST USED", "SIGNATURES"},
     key_row},
    {"certificates",
     {"CERTIFICATE", "KEY", "SIGNER", "OWNER", "DEPUTY", "FROM", "EXPIRES", "STAGE"},
     certificate_row},
    {"signers", {"SIGNER", "LEVEL", "OWNER", "DEPUTY", "STATE"}, signer_row},
    {"paths",
     {"PATH", "SIGNER", "OWNER", "DEPUTY", "WORKLOADS", "TEAMS", "APPROVERS", "STATE"},
     path_row},
    {"workloads", {"WORKLOAD", "ISSUER"}, workload_row},
    {"people", {"PERSON", "OWNS", "DEPUTISES"}, person_row},
};
#define SECTIONS (sizeof sections / sizeof sections[0])

struct filling {
    struct grid *grid;
    const struct answer *answer;
    void (*row)(struct grid *g, const struct answer *a, const struct json *at);
};

static bool row_add(void *context, const struct json *item, struct err *e)
{
    struct filling *f = context;
    (void)e;
    f->row(f->grid, f->answer, item);
    return true;
}

static bool section_fill(struct grid *g, const struct answer *a, const struct section *section,
                         struct arena *arena, struct err *e)
{
    struct filling f = {.grid = g, .answer = a, .row = section->row};
    size_t columns = 0;
    while (section->heads[columns] != NULL)
        columns++;
    grid_begin(g, arena, section->heads, columns);
    return answer_each(a, section->name, row_add, &f, e);
}

/* ---- What is asked for ---- */

/* A duration as a filter of the daemon's: `sign` 1: before now and that much; -1: since that long
 * ago. */
static bool moment_put(struct buf *url, const struct cli *cli, const char *option,
                       const char *parameter, int sign, struct err *e)
{
    const char *text = arguments_value(&cli->arguments, option);
    int64_t ms = 0;
    if (text == NULL)
        return true;
    if (!moment_duration(&ms, option, text, e))
        return false;
    buf_printf(url, "%c%s=%" PRId64, strchr(buf_string(url), '?') == NULL ? '?' : '&', parameter,
               clock_wall_ms() + sign * ms);
    return true;
}

/* A handle, or a name that opens one. */
static bool owner_put(struct buf *url, struct cli *cli, struct err *e)
{
    const char *text = arguments_value(&cli->arguments, "--owner");
    struct bytes handle;
    if (text == NULL)
        return true;
    if (!people_handle(&handle, cli, text, e))
        return false;
    if (!text_is_name(handle))
        return arguments_refuse(e, "--owner %s: nobody is called so", text);
    buf_printf(url, "%cowner=%.*s", strchr(buf_string(url), '?') == NULL ? '?' : '&',
               BYTES_PRINT(handle));
    return true;
}

static bool section_take(const struct section **ret, const struct cli *cli, struct err *e)
{
    const char *word = cli->arguments.words[0];
    *ret = NULL;
    for (size_t i = 0; cli->arguments.word_count > 0 && i < SECTIONS; i++)
        if (strcmp(word, sections[i].name) == 0)
            *ret = &sections[i];
    if (*ret != NULL || cli->arguments.word_count == 0)
        return true;
    (void)arguments_refuse(e, "the inventory has no \"%s\"", word);
    return err_hint(e, "keys, certificates, signers, paths, workloads, people; or nothing for all");
}

static bool csv_print(const struct answer *a, struct cli *cli, const struct section *section,
                      struct err *e)
{
    AUTO_VALUE(buf) text = BUF(OUTPUT_MAX);
    struct grid grid;
    if (section == NULL)
        section = &sections[0];
    return section_fill(&grid, a, section, &cli->arena, e) && grid_put_csv(&text, &grid, e) &&
           cli_print(cli, &text, &text, e);
}

static bool sections_print(struct answer *a, struct cli *cli, const struct section *only,
                           struct err *e)
{
    AUTO_VALUE(buf) text = BUF(OUTPUT_MAX);
    for (size_t i = 0; i < SECTIONS; i++) {
        struct grid grid;
        if (only != NULL && only != &sections[i])
            continue;
        if (!section_fill(&grid, a, &sections[i], &cli->arena, e))
            return false;
        if (grid_rows(&grid) == 0)
            continue;
        if (text.size > 0)
            buf_put_u8(&text, '\n');
        if (!grid_put(&text, &grid, e))
            return false;
    }
    if (text.size == 0)
        buf_put_text(&text, "nothing\n");
    return cli_print(cli, &text, &a->text, e);
}

static bool inventory_run(struct cli *cli, struct err *e)
{
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    const struct section *section;
    buf_put_text(&url, "/v1/inventory");
    if (!section_take(&section, cli, e) || !moment_put(&url, cli, "--expiring", "expiring", 1, e) ||
        !moment_put(&url, cli, "--unused", "unused", -1, e) || !owner_put(&url, cli, e) ||
        !buf_ok(&url, "a question", e) || !answer_get(&answer, cli, buf_string(&url), e))
        return false;
    return arguments_value(&cli->arguments, "--csv") != NULL
               ? csv_print(&answer, cli, section, e)
               : sections_print(&answer, cli, section, e);
}

/* ---- The calendar ---- */

static void item_row(struct grid *g, const struct answer *a, const struct json *at)
{
    answer_cell_time(g, at, "time", "");
    answer_cell_text(g, a, at, "what");
    answer_cell_text(g, a, at, "kind");
    answer_cell_text(g, a, at, "id");
    answer_cell_text(g, a, at, "signer");
    if (holdings_text(at, "who").size > 0)
        answer_cell_text(g, a, at, "who");
    else
        grid_cell(g, bytes_text("by itself"));
}

static bool calendar_run(struct cli *cli, struct err *e)
{
    static const char *const heads[] = {"WHEN", "WHAT", "KIND", "ID", "SIGNER", "WHO"};
    AUTO_VALUE(answer) answer = {.text = BUF(0)};
    AUTO_VALUE(buf) url = BUF(URL_MAX);
    AUTO_VALUE(buf) head = BUF(URL_MAX);
    const char *within = arguments_value(&cli->arguments, "--within");
    int64_t ms = DAYS_DEFAULT * DAY_MS;
    struct grid grid;
    if (within != NULL && !moment_duration(&ms, "--within", within, e))
        return false;
    buf_printf(&url, "/v1/calendar?until=%" PRId64, clock_wall_ms() + ms);
    if (!buf_ok(&url, "a question", e) || !answer_get(&answer, cli, buf_string(&url), e))
        return false;
    struct filling f = {.grid = &grid, .answer = &answer, .row = item_row};
    grid_begin(&grid, &cli->arena, heads, sizeof heads / sizeof heads[0]);
    return answer_each(&answer, "items", row_add, &f, e) &&
           answer_print(&answer, cli, &head, &grid, "nothing ends, nothing is due", e);
}

static const struct argument_row options[] = {
    {"--expiring", ARGUMENT_VALUE, "TIME", "only what ends within that time: 30d"},
    {"--unused", ARGUMENT_VALUE, "TIME", "only keys that have signed nothing for so long: 90d"},
    {"--owner", ARGUMENT_VALUE, "PERSON", "only what is this person's, as owner or deputy"},
    {"--csv", ARGUMENT_FLAG, 0, "keys, or the part that is named, as CSV"},
    {0},
};
static const struct argument_row calendar_options[] = {
    {"--within", ARGUMENT_VALUE, "TIME", "how far ahead: 90d (default)"},
    {0},
};

const struct command command_inventory = {
    .name = "inventory",
    .usage = "[keys|certificates|signers|paths|workloads|people]",
    .purpose = "what there is, whose it is, when it ends, what it signed",
    .options = options,
    .least = 0,
    .most = 1,
    .run = inventory_run,
};

const struct command command_calendar = {
    .name = "calendar",
    .usage = "",
    .purpose = "what ends when, what renews by itself, and what needs whom",
    .options = calendar_options,
    .run = calendar_run,
};
