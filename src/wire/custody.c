#include "wire/custody.h"

#include "wire/rows.h"

#define TAG(type) ROW_INTEGER(type, tag, 0, JSON_INTEGER_MAX)
#define NUMBER(type, member) ROW_INTEGER(type, member, 0, JSON_INTEGER_MAX)
#define HASH(type, member) ROW_BYTES(type, member, CUSTODY_HASH_SIZE, CUSTODY_HASH_SIZE)
#define ITEM(type) ROW_INTEGER(type, item, 0, CUSTODY_ITEMS_MAX - 1)

/* --- What the daemon asks --------------------------------------------------------------------- */

FIELDS(custody_bare_fields, "custody message", struct custody_bare, TAG(struct custody_bare));

FIELDS(custody_show_fields, "custody SHOW", struct custody_show, TAG(struct custody_show),
       ROW_MAYBE_BYTES(struct custody_show, note, 1, CUSTODY_NOTE_MAX),
       ROW_BOOL(struct custody_show, first));

FIELDS(custody_submit_fields, "custody SUBMIT", struct custody_submit, TAG(struct custody_submit),
       ROW_TEXT(struct custody_submit, type, 1, 64),
       ROW_RAW(struct custody_submit, body, CUSTODY_ENTRY_MAX));

FIELDS(custody_sign_again_fields, "custody SIGN_AGAIN", struct custody_sign_again,
       TAG(struct custody_sign_again), NUMBER(struct custody_sign_again, entry),
       ITEM(struct custody_sign_again));

FIELDS(custody_entries_fields, "custody ENTRIES", struct custody_entries,
       TAG(struct custody_entries), NUMBER(struct custody_entries, from),
       ROW_INTEGER(struct custody_entries, max_bytes, 1, CUSTODY_ENTRIES_BYTES_MAX));

/* --- What the keeper answers ------------------------------------------------------------------ */

FIELDS(custody_state_fields, "custody STATE_IS", struct custody_state, TAG(struct custody_state),
       NUMBER(struct custody_state, size), HASH(struct custody_state, root),
       ROW_BOOL(struct custody_state, started),
       ROW_MAYBE_BYTES(struct custody_state, authority, CUSTODY_HASH_SIZE, CUSTODY_HASH_SIZE),
       HASH(struct custody_state, digest), NUMBER(struct custody_state, rules_version),
       ROW_BOOL(struct custody_state, clock_doubt),
       ROW_MAYBE_BYTES(struct custody_state, checkpoint, 1, CUSTODY_NOTE_MAX));

FIELDS(custody_result_fields, "custody result", struct custody_result, ITEM(struct custody_result),
       ROW_BYTES(struct custody_result, signature, 1, CUSTODY_SIGNATURE_MAX),
       ROW_MAYBE_BYTES(struct custody_result, extra, 1, CUSTODY_EXTRA_MAX));

FIELDS(custody_admitted_fields, "custody ADMITTED", struct custody_admitted,
       TAG(struct custody_admitted), NUMBER(struct custody_admitted, index),
       ROW_BYTES(struct custody_admitted, entry, 1, CUSTODY_ENTRY_MAX),
       ROW_LIST_OF_OBJECTS(struct custody_admitted, results, CUSTODY_ITEMS_MAX,
                           &custody_result_fields));

FIELDS(custody_refused_fields, "custody REFUSED", struct custody_refused,
       TAG(struct custody_refused), REFUSAL_FIELDS(struct custody_refused, why),
       ROW_MAYBE_INTEGER(struct custody_refused, entry, 0, JSON_INTEGER_MAX));

FIELDS(custody_again_fields, "custody RESULT", struct custody_again, TAG(struct custody_again),
       ROW_BYTES(struct custody_again, signature, 1, CUSTODY_SIGNATURE_MAX),
       ROW_MAYBE_BYTES(struct custody_again, extra, 1, CUSTODY_EXTRA_MAX));

