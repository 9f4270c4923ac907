#include "http/parameters.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"

bool parameter_number(int64_t *ret, const struct target *t, const char *name, int64_t least,
                      int64_t most, int64_t otherwise, struct err *e)
{
    uint64_t value;
    struct bytes text = target_parameter(t, name);
    if (text.data == NULL) {
        *ret = otherwise;
        return true;
    }
    if (!text_read_number(&value, text, (uint64_t)most, e))
        return err_wrap(e, "parameter \"%s\"", name);
    if (value < (uint64_t)least)
        return err_set(e, ERR_INPUT, "parameter \"%s\" is at least %" PRId64, name, least);
    *ret = (int64_t)value;
    return true;
}

bool parameter_limit(size_t *ret, const struct target *t, size_t most, size_t otherwise,
                     struct err *e)
{
    int64_t value = 0;
    if (!parameter_number(&value, t, "limit", 1, (int64_t)most, (int64_t)otherwise, e))
        return false;
    *ret = (size_t)value;
    return true;
}

bool parameter_before(struct index_hit *ret, const struct target *t, struct err *e)
{
    struct bytes text = target_parameter(t, "before");
    uint64_t entry;
    uint64_t item;
    if (text.data == NULL) {
        *ret = INDEX_FROM_NEWEST;
        return true;
    }
    const uint8_t *dash = memchr(text.data, '-', text.size);
    size_t size = dash == NULL ? 0 : (size_t)(dash - text.data);
    if (dash == NULL)
        return err_set(e, ERR_INPUT, "parameter \"before\" is not ENTRY-ITEM");
    if (!text_read_number(&entry, bytes_make(text.data, size), (uint64_t)JSON_INTEGER_MAX, e) ||
        !text_read_number(&item, bytes_make(dash + 1, text.size - size - 1),
                          (uint64_t)JSON_INTEGER_MAX, e))
        return err_wrap(e, "parameter \"before\"");
    *ret = (struct index_hit){.entry = (int64_t)entry, .item = (int64_t)item};
    return true;
}

bool parameter_text(struct bytes *ret, const struct target *t, const char *name, struct err *e)
{
    struct bytes text = target_parameter(t, name);
    if (text.data == NULL)
        return err_set(e, ERR_INPUT, "parameter \"%s\" is missing", name);
    *ret = text;
    return true;
}

bool parameter_leaf(uint8_t ret[32], struct bytes text, struct err *e)
{
    return hex_decode(ret, 32, text, e) || err_wrap(e, "a leaf hash in the path");
}

bool parameter_entry(struct entry_name *ret, struct bytes text, struct err *e)
{
    struct entry_name name = {.by_leaf = text.size == 64};
    uint64_t number = 0;
    if (name.by_leaf ? !parameter_leaf(name.leaf, text, e)
                     : !text_read_number(&number, text, (uint64_t)JSON_INTEGER_MAX, e))
        return name.by_leaf ? false : err_wrap(e, "an entry's number in the path");
    name.number = (int64_t)number;
    *ret = name;
    return true;
}
