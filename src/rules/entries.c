/* The table of all kinds of entry. */
#include "rules/entries.h"

static const struct entry_row *const rows[] = {
    &entry_genesis,    &entry_ceremony, &entry_start,     &entry_proposal,    &entry_approval,
    &entry_rejection,  &entry_key,      &entry_issuance,  &entry_certificate, &entry_grant,
    &entry_request,    &entry_binding,  &entry_close,     &entry_suspend,     &entry_revoke,
    &entry_status,     &entry_root_crl, &entry_timestamp, &entry_clock_doubt, &entry_clock_confirm,
    &entry_reconciled, &entry_renewal,  &entry_confirm,   &entry_retire,      &entry_destroyed,
    &entry_enroll,     &entry_expel,
};

const struct entry_row *entry_row_find(struct bytes type)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (bytes_is(type, rows[i]->name))
            return rows[i];
    return NULL;
}

bool rules_entry_origin(enum entry_origin *ret, struct bytes type)
{
    const struct entry_row *row = entry_row_find(type);
    if (row == NULL)
        return false;
    *ret = row->origin;
    return true;
}

static bool row_of(const struct entry_row **ret, const struct entry *entry, struct err *e)
{
    *ret = entry_row_find(entry->type);
    if (*ret != NULL)
        return true;
    return err_set(e, ERR_INPUT, "no kind of entry is called \"%.*s\"", BYTES_PRINT(entry->type));
}

bool rules_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    const struct entry_row *row;
    return row_of(&row, entry, e) && row->describe(b, entry, e);
}

bool rules_marks(struct mark **ret_list, const struct entry *entry, struct arena *a, struct err *e)
{
    const struct entry_row *row;
    if (!row_of(&row, entry, e))
        return false;
    return row->marks == NULL || row->marks(ret_list, entry, a, e);
}
