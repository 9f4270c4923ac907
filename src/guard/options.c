#include "guard/options.h"

#include <stddef.h>

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"WORD", OPTION_WORDS, AT(words), 0, 0, ""},
    {"--folder", OPTION_TEXT, AT(folder), 0, 0, "the endpoint's folder"},
    {"--socket", OPTION_TEXT, AT(socket), 0, 0, "the guard's socket (default: in the folder)"},
    {"--authority", OPTION_TEXT, AT(authority), 0, 0, "init: authority.json, from somewhere safe"},
    {"--root", OPTION_TEXT, AT(root), 0, 0, "init: the root certificate, likewise"},
    {"--id", OPTION_TEXT, AT(id), 0, 0, "init: the endpoint's id"},
    {"--class", OPTION_TEXT, AT(class), 0, 0, "init: its class, as in policy"},
    {"--url", OPTION_TEXT, AT(url), 0, 0, "init: https://HOST[:PORT] of the daemon"},
    {"--stale", OPTION_TEXT, AT(stale), 0, 0,
     "init: with an expired list refuse (default) or warn"},
    {"--grace", OPTION_TEXT, AT(grace), 0, 0, "init: go on so long all the same (default 0s)"},
    {"--clock-error", OPTION_TEXT, AT(clock_error), 0, 0,
     "init: how wrong the clock may be (default 5m)"},
    {"--silence", OPTION_TEXT, AT(silence), 0, 0,
     "init: the endpoint confirms four times in this (default 1d)"},
    {"--ca", OPTION_TEXT, AT(ca), 0, 0, "run: certificate of the server or its authority, PEM"},
    {"--interval", OPTION_NUMBER, AT(interval), 1, 86400,
     "run: seconds between two rounds (default 30)"},
    {"--once", OPTION_FLAG, AT(once), 0, 0, "run: one round, and end"},
    {"--log", OPTION_TEXT, AT(log), 0, 0, "import: a copy of the public folder log/"},
    {"--signature", OPTION_TEXT, AT(signature), 0, 0,
     "verify: the signature beside the file (default: FILE.p7s)"},
    {"--receipt", OPTION_LIST, AT(receipts), 0, 0, "verify: a receipt"},
    {"--demand-receipt", OPTION_FLAG, AT(demand_receipt), 0, 0,
     "verify: a signature without receipt is not good"},
    {"--format", OPTION_TEXT, AT(format), 0, 0,
     "verify: cms or pe (default: by what the file looks like)"},
    {"--json", OPTION_FLAG, AT(json), 0, 0, "verify, status: for programs"},
    {"--help", OPTION_MODE, AT(mode), 0, MODE_HELP, "this text"},
    {"--version", OPTION_MODE, AT(mode), 0, MODE_VERSION, "the version"},
#ifdef SEALWARD_FAULTS
    {"--faults", OPTION_MODE, AT(mode), 0, MODE_FAULTS, "list the fault points"},
    {"--fault", OPTION_TEXT, AT(fault), 0, 0, "arm one: name:n:action"},
#endif
};

static const struct option_table options_table = {.rows = table,
                                                  .count = sizeof table / sizeof table[0]};

bool options_take(struct options *ret, int argc, char **argv, struct err *e)
{
    struct options o = {.mode = MODE_COMMAND,
                        .folder = "/var/lib/sealward-guard",
                        .stale = "refuse",
                        .grace = "0s",
                        .clock_error = "5m",
                        .silence = "1d",
                        .interval = 30};
    if (!options_set(&o, &options_table, argc, argv, e))
        return false;
    if (o.mode == MODE_COMMAND && o.words[0] == NULL) {
        (void)err_set(e, ERR_INPUT, "a command is missing");
        return err_hint(e, "--help lists them");
    }
    *ret = o;
    return true;
}

void options_help(FILE *to)
{
    (void)fputs("sealward-guard keeps an endpoint's distrust list fresh (see sealward-guard(8)).\n"
                "  init                       make the endpoint's folder and key\n"
                "  run                        fetch, confirm, answer\n"
                "  verify FILE                is this file to be trusted here now?\n"
                "  status                     what the endpoint holds\n"
                "  import LIST CHECKPOINT     take what was carried here\n"
                "  confirmation               print the confirmation, to be carried back\n"
                "options:\n",
                to);
    options_print(&options_table, to);
}
