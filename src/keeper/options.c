#include "keeper/options.h"

#include <string.h>

#include "base/bytes.h"
#include "base/secret.h"
#include "base/text.h"

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"--prepare", OPTION_MODE, AT(mode), 0, MODE_PREPARE,
     "make the log key, print its public half"},
    {"--found", OPTION_TEXT, AT(genesis), 0, 0, "begin the journal with this genesis (FILE)"},
    {"--ceremony", OPTION_TEXT, AT(ceremony), 0, 0, "open the root's token: root, certify, or crl"},
    {"--help", OPTION_MODE, AT(mode), 0, MODE_HELP, "this text"},
    {"--version", OPTION_MODE, AT(mode), 0, MODE_VERSION, "the version"},
    {"--journal", OPTION_TEXT, AT(journal), 0, 0, "folder of the record"},
    {"--socket", OPTION_TEXT, AT(socket), 0, 0, "where the daemon connects"},
    {"--brake", OPTION_TEXT, AT(brake), 0, 0, "the second socket, for officers at the machine"},
    {"--user", OPTION_TEXT, AT(user), 0, 0, "become this user before anything else"},
    {"--daemon-user", OPTION_TEXT, AT(daemon_user), 0, 0, "owner of the daemon's socket"},
    {"--officer-group", OPTION_TEXT, AT(officer_group), 0, 0, "group of the second socket"},
    {"--first", OPTION_FLAG, AT(first), 0, 0, "nothing was ever published: the first start"},
    {"--workers", OPTION_NUMBER, AT(workers), 1, 32, "workers of the signing token (default 2)"},
    {"--token", OPTION_TEXT, AT(signing.label), 0, 0,
     "label of the signing token, its id in policy"},
    {"--module", OPTION_TEXT, AT(signing.module), 0, 0, "its PKCS#11 module"},
    {"--pin-file", OPTION_TEXT, AT(signing.pin_file), 0, 0, "file of its PIN, mode 0600"},
    {"--pin-fd", OPTION_NUMBER, AT(signing.pin_descriptor), 0, 1023, "or an open descriptor"},
    {"--log-token", OPTION_TEXT, AT(log.label), 0, 0, "label of the token with the log key"},
    {"--log-module", OPTION_TEXT, AT(log.module), 0, 0, "its module (default: --module)"},
    {"--log-pin-file", OPTION_TEXT, AT(log.pin_file), 0, 0, "file of its PIN"},
    {"--log-pin-fd", OPTION_NUMBER, AT(log.pin_descriptor), 0, 1023, "or an open descriptor"},
    {"--root-token", OPTION_TEXT, AT(root.label), 0, 0, "ceremony: label of the root's token"},
    {"--root-module", OPTION_TEXT, AT(root.module), 0, 0, "its module (default: --module)"},
    {"--root-pin-file", OPTION_TEXT, AT(root.pin_file), 0, 0, "file of its PIN"},
    {"--root-pin-fd", OPTION_NUMBER, AT(root.pin_descriptor), 0, 1023, "or an open descriptor"},
    {"--setting", OPTION_LIST, AT(settings), 0, 0, "NAME=VALUE in the modules' environment"},
    {"--readable", OPTION_LIST, AT(readable), 0, 0, "what the modules may read"},
    {"--writable", OPTION_LIST, AT(writable), 0, 0, "where the modules keep their tokens"},
    {"--network", OPTION_FLAG, AT(network), 0, 0, "the token is a network HSM"},
    {"--record", OPTION_TEXT, AT(record), 0, 0, "ceremony: folder of the public files"},
    {"--authority", OPTION_TEXT, AT(authority), 0, 0, "ceremony: the pinned authority file"},
    {"--out", OPTION_TEXT, AT(out), 0, 0, "ceremony: folder for what it makes"},
    {"--subject", OPTION_THREE, AT(subject), 0, 0,
     "ceremony root: common name, organization, country"},
    {"--validity-days", OPTION_NUMBER, AT(validity_days), 1, 7300, "ceremony root (default 5475)"},
    {"--crl-days", OPTION_NUMBER, AT(crl_days), 1, 366, "ceremony crl: valid for (default 180)"},
    {"--verbose", OPTION_FLAG, AT(verbose), 0, 0, "more messages"},
#ifdef SEALWARD_FAULTS
    {"--faults", OPTION_MODE, AT(mode), 0, MODE_FAULTS, "list the fault points"},
    {"--fault", OPTION_TEXT, AT(fault), 0, 0, "arm one: name:n:action"},
#endif
};

static const struct option_table options_table = {.rows = table,
                                                  .count = sizeof table / sizeof table[0]};

static bool options_complete(struct options *o, struct err *e)
{
    if (o->log.module == NULL)
        o->log.module = o->signing.module;
    if (o->root.module == NULL)
        o->root.module = o->signing.module;
    if (o->genesis != NULL)
        o->mode = MODE_FOUND;
    if (o->ceremony != NULL)
        o->mode = MODE_CEREMONY;
    if ((o->mode == MODE_RUN || o->mode == MODE_FOUND) && o->journal == NULL)
        return err_set(e, ERR_INPUT, "--journal is needed");
    if (o->mode == MODE_RUN && (o->socket == NULL || o->brake == NULL))
        return err_set(e, ERR_INPUT, "--socket and --brake are needed");
    return true;
}

bool options_read(struct options *ret, int argc, char **argv, struct err *e)
{
    struct options o = {.mode = MODE_RUN,
                        .signing = {.pin_descriptor = -1},
                        .log = {.pin_descriptor = -1},
                        .root = {.pin_descriptor = -1},
                        .workers = 2,
                        .validity_days = 5475,
                        .crl_days = 180};
    if (!options_set(&o, &options_table, argc, argv, e) || !options_complete(&o, e))
        return false;
    *ret = o;
    return true;
}

void options_help(FILE *to)
{
    (void)fputs("sealward-keeper keeps the keys and the record (see sealward-keeper(8)).\n", to);
    options_print(&options_table, to);
}

static bool pin_open(int *ret, const struct token_options *token, struct err *e)
{
    if (token->pin_descriptor >= 0) {
        *ret = token->pin_descriptor;
        return true;
    }
    if (token->pin_file == NULL)
        return err_set(e, ERR_INPUT, "token \"%s\" needs a file or a descriptor for its PIN",
                       token->label);
    return secret_file_descriptor(ret, token->pin_file, "PIN", e);
}

bool options_token(struct pool_token *ret, const struct options *o,
                   const struct token_options *token, unsigned workers, struct err *e)
{
    if (token->label == NULL || token->module == NULL)
        return err_set(e, ERR_INPUT, "a token needs its label and its module");
    struct pool_token made = {.module = token->module,
                              .token = token->label,
                              .environment = o->settings,
                              .readable = o->readable,
                              .writable = o->writable,
                              .network = o->network,
                              .workers = workers};
    if (!pin_open(&made.pin, token, e))
        return false;
    *ret = made;
    return true;
}
