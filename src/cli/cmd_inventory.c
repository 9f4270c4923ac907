/* sealward inventory, calendar: what there is, whose it is, and when it ends. */
#include "base/clock.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/holdings.h"
#include "cli/moment.h"
#include "cli/people.h"

#include <inttypes.h>

enum { URL_MAX = 1024, CELL_MAX = 4096, DIGITS = 12, DAYS_DEFAULT = 90 };
#define DAY_MS INT64_C(86400000)
#define OUTPUT_MAX ((size_t)64 << 20)

/* ---- Cells: each shows one member, or some, of a row's object ---- */

/* Texts of a list, one after the other, with names for handles. */
static void cell_list(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    AUTO_VALUE(buf) text = BUF(CELL_MAX);
    for (const struct json *at = answer_list(object, name); at != NULL; at = at->next) {
        if (at->type != JSON_STRING || !text_is_plain(at->text))
            continue;
        if (text.size > 0)
            buf_put_text(&text, ", ");
        names_put_called(&text, at->text, &a->names);
    }
    if (text.failed)
        grid_cell(g, bytes_text("(too many to show)"));
    else
        grid_cell(g, buf_bytes(&text));
}

static void cell_number(struct grid *g, const struct answer *a, const struct json *object,
                        const char *name)
{
    int64_t number = answer_number(object, name, -1);
    (void)a;
    if (number < 0)
        grid_cell(g, BYTES_NONE);
    else
        grid_printf(g, "%" PRId64, number);
}

static void cell_raw(struct grid *g, const struct answer *a, const struct json *object,
                     const char *name)
{
    (void)a;
    grid_cell(g, holdings_text(object, name));
}

/* The beginning of an id in hex. */
static void cell_id(struct grid *g, const struct answer *a, const struct json *object,
                    const char *name)
{
    struct bytes id = holdings_text(object, name);
    (void)a;
    grid_cell(g, bytes_make(id.data, id.size < DIGITS ? id.size : DIGITS));
}

static void cell_time(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    (void)a;
    answer_cell_time(g, object, name, "");
}

static void cell_day(struct grid *g, const struct answer *a, const struct json *object,
                     const char *name)
{
    (void)a;
    answer_cell_day(g, object, name, "");
}

static void cell_used(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    (void)a;
    answer_cell_day(g, answer_number(object, "uses", 0) > 0 ? object : NULL, name, "never");
}

/* What a key signs for: its signer, or the authority itself. */
static void cell_purpose(struct grid *g, const struct answer *a, const struct json *object,
                         const char *name)
{
    if (holdings_text(object, "signer").size > 0)
        answer_cell_text(g, a, object, "signer");
    else
        grid_printf(g, "(%.*s)", BYTES_PRINT(holdings_text(object, name)));
}

static void cell_stage(struct grid *g, const struct answer *a, const struct json *object,
                       const char *name)
{
    if (answer_flag(object, "revoked"))
        grid_cell(g, bytes_text("revoked"));
    else
        answer_cell_text(g, a, object, name);
}

static void cell_owned(struct grid *g, const struct answer *a, const struct json *object,
                       const char *name)
{
    const struct json *orphan = json_member(object, name);
    bool orphaned = orphan != NULL && orphan->type == JSON_OBJECT;
    (void)a;
    grid_cell(g, bytes_text(answer_flag(object, "retired") ? "retired"
                            : orphaned                     ? "ORPHAN"
                                                           : "owned"));
}

static void cell_open(struct grid *g, const struct answer *a, const struct json *object,
                      const char *name)
{
    (void)a;
    grid_cell(g, bytes_text(answer_flag(object, "retired") ? "retired"
                            : answer_flag(object, name)    ? "suspended"
                                                           : "open"));
}

/* ---- Sections: one table each ---- */

enum where { BOTH, SCREEN, CSV };

