#include "pki/name.h"

#include "pki/der.h"

#include "base/hex.h"
#include "base/text.h"

/* One attribute that our own names have; in the order of the name. */
struct part {
    const char *label;
    const char *oid;
    size_t offset; /* in struct name */
    size_t max;    /* characters, RFC 5280 appendix A */
    unsigned tag;
};

static const struct part parts[] = {
    {"C", "2.5.4.6", offsetof(struct name, country), 2, DER_PRINTABLE_STRING},
    {"ST", "2.5.4.8", offsetof(struct name, state), 128, DER_UTF8_STRING},
    {"L", "2.5.4.7", offsetof(struct name, locality), 128, DER_UTF8_STRING},
    {"O", "2.5.4.10", offsetof(struct name, organization), 64, DER_UTF8_STRING},
    {"OU", "2.5.4.11", offsetof(struct name, unit), 64, DER_UTF8_STRING},
    {"CN", "2.5.4.3", offsetof(struct name, common_name), 64, DER_UTF8_STRING},
};

#define PART_COUNT (sizeof parts / sizeof parts[0])

static size_t characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += (text.data[i] & 0xc0) != 0x80;
    return count;
}

static bool is_country(struct bytes text)
{
    return text.size == 2 && text.data[0] >= 'A' && text.data[0] <= 'Z' && text.data[1] >= 'A' &&
           text.data[1] <= 'Z';
}

static bool value_check(const struct part *part, struct bytes value, struct err *e)
{
    if (part->tag == DER_PRINTABLE_STRING) {
        if (!is_country(value))
            return err_set(e, ERR_INPUT, "%s of the name is not two letters A-Z", part->label);
        return true;
    }
    if (value.size == 0)
        return err_set(e, ERR_INPUT, "%s of the name is empty", part->label);
    if (!text_is_plain(value))
        return err_set(e, ERR_INPUT, "%s of the name is not plain UTF-8 text", part->label);
    if (value.data[0] == ' ' || value.data[value.size - 1] == ' ')
        return err_set(e, ERR_INPUT, "%s of the name begins or ends with a space", part->label);
    if (characters(value) > part->max)
        return err_set(e, ERR_INPUT, "%s of the name has %zu characters; at most %zu are allowed",
                       part->label, characters(value), part->max);
    return true;
}

static struct bytes part_get(const struct name *name, const struct part *part)
{
    struct bytes value;
    memcpy(&value, (const uint8_t *)name + part->offset, sizeof value);
    return value;
}

static bool name_complete(const struct name *name, struct err *e)
{
    if (name->common_name.data == NULL)
        return err_set(e, ERR_INPUT, "the name has no CN");
    for (size_t i = 0; i < PART_COUNT; i++) {
        struct bytes value = part_get(name, &parts[i]);
        if (value.data != NULL && !value_check(&parts[i], value, e))
            return false;
    }
    return true;
}

bool name_build(struct buf *ret, const struct name *name, struct err *e)
{
    if (!name_complete(name, e))
        return false;
    size_t all = der_begin(ret, DER_SEQUENCE);
    for (size_t i = 0; i < PART_COUNT; i++) {
        struct bytes value = part_get(name, &parts[i]);
        if (value.data == NULL)
            continue;
        size_t set = der_begin(ret, DER_SET);
        size_t pair = der_begin(ret, DER_SEQUENCE);
        der_put_oid(ret, parts[i].oid);
        der_put(ret, parts[i].tag, value);
        der_end(ret, pair);
        der_end(ret, set);
    }
    der_end(ret, all);
    return buf_ok(ret, "a name", e);
}

/* Reads the next relative name, which must be one of the parts from *next on. */
static void part_read(struct der *names, size_t *next, struct name *into)
{
    struct der set = der_enter(names, DER_SET);
    struct der pair = der_enter(&set, DER_SEQUENCE);
    struct bytes oid = der_oid(&pair);
    while (pair.fault == NULL && *next < PART_COUNT && !der_oid_is(oid, parts[*next].oid))
        (*next)++;
    if (*next == PART_COUNT) {
        der_fail(names, "an attribute is unknown, doubled or out of order");
        return;
    }
    const struct part *part = &parts[(*next)++];
    struct bytes value = der_body(&pair, part->tag);
    der_leave(&set, &pair);
    der_leave(names, &set);
    memcpy((uint8_t *)into + part->offset, &value, sizeof value);
}

bool name_parse(struct name *ret, struct bytes der, struct err *e)
{
    if (der.size > NAME_DER_MAX)
        return err_set(e, ERR_LIMIT, "a name has %zu bytes; at most %d are read", der.size,
                       NAME_DER_MAX);
    struct name name = {0};
    struct der all = der_open(der);
    struct der names = der_enter(&all, DER_SEQUENCE);
    size_t next = 0;
    while (!der_at_end(&names))
        part_read(&names, &next, &name);
    der_leave(&all, &names);
    if (!der_done(&all, "a name", e) || !name_complete(&name, e))
        return false;
    *ret = name;
    return true;
}

bool name_check(struct bytes der, struct err *e)
{
    struct der all = der_open(der);
    struct der names = der_enter(&all, DER_SEQUENCE);
    while (!der_at_end(&names)) {
        struct der set = der_enter(&names, DER_SET);
        if (!der_is_ordered(set.rest))
            der_fail(&set, "a relative name is not in order");
        do {
            struct der pair = der_enter(&set, DER_SEQUENCE);
            der_oid(&pair);
            der_any(&pair, NULL);
            der_leave(&set, &pair);
        } while (!der_at_end(&set));
        der_leave(&names, &set);
    }
    der_leave(&all, &names);
    return der_done(&all, "a name", e);
}

