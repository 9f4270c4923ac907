/* What a statement is about, for those who look for its story. Statements and details of proposals
 * name their subjects by the same members everywhere, so one reading does for all kinds. */
#include "base/base64.h"
#include "base/hex.h"
#include "rules/entries.h"

/* Members that are the id of a key, the leaf of an entry, a person. */
static const char *const key_members[] = {"key", "from", "to"};
static const char *const leaf_members[] = {"entry", "revocation", "suspension"};
static const char *const person_members[] = {"owner", "deputy"};

static struct bytes text_of(const struct json *object, const char *name)
{
    const struct json *found = json_member(object, name);
    return found != NULL && found->type == JSON_STRING ? found->text : BYTES_NONE;
}

/* One member that may be 32 bytes in base64; anything else is none of ours. */
static bool hash_mark(struct mark **list, const struct json *object, const char *name,
                      const char *kind, struct arena *a, struct err *e)
{
    uint8_t hash[32];
    struct err other;
    struct bytes text = text_of(object, name);
    if (text.data == NULL || !base64_decode_exactly(hash, sizeof hash, text, &other))
        return true;
    return mark_add(list, kind, BYTES_OF(hash), 0, a, e);
}

static bool hashes_mark(struct mark **list, const struct json *object, struct arena *a,
                        struct err *e)
{
    for (size_t i = 0; i < sizeof key_members / sizeof key_members[0]; i++)
        if (!hash_mark(list, object, key_members[i], "key", a, e))
            return false;
    for (size_t i = 0; i < sizeof leaf_members / sizeof leaf_members[0]; i++)
        if (!hash_mark(list, object, leaf_members[i], "proposal", a, e))
            return false;
    return true;
}

/* A subject by its kind and id: keys and artifacts as hex, certificates by number, the others as
 * they are. */
static bool thing_mark(struct mark **list, struct bytes kind, struct bytes id, struct arena *a,
                       struct err *e)
{
    static const char *const things[] = {"path", "signer", "endpoint"};
    static const char *const actors[] = {"person", "workload"};
    for (size_t i = 0; i < sizeof things / sizeof things[0]; i++)
        if (bytes_is(kind, things[i]))
            return mark_add(list, things[i], id, 0, a, e);
    for (size_t i = 0; i < sizeof actors / sizeof actors[0]; i++)
        if (bytes_is(kind, actors[i]))
            return mark_add(list, actors[i], id, MARK_NAMED, a, e);
    return true;
}

static bool named_mark(struct mark **list, struct bytes kind, struct bytes id, struct arena *a,
                       struct err *e)
{
    uint8_t key[32];
    struct err other;
    if (id.size == 0 || id.size > LIMIT_ID)
        return true;
    const char *hashed = bytes_is(kind, "key")        ? "key"
                         : bytes_is(kind, "artifact") ? "artifact"
                                                      : NULL;
    if (hashed != NULL)
        return !hex_decode(key, sizeof key, id, &other) ||
               mark_add(list, hashed, BYTES_OF(key), 0, a, e);
    if (bytes_is(kind, "certificate"))
        return mark_add(list, "number", id, 0, a, e);
    return thing_mark(list, kind, id, a, e);
}

static bool people_mark(struct mark **list, const struct json *object, struct arena *a,
                        struct err *e)
{
    for (size_t i = 0; i < sizeof person_members / sizeof person_members[0]; i++)
        if (!named_mark(list, bytes_text("person"), text_of(object, person_members[i]), a, e))
            return false;
    return true;
}

/* Objects of policy that a proposal changes. */
static bool changes_mark(struct mark **list, const struct json *changes, struct arena *a,
                         struct err *e)
{
    const struct json *first =
        changes != NULL && changes->type == JSON_ARRAY ? changes->first : NULL;
    for (const struct json *at = first; at != NULL; at = at->next)
        if (!named_mark(list, text_of(at, "kind"), text_of(at, "id"), a, e))
            return false;
    return true;
}

static bool object_mark(struct mark **list, const struct json *object, struct arena *a,
                        struct err *e)
{
    return named_mark(list, bytes_text("signer"), text_of(object, "signer"), a, e) &&
           named_mark(list, bytes_text("workload"), text_of(object, "workload"), a, e) &&
           people_mark(list, object, a, e) &&
           named_mark(list, text_of(object, "subject"), text_of(object, "id"), a, e) &&
           hashes_mark(list, object, a, e) &&
           changes_mark(list, json_member(object, "changes"), a, e);
}

bool subject_marks(struct mark **list, const struct statement *statement, struct arena *a,
                   struct err *e)
{
    struct json *body;
    bool endpoint = bytes_is(statement->type, "enroll") || bytes_is(statement->type, "expel");
    if (!json_parse(&body, statement->body, a, e))
        return false;
    const struct json *detail = json_member(body, "detail");
    if (endpoint)
        return mark_add(list, "endpoint", text_of(body, "id"), 0, a, e);
    return object_mark(list, body, a, e) &&
           (detail == NULL || detail->type != JSON_OBJECT || object_mark(list, detail, a, e));
}

bool genesis_marks(struct mark **list, const struct entry *entry, struct arena *a, struct err *e)
{
    struct json *body;
    if (!json_parse(&body, entry->body, a, e))
        return false;
    const struct json *statement = json_member(body, "statement");
    return changes_mark(list, statement == NULL ? NULL : json_member(statement, "policy"), a, e);
}
