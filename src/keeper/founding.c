#include "keeper/founding.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "keeper/record.h"
#include "pki/key.h"

/* The label of the log key on its token. */
static const char log_key_label[] = "sealward-log";

/* How long a token may take to open and to make a key, in milliseconds. */
enum { TOKEN_WAIT_MS = 60000 };

static bool log_pool(struct pool **ret, const struct options *o, struct err *e)
{
    struct pool_config config = {.token_count = 1, .tries = 2, .job_ms = TOKEN_WAIT_MS};
    return options_token(&config.tokens[0], o, &o->log, 1, e) && pool_start(ret, &config, e);
}

static bool print_digest(const char *name, struct bytes value, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(256);
    buf_printf(&text, "{\"%s\":", name);
    json_put_base64(&text, value);
    buf_put_text(&text, "}\n");
    return buf_ok(&text, name, e) &&
           file_write_descriptor(1, buf_bytes(&text), "standard output", e);
}

bool founding_prepare(const struct options *o, struct err *e)
{
    AUTO(pool) pool = NULL;
    AUTO(pubkey) key = NULL;
    uint64_t job;
    struct pool_answer answer;
    if (!log_pool(&pool, o, e) ||
        !pool_generate(&job, pool, 0, KEY_ED25519, bytes_text(log_key_label), clock_monotonic_ms(),
                       e) ||
        !pool_wait(&answer, pool, job, TOKEN_WAIT_MS, e))
        return err_wrap(e, "log key");
    if (answer.keys.count != 1 || !pubkey_parse(&key, answer.keys.items[0].spki, e))
        return err_wrap(e, "log key");
    return print_digest("log_key", pubkey_raw(key), e);
}

static bool log_key_there(const struct options *o, const uint8_t log_key[32], struct err *e)
{
    AUTO(pool) pool = NULL;
    AUTO_VALUE(buf) spki = BUF(LIMIT_SPKI);
    uint8_t id[32];
    uint64_t job;
    struct pool_answer answer;
    spki_put_ed25519(&spki, bytes_make(log_key, 32));
    if (!buf_ok(&spki, "log key", e))
        return false;
    pubkey_spki_sha256(id, buf_bytes(&spki));
    if (!log_pool(&pool, o, e) || !pool_list(&job, pool, 0, clock_monotonic_ms(), e) ||
        !pool_wait(&answer, pool, job, TOKEN_WAIT_MS, e))
        return false;
    for (size_t i = 0; i < answer.keys.count; i++)
        if (bytes_equal(answer.keys.items[i].id, BYTES_OF(id)))
            return true;
    (void)err_set(e, ERR_NOT_FOUND, "the genesis names a log key that is not on token \"%s\"",
                  o->log.label);
    return err_hint(e, "put the key that --prepare prints into the genesis");
}

bool founding_found(const struct options *o, struct err *e)
{
    AUTO(record) record = NULL;
    AUTO_VALUE(outcome) out;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct record_report report;
    struct rules_head head;
    uint64_t index;
    outcome_init(&out);
    if (!file_read(&body, o->genesis, FILE_REGULAR, e) || !file_make_folders(o->journal, 0700, e) ||
        !record_open(&record, o->journal, &report, e))
        return false;
    if (report.entries > 0)
        return err_set(e, ERR_CONFLICT, "\"%s\" holds a record of %llu entries already", o->journal,
                       (unsigned long long)report.entries);
    struct bytes text = buf_bytes(&body);
    if (text.size > 0 && text.data[text.size - 1] == '\n')
        text.size--;
    if (!record_stage(record, bytes_text("genesis"), text, &out, &index, e))
        return err_wrap(e, "genesis");
    rules_head(&head, record_state(record));
    return log_key_there(o, head.log_key, e) && record_commit(record, e) &&
           print_digest("authority", BYTES_OF(head.authority), e);
}
