#include "rules/table.h"

#include <stdlib.h>

#include "base/limits.h"
#include "pki/digest.h"

/* Records are small and many: a page for each would be most of the state's memory. */
#define ROW_STEP 256

struct row {
    struct arena arena;
    struct bytes key;
    void *value;
    /* While changes are noted: a row can be in both lists. */
    struct table *table;
    struct row *next_put;
    struct row *next_removed;
    bool put;
    bool removed;
};

static void row_free(struct row *row)
{
    if (row == NULL)
        return;
    arena_done(&row->arena);
    free(row);
}
AUTO_FREE(row)

static bool row_new(struct row **ret, const struct fields *fields, struct bytes key,
                    const void *value, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_RECORD);
    fields_write(&text, fields, value);
    if (!buf_ok(&text, fields->what, e))
        return false;

    AUTO(row) row = calloc(1, sizeof *row);
    if (row == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a record of the state");
    row->arena = ARENA(8 * LIMIT_RECORD);
    row->arena.step = ROW_STEP;
    row->key = arena_copy(&row->arena, key);
    row->value = arena_alloc(&row->arena, fields->size);
    struct bytes copy = arena_copy(&row->arena, buf_bytes(&text));
    if (row->key.data == NULL || row->value == NULL || copy.data == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a record of the state");
    if (!fields_read(row->value, fields, copy, &row->arena, e))
        return err_wrap(e, "state record");
    *ret = TAKE(row);
    return true;
}

void table_done(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        row_free(t->slots[i].row);
    free(t->slots);
    t->slots = NULL;
    t->count = t->capacity = 0;
}

static uint64_t key_head(struct bytes key)
{
    uint64_t head = 0;
    for (size_t i = 0; i < sizeof head; i++)
        head = head << 8 | (i < key.size ? key.data[i] : 0);
    return head;
}

static bool slot_before(const struct slot *slot, uint64_t head, struct bytes key)
{
    return slot->head != head ? slot->head < head : bytes_compare(slot->row->key, key) < 0;
}

size_t table_seek(const struct table *t, struct bytes key)
{
    size_t low = 0;
    size_t high = t->count;
    uint64_t head = key_head(key);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slot_before(&t->slots[middle], head, key))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool table_has_at(const struct table *t, size_t i, struct bytes key)
{
    return i < t->count && bytes_equal(t->slots[i].row->key, key);
}

void *table_get(const struct table *t, struct bytes key)
{
    size_t i = table_seek(t, key);
    return table_has_at(t, i, key) ? t->slots[i].row->value : NULL;
}

static bool table_reserve(struct table *t, struct err *e)
{
    if (t->count < t->capacity)
        return true;
    size_t capacity = t->capacity == 0 ? 16 : t->capacity * 2;
    struct slot *slots = reallocarray(t->slots, capacity, sizeof *slots);
    if (slots == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the state");
    t->slots = slots;
    t->capacity = capacity;
    return true;
}

static void note_put(struct table *t, struct row *row)
{
    if (t->changes == NULL)
        return;
    row->table = t;
    row->put = true;
    row->next_put = t->changes->put;
    t->changes->put = row;
}

/* The row is out of the table: freed now, or when the changes are kept. */
static void note_removed(struct table *t, struct row *row)
{
    if (t->changes == NULL) {
        row_free(row);
        return;
    }
    row->table = t;
    row->removed = true;
    row->next_removed = t->changes->removed;
    t->changes->removed = row;
}

/* There is room for it. */
static void table_insert(struct table *t, size_t i, struct row *row)
{
    memmove(t->slots + i + 1, t->slots + i, (t->count - i) * sizeof *t->slots);
    t->slots[i] = (struct slot){.head = key_head(row->key), .row = row};
    t->count++;
    t->generation++;
}

static void table_take_out(struct table *t, size_t from, size_t n)
{
    memmove(t->slots + from, t->slots + from + n, (t->count - from - n) * sizeof *t->slots);
    t->count -= n;
    t->generation++;
}

bool table_put(struct table *t, struct bytes key, const void *value, struct err *e)
{
    AUTO(row) row = NULL;
    if (!row_new(&row, t->fields, key, value, e) || !table_reserve(t, e))
        return false;
    size_t i = table_seek(t, row->key);
    note_put(t, row);
    if (!table_has_at(t, i, row->key)) {
        table_insert(t, i, TAKE(row));
        return true;
    }
    struct row *old = t->slots[i].row;
    t->slots[i].row = TAKE(row);
    t->generation++;
    note_removed(t, old);
    return true;
}

static void table_cut(struct table *t, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++)
        note_removed(t, t->slots[i].row);
    table_take_out(t, from, n);
}

void changes_keep(struct changes *c)
{
    for (struct row *row = c->put; row != NULL; row = row->next_put)
        row->put = false;
    for (struct row *row = c->removed; row != NULL;) {
        struct row *next = row->next_removed;
        row_free(row);
        row = next;
    }
    *c = (struct changes){.put = NULL};
}

void changes_undo(struct changes *c)
{
    for (struct row *row = c->put; row != NULL; row = row->next_put)
        if (!row->removed)
            table_take_out(row->table, table_seek(row->table, row->key), 1);
    for (struct row *row = c->removed; row != NULL; row = row->next_removed) {
        row->removed = false;
        if (!row->put)
            table_insert(row->table, table_seek(row->table, row->key), row);
    }
    for (struct row *row = c->put; row != NULL;) {
        struct row *next = row->next_put;
        row_free(row);
        row = next;
    }
    *c = (struct changes){.put = NULL};
}

void table_remove(struct table *t, struct bytes key)
{
    size_t i = table_seek(t, key);
    if (table_has_at(t, i, key))
        table_cut(t, i, 1);
}

void *table_at(const struct table *t, size_t i)
{
    return t->slots[i].row->value;
}

struct bytes table_key(const struct table *t, size_t i)
{
    return t->slots[i].row->key;
}

bool table_within(const struct table *t, size_t i, struct bytes prefix)
{
    if (i >= t->count)
        return false;
    struct bytes key = t->slots[i].row->key;
    return key.size >= prefix.size && bytes_equal(bytes_make(key.data, prefix.size), prefix);
}

void table_remove_within(struct table *t, struct bytes prefix)
{
    size_t from = table_seek(t, prefix);
    size_t to = from;
    while (table_within(t, to, prefix))
        to++;
    if (to > from)
        table_cut(t, from, to - from);
}

bool table_digest(const struct table *t, uint8_t ret[32], struct err *e)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_RECORD + 1);
    struct digest digest;
    digest_init(&digest, DIGEST_SHA256);
    for (size_t i = 0; i < t->count; i++) {
        buf_reset(&text);
        fields_write(&text, t->fields, t->slots[i].row->value);
        buf_put_u8(&text, '\n');
        if (!buf_ok(&text, t->fields->what, e))
            return false;
        digest_add(&digest, buf_bytes(&text));
    }
    uint8_t value[DIGEST_MAX];
    (void)digest_final(&digest, value);
    memcpy(ret, value, 32);
    return true;
}

bool table_copy(struct table *ret, const struct table *t, struct err *e)
{
    struct table copy = {.fields = t->fields};
    for (size_t i = 0; i < t->count; i++)
        if (!table_put(&copy, t->slots[i].row->key, t->slots[i].row->value, e)) {
            table_done(&copy);
            return false;
        }
    *ret = copy;
    return true;
}
