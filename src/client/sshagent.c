#include "client/sshagent.h"

#include "base/clock.h"
#include "base/limits.h"
#include "client/sshagent_answer.h"
#include "pki/sshkey.h"
#include "pki/sshsig.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    AGENT_REQUEST_IDENTITIES = 11,
    AGENT_SIGN_REQUEST = 13,
    AGENT_RSA_SHA2_512 = 4, /* flag: else an agent may sign with SHA-1 */
};

struct sshagent {
    int socket;
    struct buf answer;
    struct sshagent_keys keys; /* views into nothing after the next answer */
};

static bool agent_connect(int *ret, const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_LIMIT, "the path of the SSH agent's socket is too long");
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_errno(e, "cannot make a socket");
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)err_errno(e, "cannot connect to the SSH agent at %s", path);
        (void)close(fd);
        return err_hint(e, "start ssh-agent, or set SSH_AUTH_SOCK to its socket");
    }
    *ret = fd;
    return true;
}

bool sshagent_open(struct sshagent **ret, const char *socket_path, struct err *e)
{
    if (socket_path == NULL || socket_path[0] == '\0') {
        (void)err_set(e, ERR_STATE, "there is no SSH agent to sign with");
        return err_hint(e,
                        "start ssh-agent, add your key with ssh-add, and keep SSH_AUTH_SOCK set");
    }
    AUTO(sshagent) agent = calloc(1, sizeof *agent);
    if (agent == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the SSH agent");
    agent->socket = -1;
    agent->answer = BUF(SSHAGENT_ANSWER_MAX);
    if (!agent_connect(&agent->socket, socket_path, e))
        return false;
    *ret = TAKE(agent);
    return true;
}

void sshagent_free(struct sshagent *agent)
{
    if (agent == NULL)
        return;
    if (agent->socket >= 0)
        (void)close(agent->socket);
    buf_done(&agent->answer);
    free(agent);
}

static bool all_send(int fd, struct bytes bytes, struct err *e)
{
    while (bytes.size > 0) {
        ssize_t n = send(fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_errno(e, "cannot ask the SSH agent");
        bytes = bytes_make(bytes.data + n, bytes.size - (size_t)n);
    }
    return true;
}

/* Waits for bytes, until the moment when patience ends. */
static bool some_wait(int fd, int64_t until, struct err *e)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t left = until - clock_monotonic_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n > 0)
            return true;
        if (n == 0)
            return err_set(e, ERR_BUSY, "the SSH agent has not answered in time");
        if (errno != EINTR)
            return err_errno(e, "cannot wait for the SSH agent");
    }
}

