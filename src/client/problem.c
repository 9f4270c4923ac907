#include "client/problem.h"

#include "base/json.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

enum { TREE_MAX = 1 << 20 };

/* What a status says by itself. */
static enum err_code status_code(long status)
{
    switch (status) {
    case 400:
        return ERR_INPUT;
    case 401:
        return ERR_AUTH;
    case 403:
        return ERR_REFUSED;
    case 404:
        return ERR_NOT_FOUND;
    case 409:
        return ERR_CONFLICT;
    case 413:
        return ERR_LIMIT;
    case 503:
        return ERR_STATE;
    default:
        return ERR_INTERNAL;
    }
}

static struct bytes text_member(const struct json *problem, const char *name)
{
    const struct json *member = json_member(problem, name);
    return member != NULL && member->type == JSON_STRING ? member->text : BYTES_NONE;
}

/* Copies text that came from outside, cut to the room there is and made plain. */
static void copy_plain(char *ret, size_t size, struct bytes text)
{
    size_t n = text.size < size - 1 ? text.size : size - 1;
    if (n > 0)
        memcpy(ret, text.data, n);
    ret[n] = '\0';
    text_make_plain(ret);
}

static enum err_code code_member(const struct json *problem, long status)
{
    char name[32];
    struct bytes code = text_member(problem, "code");
    if (code.size == 0 || code.size >= sizeof name)
        return status_code(status);
    copy_plain(name, sizeof name, code);
    return err_code_from_name(name);
}

bool problem_read(struct err *e, int64_t *ret_entry, long status, struct bytes body)
{
    AUTO_VALUE(arena) arena = ARENA(TREE_MAX);
    struct json *problem;
    struct err form;
    *ret_entry = -1;
    (void)err_set(e, status_code(status), "the server answers with status %ld", status);
    if (body.size > PROBLEM_MAX || !json_parse(&problem, body, &arena, &form))
        return false;

    const struct json *entry = json_member(problem, "entry");
    if (entry != NULL && entry->is_integer && entry->integer >= 0)
        *ret_entry = entry->integer;
    struct bytes detail = text_member(problem, "detail");
    if (detail.size == 0)
        return false;
    e->code = code_member(problem, status);
    copy_plain(e->message, sizeof e->message, detail);
    copy_plain(e->rule, sizeof e->rule, text_member(problem, "rule"));
    copy_plain(e->hint, sizeof e->hint, text_member(problem, "hint"));
    return false;
}
