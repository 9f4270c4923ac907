#include "cli/key_role.h"

#define DAYS(n) (INT64_C(86400) * (n))

/* The list's key is short-lived: the offline root certifies it anew each quarter. */
static const struct key_role_row rows[] = {
    {"--issuing-ca", KEY_ISSUING_CA, PROFILE_ISSUING_CA, DAYS(1826)},
    {"--timestamp-ca", KEY_TIMESTAMP_CA, PROFILE_TIMESTAMP_CA, DAYS(1826)},
    {"--timestamp", KEY_TIMESTAMP, PROFILE_TIMESTAMP, DAYS(1096)},
    {"--list", KEY_LIST, PROFILE_LIST, DAYS(90)},
};

bool key_role_take(const struct key_role_row **ret, const struct arguments *a, struct err *e)
{
    const struct key_role_row *found = NULL;
    size_t given = arguments_value(a, "--signer") != NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (arguments_value(a, rows[i].option) == NULL)
            continue;
        found = &rows[i];
        given++;
    }
    if (given != 1)
        return arguments_refuse(e, "for what? one of --signer ID, --issuing-ca, --timestamp-ca, "
                                   "--timestamp, --list");
    *ret = found;
    return true;
}
