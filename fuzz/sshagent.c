/*
 * Aims at sshagent_answer_read_keys and sshagent_answer_read_signature.
 *
 * Written again from what was read, an accepted answer is the same bytes; a refused one leaves the
 * result as it was.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "client/sshagent_answer.h"
#include "property.h"

enum { AGENT_IDENTITIES_ANSWER = 12, AGENT_SIGN_RESPONSE = 14 };

static struct sshagent_keys keys;

static void put_string(struct buf *b, struct bytes bytes)
{
    buf_put_u32(b, (uint32_t)bytes.size);
    buf_put(b, bytes);
}

static void keys_again(struct bytes answer)
{
    AUTO_VALUE(buf) again = BUF(answer.size);
    buf_put_u8(&again, AGENT_IDENTITIES_ANSWER);
    buf_put_u32(&again, (uint32_t)keys.count);
    for (size_t i = 0; i < keys.count; i++) {
        put_string(&again, keys.list[i].blob);
        put_string(&again, keys.list[i].comment);
    }
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), answer));
}

static void signature_again(struct bytes signature, struct bytes answer)
{
    AUTO_VALUE(buf) again = BUF(answer.size);
    buf_put_u8(&again, AGENT_SIGN_RESPONSE);
    put_string(&again, signature);
    PROPERTY(!again.failed && bytes_equal(buf_bytes(&again), answer));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes answer = bytes_make(data, size);
    struct bytes signature = BYTES_NONE;
    struct err e;
    keys.count = SSHAGENT_KEYS_MAX + 1;
    if (sshagent_answer_read_keys(&keys, answer, &e))
        keys_again(answer);
    else
        PROPERTY(keys.count == SSHAGENT_KEYS_MAX + 1);
    if (sshagent_answer_read_signature(&signature, answer, &e))
        signature_again(signature, answer);
    else
        PROPERTY(signature.data == NULL && signature.size == 0);
    return 0;
}