/* ---- For people ---- */

struct label {
    const char *oid;
    const char *text;
};

static const struct label others[] = {
    {"2.5.4.5", "serialNumber"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"1.2.840.113549.1.9.1", "emailAddress"},
};

static const char *label_find(struct bytes oid)
{
    for (size_t i = 0; i < PART_COUNT; i++)
        if (der_oid_is(oid, parts[i].oid))
            return parts[i].label;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (der_oid_is(oid, others[i].oid))
            return others[i].text;
    return NULL;
}

static bool is_escaped(struct bytes text, size_t i, bool plain)
{
    uint8_t c = text.data[i];
    if (c < 0x20 || c == 0x7f || (c >= 0x80 && !plain))
        return true;
    if ((c == ' ' || c == '#') && i == 0)
        return true;
    if (c == ' ' && i + 1 == text.size)
        return true;
    return c == ',' || c == '+' || c == '=' || c == '"' || c == '\\';
}

static void text_show(struct buf *b, struct bytes text)
{
    bool plain = text_is_plain(text);
    for (size_t i = 0; i < text.size; i++) {
        if (is_escaped(text, i, plain))
            buf_printf(b, "\\%02x", text.data[i]);
        else
            buf_put_u8(b, text.data[i]);
    }
}

static void value_show(struct buf *b, struct bytes element)
{
    struct der value = der_open(element);
    unsigned tag = element.data[0];
    if (tag == DER_UTF8_STRING || tag == DER_PRINTABLE_STRING || tag == DER_IA5_STRING) {
        text_show(b, der_body(&value, tag));
        return;
    }
    buf_put_u8(b, '#');
    hex_put(b, element);
}

static void pair_show(struct buf *b, struct der *set)
{
    struct der pair = der_enter(set, DER_SEQUENCE);
    struct bytes oid = der_oid(&pair);
    const char *label = label_find(oid);
    if (label != NULL)
        buf_put_text(b, label);
    else
        der_put_oid_text(b, oid);
    buf_put_u8(b, '=');
    value_show(b, der_any(&pair, NULL));
}

void name_show(struct buf *b, struct bytes der)
{
    struct err ignored;
    if (!name_check(der, &ignored)) {
        buf_put_text(b, "(not a name)");
        return;
    }
    struct der all = der_open(der);
    struct der names = der_enter(&all, DER_SEQUENCE);
    for (const char *between = ""; !der_at_end(&names); between = ", ") {
        struct der set = der_enter(&names, DER_SET);
        for (; !der_at_end(&set); between = "+") {
            buf_put_text(b, between);
            pair_show(b, &set);
        }
    }
}

/* ---- Matching ---- */

/* Takes the next character as it is compared: lower case, a run of spaces as one, none at the end;
 * -1 at the end. */
static int folded_next(struct bytes *text)
{
    if (text->size == 0)
        return -1;
    uint8_t c = text->data[0];
    *text = bytes_make(text->data + 1, text->size - 1);
    if (c != ' ')
        return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
    while (text->size > 0 && text->data[0] == ' ')
        *text = bytes_make(text->data + 1, text->size - 1);
    return text->size == 0 ? -1 : ' ';
}

static bool texts_match(struct bytes a, struct bytes b)
{
    while (a.size > 0 && a.data[0] == ' ')
        a = bytes_make(a.data + 1, a.size - 1);
    while (b.size > 0 && b.data[0] == ' ')
        b = bytes_make(b.data + 1, b.size - 1);
    int x, y;
    do {
        x = folded_next(&a);
        y = folded_next(&b);
    } while (x == y && x >= 0);
    return x == y;
}

static bool is_folded(unsigned tag)
{
    return tag == DER_PRINTABLE_STRING || tag == DER_UTF8_STRING || tag == DER_IA5_STRING;
}

static bool values_match(struct bytes a, struct bytes b)
{
    struct der in_a = der_open(a), in_b = der_open(b);
    if (!is_folded(a.data[0]) || !is_folded(b.data[0]))
        return bytes_equal(a, b);
    return texts_match(der_body(&in_a, a.data[0]), der_body(&in_b, b.data[0]));
}

static bool attributes_match(struct der *a, struct der *b)
{
    struct der part_a = der_enter(a, DER_SEQUENCE), part_b = der_enter(b, DER_SEQUENCE);
    if (!bytes_equal(der_oid(&part_a), der_oid(&part_b)))
        return false;
    return values_match(der_any(&part_a, NULL), der_any(&part_b, NULL));
}

static bool sets_match(struct der *a, struct der *b)
{
    struct der set_a = der_enter(a, DER_SET), set_b = der_enter(b, DER_SET);
    while (!der_at_end(&set_a) && !der_at_end(&set_b))
        if (!attributes_match(&set_a, &set_b))
            return false;
    return der_at_end(&set_a) && der_at_end(&set_b);
}

bool name_matches(struct bytes a, struct bytes b)
{
    struct der all_a = der_open(a), all_b = der_open(b);
    struct der list_a = der_enter(&all_a, DER_SEQUENCE), list_b = der_enter(&all_b, DER_SEQUENCE);
    while (!der_at_end(&list_a) && !der_at_end(&list_b))
        if (!sets_match(&list_a, &list_b))
            return false;
    return der_at_end(&list_a) && der_at_end(&list_b);
}
