#include "keeper/seal.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/limits.h"
#include "keeper/answer.h"
#include "pki/key.h"
#include "proof/checkpoint.h"

bool seal_init(struct keeper *k, struct err *e)
{
    struct rules_head head;
    AUTO_VALUE(buf) spki = BUF(LIMIT_SPKI);
    rules_head(&head, record_state(k->record));
    spki_put_ed25519(&spki, BYTES_OF(head.log_key));
    if (!buf_ok(&spki, "log key", e))
        return false;
    pubkey_spki_sha256(k->log_key_id, buf_bytes(&spki));
    k->sealing_text = BUF(CUSTODY_NOTE_MAX);
    return true;
}

static bool push(struct keeper *k, struct err *e)
{
    struct custody_message m = {.type = CUSTODY_PUSH_CHECKPOINT,
                                .push = {.note = record_checkpoint(k->record)}};
    return answer_daemons(k, &m, e);
}

static bool seal_signed(struct keeper *k, void *owner, size_t size,
                        const struct pool_answer *answer, struct err *e)
{
    (void)owner;
    struct note_key key;
    AUTO_VALUE(buf) note = BUF(CUSTODY_NOTE_MAX);
    k->sealing = false;
    if (!answer->ok) {
        /* The entries are durable all the same; the next commit or tick tries again. */
        diag_err(DIAG_ERROR, "checkpoint-not-signed", &answer->err);
        return true;
    }
    FAULT_POINT(checkpoint_signed);
    if (!record_note_key(&key, record_state(k->record), e) ||
        !note_assemble(&note, buf_bytes(&k->sealing_text), &key, answer->signature, e) ||
        !record_set_checkpoint(k->record, buf_bytes(&note), e))
        return false;
    k->sealed = size;
    return push(k, e);
}

bool seal_step(struct keeper *k, struct err *e)
{
    uint64_t number;
    uint64_t size = record_size(k->record);
    if (k->sealing || k->phase == KEEPER_WAITING || size == k->sealed)
        return true;
    struct rules_head head;
    struct checkpoint checkpoint = {.size = size};
    struct note_key key;
    AUTO_VALUE(buf) message = BUF(CUSTODY_NOTE_MAX);
    rules_head(&head, record_state(k->record));
    buf_reset(&k->sealing_text);
    if (!record_root(k->record, size, checkpoint.root, e) ||
        !record_note_key(&key, record_state(k->record), e))
        return false;
    checkpoint_write(&k->sealing_text, bytes_text(head.origin), &checkpoint);
    note_message(&message, &key, buf_bytes(&k->sealing_text));
    if (!buf_ok(&message, "checkpoint", e))
        return false;
    if (!pool_sign(&number, k->pool, TOKEN_LOG, BYTES_OF(k->log_key_id), MECHANISM_ED25519,
                   buf_bytes(&message), clock_monotonic_ms(), e))
        return e->code == ERR_BUSY; /* the next commit or tick tries again */
    k->sealing = true;
    return jobs_add(&k->jobs, number, NULL, (size_t)size, seal_signed, e);
}
