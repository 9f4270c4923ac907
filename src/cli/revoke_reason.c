#include "cli/revoke_reason.h"

#include <string.h>

#include "rules/state.h"

bool revoke_reason_take(int *ret, const struct arguments *a, struct err *e)
{
    const char *word = arguments_value(a, "--reason");
    for (int i = 0; word != NULL && revoke_reason_names[i] != NULL; i++)
        if (strcmp(word, revoke_reason_names[i]) == 0) {
            *ret = i;
            return true;
        }
    if (word == NULL)
        (void)arguments_refuse(e, "why? --reason WORD");
    else
        (void)arguments_refuse(e, "--reason %s: no reason that code signing has", word);
    return err_hint(e, "keyCompromise, affiliationChanged, superseded, cessationOfOperation or "
                       "privilegeWithdrawn; cACompromise for a CA");
}
