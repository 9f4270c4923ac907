/*
 * Aims at entry_read, signed_entry_read, genesis_read, rules_apply, rules_describe and rules_marks,
 * and with them at every table of the rulebook. The first byte chooses a state, the rest of the
 * first line is the entry's type, all behind it the body. Evidence counts as judged, so that what
 * lies behind signatures is reached. What is refused leaves the state's digest as it was.
 */
#include "recorded.h"

#include "base/limits.h"
#include "base/text.h"
#include "rules/entries.h"
#include "rules/genesis.h"

/* Nothing yet; a grant open with an unbound signature; a key and a path suspended; the clock in
 * doubt; the end. */
static const size_t moments[] = {0, 32, 46, 55, SIZE_MAX};
enum { MOMENTS = sizeof moments / sizeof moments[0] };

struct moment_state {
    struct rules_state *state;
    struct rules_head head;
    uint8_t digest[32];
};

static struct moment_state states[MOMENTS];

static void state_make(struct moment_state *m, size_t count)
{
    struct err e;
    m->state = recorded_state(count);
    rules_head(&m->head, m->state);
    PROPERTY(rules_digest(m->state, m->digest, &e));
}

static void read_only(const struct entry *entry)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(buf) line = BUF(1 << 20);
    struct mark *list = NULL;
    struct err e;
    if (rules_describe(&line, entry, &e))
        PROPERTY(line.failed || text_is_plain(buf_bytes(&line)));
    (void)!rules_marks(&list, entry, &arena, &e);
}

static void enter(struct moment_state *m, size_t count, const struct entry *entry)
{
    AUTO_VALUE(outcome) out;
    uint8_t digest[32];
    struct err e = {.code = ERR_NONE};
    outcome_init(&out);
    if (rules_apply(m->state, entry, RULES_JUDGED, &out, &e)) {
        rules_state_free(m->state);
        state_make(m, count);
        return;
    }
    PROPERTY(e.code != ERR_NONE && e.code != ERR_INTERNAL && e.message[0] != '\0');
    PROPERTY(out.job_count == 0);
    PROPERTY(rules_digest(m->state, digest, &e));
    PROPERTY(memcmp(digest, m->digest, sizeof digest) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY + 1024);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct entry entry;
    struct err e;
    const uint8_t *end = size < 2 ? NULL : memchr(data + 1, '\n', size - 1);
    if (end == NULL)
        return 0;
    size_t which = data[0] % MOMENTS;
    struct moment_state *m = &states[which];
    if (m->state == NULL)
        state_make(m, moments[which]);
    entry_write(&text, (int64_t)m->head.size, m->head.time + 1000,
                bytes_make(data + 1, (size_t)(end - data) - 1),
                bytes_make(end + 1, size - (size_t)(end - data) - 1));
    if (text.failed || !entry_read(&entry, buf_bytes(&text), &arena, &e))
        return 0;
    read_only(&entry);
    enter(m, moments[which], &entry);
    return 0;
}
