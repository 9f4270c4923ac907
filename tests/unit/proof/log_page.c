/* The examples of docs/protocol/log.md, fed to the code. */
#include "unit/page.h"

#include "base/base64.h"
#include "base/hex.h"
#include "proof/line.h"
#include "proof/receipt.h"
#include "proof/tile.h"

/* The example of that name, with its last newline. */
static struct bytes example(const char *name)
{
    static struct buf page = {.max = 65536};
    size_t place = 0;
    if (page.size == 0) {
        page_read(&page, "log.md");
    }
    struct bytes block = page_block(&page, name, &place);
    assert_non_null(block.data);
    return bytes_make(block.data, block.size + 1);
}

static struct bytes line_of(struct bytes *rest)
{
    struct bytes line;
    assert_true(line_next(&line, rest));
    return line;
}

static void entry_leaf(uint8_t ret[TREE_HASH], unsigned index)
{
    char text[32];
    int size = snprintf(text, sizeof text, "{\"example\":\"entry %u\"}", index);
    tree_leaf_hash(ret, bytes_make(text, (size_t)size));
}

static void example_tree(struct tree *t)
{
    tree_init(t);
    for (unsigned i = 0; i < 5; i++) {
        uint8_t leaf[TREE_HASH];
        entry_leaf(leaf, i);
        tree_append(t, leaf);
    }
}

static void the_roots(void **state)
{
    (void)state;
    static const char leaves[8][17] = {"",   "\x00", "\x10",     " !",
                                       "01", "@ABC", "PQRSTUVW", "`abcdefghijklmno"};
    static const size_t sizes[] = {0, 1, 1, 2, 2, 4, 8, 16};
    struct bytes rest = example("roots");
    struct tree t;
    struct err e;
    tree_init(&t);
    for (unsigned n = 0; n <= 8; n++) {
        uint8_t want[TREE_HASH];
        uint8_t got[TREE_HASH];
        struct bytes line = line_of(&rest);
        assert_int_equal(line.data[0], '0' + n);
        ok_call(hex_decode(want, sizeof want, bytes_make(line.data + 2, line.size - 2), &e), e);
        tree_root(got, &t);
        ok_bytes(BYTES_OF(got), BYTES_OF(want));
        if (n < 8) {
            tree_leaf_hash(got, bytes_make(leaves[n], sizes[n]));
            tree_append(&t, got);
        }
    }
    assert_int_equal(rest.size, 0);
}

static void the_leaf_hashes(void **state)
{
    (void)state;
    struct bytes rest = example("leaves");
    for (unsigned i = 0; i < 5; i++) {
        uint8_t want[TREE_HASH];
        uint8_t got[TREE_HASH];
        struct err e;
        ok_call(base64_decode_exactly(want, sizeof want, line_of(&rest), &e), e);
        entry_leaf(got, i);
        ok_bytes(BYTES_OF(got), BYTES_OF(want));
    }
    assert_int_equal(rest.size, 0);
}

static void the_compact_range(void **state)
{
    (void)state;
    struct bytes rest = example("tree");
    struct tree t;
    AUTO_VALUE(buf) bytes = BUF(TREE_BYTES_MAX);
    AUTO_VALUE(buf) want = BUF(4096);
    AUTO_VALUE(buf) got = BUF(4096);
    example_tree(&t);
    tree_write(&bytes, &t);
    hex_put(&got, buf_bytes(&bytes));
    for (unsigned i = 0; i < 3; i++) {
        buf_put(&want, line_of(&rest));
    }
    ok_bytes(buf_bytes(&got), buf_bytes(&want));
}

static void the_tile_paths(void **state)
{
    (void)state;
    struct bytes rest = example("tile-paths");
    struct bytes line;
    unsigned count = 0;
    for (; line_next(&line, &rest); count++) {
        char text[128] = "";
        char level[16];
        char path[64];
        unsigned long long index;
        unsigned width;
        memcpy(text, line.data, line.size);
        assert_int_equal(sscanf(text, "%15s %llu %u %63s", level, &index, &width, path), 4);
        bool entries = strcmp(level, "entries") == 0;
        struct tile t = {.kind = entries ? TILE_ENTRIES : TILE_HASHES,
                         .level = entries ? 0 : (unsigned)(level[0] - '0'),
                         .index = index,
                         .width = width};
        AUTO_VALUE(buf) got = BUF(TILE_PATH_MAX);
        tile_path(&got, &t);
        ok_text(buf_bytes(&got), path);
    }
    assert_int_equal(count, 7);
}

static void the_key_the_checkpoint_the_authority_and_the_receipt(void **state)
{
    (void)state;
    struct authority authority;
    struct receipt receipt;
    struct checkpoint c;
    struct tree t;
    struct err e;
    uint8_t leaf[TREE_HASH];
    uint8_t want[TREE_HASH];
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    AUTO_VALUE(buf) key = BUF(4096);
    ok_call(authority_read(&authority, example("authority"), &arena, &e), e);
    note_key_write(&key, &authority.log_key);
    buf_put_text(&key, "\n");
    ok_bytes(buf_bytes(&key), example("vkey"));
    entry_leaf(want, 0);
    ok_bytes(BYTES_OF(authority.id), BYTES_OF(want));

    ok_call(checkpoint_open(&c, example("checkpoint"), authority.origin, &authority.log_key, &e),
            e);
    example_tree(&t);
    tree_root(want, &t);
    assert_int_equal(c.size, 5);
    ok_bytes(BYTES_OF(c.root), BYTES_OF(want));

    ok_call(receipt_parse(&receipt, example("receipt"), &arena, &e), e);
    ok_call(receipt_verify(&receipt, &authority, &c, leaf, &e), e);
    ok_text(receipt.entry, "{\"example\":\"entry 2\"}");
    assert_int_equal(receipt.index, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_roots),
        cmocka_unit_test(the_leaf_hashes),
        cmocka_unit_test(the_compact_range),
        cmocka_unit_test(the_tile_paths),
        cmocka_unit_test(the_key_the_checkpoint_the_authority_and_the_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
