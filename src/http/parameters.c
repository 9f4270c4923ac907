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
