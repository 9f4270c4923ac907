#include "unit/ok.h"

#include "memory_log.h"
#include "proof/path.h"

enum { EVERY = 70 };

static struct memory_log log_;

static unsigned digits(uint64_t n)
{
    unsigned count = 0;
    for (; n != 0; n >>= 1) {
        count++;
    }
    return count;
}

static void every_leaf_of_every_tree_is_proven(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    for (uint64_t size = 1; size <= EVERY; size++) {
        uint8_t root[TREE_HASH];
        memory_log_root(&log_, 0, size, root);
        for (uint64_t i = 0; i < size; i++) {
            struct path p;
            struct err e;
            ok_call(path_prove_inclusion(&p, i, size, &source, &e), e);
            ok_call(path_check_inclusion(&p, i, size, log_.leaves[i], root, &e), e);
        }
    }
}

static void every_tree_is_proven_to_continue_every_smaller_one(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    for (uint64_t size = 1; size <= EVERY; size++) {
        uint8_t root[TREE_HASH];
        memory_log_root(&log_, 0, size, root);
        for (uint64_t old = 1; old <= size; old++) {
            struct path p;
            struct err e;
            uint8_t old_root[TREE_HASH];
            memory_log_root(&log_, 0, old, old_root);
            ok_call(path_prove_consistency(&p, old, size, &source, &e), e);
            ok_call(path_check_consistency(&p, old, old_root, size, root, &e), e);
        }
    }
}

static void a_proof_costs_few_reads(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    for (uint64_t size = 1; size <= 1024; size += 11) {
        for (uint64_t i = 0; i < size; i += 7) {
            struct path p;
            struct err e;
            log_.reads = 0;
            ok_call(path_prove_inclusion(&p, i, size, &source, &e), e);
            assert_true(log_.reads <= 2 * digits(size));
            log_.reads = 0;
            ok_call(path_prove_consistency(&p, i + 1, size, &source, &e), e);
            assert_true(log_.reads <= 2 * digits(size) + 1);
        }
    }
}

static void the_compact_range_of_any_size_is_read_from_the_nodes(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    struct tree grown;
    tree_init(&grown);
    for (uint64_t size = 0; size < 200; size++) {
        struct tree t;
        struct err e;
        ok_call(path_tree(&t, size, &source, &e), e);
        assert_memory_equal(&t, &grown, sizeof t);
        tree_append(&grown, log_.leaves[size]);
    }
}

/* A log in which every entry is the same: its nodes depend on their level alone. */
static bool level_node(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                       struct err *e)
{
    (void)context;
    (void)index;
    (void)e;
    tree_leaf_hash(ret, bytes_text("the same"));
    for (; level > 0; level--) {
        tree_node_hash(ret, ret, ret);
    }
    return true;
}

static void proofs_of_the_largest_trees_hold(void **state)
{
    (void)state;
    struct path_source source = {.node = level_node};
    const uint64_t sizes[] = {TREE_SIZE_MAX, TREE_SIZE_MAX - 1, (UINT64_C(1) << 52) + 1,
                              (UINT64_C(1) << 52) - 1};
    uint8_t leaf[TREE_HASH];
    tree_leaf_hash(leaf, bytes_text("the same"));
    for (size_t s = 0; s < 4; s++) {
        struct tree t;
        struct tree half;
        struct path p;
        struct err e;
        uint8_t root[TREE_HASH];
        uint8_t old_root[TREE_HASH];
        uint64_t old = sizes[s] / 3;
        ok_call(path_tree(&t, sizes[s], &source, &e), e);
        ok_call(path_tree(&half, old, &source, &e), e);
        tree_root(root, &t);
        tree_root(old_root, &half);
        ok_call(path_prove_inclusion(&p, old, sizes[s], &source, &e), e);
        ok_call(path_check_inclusion(&p, old, sizes[s], leaf, root, &e), e);
        ok_call(path_prove_consistency(&p, old, sizes[s], &source, &e), e);
        assert_true(p.count <= PATH_HASHES);
        ok_call(path_check_consistency(&p, old, old_root, sizes[s], root, &e), e);
    }
}

