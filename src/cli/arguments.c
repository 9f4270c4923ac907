#include "cli/arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool arguments_refuse(struct err *e, const char *format, ...)
{
    char text[sizeof e->message];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    (void)err_refuse(e, CLI_USAGE, "%s", text);
    e->code = ERR_INPUT;
    return false;
}

/* The row whose name is the word, or the word up to its "=". */
static const struct argument_row *row_in(const struct argument_row *rows, const char *word)
{
    size_t size = strcspn(word, "=");
    for (; rows != NULL && rows->name != NULL; rows++)
        if (strlen(rows->name) == size && strncmp(rows->name, word, size) == 0)
            return rows;
    return NULL;
}

static bool give(struct arguments *a, const struct argument_row *row, const char *value,
                 struct err *e)
{
    if (row->kind != ARGUMENT_LIST && arguments_value(a, row->name) != NULL)
        return arguments_refuse(e, "%s is given twice", row->name);
    if (a->given_count == ARGUMENTS_MAX)
        return arguments_refuse(e, "more than %d options", ARGUMENTS_MAX);
    a->given[a->given_count++] = (struct argument){.row = row, .value = value};
    return true;
}

/* The option at argv[*i], and its value in the same or the next word. */
static bool option_take(struct arguments *a, const struct argument_row *row, int argc, char **argv,
                        int *i, struct err *e)
{
    const char *equals = strchr(argv[*i], '=');
    if (row->kind == ARGUMENT_FLAG)
        return equals == NULL ? give(a, row, row->name, e)
                              : arguments_refuse(e, "%s takes no value", row->name);
    if (equals != NULL)
        return give(a, row, equals + 1, e);
    if (*i + 1 >= argc)
        return arguments_refuse(e, "%s needs a value", row->name);
    return give(a, row, argv[++*i], e);
}

static bool word_take(struct arguments *a, const char *word, struct err *e)
{
    if (a->word_count == ARGUMENTS_MAX)
        return arguments_refuse(e, "more than %d words", ARGUMENTS_MAX);
    a->words[a->word_count++] = word;
    return true;
}

bool arguments_take(struct arguments *ret, int argc, char **argv, const struct argument_row *global,
                    const struct argument_row *own, struct err *e)
{
    struct arguments a = {.given_count = 0};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            a.tool = argv + i + 1;
            break;
        }
        if (argv[i][0] != '-' || argv[i][1] == '\0') {
            if (!word_take(&a, argv[i], e))
                return false;
            continue;
        }
        const struct argument_row *row = row_in(own, argv[i]);
        if (row == NULL)
            row = row_in(global, argv[i]);
        if (row == NULL)
            return arguments_refuse(e, "there is no option \"%s\" here", argv[i]);
        if (!option_take(&a, row, argc, argv, &i, e))
            return false;
    }
    *ret = a;
    return true;
}

const char *arguments_value(const struct arguments *a, const char *name)
{
    return arguments_item(a, name, 0);
}

const char *arguments_item(const struct arguments *a, const char *name, int n)
{
    for (int i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].row->name, name) == 0 && n-- == 0)
            return a->given[i].value;
    return NULL;
}