FIELDS(custody_entries_are_fields, "custody ENTRIES_ARE", struct custody_entries_are,
       TAG(struct custody_entries_are), NUMBER(struct custody_entries_are, from),
       ROW_LIST_OF_BYTES(struct custody_entries_are, entries, CUSTODY_ENTRIES_COUNT_MAX, 1,
                         CUSTODY_ENTRY_MAX));

FIELDS(custody_note_fields, "custody CHECKPOINT_IS", struct custody_note, TAG(struct custody_note),
       ROW_MAYBE_BYTES(struct custody_note, note, 1, CUSTODY_NOTE_MAX));

FIELDS(custody_push_fields, "custody PUSH_CHECKPOINT", struct custody_push,
       ROW_BYTES(struct custody_push, note, 1, CUSTODY_NOTE_MAX));

FIELDS(custody_publication_fields, "custody publication", struct custody_publication,
       ROW_TEXT(struct custody_publication, path, 1, CUSTODY_PATH_MAX),
       ROW_BYTES(struct custody_publication, signature, 1, CUSTODY_STATUS_SIGNATURE_MAX));

#define SIGNATURES(type)                                                                           \
    ROW_LIST_OF_OBJECTS(type, signatures, CUSTODY_PUBLICATIONS_MAX, &custody_publication_fields)

FIELDS(custody_status_fields, "custody STATUS_IS", struct custody_status,
       TAG(struct custody_status),
       ROW_MAYBE_INTEGER(struct custody_status, index, 0, JSON_INTEGER_MAX),
       SIGNATURES(struct custody_status));

FIELDS(custody_finding_fields, "custody finding", struct custody_finding,
       ROW_TEXT(struct custody_finding, kind, 1, 64), ROW_BYTES(struct custody_finding, id, 1, 64),
       ROW_TEXT(struct custody_finding, note, 0, 256));

FIELDS(custody_reconciled_fields, "custody RECONCILED", struct custody_reconciled,
       TAG(struct custody_reconciled),
       ROW_MAYBE_INTEGER(struct custody_reconciled, index, 0, JSON_INTEGER_MAX),
       ROW_LIST_OF_OBJECTS(struct custody_reconciled, findings, CUSTODY_FINDINGS_MAX,
                           &custody_finding_fields));

FIELDS(custody_push_status_fields, "custody PUSH_STATUS", struct custody_push_status,
       NUMBER(struct custody_push_status, index), SIGNATURES(struct custody_push_status));

/* --- The table -------------------------------------------------------------------------------- */

#define NOTE_SIZE (ROWS_BASE64(CUSTODY_NOTE_MAX) + ROWS_FRAME)
#define RESULT_SIZE (ROWS_BASE64(CUSTODY_SIGNATURE_MAX) + ROWS_BASE64(CUSTODY_EXTRA_MAX) + 64)

