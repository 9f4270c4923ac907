#include "base/options.h"

#include "base/bytes.h"
#include "base/text.h"

static const struct option *option_find(const struct option_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind == OPTION_WORDS ? name[0] != '-'
                                                : strcmp(table->rows[i].name, name) == 0)
            return &table->rows[i];
    return NULL;
}

static int option_values(const struct option *option)
{
    if (option->kind == OPTION_FLAG || option->kind == OPTION_MODE || option->kind == OPTION_WORDS)
        return 0;
    return option->kind == OPTION_THREE ? 3 : 1;
}

static bool number_set(int *place, const struct option *option, const char *text, struct err *e)
{
    uint64_t value;
    if (!text_read_number(&value, bytes_text(text), (uint64_t)option->value, e))
        return err_wrap(e, "%s", option->name);
    if (value < (uint64_t)option->least)
        return err_set(e, ERR_INPUT, "%s is at least %d", option->name, option->least);
    *place = (int)value;
    return true;
}

static bool list_add(const char **list, const struct option *option, const char *value,
                     struct err *e)
{
    size_t n = 0;
    while (list[n] != NULL)
        n++;
    if (n == OPTION_LIST_MAX)
        return err_set(e, ERR_LIMIT, "%s is given more than %d times", option->name,
                       OPTION_LIST_MAX);
    list[n] = value;
    return true;
}

static bool option_set(void *ret, const struct option *option, char **values, struct err *e)
{
    void *place = (char *)ret + option->offset;
    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_MODE:
        *(int *)place = option->value;
        return true;
    case OPTION_NUMBER:
        return number_set(place, option, values[0], e);
    case OPTION_TEXT:
        *(const char **)place = values[0];
        return true;
    case OPTION_THREE:
        for (int i = 0; i < 3; i++)
            ((const char **)place)[i] = values[i];
        return true;
    case OPTION_LIST:
        return list_add(place, option, values[0], e);
    case OPTION_WORDS:
        return list_add(place, option, values[-1], e);
    }
    return true;
}

bool options_set(void *ret, const struct option_table *table, int argc, char **argv, struct err *e)
{
    for (int i = 1; i < argc;) {
        const struct option *option = option_find(table, argv[i]);
        if (option == NULL) {
            (void)err_set(e, ERR_INPUT, "there is no option \"%s\"", argv[i]);
            return err_hint(e, "--help lists them all");
        }
        int values = option_values(option);
        if (i + values >= argc)
            return err_set(e, ERR_INPUT, "%s needs %d value%s", argv[i], values,
                           values == 1 ? "" : "s");
        if (!option_set(ret, option, argv + i + 1, e))
            return false;
        i += 1 + values;
    }
    return true;
}

void options_print(const struct option_table *table, FILE *to)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].kind != OPTION_WORDS)
            (void)fprintf(to, "  %-26s %s\n", table->rows[i].name, table->rows[i].help);
}
