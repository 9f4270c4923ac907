/* Raising the rules version: what changes verdicts starts with an entry, for everybody at once. */
#include <inttypes.h>

#include "rules/life.h"
#include "rules/proposals.h"
#include "rules/tables.h"

FIELDS(rules_detail_fields, "rules proposal", struct rules_detail,
       ROW_INTEGER(struct rules_detail, version, 1, JSON_INTEGER_MAX));

static bool version_read(int64_t *ret, struct bytes detail, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct rules_detail rules;
    if (!fields_read(&rules, &rules_detail_fields, detail, &arena, e))
        return false;
    *ret = rules.version;
    return true;
}

static bool rules_judge(const struct rules_state *s, struct bytes detail, struct err *e)
{
    int64_t version;
    if (!version_read(&version, detail, e))
        return false;
    if (version <= s->rules_version)
        return err_refuse(e, "rules.version", "rules version %" PRId64 " is in force already",
                          s->rules_version);
    if (version > RULES_VERSION) {
        (void)err_refuse(e, "rules.version", "this program knows rules up to version %d",
                         RULES_VERSION);
        return err_hint(e, "upgrade keeper and daemon first");
    }
    return true;
}

static bool rules_effect(struct rules_state *s, struct bytes detail, const struct entry *entry,
                         struct outcome *out, struct err *e)
{
    (void)out;
    int64_t version;
    if (!rules_judge(s, detail, e) || !version_read(&version, detail, e))
        return false;
    s->rules_version = version;
    return version < 2 || lives_begin(s, entry->time, e);
}

static bool rules_describe_detail(struct buf *b, struct bytes detail, struct err *e)
{
    int64_t version;
    if (!version_read(&version, detail, e))
        return false;
    buf_printf(b, "to raise the rules to version %" PRId64, version);
    return true;
}

const struct proposal_row proposal_rules = {
    .name = "rules",
    .since = 1,
    .judge = rules_judge,
    .effect = rules_effect,
    .describe = rules_describe_detail,
};
