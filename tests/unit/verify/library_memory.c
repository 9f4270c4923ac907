/*
 * How much memory a call takes, and that it gives all of it back. Linked with the library's files
 * so that its allocations can be counted; libcrypto counts for itself.
 */
#include <sealward/verify.h>

#include "signed.h"

#include <malloc.h>

#include "pki/openssl.h"

enum { NUMBERS = 1000000 };

struct count {
    size_t now;
    size_t peak;
};
static struct count ours;
static struct count libcrypto;

static void *taken(struct count *c, void *p)
{
    c->now += p == NULL ? 0 : malloc_usable_size(p);
    if (c->now > c->peak)
        c->peak = c->now;
    return p;
}

static void given(struct count *c, void *p)
{
    c->now -= p == NULL ? 0 : malloc_usable_size(p);
}

/* The linker puts these in place of libc's, for everything that is not a shared library. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

void *__wrap_malloc(size_t size)
{
    return taken(&ours, __real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return taken(&ours, __real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
    given(&ours, p);
    return taken(&ours, __real_realloc(p, size));
}

void __wrap_free(void *p)
{
    given(&ours, p);
    __real_free(p);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return taken(&libcrypto, __real_malloc(size));
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    given(&libcrypto, p);
    return taken(&libcrypto, __real_realloc(p, size));
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    given(&libcrypto, p);
    __real_free(p);
}

static struct signed_file f;
static struct buf authority;
static struct sealward_bytes roots[2];

static struct sealward_bytes theirs(struct bytes b)
{
    return (struct sealward_bytes){.data = b.data, .size = b.size};
}

/* The list of a million certificates, none of them ours. */
static void list_of_many(struct buf *ret)
{
    uint64_t *numbers = malloc(NUMBERS * sizeof *numbers);
    assert_non_null(numbers);
    for (size_t i = 0; i < NUMBERS; i++)
        numbers[i] = 100 * i + 50;
    const struct distrust_group group = {.numbers = numbers, .count = NUMBERS};
    struct distrust_plan plan = signed_list_plan();
    plan.head.certificates = 100 * (uint64_t)NUMBERS;
    plan.groups = &group;
    plan.group_count = 1;
    list_make(ret, &plan, &f.list_signer);
    free(numbers);
}

static struct sealward_verdict judged(struct bytes list)
{
    struct sealward_verdict verdict = {.size = sizeof verdict};
    struct sealward_bytes receipt = theirs(buf_bytes(&f.request_receipt));
    const struct sealward_input input = {.size = sizeof input,
                                         .format = "cms",
                                         .file = theirs(bytes_text(SIGNED_CONTENT)),
                                         .signature = theirs(buf_bytes(&f.cms_stamped)),
                                         .roots = roots,
                                         .root_count = 2,
                                         .authority = theirs(buf_bytes(&authority)),
                                         .list = theirs(list),
                                         .receipts = &receipt,
                                         .receipt_count = 1,
                                         .demand_fresh = 1,
                                         .now = SIGNED_NOW};
    size_t before = ours.now;
    ours.peak = before;
    libcrypto.peak = libcrypto.now;
    assert_int_equal(sealward_verify(&input, &verdict), 1);
    assert_int_equal(ours.now, before);
    ours.peak -= before;
    return verdict;
}

static void a_call_takes_what_it_says_and_gives_it_back(void **state)
{
    (void)state;
    AUTO_VALUE(buf) list;
    list_of_many(&list);
    struct sealward_verdict v = judged(buf_bytes(&list));
    size_t kept = libcrypto.now;
    print_message("a list of %d certificates: %zu bytes, arena %zu, libcrypto %zu\n", NUMBERS,
                  ours.peak, v.memory, libcrypto.peak);
    assert_in_range(v.memory, 1, 600 << 10);
    /* Arenas are taken in pieces, and there are some small working buffers. */
    assert_in_range(ours.peak, v.memory, v.memory + (64 << 10));
    assert_in_range(libcrypto.peak, 0, 512 << 10);
    for (unsigned i = 0; i < 20; i++)
        (void)judged(buf_bytes(&list));
    assert_in_range(libcrypto.now, 0, kept);
}

static int fixture_make(void **state)
{
    (void)state;
    signed_make(&f);
    authority = BUF(LIMIT_AUTHORITY);
    authority_write(&authority, &f.authority);
    for (unsigned i = 0; i < 2; i++)
        roots[i] = theirs(f.root_ders[i]);
    return 0;
}

static int fixture_done(void **state)
{
    (void)state;
    buf_done(&authority);
    signed_done(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_takes_what_it_says_and_gives_it_back),
    };
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, fixture_make, fixture_done);
}
