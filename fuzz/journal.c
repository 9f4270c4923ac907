/*
 * Aimed at journal_batch_size, journal_batch_read and journal_batch_entry_next: any bytes as one
 * batch, as they are and with the hash made right, so that the fuzzer gets behind it.
 */
#include "base/buf.h"
#include "proof/journal_batch.h"
#include "pki/digest.h"
#include "property.h"

/* A batch that is read has the size that its head tells and is written as the same bytes. */
static void batch_try(struct bytes whole)
{
    struct err e;
    struct journal_batch b = {0};
    if (!journal_batch_read(&b, whole, &e))
        return;
    size_t size = 0;
    PROPERTY(journal_batch_size(&size, bytes_make(whole.data, JOURNAL_HEAD_SIZE), &e));
    PROPERTY(size == whole.size);

    AUTO_VALUE(buf) again = BUF(JOURNAL_BATCH_MAX);
    PROPERTY(journal_batch_write(&again, &b, &e));
    PROPERTY(bytes_equal(buf_bytes(&again), whole));

    AUTO_VALUE(buf) payload = BUF(JOURNAL_PAYLOAD_MAX);
    struct bytes entry = BYTES_NONE;
    size_t place = 0;
    while (place < b.payload.size && journal_batch_entry_next(&entry, &place, b.payload, &e))
        PROPERTY(journal_batch_entry_put(&payload, entry, &e));
    PROPERTY(bytes_equal(buf_bytes(&payload), bytes_make(b.payload.data, payload.size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(buf) whole = BUF(JOURNAL_BATCH_MAX);
    uint8_t hash[JOURNAL_HASH_SIZE];
    batch_try(bytes_make(data, size));
    digest_sha256(hash, bytes_make(data, size));
    buf_put(&whole, bytes_make(data, size));
    buf_put(&whole, BYTES_OF(hash));
    if (!whole.failed)
        batch_try(buf_bytes(&whole));
    return 0;
}
