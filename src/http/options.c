#include "http/options.h"

#include <stddef.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"

enum option_kind { OPTION_TEXT, OPTION_FLAG, OPTION_NUMBER, OPTION_MODE };

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;
    int value; /* OPTION_MODE: the mode; OPTION_NUMBER: the largest */
    const char *help;
};

#define AT(member) offsetof(struct options, member)

static const struct option table[] = {
    {"--keeper", OPTION_TEXT, AT(keeper), 0, "the keeper's socket"},
    {"--state", OPTION_TEXT, AT(state), 0, "folder of the index, and of names and refusals"},
    {"--public", OPTION_TEXT, AT(public_folder), 0, "folder of the public files"},
    {"--listen", OPTION_TEXT, AT(listen), 0, "ADDRESS:PORT, or [ADDRESS]:PORT"},
    {"--tls-cert", OPTION_TEXT, AT(tls_cert), 0, "certificate and chain, PEM"},
    {"--tls-key", OPTION_TEXT, AT(tls_key), 0, "its key, PEM, mode 0600"},
    {"--user", OPTION_TEXT, AT(user), 0, "become this user when the key is read"},
    {"--first", OPTION_FLAG, AT(first), 0, "no checkpoint was ever published: the first start"},
    {"--connections", OPTION_NUMBER, AT(connections), 65536, "at once, in all (default 1024)"},
    {"--connections-per-address", OPTION_NUMBER, AT(per_address), 65536,
     "at once, from one address (default 512)"},
    {"--threads", OPTION_NUMBER, AT(threads), 64, "of the server (default: one a processor)"},
    {"--forget", OPTION_TEXT, AT(forget), 0, "erase the name of this person (HANDLE), and end"},
    {"--verbose", OPTION_FLAG, AT(verbose), 0, "more messages"},
    {"--help", OPTION_MODE, 0, MODE_HELP, "this text"},
    {"--version", OPTION_MODE, 0, MODE_VERSION, "the version"},
};

static const struct option *option_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}

static bool number_set(void *place, const struct option *option, const char *text, struct err *e)
{
    uint64_t value;
    if (!text_read_number(&value, bytes_text(text), (uint64_t)option->value, e))
        return err_wrap(e, "%s", option->name);
    if (value == 0)
        return err_set(e, ERR_INPUT, "%s is at least 1", option->name);
    *(int *)place = (int)value;
    return true;
}

static bool option_set(struct options *o, const struct option *option, const char *value,
                       struct err *e)
{
    void *place = (char *)o + option->offset;
    switch (option->kind) {
    case OPTION_TEXT:
        *(const char **)place = value;
        return true;
    case OPTION_FLAG:
        *(bool *)place = true;
        return true;
    case OPTION_NUMBER:
        return number_set(place, option, value, e);
    case OPTION_MODE:
        o->mode = (enum daemon_mode)option->value;
        return true;
    }
    return true;
}

static bool options_complete(struct options *o, struct err *e)
{
    if (o->forget != NULL && o->mode == MODE_RUN)
        o->mode = MODE_FORGET;
    if ((o->mode == MODE_RUN || o->mode == MODE_FORGET) && o->state == NULL)
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
    struct options o = {.mode = MODE_RUN, .connections = 1024, .per_address = 512};
    for (int i = 1; i < argc; i++) {
        const struct option *option = option_find(argv[i]);
        if (option == NULL) {
            (void)err_set(e, ERR_INPUT, "there is no option \"%s\"", argv[i]);
            return err_hint(e, "sealwardd --help");
        }
        bool valued = option->kind == OPTION_TEXT || option->kind == OPTION_NUMBER;
        if (valued && i + 1 == argc)
            return err_set(e, ERR_INPUT, "%s needs a value", argv[i]);
        if (!option_set(&o, option, valued ? argv[++i] : NULL, e))
            return false;
    }
    if (!options_complete(&o, e))
        return false;
    *ret = o;
    return true;
}

void options_help(FILE *to)
{
    (void)fputs("sealwardd serves an authority: API, public files, search (see sealwardd(8)).\n",
                to);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        (void)fprintf(to, "  %-26s %s\n", table[i].name, table[i].help);
}