static void refused_inclusion(const struct path *p, uint64_t index, uint64_t size,
                              const uint8_t *leaf, const uint8_t *root)
{
    struct err e;
    assert_false(path_check_inclusion(p, index, size, leaf, root, &e));
    assert_true(e.code == ERR_AUTH || e.code == ERR_INPUT);
}

static void an_altered_inclusion_proof_is_refused(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    for (uint64_t size = 1; size <= 20; size++) {
        uint8_t root[TREE_HASH];
        memory_log_root(&log_, 0, size, root);
        for (uint64_t i = 0; i < size; i++) {
            struct path p;
            struct err e;
            const uint8_t *leaf = log_.leaves[i];
            ok_call(path_prove_inclusion(&p, i, size, &source, &e), e);
            for (size_t h = 0; h < p.count; h++) {
                struct path bad = p;
                bad.hashes[h][h % TREE_HASH] ^= 0x40;
                refused_inclusion(&bad, i, size, leaf, root);
            }
            struct path longer = p;
            memcpy(longer.hashes[longer.count++], root, TREE_HASH);
            refused_inclusion(&longer, i, size, leaf, root);
            if (p.count > 0) {
                struct path shorter = p;
                shorter.count--;
                refused_inclusion(&shorter, i, size, leaf, root);
            }
            for (uint64_t other = 0; other <= size; other++) {
                if (other != i) {
                    refused_inclusion(&p, other, size, leaf, root);
                }
            }
            refused_inclusion(&p, i, size, log_.leaves[i + 1], root);
            refused_inclusion(&p, i, size, leaf, log_.leaves[i + 1]);
        }
    }
}

static void refused_consistency(const struct path *p, uint64_t old, const uint8_t *old_root,
                                uint64_t size, const uint8_t *root)
{
    struct err e;
    assert_false(path_check_consistency(p, old, old_root, size, root, &e));
    assert_true(e.code == ERR_AUTH || e.code == ERR_INPUT);
}

static void an_altered_consistency_proof_is_refused(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    for (uint64_t size = 1; size <= 20; size++) {
        uint8_t root[TREE_HASH];
        memory_log_root(&log_, 0, size, root);
        for (uint64_t old = 1; old <= size; old++) {
            struct path p;
            struct err e;
            uint8_t old_root[TREE_HASH];
            memory_log_root(&log_, 0, old, old_root);
            ok_call(path_prove_consistency(&p, old, size, &source, &e), e);
            for (size_t h = 0; h < p.count; h++) {
                struct path bad = p;
                bad.hashes[h][h % TREE_HASH] ^= 0x01;
                refused_consistency(&bad, old, old_root, size, root);
            }
            struct path longer = p;
            memcpy(longer.hashes[longer.count++], root, TREE_HASH);
            refused_consistency(&longer, old, old_root, size, root);
            if (p.count > 0) {
                struct path shorter = p;
                shorter.count--;
                refused_consistency(&shorter, old, old_root, size, root);
            }
            refused_consistency(&p, old, log_.leaves[999], size, root);
            refused_consistency(&p, old, old_root, size, log_.leaves[999]);
        }
    }
}

static void a_forked_log_is_not_consistent(void **state)
{
    (void)state;
    static struct memory_log fork;
    struct path_source source = memory_log_source(&fork);
    uint8_t old_root[TREE_HASH];
    uint8_t root[TREE_HASH];
    struct path p;
    struct err e;
    memory_log_init(&fork, 40);
    fork.leaves[7][0] ^= 1;
    memory_log_root(&log_, 0, 20, old_root);
    memory_log_root(&fork, 0, 40, root);
    ok_call(path_prove_consistency(&p, 20, 40, &source, &e), e);
    ok_err(path_check_consistency(&p, 20, old_root, 40, root, &e), e, ERR_AUTH, "continue");
}

