/*
 * Every member of every object of every kind of entry, spoilt in each way: left out, said twice,
 * out of order, under another name, of another type, too long, out of range, and with more behind
 * it. None is entered, each is told as bad input, and nothing changes.
 */
#include "world_living.h"
#include "world_revoking.h"

#include "base/json.h"

enum { KINDS_MAX = 32, LONG = 45000 };

struct spoiler {
    struct rules_state *state;
    uint8_t digest[32];
    struct bytes entry; /* the good text */
    struct bytes type;
    size_t tried;
};

static void give(struct spoiler *s, struct bytes text, const char *how, struct bytes member)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    AUTO_VALUE(outcome) out;
    uint8_t digest[32];
    struct entry entry;
    struct err e = {0};
    outcome_init(&out);
    /* Evidence is not judged, so that nothing else than the form can be what is refused. */
    if (entry_read(&entry, text, &arena, &e) &&
        rules_apply(s->state, &entry, RULES_JUDGED, &out, &e))
        fail_msg("%.*s: \"%.*s\" %s was accepted", BYTES_PRINT(s->type), BYTES_PRINT(member), how);
    if (e.code != ERR_INPUT && e.code != ERR_LIMIT)
        fail_msg("%.*s: \"%.*s\" %s: %s %s", BYTES_PRINT(s->type), BYTES_PRINT(member), how, e.rule,
                 e.message);
    assert_true(e.message[0] != '\0');
    ok_call(rules_digest(s->state, digest, &e), e);
    assert_memory_equal(digest, s->digest, sizeof digest);
    s->tried++;
}

/* The good text with what stands between the two places replaced. */
static void give_with(struct spoiler *s, const uint8_t *from, const uint8_t *to, struct bytes with,
                      const char *how, struct bytes member)
{
    AUTO_VALUE(buf) text = BUF(1 << 20);
    buf_put(&text, bytes_make(s->entry.data, (size_t)(from - s->entry.data)));
    buf_put(&text, with);
    buf_put(&text, bytes_make(to, (size_t)(s->entry.data + s->entry.size - to)));
    give(s, buf_bytes(&text), how, member);
}

static const char *other_type(enum json_type type)
{
    return type == JSON_STRING || type == JSON_NULL ? "true" : "\"7\"";
}

static void value_spoil(struct spoiler *s, const struct json *value)
{
    static uint8_t long_text[LONG + 2];
    const uint8_t *from = value->raw.data;
    const uint8_t *to = from + value->raw.size;
    memset(long_text, 'A', sizeof long_text);
    long_text[0] = long_text[LONG + 1] = '"';
    give_with(s, from, to, bytes_text(other_type(value->type)), "of another type", value->name);
    give_with(s, from, to, bytes_text("{\"a\":[]}"), "as an object", value->name);
    if (value->type != JSON_NULL)
        give_with(s, from, to, BYTES_OF(long_text), "too long", value->name);
    if (value->type == JSON_STRING)
        give_with(s, from, to, bytes_text("\"\""), "empty", value->name);
    if (value->type != JSON_NUMBER)
        return;
    give_with(s, from, to, bytes_text("9007199254740992"), "over 2^53", value->name);
    give_with(s, from, to, bytes_text("-1"), "negative", value->name);
    give_with(s, from, to, bytes_text("1.0"), "with a fraction", value->name);
}

static void member_spoil(struct spoiler *s, const struct json *object, const struct json *member)
{
    AUTO_VALUE(buf) made = BUF(1 << 20);
    const uint8_t *from = member->name.data - 1;
    const uint8_t *to = member->raw.data + member->raw.size;
    struct bytes whole = bytes_make(from, (size_t)(to - from));
    bool last = member->next == NULL;
    /* Left out, with the comma before or behind it. */
    if (!last)
        give_with(s, from, to + 1, BYTES_NONE, "left out", member->name);
    else
        give_with(s, object->first == member ? from : from - 1, to, BYTES_NONE, "left out",
                  member->name);
    buf_put(&made, whole);
    buf_put_u8(&made, ',');
    buf_put(&made, whole);
    give_with(s, from, to, buf_bytes(&made), "doubled", member->name);
    give_with(s, from + 1, from + 1, bytes_text("x"), "renamed", member->name);
    give_with(s, to, to, bytes_text(",\"zz\":1"), "followed by another", member->name);
    if (!last) {
        const struct json *next = member->next;
        const uint8_t *end = next->raw.data + next->raw.size;
        buf_reset(&made);
        buf_put(&made, bytes_make(next->name.data - 1, (size_t)(end - next->name.data) + 1));
        buf_put_u8(&made, ',');
        buf_put(&made, whole);
        give_with(s, from, end, buf_bytes(&made), "out of order", member->name);
    }
    give_with(s, to, to, bytes_text(" "), "followed by a blank", member->name);
    value_spoil(s, member);
}