static bool all_receive(int fd, uint8_t *ret, size_t size, int64_t until, struct err *e)
{
    for (size_t got = 0; got < size;) {
        if (!some_wait(fd, until, e))
            return false;
        ssize_t n = recv(fd, ret + got, size - got, 0);
        if (n == 0)
            return err_set(e, ERR_IO, "the SSH agent has closed the connection");
        if (n < 0 && errno != EINTR)
            return err_errno(e, "cannot read the SSH agent's answer");
        got += n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* One question (its bytes without the length) and the agent's answer. */
static bool ask(struct sshagent *agent, struct bytes question, struct err *e)
{
    AUTO_VALUE(buf) framed = BUF(LIMIT_SSH_KEY + 4096);
    uint8_t head[4];
    int64_t until = clock_monotonic_ms() + SSHAGENT_PATIENCE_MS;
    buf_put_u32(&framed, (uint32_t)question.size);
    buf_put(&framed, question);
    if (!buf_ok(&framed, "a question to the SSH agent", e) ||
        !all_send(agent->socket, buf_bytes(&framed), e) ||
        !all_receive(agent->socket, head, sizeof head, until, e))
        return false;
    size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    buf_reset(&agent->answer);
    uint8_t *room = size > SSHAGENT_ANSWER_MAX ? NULL : buf_grow(&agent->answer, size);
    if (size == 0 || room == NULL)
        return err_set(e, ERR_LIMIT, "the SSH agent announces an answer of %zu bytes", size);
    return all_receive(agent->socket, room, size, until, e);
}

static bool keys_ask(struct sshagent *agent, struct err *e)
{
    static const uint8_t question[] = {AGENT_REQUEST_IDENTITIES};
    return ask(agent, BYTES_OF(question), e) &&
           sshagent_answer_read_keys(&agent->keys, buf_bytes(&agent->answer), e);
}

static bool choose_wanted(struct buf *ret_blob, const struct sshagent_keys *keys,
                          struct bytes wanted, struct err *e)
{
    char fingerprint[SSHKEY_FINGERPRINT_SIZE];
    for (size_t i = 0; i < keys->count; i++)
        if (bytes_equal(keys->list[i].blob, wanted)) {
            buf_put(ret_blob, wanted);
            return buf_ok(ret_blob, "an SSH key", e);
        }
    sshkey_fingerprint(fingerprint, wanted);
    (void)err_set(e, ERR_NOT_FOUND, "the SSH agent does not hold the key %s", fingerprint);
    return err_hint(e, "add it with ssh-add");
}

static bool choose_only(struct buf *ret_blob, const struct sshagent_keys *keys, struct err *e)
{
    struct bytes only = BYTES_NONE;
    size_t count = 0;
    for (size_t i = 0; i < keys->count; i++) {
        struct sshkey key;
        struct err ignored;
        if (!sshkey_parse(&key, keys->list[i].blob, &ignored))
            continue;
        only = keys->list[i].blob;
        count++;
    }
    if (count == 1) {
        buf_put(ret_blob, only);
        return buf_ok(ret_blob, "an SSH key", e);
    }
    (void)err_set(e, ERR_NOT_FOUND,
                  count == 0 ? "the SSH agent holds no key that can be used"
                             : "the SSH agent holds %zu keys; which one signs is not said",
                  count);
    return err_hint(e, "%s",
                    count == 0 ? "add yours with ssh-add" : "name its public key: --key FILE.pub");
}

bool sshagent_choose(struct buf *ret_blob, struct sshagent *agent, struct bytes wanted,
                     struct err *e)
{
    if (!keys_ask(agent, e))
        return false;
    return wanted.size > 0 ? choose_wanted(ret_blob, &agent->keys, wanted, e)
                           : choose_only(ret_blob, &agent->keys, e);
}

static void put_string(struct buf *b, struct bytes bytes)
{
    buf_put_u32(b, (uint32_t)bytes.size);
    buf_put(b, bytes);
}

/* An agent that signs something else, or with another key, would be found out by the keeper only.
 */
static bool sshsig_check(struct bytes blob, struct bytes text, struct err *e)
{
    struct sshsig sig;
    return (sshsig_parse(&sig, blob, e) && sshsig_verify(&sig, SSHSIG_NAMESPACE, text, e)) ||
           err_wrap(e, "the SSH agent's signature");
}

bool sshagent_sign(struct buf *ret_sshsig, struct sshagent *agent, struct bytes key_blob,
                   struct bytes text, struct err *e)
{
    AUTO_VALUE(buf) message = BUF(1024);
    AUTO_VALUE(buf) question = BUF(LIMIT_SSH_KEY + 2048);
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct bytes signature;
    sshsig_put_signed(&message, SSHSIG_NAMESPACE, DIGEST_SHA512, text);
    buf_put_u8(&question, AGENT_SIGN_REQUEST);
    put_string(&question, key_blob);
    put_string(&question, buf_bytes(&message));
    buf_put_u32(&question, AGENT_RSA_SHA2_512);
    if (!buf_ok(&message, "a message", e) || !buf_ok(&question, "a question", e) ||
        !ask(agent, buf_bytes(&question), e) ||
        !sshagent_answer_read_signature(&signature, buf_bytes(&agent->answer), e) ||
        !sshsig_build(&blob, key_blob, SSHSIG_NAMESPACE, DIGEST_SHA512, signature, e) ||
        !sshsig_check(buf_bytes(&blob), text, e))
        return false;
    buf_put(ret_sshsig, buf_bytes(&blob));
    return buf_ok(ret_sshsig, "an SSH signature", e);
}
