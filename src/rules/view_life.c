/* Owners who left, rollovers, endpoints, what is retired; what a workload can reach. */
#include "base/hex.h"
#include "rules/statement.h"
#include "rules/tables.h"
#include "rules/view.h"
#include "rules/view_parts.h"

/* Certificates that have begun to end. */
static void put_stages(struct buf *b, const struct rules_state *s)
{
    bool first = true;
    const struct table *stages = state_view(s, TABLE_STAGES);
    buf_put_u8(b, '[');
    for (size_t i = 0; i < stages->count; i++) {
        const struct stage *stage = table_at(stages, i);
        if (stage->stage == STAGE_FRESH)
            continue;
        view_put_comma(b, &first);
        fields_write(b, stages->fields, stage);
    }
    buf_put_u8(b, ']');
}

bool view_life(struct buf *b, const struct rules_state *s, struct err *e)
{
    buf_put_text(b, "{\"orphans\":");
    view_put_table(b, state_view(s, TABLE_ORPHANS));
    buf_put_text(b, ",\"rollovers\":");
    view_put_table(b, state_view(s, TABLE_ROLLOVERS));
    buf_put_text(b, ",\"endpoints\":");
    view_put_table(b, state_view(s, TABLE_ENDPOINTS));
    buf_put_text(b, ",\"retirements\":");
    view_put_table(b, state_view(s, TABLE_RETIREMENTS));
    buf_put_text(b, ",\"stages\":");
    put_stages(b, s);
    buf_put_u8(b, '}');
    return buf_ok(b, "lives", e);
}

struct reach_key {
    struct bytes id; /* hex */
    int state;
};
FIELDS(reach_key_fields, "key in reach", struct reach_key, ROW_ID(struct reach_key, id),
       ROW_WORD(struct reach_key, state, key_state_names));

static void put_keys(struct buf *b, const struct rules_state *s, struct bytes signer)
{
    bool first = true;
    const struct table *keys = state_view(s, TABLE_KEYS);
    for (size_t i = 0; i < keys->count; i++) {
        char hex[65];
        const struct key_record *key = table_at(keys, i);
        if (key->signer.data == NULL || !bytes_equal(key->signer, signer))
            continue;
        struct reach_key row = {.id = bytes_text(hex_string(hex, key->id)), .state = key->state};
        view_put_comma(b, &first);
        fields_write(b, &reach_key_fields, &row);
    }
}

static bool put_reach(struct buf *b, const struct rules_state *s, struct bytes workload,
                      struct err *e)
{
    bool first = true;
    const struct object *object;
    for (size_t i = 0; (object = view_next_object(s, OBJECT_PATH, &i)) != NULL;) {
        AUTO_VALUE(arena) arena = ARENA_ENTRY;
        struct release_path path;
        if (!fields_read(&path, object_fields(OBJECT_PATH), object->value, &arena, e))
            return false;
        if (!ids_have(&path.workloads, workload))
            continue;
        view_put_comma(b, &first);
        buf_put_text(b, "{\"path\":");
        json_put_string(b, object->id);
        buf_put_text(b, ",\"signer\":");
        json_put_string(b, path.signer);
        buf_put_text(b, ",\"keys\":[");
        put_keys(b, s, path.signer);
        buf_put_text(b, "]}");
    }
    return true;
}

static void put_grants(struct buf *b, const struct rules_state *s, struct bytes workload)
{
    bool first = true;
    const struct table *grants = state_view(s, TABLE_GRANTS);
    for (size_t i = 0; i < grants->count; i++) {
        struct bytes id;
        const struct grant *g = table_at(grants, i);
        if (!actor_is_workload(g->actor, &id) || !bytes_equal(id, workload))
            continue;
        view_put_comma(b, &first);
        json_put_base64(b, g->leaf);
    }
}

bool view_reach(struct buf *b, const struct rules_state *s, struct bytes workload, struct err *e)
{
    if (!policy_has(state_view(s, TABLE_OBJECTS), OBJECT_WORKLOAD, workload))
        return err_set(e, ERR_NOT_FOUND, "policy has no workload \"%.*s\"", BYTES_PRINT(workload));
    buf_put_text(b, "{\"workload\":");
    json_put_string(b, workload);
    buf_put_text(b, ",\"paths\":[");
    if (!put_reach(b, s, workload, e))
        return false;
    buf_put_text(b, "],\"grants\":[");
    put_grants(b, s, workload);
    buf_put_text(b, "]}");
    return buf_ok(b, "what a workload can reach", e);
}
