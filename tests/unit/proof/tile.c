#include "unit/ok.h"

#include <stdio.h>

#include "memory_log.h"
#include "proof/tile.h"

static struct memory_log log_;

static void path_is(struct tile t, const char *want)
{
    AUTO_VALUE(buf) b = BUF(TILE_PATH_MAX);
    tile_path(&b, &t);
    assert_false(b.failed);
    ok_text(buf_bytes(&b), want);
}

static void paths_are_those_of_tlog_tiles(void **state)
{
    (void)state;
    path_is((struct tile){TILE_HASHES, 0, 1234067, 256}, "tile/0/x001/x234/067");
    path_is((struct tile){TILE_HASHES, 0, 0, 256}, "tile/0/000");
    path_is((struct tile){TILE_HASHES, 3, 999, 255}, "tile/3/999.p/255");
    path_is((struct tile){TILE_HASHES, 1, 1000, 1}, "tile/1/x001/000.p/1");
    path_is((struct tile){TILE_ENTRIES, 0, 1234067, 112}, "tile/entries/x001/x234/067.p/112");
    path_is((struct tile){TILE_ENTRIES, 0, 1000000, 256}, "tile/entries/x001/x000/000");
    path_is((struct tile){TILE_HASHES, 6, TREE_SIZE_MAX / 256, 255},
            "tile/6/x035/x184/x372/x088/831.p/255");
}

/* "path path ..." of all that a growth needs. */
static void growth_is(uint64_t from, uint64_t to, const char *want)
{
    AUTO_VALUE(buf) b = BUF(4096);
    struct tile_growth g = tile_growth_make(from, to);
    struct tile t;
    while (tile_growth_next(&g, &t)) {
        buf_put_text(&b, b.size == 0 ? "" : " ");
        tile_path(&b, &t);
    }
    ok_text(buf_bytes(&b), want);
}

static void growth_writes_what_is_new_as_wide_as_it_has_become(void **state)
{
    (void)state;
    growth_is(0, 0, "");
    growth_is(5, 5, "");
    growth_is(0, 1, "tile/entries/000.p/1 tile/0/000.p/1");
    growth_is(5, 9, "tile/entries/000.p/9 tile/0/000.p/9");
    growth_is(200, 256, "tile/entries/000 tile/0/000 tile/1/000.p/1");
    growth_is(256, 257, "tile/entries/001.p/1 tile/0/001.p/1");
    growth_is(255, 514,
              "tile/entries/000 tile/entries/001 tile/entries/002.p/2 "
              "tile/0/000 tile/0/001 tile/0/002.p/2 tile/1/000.p/2");
    growth_is(65535, 65536, "tile/entries/255 tile/0/255 tile/1/000 tile/2/000.p/1");
}

static void a_log_of_70000_has_the_tiles_of_the_specification(void **state)
{
    (void)state;
    unsigned full[TILE_LEVELS] = {0};
    unsigned partial[TILE_LEVELS] = {0};
    struct tile_growth g = tile_growth_make(0, 70000);
    struct tile t;
    while (tile_growth_next(&g, &t)) {
        if (t.kind == TILE_ENTRIES) {
            continue;
        }
        if (t.width == TILE_WIDTH) {
            full[t.level]++;
        } else {
            partial[t.level] = t.width;
        }
    }
    assert_int_equal(full[0], 273);
    assert_int_equal(partial[0], 112);
    assert_int_equal(full[1], 1);
    assert_int_equal(partial[1], 17);
    assert_int_equal(full[2], 0);
    assert_int_equal(partial[2], 1);
    assert_int_equal(full[3] + partial[3], 0);
}

static void a_tile_holds_the_roots_of_its_subtrees(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    struct tile t = {TILE_HASHES, 1, 0, 3};
    struct err e;
    AUTO_VALUE(buf) b = BUF(TILE_BYTES);
    ok_call(tile_write(&b, &t, &source, &e), e);
    assert_int_equal(b.size, 3 * TREE_HASH);
    for (unsigned i = 0; i < 3; i++) {
        uint8_t want[TREE_HASH];
        memory_log_root(&log_, 256 * i, 256 * (i + 1), want);
        assert_memory_equal(b.data + i * TREE_HASH, want, TREE_HASH);
    }
}

