/*
 * sealward: finds the subcommand, its arguments and settings, runs it, and says in one line what
 * went wrong.
 */
#include "base/diag.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/help.h"
#include "client/http.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_UNREACHABLE = 3 };

enum { HELP_MAX = 65536 };
#define CALL_MEMORY_MAX (256u << 20)

static int print_error(const struct err *e)
{
    (void)fprintf(stderr, "sealward: %s%s%s\n", e->message, e->cause[0] == '\0' ? "" : ": ",
                  e->cause);
    if (e->rule[0] != '\0' && e->code == ERR_REFUSED)
        (void)fprintf(stderr, "  rule: %s\n", e->rule);
    if (e->hint[0] != '\0')
        (void)fprintf(stderr, "  hint: %s\n", e->hint);
    if (strcmp(e->rule, CLI_USAGE) == 0)
        return EXIT_USAGE;
    return strcmp(e->rule, HTTP_UNREACHABLE) == 0 ? EXIT_UNREACHABLE : EXIT_FAILED;
}

/* How many words of argv name the command; 0 if they do not. */
static int name_matches(const struct command *command, int argc, char **argv)
{
    const char *blank = strchr(command->name, ' ');
    size_t first = blank == NULL ? strlen(command->name) : (size_t)(blank - command->name);
    if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], command->name, first) != 0)
        return 0;
    if (blank == NULL)
        return 1;
    return argc >= 2 && strcmp(argv[1], blank + 1) == 0 ? 2 : 0;
}

static const struct command *command_find(int *ret_words, int argc, char **argv)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        *ret_words = name_matches(commands[i], argc, argv);
        if (*ret_words > 0)
            return commands[i];
    }
    return NULL;
}

static bool words_judge(const struct command *command, const struct arguments *a, struct err *e)
{
    bool ok = a->word_count >= command->least &&
              (command->most < 0 || a->word_count <= command->most) &&
              (command->tool ? a->tool != NULL && a->tool[0] != NULL : a->tool == NULL);
    if (ok)
        return true;
    (void)arguments_refuse(e, "usage: sealward %s %s%s", command->name, command->usage,
                           command->tool ? " -- TOOL [WORD]..." : "");
    return err_hint(e, "sealward %s --help", command->name);
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static int print_help(const struct command *command)
{
    AUTO_VALUE(buf) text = BUF(HELP_MAX);
    struct err e;
    if (command == NULL)
        help_put(&text);
    else
        help_put_command(&text, command);
    if (buf_ok(&text, "help", &e) &&
        file_write_descriptor(STDOUT_FILENO, buf_bytes(&text), "standard output", &e))
        return EXIT_DONE;
    return print_error(&e);
}

static int command_run(const struct command *command, int argc, char **argv)
{
    struct err e;
    struct cli cli = {.arena = ARENA(CALL_MEMORY_MAX), .exit_code = EXIT_DONE};
    bool ok = arguments_take(&cli.arguments, argc, argv, settings_rows, command->options, &e) &&
              words_judge(command, &cli.arguments, &e) &&
              settings_find(&cli.settings, &cli.arguments, &cli.arena, &e) &&
              command->run(&cli, &e);
    client_free(cli.client);
    arena_done(&cli.arena);
    return ok ? cli.exit_code : print_error(&e);
}

int main(int argc, char **argv)
{
    struct err e;
    int words = 0;
    diag_init("sealward", DIAG_INFO);
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc >= 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("sealward %s\n", SEALWARD_VERSION);
        return EXIT_DONE;
    }
    if (argc >= 2 && strcmp(argv[1], "--help") == 0)
        return print_help(NULL);
    const struct command *command = command_find(&words, argc - 1, argv + 1);
    if (command == NULL) {
        (void)arguments_refuse(&e, argc < 2 ? "a command is missing" : "there is no command \"%s\"",
                               argc < 2 ? "" : argv[1]);
        (void)err_hint(&e, "sealward --help lists them");
        return print_error(&e);
    }
    int before = 1 + words;
    if (wants_help(argc - before, argv + before))
        return print_help(command);
    return command_run(command, argc - before, argv + before);
}
