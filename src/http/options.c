#include "http/options.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"--keeper", OPTION_TEXT, AT(keeper), 0, 0, "the keeper's socket"},
    {"--state", OPTION_TEXT, AT(state), 0, 0, "folder of the index, and of names and refusals"},
    {"--public", OPTION_TEXT, AT(public_folder), 0, 0, "folder of the public files"},
    {"--listen", OPTION_TEXT, AT(listen), 0, 0, "ADDRESS:PORT, or [ADDRESS]:PORT"},
    {"--tsa-listen", OPTION_TEXT, AT(tsa_listen), 0, 0,
     "ADDRESS:PORT for plain HTTP: timestamps, CRLs, distrust list, log"},
    {"--tsa-rate", OPTION_NUMBER, AT(tsa_rate), 1, 100000,
     "timestamps a second for one address (default 20)"},
    {"--tls-cert", OPTION_TEXT, AT(tls_cert), 0, 0, "certificate and chain, PEM"},
    {"--tls-key", OPTION_TEXT, AT(tls_key), 0, 0, "its key, PEM, mode 0600"},
    {"--user", OPTION_TEXT, AT(user), 0, 0, "become this user when the key is read"},
    {"--first", OPTION_FLAG, AT(first), 0, 0, "no checkpoint was ever published: the first start"},
    {"--connections", OPTION_NUMBER, AT(connections), 1, 65536, "at once, in all (default 1024)"},
    {"--connections-per-address", OPTION_NUMBER, AT(per_address), 1, 65536,
     "at once, from one address (default 512)"},
    {"--threads", OPTION_NUMBER, AT(threads), 1, 64, "of the server (default: one a processor)"},
    {"--forget", OPTION_TEXT, AT(forget), 0, 0, "erase the name of this person (HANDLE), and end"},
    {"--copy", OPTION_TEXT, AT(copy), 0, 0, "write a copy of kept.db to FILE, and end"},
    {"--verbose", OPTION_FLAG, AT(verbose), 0, 0, "more messages"},
    {"--help", OPTION_MODE, AT(mode), 0, MODE_HELP, "this text"},
    {"--version", OPTION_MODE, AT(mode), 0, MODE_VERSION, "the version"},
#ifdef SEALWARD_FAULTS
    {"--faults", OPTION_MODE, AT(mode), 0, MODE_FAULTS, "list the fault points"},
    {"--fault", OPTION_TEXT, AT(fault), 0, 0, "arm one: name:n:action"},
#endif
};

static const struct option_table options_table = {.rows = table,
                                                  .count = sizeof table / sizeof table[0]};

static bool options_complete(struct options *o, struct err *e)
{
    if (o->forget != NULL && o->mode == MODE_RUN)
        o->mode = MODE_FORGET;
    if (o->copy != NULL && o->mode == MODE_RUN)
        o->mode = MODE_COPY;
    if ((o->mode == MODE_RUN || o->mode == MODE_FORGET || o->mode == MODE_COPY) && o->state == NULL)
        return err_set(e, ERR_INPUT, "--state is needed");
    if (o->mode != MODE_RUN)
        return true;
    if (o->keeper == NULL || o->public_folder == NULL || o->listen == NULL)
        return err_set(e, ERR_INPUT, "--keeper, --public and --listen are needed");
    if (o->tls_cert == NULL || o->tls_key == NULL)
        return err_set(e, ERR_INPUT, "--tls-cert and --tls-key are needed");
    return true;
}

bool options_take(struct options *ret, int argc, char **argv, struct err *e)
{
    struct options o = {.mode = MODE_RUN, .connections = 1024, .per_address = 512, .tsa_rate = 20};
    if (!options_set(&o, &options_table, argc, argv, e) || !options_complete(&o, e))
        return false;
    *ret = o;
    return true;
}

void options_help(FILE *to)
{
    (void)fputs("sealwardd serves an authority: API, public files, search (see sealwardd(8)).\n",
                to);
    options_print(&options_table, to);
}