/* --- the source over published tiles --- */

static unsigned tiles_read;

static bool tile_make(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    struct path_source source = memory_log_source(&log_);
    (void)context;
    tiles_read++;
    return tile_write(ret, t, &source, e);
}

static void any_proof_can_be_made_from_tiles(void **state)
{
    (void)state;
    const uint64_t sizes[] = {1, 2, 255, 256, 257, 511, 512, 700, 1024};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        AUTO_VALUE(tile_source) tiles;
        tile_source_init(&tiles, sizes[s], tile_make, NULL);
        struct path_source source = tile_source_nodes(&tiles);
        uint8_t root[TREE_HASH];
        memory_log_root(&log_, 0, sizes[s], root);
        for (uint64_t i = 0; i < sizes[s]; i += 1 + sizes[s] / 9) {
            struct path p;
            struct err e;
            uint8_t old_root[TREE_HASH];
            ok_call(path_prove_inclusion(&p, i, sizes[s], &source, &e), e);
            ok_call(path_check_inclusion(&p, i, sizes[s], log_.leaves[i], root, &e), e);
            memory_log_root(&log_, 0, i + 1, old_root);
            ok_call(path_prove_consistency(&p, i + 1, sizes[s], &source, &e), e);
            ok_call(path_check_consistency(&p, i + 1, old_root, sizes[s], root, &e), e);
        }
    }
}

static void a_walk_reads_each_tile_once(void **state)
{
    (void)state;
    AUTO_VALUE(tile_source) tiles;
    tile_source_init(&tiles, 1000, tile_make, NULL);
    struct path_source source = tile_source_nodes(&tiles);
    tiles_read = 0;
    for (uint64_t i = 0; i < 1000; i++) {
        uint8_t node[TREE_HASH];
        struct err e;
        ok_call(source.node(source.context, 0, i, node, &e), e);
        ok_bytes(BYTES_OF(node), BYTES_OF(log_.leaves[i]));
    }
    assert_int_equal(tiles_read, 4);
}

static bool tile_short(void *context, const struct tile *t, struct buf *ret, struct err *e)
{
    (void)context;
    (void)t;
    (void)e;
    buf_put(ret, bytes_make(log_.leaves[0], TREE_HASH - 1));
    return true;
}

static void a_tile_of_the_wrong_length_and_a_node_beyond_the_log_are_told(void **state)
{
    (void)state;
    AUTO_VALUE(tile_source) tiles;
    struct err e;
    uint8_t node[TREE_HASH];
    tile_source_init(&tiles, 3, tile_short, NULL);
    struct path_source source = tile_source_nodes(&tiles);
    ok_err(source.node(source.context, 0, 0, node, &e), e, ERR_DAMAGED, "31 bytes");
    ok_err(source.node(source.context, 0, 3, node, &e), e, ERR_NOT_FOUND, "subtree 3");
    ok_err(source.node(source.context, 2, 0, node, &e), e, ERR_NOT_FOUND, "level 2");
    ok_err(source.node(source.context, 60, 0, node, &e), e, ERR_NOT_FOUND, "level 60");
}

int main(void)
{
    memory_log_init(&log_, MEMORY_LOG_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_those_of_tlog_tiles),
        cmocka_unit_test(growth_writes_what_is_new_as_wide_as_it_has_become),
        cmocka_unit_test(a_log_of_70000_has_the_tiles_of_the_specification),
        cmocka_unit_test(a_tile_holds_the_roots_of_its_subtrees),
        cmocka_unit_test(any_proof_can_be_made_from_tiles),
        cmocka_unit_test(a_walk_reads_each_tile_once),
        cmocka_unit_test(a_tile_of_the_wrong_length_and_a_node_beyond_the_log_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
