#include "http/problem.h"

#include <stdio.h>

#include "wire/refusal.h"
#include "wire/rows.h"

struct problem_row {
    enum err_code code;
    unsigned status;
    bool may_pass;
    const char *title;
};

/* What has no row is a fault of the daemon or its machine. */
static const struct problem_row rows[] = {
    {ERR_INPUT, 400, false, "not what it should be"},
    {ERR_AUTH, 401, false, "evidence that does not hold"},
    {ERR_REFUSED, 403, false, "refused by a rule"},
    {ERR_NOT_FOUND, 404, false, "not there"},
    {ERR_CONFLICT, 409, false, "already done, or changed meanwhile"},
    {ERR_LIMIT, 413, false, "over a limit"},
    {ERR_BUSY, 503, true, "too much at once"},
    {ERR_STATE, 503, true, "not possible now"},
};
static const struct problem_row row_else = {ERR_INTERNAL, 500, false, "a fault of the daemon"};

static const struct problem_row *row_find(enum err_code code)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].code == code)
            return &rows[i];
    return &row_else;
}

unsigned problem_status(enum err_code code)
{
    return row_find(code)->status;
}

bool problem_may_pass(enum err_code code)
{
    return row_find(code)->may_pass;
}

struct problem {
    struct bytes type;
    struct bytes title;
    int64_t status;
    struct bytes detail;
    struct bytes code;
    struct bytes rule;
    struct bytes hint;
    int64_t entry;
};

FIELDS(problem_fields, "problem", struct problem, ROW_TEXT(struct problem, type, 1, 700),
       ROW_TEXT(struct problem, title, 1, 100), ROW_INTEGER(struct problem, status, 100, 599),
       ROW_TEXT(struct problem, detail, 0, 399), ROW_TEXT(struct problem, code, 1, 32),
       ROW_TEXT(struct problem, rule, 0, 55), ROW_TEXT(struct problem, hint, 0, 279),
       ROW_MAYBE_INTEGER(struct problem, entry, 0, JSON_INTEGER_MAX));

void problem_write(struct buf *b, const struct err *why, unsigned status, const char *base,
                   int64_t entry)
{
    struct err plain = *why;
    struct refusal told = refusal_make(&plain);
    char type[700];
    (void)snprintf(type, sizeof type, "%s/errors/%s", base, err_code_name(why->code));
    struct problem problem = {.type = bytes_text(type),
                              .title = bytes_text(row_find(why->code)->title),
                              .status = (int64_t)status,
                              .detail = told.message,
                              .code = told.code,
                              .rule = told.rule,
                              .hint = told.hint,
                              .entry = entry};
    fields_write(b, &problem_fields, &problem);
}
