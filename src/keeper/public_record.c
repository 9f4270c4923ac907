#include "keeper/public_record.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/file.h"
#include "base/limits.h"
#include "proof/bundle.h"
#include "proof/checkpoint.h"
#include "proof/tile.h"

static bool checkpoint_read(struct checkpoint *ret, const char *folder,
                            const struct authority *authority, struct err *e)
{
    char path[4096];
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    int n = snprintf(path, sizeof path, "%s/log/checkpoint", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return err_set(e, ERR_LIMIT, "path \"%s\" is too long", folder);
    return file_read(&note, path, FILE_REGULAR, e) &&
           checkpoint_open(ret, buf_bytes(&note), authority->origin, &authority->log_key, e);
}

static bool bundle_load(struct buf *ret, const char *folder, const struct tile *tile, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(4096);
    buf_printf(&path, "%s/log/", folder);
    tile_path(&path, tile);
    return buf_ok(&path, "path", e) && file_read(ret, buf_string(&path), FILE_REGULAR, e);
}

static bool entry_replay(struct rules_state *s, uint64_t index, struct bytes text,
                         const struct authority *authority, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(16 * LIMIT_ENTRY);
    AUTO_VALUE(outcome) out;
    struct entry entry;
    outcome_init(&out);
    if (!entry_read(&entry, text, &arena, e) || !rules_apply(s, &entry, RULES_JUDGE, &out, e))
        return err_wrap(e, "entry %" PRIu64, index);
    if (index == 0 && memcmp(entry.leaf, authority->id, sizeof entry.leaf) != 0)
        return err_set(e, ERR_AUTH, "entry 0 is not the genesis of the pinned authority");
    return true;
}

static bool bundles_replay(struct rules_state *s, const char *folder, uint64_t size,
                           const struct authority *authority, struct err *e)
{
    for (uint64_t first = 0; first < size; first += TILE_WIDTH) {
        uint64_t left = size - first;
        struct tile tile = {.kind = TILE_ENTRIES,
                            .index = first / TILE_WIDTH,
                            .width = left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH};
        struct bundle bundle;
        AUTO_VALUE(buf) content = BUF(TILE_WIDTH * (LIMIT_ENTRY + 2));
        if (!bundle_load(&content, folder, &tile, e) ||
            !bundle_read(&bundle, buf_bytes(&content), tile.width, e))
            return false;
        for (size_t i = 0; i < bundle.count; i++)
            if (!entry_replay(s, first + i, bundle.entries[i], authority, e))
                return false;
    }
    return true;
}

bool public_record_replay(struct rules_state **ret, const char *folder,
                          const struct authority *authority, struct err *e)
{
    struct checkpoint checkpoint;
    struct rules_head head;
    AUTO(rules_state) s = NULL;
    if (!checkpoint_read(&checkpoint, folder, authority, e) || !rules_new(&s, e) ||
        !bundles_replay(s, folder, checkpoint.size, authority, e))
        return err_wrap(e, "public record in \"%s\"", folder);
    rules_head(&head, s);
    if (head.size != checkpoint.size || memcmp(head.root, checkpoint.root, sizeof head.root) != 0)
        return err_set(e, ERR_DAMAGED, "the entries in \"%s\" are not those of its checkpoint",
                       folder);
    *ret = TAKE(s);
    return true;
}
