/* The replay: entry after entry into the rulebook, which judges all evidence itself. */
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/audit_work.h"
#include "proof/bundle.h"
#include "rules/rules.h"
#include "rules/view.h"

struct replay {
    struct audit *audit;
    struct rules_state *state;
    struct tile tile; /* the bundle at hand */
};

static bool entry_broken(const struct replay *r, int64_t index)
{
    return audit_end(r->audit, AUDIT_BROKEN, &r->tile, index);
}

/* That genesis is the pinned authority's, and says of it what was pinned. */
static bool genesis_judge(struct replay *r, const struct entry *entry)
{
    const struct authority *pinned = r->audit->plan->authority;
    struct err *why = &r->audit->report.why;
    struct rules_head head;
    rules_head(&head, r->state);
    r->audit->report.demonstration = head.demonstration;
    r->audit->report.first_time = entry->time;
    bool same_key = bytes_equal(BYTES_OF(head.log_key),
                                bytes_make(pinned->log_key.key, pinned->log_key.key_size));
    bool same_names =
        bytes_is(pinned->origin, head.origin) && bytes_is(pinned->base_url, head.base_url);
    if (same_key && same_names)
        return true;
    (void)err_refuse(why, "audit.authority",
                     "genesis names another %s than the pinned authority does",
                     same_key ? "origin or base URL" : "log key");
    return entry_broken(r, 0);
}

/* A record of a later rulebook is not broken; this program cannot tell. */
static bool is_too_new(const struct err *why)
{
    return strcmp(why->rule, "genesis.rules") == 0 || strcmp(why->rule, "entry.version") == 0;
}

static void outcome_count(struct audit_report *report, const struct outcome *out)
{
    report->signatures += out->job_count;
    for (const struct finding *f = out->findings; f != NULL; f = f->next)
        audit_count_add(&report->findings, bytes_text(f->kind), 1);
}

static bool entry_replay(struct replay *r, const struct entry *entry)
{
    struct audit_report *report = &r->audit->report;
    AUTO_VALUE(outcome) out;
    outcome_init(&out);
    (void)snprintf(report->type, sizeof report->type, "%.*s", BYTES_PRINT(entry->type));
    if (!rules_apply(r->state, entry, RULES_JUDGE, &out, &report->why)) {
        enum audit_verdict verdict = is_too_new(&report->why) ? AUDIT_UNVERIFIABLE : AUDIT_BROKEN;
        return audit_end(r->audit, verdict, &r->tile, (int64_t)report->judged);
    }
    if (report->judged == 0 && !genesis_judge(r, entry))
        return false;
    report->type[0] = '\0';
    report->last_time = entry->time;
    report->judged++;
    audit_count_add(&report->entries, entry->type, 1);
    outcome_count(report, &out);
    return true;
}

/* `leaf` is the hash in the tile, which leads to the signed root. */
static bool entry_judge(struct replay *r, struct bytes text, const uint8_t leaf[TREE_HASH])
{
    struct audit_report *report = &r->audit->report;
    int64_t index = (int64_t)report->judged;
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    struct entry entry;
    uint8_t own[TREE_HASH];
    tree_leaf_hash(own, text);
    if (memcmp(own, leaf, sizeof own) != 0) {
        (void)err_set(&report->why, ERR_DAMAGED,
                      "the entry is not the one that was recorded: its hash is not in the tree");
        return entry_broken(r, index);
    }
    if (index == 0 && memcmp(own, r->audit->plan->authority->id, sizeof own) != 0) {
        (void)err_refuse(&report->why, "audit.authority",
                         "entry 0 is the genesis of another authority than the pinned one");
        return entry_broken(r, index);
    }
    if (!entry_read(&entry, text, &arena, &report->why))
        return entry_broken(r, index);
    return entry_replay(r, &entry);
}

static bool bundle_replay(struct replay *r)
{
    struct err *why = &r->audit->report.why;
    struct tile leaves = r->tile;
    struct bundle bundle;
    unsigned width, leaf_width;
    leaves.kind = TILE_HASHES;
    AUTO_VALUE(buf) content = BUF(BUNDLE_BYTES_MAX);
    AUTO_VALUE(buf) hashes = BUF(TILE_BYTES);
    if (!audit_tile(r->audit, &r->tile, &content, &width) ||
        !audit_tile(r->audit, &leaves, &hashes, &leaf_width))
        return false;
    if (!bundle_read(&bundle, buf_bytes(&content), width, why))
        return audit_end(r->audit, AUDIT_UNVERIFIABLE, &r->tile, -1);
    if (hashes.size < (size_t)r->tile.width * TREE_HASH) {
        (void)err_set(why, ERR_DAMAGED, "the hash tile has become shorter");
        return audit_end(r->audit, AUDIT_UNVERIFIABLE, &leaves, -1);
    }
    for (unsigned i = 0; i < r->tile.width; i++)
        if (!entry_judge(r, bundle.entries[i], hashes.data + (size_t)i * TREE_HASH))
            return false;
    return true;
}

static bool bundles_replay(struct replay *r)
{
    const struct audit_plan *plan = r->audit->plan;
    const struct audit_report *report = &r->audit->report;
    struct tile_growth g = tile_growth_make(0, report->checkpoint.size);
    while (tile_growth_next(&g, &r->tile)) {
        if (r->tile.kind != TILE_ENTRIES)
            continue;
        if (!bundle_replay(r))
            return false;
        if (plan->progress != NULL)
            plan->progress(plan->progress_context, report->judged, report->checkpoint.size);
    }
    return true;
}

/* Counts the objects of the policy in force, by kind. */
static bool objects_count(struct audit *a, const struct rules_state *state)
{
    struct err *why = &a->report.why;
    AUTO_VALUE(arena) arena = ARENA((size_t)1 << 30);
    AUTO_VALUE(buf) text = BUF((size_t)256 << 20);
    struct json *policy;
    if (!view_policy(&text, state, why) || !buf_ok(&text, "the policy in force", why) ||
        !json_parse(&policy, buf_bytes(&text), &arena, why))
        return audit_end(a, AUDIT_UNVERIFIABLE, NULL, -1);
    const struct json *objects = json_member(policy, "objects");
    for (const struct json *o = objects != NULL ? objects->first : NULL; o != NULL; o = o->next) {
        const struct json *kind = json_member(o, "kind");
        if (kind != NULL)
            audit_count_add(&a->report.objects, kind->text, 1);
    }
    return true;
}

/* That what was judged is what the log has signed: whoever hands out the files may have given
 * others when they were read for the second time. */
static bool record_judge(struct audit *a, const struct rules_state *state)
{
    const struct checkpoint *signed_head = &a->report.checkpoint;
    struct rules_head head;
    rules_head(&head, state);
    if (head.size == signed_head->size &&
        memcmp(head.root, signed_head->root, sizeof head.root) == 0)
        return true;
    (void)err_set(&a->report.why, ERR_DAMAGED,
                  "the entries that were judged are not those that the log has signed: the files "
                  "changed while they were read");
    return audit_end(a, AUDIT_BROKEN, NULL, -1);
}

bool audit_replay(struct audit *a)
{
    AUTO(rules_state) state = NULL;
    if (!rules_new(&state, &a->report.why))
        return false;
    struct replay r = {.audit = a, .state = state};
    return bundles_replay(&r) && record_judge(a, state) && objects_count(a, state);
}