const struct custody_row custody_rows[] = {
    {CUSTODY_STATE, "STATE", CUSTODY_DAEMON, CUSTODY_STATE_IS, 64, &custody_bare_fields},
    {CUSTODY_SHOW, "SHOW", CUSTODY_DAEMON, CUSTODY_STATE_IS, NOTE_SIZE, &custody_show_fields},
    {CUSTODY_SUBMIT, "SUBMIT", CUSTODY_DAEMON, CUSTODY_ADMITTED, CUSTODY_ENTRY_MAX + ROWS_FRAME,
     &custody_submit_fields},
    {CUSTODY_SIGN_AGAIN, "SIGN_AGAIN", CUSTODY_DAEMON, CUSTODY_RESULT, 128,
     &custody_sign_again_fields},
    {CUSTODY_ENTRIES, "ENTRIES", CUSTODY_DAEMON, CUSTODY_ENTRIES_ARE, 128, &custody_entries_fields},
    {CUSTODY_CHECKPOINT, "CHECKPOINT", CUSTODY_DAEMON, CUSTODY_CHECKPOINT_IS, 64,
     &custody_bare_fields},
    {CUSTODY_STATUS, "STATUS", CUSTODY_DAEMON, CUSTODY_STATUS_IS, 64, &custody_bare_fields},
    {CUSTODY_RECONCILE, "RECONCILE", CUSTODY_DAEMON, CUSTODY_RECONCILED, 64, &custody_bare_fields},
    {CUSTODY_REFUSED, "REFUSED", CUSTODY_KEEPER, 0, 2048, &custody_refused_fields},
    {CUSTODY_STATE_IS, "STATE_IS", CUSTODY_KEEPER, 0, NOTE_SIZE, &custody_state_fields},
    {CUSTODY_ADMITTED, "ADMITTED", CUSTODY_KEEPER, 0,
     ROWS_BASE64(CUSTODY_ENTRY_MAX) + CUSTODY_ITEMS_MAX *RESULT_SIZE + ROWS_FRAME,
     &custody_admitted_fields},
    {CUSTODY_RESULT, "RESULT", CUSTODY_KEEPER, 0, RESULT_SIZE + ROWS_FRAME, &custody_again_fields},
    {CUSTODY_ENTRIES_ARE, "ENTRIES_ARE", CUSTODY_KEEPER, 0, CUSTODY_PAYLOAD_MAX,
     &custody_entries_are_fields},
    {CUSTODY_CHECKPOINT_IS, "CHECKPOINT_IS", CUSTODY_KEEPER, 0, NOTE_SIZE, &custody_note_fields},
    {CUSTODY_STATUS_IS, "STATUS_IS", CUSTODY_KEEPER, 0, CUSTODY_PAYLOAD_MAX,
     &custody_status_fields},
    {CUSTODY_RECONCILED, "RECONCILED", CUSTODY_KEEPER, 0, CUSTODY_FINDINGS_MAX * 512 + ROWS_FRAME,
     &custody_reconciled_fields},
    {CUSTODY_PUSH_CHECKPOINT, "PUSH_CHECKPOINT", CUSTODY_KEEPER, 0, NOTE_SIZE,
     &custody_push_fields},
    {CUSTODY_PUSH_STATUS, "PUSH_STATUS", CUSTODY_KEEPER, 0, CUSTODY_PAYLOAD_MAX,
     &custody_push_status_fields},
};
const size_t custody_row_count = sizeof custody_rows / sizeof custody_rows[0];

const struct custody_row *custody_row_find(unsigned type)
{
    for (size_t i = 0; i < custody_row_count; i++)
        if ((unsigned)custody_rows[i].type == type)
            return &custody_rows[i];
    return NULL;
}

bool custody_write(struct buf *payload, const struct custody_message *m, struct err *e)
{
    const struct custody_row *row = custody_row_find((unsigned)m->type);
    if (row == NULL)
        return err_set(e, ERR_INTERNAL, "there is no custody message %u", (unsigned)m->type);
    size_t start = payload->size;
    fields_write(payload, row->fields, &m->bare);
    if (payload->failed)
        return err_set(e, ERR_INTERNAL, "custody %s holds a value that its row does not allow",
                       row->name);
    if (payload->size - start > row->max)
        return err_set(e, ERR_LIMIT, "custody %s would be %zu bytes, its limit is %zu", row->name,
                       payload->size - start, row->max);
    return true;
}

bool custody_read(struct custody_message *ret, unsigned type, enum custody_sender sender,
                  struct bytes payload, struct arena *a, struct err *e)
{
    const struct custody_row *row = custody_row_find(type);
    if (row == NULL)
        return err_set(e, ERR_INPUT, "there is no custody message %u", type);
    if (row->sender != sender)
        return err_set(e, ERR_INPUT, "custody %s is not for this side to send", row->name);
    if (payload.size > row->max)
        return err_set(e, ERR_INPUT, "custody %s has %zu bytes, its limit is %zu", row->name,
                       payload.size, row->max);
    struct custody_message m = {.type = row->type};
    if (!fields_read(&m.bare, row->fields, payload, a, e))
        return false;
    *ret = m;
    return true;
}

void custody_refuse(struct custody_message *m, int64_t tag, struct err *refusal, int64_t entry)
{
    *m = (struct custody_message){
        .type = CUSTODY_REFUSED,
        .refused = {.tag = tag, .why = refusal_make(refusal), .entry = entry}};
}
