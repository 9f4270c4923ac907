#include "client/sshagent_answer.h"

#include "base/limits.h"
#include "base/reader.h"

enum {
    AGENT_FAILURE = 5,
    AGENT_IDENTITIES_ANSWER = 12,
    AGENT_SIGN_RESPONSE = 14,
    KEY_MAX = 16384, /* of kinds that are not for us too, such as certificates */
    COMMENT_MAX = 4096,
};

static bool type_check(struct reader *r, uint8_t want, const char *refusal, struct err *e)
{
    uint8_t type = reader_u8(r);
    if (!r->failed && type == want)
        return true;
    if (!r->failed && type == AGENT_FAILURE)
        return err_set(e, ERR_AUTH, "the SSH agent refuses %s", refusal);
    return err_set(e, ERR_INPUT, "the SSH agent answers something else (type %u)", type);
}

bool sshagent_answer_read_keys(struct sshagent_keys *ret, struct bytes answer, struct err *e)
{
    struct reader r = reader_make(answer);
    struct sshagent_keys keys = {.count = 0};
    if (!type_check(&r, AGENT_IDENTITIES_ANSWER, "to list its keys", e))
        return false;
    uint32_t count = reader_u32(&r);
    if (count > SSHAGENT_KEYS_MAX)
        return err_set(e, ERR_LIMIT, "the SSH agent says it holds %u keys", count);
    for (; keys.count < count && !r.failed; keys.count++) {
        keys.list[keys.count].blob = reader_string32(&r, KEY_MAX);
        keys.list[keys.count].comment = reader_string32(&r, COMMENT_MAX);
    }
    if (!reader_done(&r, "the SSH agent's list of keys", e))
        return false;
    *ret = keys;
    return true;
}

bool sshagent_answer_read_signature(struct bytes *ret, struct bytes answer, struct err *e)
{
    struct reader r = reader_make(answer);
    if (!type_check(&r, AGENT_SIGN_RESPONSE, "to sign", e))
        return false;
    struct bytes signature = reader_string32(&r, LIMIT_SSHSIG);
    if (!reader_done(&r, "the SSH agent's signature", e))
        return false;
    *ret = signature;
    return true;
}