static void impossible_sizes_are_told(void **state)
{
    (void)state;
    struct path_source source = memory_log_source(&log_);
    struct path p;
    struct path poisoned;
    struct err e;
    const uint8_t *root = log_.leaves[0];
    memset(&poisoned, 0xa5, sizeof poisoned);
    p = poisoned;
    ok_err(path_prove_inclusion(&p, 5, 5, &source, &e), e, ERR_NOT_FOUND, "no entry 5");
    ok_err(path_prove_consistency(&p, 0, 5, &source, &e), e, ERR_NOT_FOUND, "from 0");
    ok_err(path_prove_consistency(&p, 6, 5, &source, &e), e, ERR_NOT_FOUND, "from 6");
    assert_memory_equal(&p, &poisoned, sizeof p);
    p.count = 0;
    ok_err(path_check_inclusion(&p, 0, 0, root, root, &e), e, ERR_INPUT, "no entry 0");
    ok_err(path_check_consistency(&p, 0, root, 0, root, &e), e, ERR_INPUT, "from 0");
    ok_err(path_check_consistency(&p, 2, root, 1, root, &e), e, ERR_INPUT, "from 2");
    ok_err(path_check_consistency(&p, 3, root, 8, root, &e), e, ERR_INPUT, "too few");
}

static bool node_fail(void *context, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
                      struct err *e)
{
    unsigned *left = context;
    memset(ret, (int)level, TREE_HASH);
    (void)index;
    return (*left)-- != 0 || err_set(e, ERR_IO, "the disk is gone");
}

static void a_source_that_fails_is_passed_on_and_leaves_the_result(void **state)
{
    (void)state;
    struct err e;
    struct path p;
    struct path poisoned;
    struct tree t;
    struct tree poisoned_tree;
    memset(&poisoned, 0xa5, sizeof poisoned);
    memset(&poisoned_tree, 0xa5, sizeof poisoned_tree);
    p = poisoned;
    t = poisoned_tree;
    for (unsigned reads = 0; reads < 3; reads++) {
        unsigned left = reads;
        struct path_source source = {.node = node_fail, .context = &left};
        ok_err(path_prove_inclusion(&p, 3, 15, &source, &e), e, ERR_IO, "gone");
        left = reads;
        ok_err(path_prove_consistency(&p, 6, 15, &source, &e), e, ERR_IO, "gone");
        left = reads;
        ok_err(path_tree(&t, 15, &source, &e), e, ERR_IO, "gone");
    }
    assert_memory_equal(&p, &poisoned, sizeof p);
    assert_memory_equal(&t, &poisoned_tree, sizeof t);
}

static void a_path_is_read_from_its_hashes(void **state)
{
    (void)state;
    static const uint8_t many[(PATH_HASHES + 1) * TREE_HASH];
    struct path p;
    struct path again;
    struct path poisoned;
    struct err e;
    struct path_source source = memory_log_source(&log_);
    ok_call(path_prove_inclusion(&p, 11, 60, &source, &e), e);
    ok_call(path_read(&again, path_bytes(&p), &e), e);
    assert_int_equal(again.count, p.count);
    ok_bytes(path_bytes(&again), path_bytes(&p));
    ok_call(path_read(&again, BYTES_NONE, &e), e);
    assert_int_equal(again.count, 0);
    memset(&poisoned, 0xa5, sizeof poisoned);
    again = poisoned;
    ok_err(path_read(&again, bytes_make(many, 33), &e), e, ERR_INPUT, "33");
    ok_err(path_read(&again, BYTES_OF(many), &e), e, ERR_LIMIT, "55 hashes");
    assert_memory_equal(&again, &poisoned, sizeof again);
}

int main(void)
{
    memory_log_init(&log_, MEMORY_LOG_MAX);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_leaf_of_every_tree_is_proven),
        cmocka_unit_test(every_tree_is_proven_to_continue_every_smaller_one),
        cmocka_unit_test(a_proof_costs_few_reads),
        cmocka_unit_test(the_compact_range_of_any_size_is_read_from_the_nodes),
        cmocka_unit_test(proofs_of_the_largest_trees_hold),
        cmocka_unit_test(an_altered_inclusion_proof_is_refused),
        cmocka_unit_test(an_altered_consistency_proof_is_refused),
        cmocka_unit_test(a_forked_log_is_not_consistent),
        cmocka_unit_test(impossible_sizes_are_told),
        cmocka_unit_test(a_source_that_fails_is_passed_on_and_leaves_the_result),
        cmocka_unit_test(a_path_is_read_from_its_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
