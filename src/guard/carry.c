#include "guard/carry.h"

#include "base/file.h"
#include "base/limits.h"
#include "client/tiles.h"
#include "proof/distrust.h"

enum { CARRY_PATH_MAX = 4096 };

static bool tile_get(void *context, const char *path, struct buf *ret, struct err *e)
{
    const struct carry *c = context;
    AUTO_VALUE(buf) whole = BUF(CARRY_PATH_MAX);
    if (c->log == NULL) {
        (void)err_set(e, ERR_STATE, "tiles of the log are needed to show that it is one history");
        return err_hint(e, "carry a copy of the public folder log/ along and name it: --log DIR");
    }
    buf_printf(&whole, "%s/%s", c->log, path);
    return buf_ok(&whole, "the path of a tile", e) &&
           file_read(ret, buf_string(&whole), FILE_REGULAR, e);
}

bool carry_in(struct held *h, const struct carry *c, const struct held_moment *at, struct err *e)
{
    AUTO_VALUE(buf) list = BUF(DISTRUST_MAX);
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct carry files = *c;
    struct tiles log = {.get = tile_get, .context = &files};
    struct history_tiles tiles = {.read = tiles_fetch, .context = &log};
    if (!file_read(&list, c->list, FILE_REGULAR, e) ||
        !file_read(&note, c->checkpoint, FILE_REGULAR, e))
        return false;
    if (!held_see(h, buf_bytes(&note), &tiles, e))
        return err_wrap(e, "%s", c->checkpoint);
    if (!held_take(h, &list, &tiles, at, e))
        return err_wrap(e, "%s", c->list);
    return held_keep_seen(h, at, e);
}
