#include "proof/declared.h"

#include <inttypes.h>

#include "base/base64.h"
#include "base/limits.h"

static struct bytes member_text(const struct json *object, const char *name)
{
    const struct json *member = json_member(object, name);
    return member != NULL && member->type == JSON_STRING ? member->text : BYTES_NONE;
}

/* The member of a member; NULL where one is absent. */
static const struct json *inner(const struct json *object, const char *first, const char *second)
{
    const struct json *member = json_member(object, first);
    return member == NULL ? NULL : json_member(member, second);
}

static const struct json *item_at(const struct json *list, int64_t number)
{
    const struct json *item = list != NULL && list->type == JSON_ARRAY ? list->first : NULL;
    for (; item != NULL && number > 0; number--)
        item = item->next;
    return item;
}

bool declared_open(struct declared_grant *ret, struct bytes entry, struct arena *a, struct err *e)
{
    struct json *all;
    if (entry.size > LIMIT_ENTRY)
        return err_set(e, ERR_LIMIT, "the entry has %zu bytes, the limit is %d", entry.size,
                       LIMIT_ENTRY);
    if (!json_parse(&all, entry, a, e))
        return false;
    if (!bytes_is(member_text(all, "type"), "grant"))
        return err_set(e, ERR_NOT_FOUND, "the entry is no grant");
    const struct json *statement = inner(all, "body", "statement");
    ret->body = statement == NULL ? NULL : json_member(statement, "body");
    return true;
}

bool declared_read(struct declared *ret, const struct declared_grant *grant, int64_t number,
                   struct arena *a, struct err *e)
{
    struct bytes digest;
    const struct json *artifacts =
        grant->body == NULL ? NULL : json_member(grant->body, "artifacts");
    const struct json *artifact = number < 0 ? NULL : item_at(artifacts, number);
    if (artifact == NULL)
        return err_set(e, ERR_NOT_FOUND, "the grant declares no artifact %" PRId64, number);
    struct bytes text = member_text(artifact, "digest");
    struct declared found = {.format = member_text(artifact, "format"),
                             .algorithm = member_text(artifact, "algorithm")};
    if (found.format.size == 0 || found.algorithm.size == 0 || text.size == 0)
        return err_set(e, ERR_INPUT, "artifact %" PRId64 " of the grant is not whole", number);
    if (!base64_decode(&digest, text, a, e))
        return err_wrap(e, "artifact %" PRId64 " of the grant", number);
    found.digest = digest;
    *ret = found;
    return true;
}

bool declared_path_read(struct bytes *ret, const struct declared_grant *grant, struct err *e)
{
    struct bytes path = grant->body == NULL ? BYTES_NONE : member_text(grant->body, "path");
    if (path.size == 0)
        return err_set(e, ERR_INPUT, "the grant names no release path");
    *ret = path;
    return true;
}
