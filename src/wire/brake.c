#include "wire/brake.h"

#include "wire/rows.h"

#define ENTRY_MAX 65535
#define NOTE_MAX 16384
#define ENTRIES_COUNT_MAX 8192

/* --- What an officer asks --------------------------------------------------------------------- */

FIELDS(brake_reduce_fields, "brake REDUCE", struct brake_reduce,
       ROW_TEXT(struct brake_reduce, type, 1, 64), ROW_RAW(struct brake_reduce, body, ENTRY_MAX));

static const struct fields checkpoint_fields = {.what = "brake CHECKPOINT"};

FIELDS(brake_entries_fields, "brake ENTRIES", struct brake_entries,
       ROW_INTEGER(struct brake_entries, from, 0, JSON_INTEGER_MAX),
       ROW_INTEGER(struct brake_entries, max_bytes, 1, BRAKE_ENTRIES_BYTES_MAX));

FIELDS(brake_subject_fields, "brake SUBJECT", struct brake_subject,
       ROW_TEXT(struct brake_subject, kind, 1, 64), ROW_TEXT(struct brake_subject, id, 1, 255));

/* --- What the keeper answers ------------------------------------------------------------------ */

FIELDS(brake_refused_fields, "brake REFUSED", struct brake_refused,
       REFUSAL_FIELDS(struct brake_refused, why));

static const char *const outcomes[] = {"withheld", "entered", NULL};

FIELDS(brake_reduced_fields, "brake REDUCED", struct brake_reduced,
       ROW_ENUM(struct brake_reduced, outcome, outcomes),
       ROW_MAYBE_INTEGER(struct brake_reduced, index, 0, JSON_INTEGER_MAX));

FIELDS(brake_note_fields, "brake CHECKPOINT_IS", struct brake_note,
       ROW_MAYBE_BYTES(struct brake_note, note, 1, NOTE_MAX));

FIELDS(brake_entries_are_fields, "brake ENTRIES_ARE", struct brake_entries_are,
       ROW_INTEGER(struct brake_entries_are, from, 0, JSON_INTEGER_MAX),
       ROW_LIST_OF_BYTES(struct brake_entries_are, entries, ENTRIES_COUNT_MAX, 1, ENTRY_MAX));

FIELDS(brake_subject_is_fields, "brake SUBJECT_IS", struct brake_subject_is,
       ROW_RAW(struct brake_subject_is, json, ENTRY_MAX));

/* --- The table -------------------------------------------------------------------------------- */

const struct brake_row brake_rows[] = {
    {BRAKE_REDUCE, "REDUCE", BRAKE_OFFICER, BRAKE_REDUCED, ENTRY_MAX + ROWS_FRAME,
     &brake_reduce_fields},
    {BRAKE_CHECKPOINT, "CHECKPOINT", BRAKE_OFFICER, BRAKE_CHECKPOINT_IS, 64, &checkpoint_fields},
    {BRAKE_ENTRIES, "ENTRIES", BRAKE_OFFICER, BRAKE_ENTRIES_ARE, 128, &brake_entries_fields},
    {BRAKE_SUBJECT, "SUBJECT", BRAKE_OFFICER, BRAKE_SUBJECT_IS, 1024, &brake_subject_fields},
    {BRAKE_REFUSED, "REFUSED", BRAKE_KEEPER, 0, 2048, &brake_refused_fields},
    {BRAKE_REDUCED, "REDUCED", BRAKE_KEEPER, 0, 128, &brake_reduced_fields},
    {BRAKE_CHECKPOINT_IS, "CHECKPOINT_IS", BRAKE_KEEPER, 0, ROWS_BASE64(NOTE_MAX) + ROWS_FRAME,
     &brake_note_fields},
    {BRAKE_ENTRIES_ARE, "ENTRIES_ARE", BRAKE_KEEPER, 0, BRAKE_PAYLOAD_MAX,
     &brake_entries_are_fields},
    {BRAKE_SUBJECT_IS, "SUBJECT_IS", BRAKE_KEEPER, 0, ENTRY_MAX + ROWS_FRAME,
     &brake_subject_is_fields},
};
const size_t brake_row_count = sizeof brake_rows / sizeof brake_rows[0];

const struct brake_row *brake_row_find(unsigned type)
{
    for (size_t i = 0; i < brake_row_count; i++)
        if ((unsigned)brake_rows[i].type == type)
            return &brake_rows[i];
    return NULL;
}

bool brake_write(struct buf *payload, const struct brake_message *m, struct err *e)
{
    const struct brake_row *row = brake_row_find((unsigned)m->type);
    if (row == NULL)
        return err_set(e, ERR_INTERNAL, "there is no brake message %u", (unsigned)m->type);
    size_t start = payload->size;
    fields_write(payload, row->fields, &m->reduce);
    if (payload->failed)
        return err_set(e, ERR_INTERNAL, "brake %s holds a value that its row does not allow",
                       row->name);
    if (payload->size - start > row->max)
        return err_set(e, ERR_LIMIT, "brake %s would be %zu bytes, its limit is %zu", row->name,
                       payload->size - start, row->max);
    return true;
}

bool brake_read(struct brake_message *ret, unsigned type, enum brake_sender sender,
                struct bytes payload, struct arena *a, struct err *e)
{
    const struct brake_row *row = brake_row_find(type);
    if (row == NULL)
        return err_set(e, ERR_INPUT, "there is no brake message %u", type);
    if (row->sender != sender)
        return err_set(e, ERR_INPUT, "brake %s is not for this side to send", row->name);
    if (payload.size > row->max)
        return err_set(e, ERR_INPUT, "brake %s has %zu bytes, its limit is %zu", row->name,
                       payload.size, row->max);
    struct brake_message m = {.type = row->type};
    if (!fields_read(&m.reduce, row->fields, payload, a, e))
        return false;
    *ret = m;
    return true;
}

void brake_refuse(struct brake_message *m, struct err *refusal)
{
    *m = (struct brake_message){.type = BRAKE_REFUSED, .refused = {.why = refusal_make(refusal)}};
}