/* A screen has some hundred columns; CSV has all there is, whole and exact. */
static const struct column {
    const char *head;
    const char *member;
    void (*cell)(struct grid *g, const struct answer *a, const struct json *object,
                 const char *name);
    enum where where;
} key_columns[] =
    {
        {"KEY", "id", cell_id, SCREEN},
        {"KEY", "id", answer_cell_text, CSV},
        {"FOR", "role", cell_purpose, SCREEN},
        {"ROLE", "role", answer_cell_text, CSV},
        {"SIGNER", "signer", answer_cell_text, CSV},
        {"LEVEL", "level", answer_cell_text, CSV},
        {"OWNER", "owner", answer_cell_text, BOTH},
        {"DEPUTY", "deputy", answer_cell_text, BOTH},
        {"TOKEN", "token", answer_cell_text, CSV},
        {"STATE", "state", answer_cell_text, BOTH},
        {"CERTIFICATE", "certificate", cell_number, CSV},
        {"EXPIRES", "expires", cell_day, SCREEN},
        {"EXPIRES", "expires", cell_time, CSV},
        {"LAST USED", "last_used", cell_used, SCREEN},
        {"LAST USED", "last_used", cell_time, CSV},
        {"SIGNATURES", "uses", cell_number, BOTH},
        {0},
},
  certificate_columns[] =
      {
          {"CERTIFICATE", "number", cell_number, BOTH},
          {"KEY", "key", cell_id, SCREEN},
          {"KEY", "key", answer_cell_text, CSV},
          {"SIGNER", "signer", answer_cell_text, BOTH},
          {"OWNER", "owner", answer_cell_text, BOTH},
          {"DEPUTY", "deputy", answer_cell_text, BOTH},
          {"FROM", "not_before", cell_day, SCREEN},
          {"FROM", "not_before", cell_time, CSV},
          {"EXPIRES", "not_after", cell_day, SCREEN},
          {"EXPIRES", "not_after", cell_time, CSV},
          {"STAGE", "stage", cell_stage, BOTH},
          {0},
},
  signer_columns[] =
      {
          {"SIGNER", "id", answer_cell_text, BOTH},   {"LEVEL", "level", answer_cell_text, BOTH},
          {"OWNER", "owner", answer_cell_text, BOTH}, {"DEPUTY", "deputy", answer_cell_text, BOTH},
          {"STATE", "orphan", cell_owned, BOTH},      {0},
},
  path_columns[] =
      {
          {"PATH", "id", answer_cell_text, BOTH},
          {"SIGNER", "signer", answer_cell_text, BOTH},
          {"OWNER", "owner", answer_cell_text, CSV},
          {"DEPUTY", "deputy", answer_cell_text, CSV},
          {"WORKLOADS", "workloads", cell_list, BOTH},
          {"TEAMS", "teams", cell_list, BOTH},
          {"APPROVERS", "approvers", answer_cell_text, BOTH},
          {"STATE", "suspended", cell_open, BOTH},
          {0},
},
  workload_columns[] =
      {
          {"WORKLOAD", "id", answer_cell_text, BOTH},
          {"ISSUER", "issuer", answer_cell_text, BOTH},
          {0},
},
  person_columns[] = {
      {"PERSON", "handle", answer_cell_text, BOTH},
      {"HANDLE", "handle", cell_raw, CSV},
      {"OWNS", "owns", cell_number, BOTH},
      {"DEPUTISES", "deputises", cell_number, BOTH},
      {0},
};

static const struct section {
    const char *name; /* of the answer's member, and of the command's word */
    const struct column *columns;
} sections[] = {
    {"keys", key_columns},   {"certificates", certificate_columns}, {"signers", signer_columns},
    {"paths", path_columns}, {"workloads", workload_columns},       {"people", person_columns},
};
#define SECTIONS (sizeof sections / sizeof sections[0])

struct filling {
    struct grid *grid;
    const struct answer *answer;
    const struct column *columns;
    enum where where;
};

static bool column_shown(const struct column *column, enum where where)
{
    return column->where == BOTH || column->where == where;
}

static bool row_add(void *context, const struct json *item, struct err *e)
{
    struct filling *f = context;
    (void)e;
    for (const struct column *at = f->columns; at->head != NULL; at++)
        if (column_shown(at, f->where))
            at->cell(f->grid, f->answer, item, at->member);
    return true;
}

static bool section_fill(struct grid *g, const struct answer *a, const struct section *section,
                         enum where where, struct arena *arena, struct err *e)
{
    struct filling f = {.grid = g, .answer = a, .columns = section->columns, .where = where};
    const char *heads[GRID_COLUMNS_MAX];
    size_t columns = 0;
    for (const struct column *at = section->columns; at->head != NULL; at++)
        if (column_shown(at, where))
            heads[columns++] = at->head;
    grid_begin(g, arena, heads, columns);
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
    return section_fill(&grid, a, section, CSV, &cli->arena, e) && grid_put_csv(&text, &grid, e) &&
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
        if (!section_fill(&grid, a, &sections[i], SCREEN, &cli->arena, e))
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

static void cell_whose(struct grid *g, const struct answer *a, const struct json *at,
                       const char *name)
{
    if (holdings_text(at, name).size > 0)
        answer_cell_text(g, a, at, name);
    else
        grid_cell(g, bytes_text("by itself"));
}

/* A key's id is cut, a certificate's number is not. */
static void cell_thing(struct grid *g, const struct answer *a, const struct json *at,
                       const char *name)
{
    struct bytes id = holdings_text(at, name);
    AUTO_VALUE(buf) text = BUF(CELL_MAX);
    buf_printf(&text, "%.*s ", BYTES_PRINT(holdings_text(at, "kind")));
    names_put_called(&text, bytes_make(id.data, id.size > 2 * DIGITS ? DIGITS : id.size),
                     &a->names);
    grid_cell(g, buf_bytes(&text));
}

static const struct column item_columns[] = {
    {"WHEN", "time", cell_time, BOTH},     {"WHAT", "what", answer_cell_text, BOTH},
    {"OF", "id", cell_thing, BOTH},        {"SIGNER", "signer", answer_cell_text, BOTH},
    {"WHO ACTS", "who", cell_whose, BOTH}, {0},
};
static const struct section items = {"items", item_columns};

static bool calendar_run(struct cli *cli, struct err *e)
{
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
    return section_fill(&grid, &answer, &items, SCREEN, &cli->arena, e) &&
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