static void object_spoil(struct spoiler *s, const struct json *value)
{
    for (const struct json *child = value->first; child != NULL; child = child->next) {
        if (value->type == JSON_OBJECT)
            member_spoil(s, value, child);
        /* Of a list the first item stands for all. */
        if (value->type == JSON_OBJECT || child == value->first)
            object_spoil(s, child);
    }
}

/* What a proposal is a proposal of stands in its statement. */
static struct bytes kind_of(struct world *w, const struct entry *entry)
{
    static const char mark[] = "\"body\":{\"kind\":\"";
    const uint8_t *at = memmem(entry->text.data, entry->text.size, mark, sizeof mark - 1);
    if (!bytes_is(entry->type, "proposal") || at == NULL)
        return world_copy(w, entry->type);
    at += sizeof mark - 1;
    size_t size = (size_t)((const uint8_t *)memchr(at, '"', 20) - at);
    return world_format(w, "proposal %.*s", (int)size, (const char *)at);
}

static bool is_new(struct bytes *kinds, size_t *count, struct bytes kind)
{
    for (size_t i = 0; i < *count; i++)
        if (bytes_equal(kinds[i], kind))
            return false;
    assert_true(*count < KINDS_MAX);
    kinds[(*count)++] = kind;
    return true;
}

static bool is_among(const char *const *kinds, struct bytes kind)
{
    for (; *kinds != NULL; kinds++)
        if (bytes_is(kind, *kinds))
            return true;
    return false;
}

/* Of all kinds in the story, or of those alone. */
static void spoil(void (*story)(struct world *w), const char *const *only, size_t kinds_wanted)
{
    AUTO_VALUE(world) w;
    struct bytes kinds[KINDS_MAX];
    size_t count = 0;
    struct spoiler s = {.tried = 0};
    struct err e;
    story(&w);
    ok_call(rules_new(&s.state, &e), e);
    for (size_t i = 0; i < w.count; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 24);
        AUTO_VALUE(outcome) out;
        struct entry entry;
        struct json *json;
        outcome_init(&out);
        ok_call(entry_read(&entry, w.entries[i], &arena, &e), e);
        s.entry = w.entries[i];
        s.type = kind_of(&w, &entry);
        if ((only == NULL || is_among(only, s.type)) && is_new(kinds, &count, s.type)) {
            ok_call(rules_digest(s.state, s.digest, &e), e);
            ok_call(json_parse(&json, s.entry, &arena, &e), e);
            object_spoil(&s, json);
        }
        ok_call(rules_apply(s.state, &entry, RULES_JUDGED, &out, &e), e);
    }
    rules_state_free(s.state);
    assert_int_equal(count, kinds_wanted);
    print_message("%zu spoilt entries of %zu kinds\n", s.tried, count);
    assert_true(s.tried > 600);
}

static void no_member_can_be_spoilt(void **state)
{
    (void)state;
    /* All kinds of entry, and of proposal but for that of rules, of the first rules version. */
    spoil(world_story, NULL, 19);
}

static void nothing_about_the_end_of_trust_can_be_spoilt(void **state)
{
    (void)state;
    static const char *const kinds[] = {"revoke",           "status",
                                        "root-crl",         "timestamp",
                                        "proposal lift",    "proposal ratify",
                                        "proposal advance", "proposal revoke-ca",
                                        "proposal rules",   NULL};
    spoil(world_revoking_story, kinds, 9);
}

static void nothing_about_lives_can_be_spoilt(void **state)
{
    (void)state;
    static const char *const kinds[] = {"retire",
                                        "confirm",
                                        "enroll",
                                        "expel",
                                        "renewal",
                                        "destroyed",
                                        "proposal ownership",
                                        "proposal reconfirm",
                                        "proposal destroy",
                                        "proposal rollover",
                                        NULL};
    spoil(world_living_story, kinds, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_member_can_be_spoilt),
        cmocka_unit_test(nothing_about_the_end_of_trust_can_be_spoilt),
        cmocka_unit_test(nothing_about_lives_can_be_spoilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
