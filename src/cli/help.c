#include "cli/help.h"

#include <stdio.h>

static void put_rows(struct buf *b, const struct argument_row *rows)
{
    for (; rows != NULL && rows->name != NULL; rows++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s%s%s", rows->name, rows->value == NULL ? "" : " ",
                       rows->value == NULL ? "" : rows->value);
        buf_printf(b, "  %-27s %s%s\n", left, rows->help,
                   rows->kind == ARGUMENT_LIST ? " (may be repeated)" : "");
    }
}

void help_put(struct buf *b)
{
    buf_put_text(b, "usage: sealward COMMAND [OPTION]... [WORD]...\n\n"
                    "The command line of a code-signing authority (see sealward(1)).\n\n"
                    "commands:\n");
    for (size_t i = 0; commands[i] != NULL; i++)
        buf_printf(b, "  %-27s %s\n", commands[i]->name, commands[i]->purpose);
    buf_put_text(b, "\noptions of all commands:\n");
    put_rows(b, settings_rows);
    buf_put_text(b, "  --help                      of a command: what it takes\n"
                    "  --version                   the version\n");
}

void help_put_command(struct buf *b, const struct command *command)
{
    buf_printf(b, "usage: sealward %s%s%s%s\n\n%s\n", command->name,
               command->usage[0] == '\0' ? "" : " ", command->usage,
               command->tool ? " -- TOOL [WORD]..." : "", command->purpose);
    if (command->options != NULL)
        buf_put_text(b, "\noptions:\n");
    put_rows(b, command->options);
    buf_put_text(b, "\noptions of all commands:\n");
    put_rows(b, settings_rows);
}
