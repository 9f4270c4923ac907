#include "client/tiles.h"

static bool tile_get(const struct tiles *tiles, const struct tile *t, struct buf *ret,
                     struct err *e)
{
    AUTO_VALUE(buf) path = BUF(TILE_PATH_MAX);
    tile_path(&path, t);
    return buf_ok(&path, "the path of a tile", e) &&
           tiles->get(tiles->context, buf_string(&path), ret, e);
}

bool tiles_fetch(void *tiles, const struct tile *t, struct buf *ret, struct err *e)
{
    struct tile full = *t;
    size_t size = ret->size + (size_t)t->width * TREE_HASH;
    if (tile_get(tiles, t, ret, e))
        return true;
    if (e->code != ERR_NOT_FOUND || t->width == TILE_WIDTH)
        return false;
    full.width = TILE_WIDTH;
    if (!tile_get(tiles, &full, ret, e))
        return false;
    ret->size = ret->size > size ? size : ret->size;
    return true;
}
