#include "unit/ok.h"

#include "base/hex.h"
#include "memory_log.h"
#include "proof/tree.h"

static const char *const published_leaves[] = {"",
                                               "00",
                                               "10",
                                               "2021",
                                               "3031",
                                               "40414243",
                                               "5051525354555657",
                                               "606162636465666768696a6b6c6d6e6f"};
static const char *const published_roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void the_published_leaves_give_the_published_roots(void **state)
{
    (void)state;
    struct tree t;
    struct err e;
    tree_init(&t);
    for (size_t n = 0;; n++) {
        uint8_t want[TREE_HASH];
        uint8_t got[TREE_HASH];
        uint8_t data[16];
        uint8_t leaf[TREE_HASH];
        ok_call(hex_decode(want, sizeof want, bytes_text(published_roots[n]), &e), e);
        tree_root(got, &t);
        ok_bytes(BYTES_OF(got), BYTES_OF(want));
        if (n == 8) {
            break;
        }
        size_t size = strlen(published_leaves[n]) / 2;
        ok_call(hex_decode(data, size, bytes_text(published_leaves[n]), &e), e);
        tree_leaf_hash(leaf, bytes_make(data, size));
        tree_append(&t, leaf);
        assert_int_equal(t.size, n + 1);
    }
}

static void every_size_has_the_root_of_the_recursive_definition(void **state)
{
    (void)state;
    static struct memory_log log;
    struct tree t;
    memory_log_init(&log, 600);
    tree_init(&t);
    for (uint64_t n = 0; n < 600; n++) {
        uint8_t leaf[TREE_HASH];
        uint8_t want[TREE_HASH];
        uint8_t got[TREE_HASH];
        tree_leaf_hash(leaf, memory_log_entry(n));
        tree_append(&t, leaf);
        memory_log_root(&log, 0, n + 1, want);
        tree_root(got, &t);
        ok_bytes(BYTES_OF(got), BYTES_OF(want));
    }
}

static void an_append_tells_every_subtree_that_it_finishes(void **state)
{
    (void)state;
    static struct memory_log log;
    struct tree t;
    memory_log_init(&log, 64);
    tree_init(&t);
    for (uint64_t n = 0; n < 64; n++) {
        uint8_t nodes[TREE_LEVELS + 1][TREE_HASH];
        unsigned count = tree_append_nodes(&t, log.leaves[n], nodes);
        assert_int_equal(count, (unsigned)__builtin_ctzll(n + 1) + 1);
        for (unsigned l = 0; l < count; l++) {
            uint8_t want[TREE_HASH];
            memory_log_root(&log, n + 1 - (UINT64_C(1) << l), n + 1, want);
            ok_bytes(BYTES_OF(nodes[l]), BYTES_OF(want));
        }
    }
}

static void a_tree_is_read_as_it_was_written(void **state)
{
    (void)state;
    static struct memory_log log;
    struct tree t;
    memory_log_init(&log, 130);
    tree_init(&t);
    for (uint64_t n = 0; n < 130; n++) {
        struct tree again;
        struct err e;
        AUTO_VALUE(buf) b = BUF(TREE_BYTES_MAX);
        tree_write(&b, &t);
        assert_int_equal(b.size, 8 + (size_t)__builtin_popcountll(n) * TREE_HASH);
        memset(&again, 0xa5, sizeof again);
        ok_call(tree_read(&again, buf_bytes(&b), &e), e);
        assert_memory_equal(&again, &t, sizeof t);
        tree_append(&t, log.leaves[n]);
    }
}

static void a_tree_of_any_other_length_is_refused_and_leaves_the_result(void **state)
{
    (void)state;
    struct tree poisoned;
    struct tree got;
    struct err e;
    uint8_t bytes[8 + 3 * TREE_HASH] = {0, 0, 0, 0, 0, 0, 0, 3};
    memset(&poisoned, 0xa5, sizeof poisoned);
    got = poisoned;
    ok_err(tree_read(&got, bytes_make(bytes, 0), &e), e, ERR_INPUT, "tree");
    ok_err(tree_read(&got, bytes_make(bytes, 8 + TREE_HASH), &e), e, ERR_INPUT, "tree");
    ok_err(tree_read(&got, BYTES_OF(bytes), &e), e, ERR_INPUT, "tree");
    bytes[1] = 0x20;
    ok_err(tree_read(&got, BYTES_OF(bytes), &e), e, ERR_INPUT, "2^53");
    assert_memory_equal(&got, &poisoned, sizeof got);
}

static void the_largest_tree_has_room(void **state)
{
    (void)state;
    struct tree t;
    struct tree again;
    struct err e;
    memset(&t, 0x11, sizeof t);
    t.size = TREE_SIZE_MAX;
    AUTO_VALUE(buf) b = BUF(TREE_BYTES_MAX);
    tree_write(&b, &t);
    assert_int_equal(b.size, TREE_BYTES_MAX);
    ok_call(tree_read(&again, buf_bytes(&b), &e), e);
    assert_memory_equal(&again, &t, sizeof t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_leaves_give_the_published_roots),
        cmocka_unit_test(every_size_has_the_root_of_the_recursive_definition),
        cmocka_unit_test(an_append_tells_every_subtree_that_it_finishes),
        cmocka_unit_test(a_tree_is_read_as_it_was_written),
        cmocka_unit_test(a_tree_of_any_other_length_is_refused_and_leaves_the_result),
        cmocka_unit_test(the_largest_tree_has_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
