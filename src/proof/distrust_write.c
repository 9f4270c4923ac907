#include "proof/distrust_file.h"

#include "base/json.h"
#include "base/limits.h"
#include "pki/x509.h"

static bool refuse(struct err *e, const char *what)
{
    return err_set(e, ERR_INPUT, "a distrust list cannot have %s", what);
}

bool distrust_head_check(const struct distrust_head *head, struct err *e)
{
    if (head->number > RICE_NUMBER_MAX || head->certificates > RICE_NUMBER_MAX)
        return refuse(e, "a number that is not below 2^53");
    if (head->issued < 0 || head->expires <= head->issued || head->expires > LIMIT_TIME_MS)
        return refuse(e, "times such as these");
    if (head->size == 0 || head->size > TREE_SIZE_MAX)
        return refuse(e, "a log of that size");
    return true;
}

static size_t artifact_count(const struct distrust_plan *plan)
{
    return plan->artifacts.size / DIGEST_SHA256_SIZE;
}

static bool counts_check(const struct distrust_plan *plan, struct err *e)
{
    if (plan->group_count > DISTRUST_ITEMS_MAX || plan->key_count > DISTRUST_ITEMS_MAX ||
        plan->signature_count > DISTRUST_ITEMS_MAX || artifact_count(plan) > DISTRUST_ITEMS_MAX)
        return err_set(e, ERR_LIMIT, "a distrust list has at most %u items of a kind",
                       DISTRUST_ITEMS_MAX);
    if (plan->path_count > DISTRUST_PATHS_MAX)
        return err_set(e, ERR_LIMIT, "a distrust list has at most %d paths", DISTRUST_PATHS_MAX);
    return true;
}

static void head_put(struct buf *b, const struct distrust_plan *plan)
{
    const struct distrust_head *head = &plan->head;
    buf_put_text(b, DISTRUST_MAGIC);
    buf_put(b, BYTES_OF(head->authority));
    buf_put_u64(b, head->number);
    buf_put_u64(b, (uint64_t)head->issued);
    buf_put_u64(b, (uint64_t)head->expires);
    buf_put_u64(b, head->size);
    buf_put(b, BYTES_OF(head->root));
    buf_put_u64(b, head->certificates);
    buf_put_u32(b, (uint32_t)plan->group_count);
    buf_put_u32(b, (uint32_t)plan->key_count);
    buf_put_u32(b, (uint32_t)plan->signature_count);
    buf_put_u32(b, (uint32_t)artifact_count(plan));
    buf_put_u32(b, (uint32_t)plan->path_count);
}

static bool numbers_check(const struct distrust_group *g, uint64_t limit, struct err *e)
{
    if (g->count == 0 || g->count > DISTRUST_NUMBERS_MAX)
        return refuse(e, "a group of so many certificates");
    for (size_t i = 1; i < g->count; i++)
        if (g->numbers[i] <= g->numbers[i - 1])
            return refuse(e, "certificate numbers that do not ascend");
    if (g->numbers[g->count - 1] >= limit)
        return refuse(e, "a certificate that has not been numbered");
    return true;
}

static bool group_put(struct buf *b, const struct distrust_group *g, struct err *e)
{
    AUTO_VALUE(buf) code = BUF(DISTRUST_MAX);
    unsigned k = rice_choose(g->numbers, g->count);
    rice_put(&code, g->numbers, g->count, k);
    if (!buf_ok(&code, "the distrust list", e))
        return false;
    buf_put_u64(b, (uint64_t)g->effective);
    buf_put_u32(b, (uint32_t)g->count);
    buf_put_u32(b, (uint32_t)code.size);
    buf_put_u8(b, (uint8_t)k);
    buf_put(b, buf_bytes(&code));
    return true;
}

static bool groups_put(struct buf *b, const struct distrust_plan *plan, struct err *e)
{
    int64_t next = 0;
    for (size_t i = 0; i < plan->group_count; i++) {
        const struct distrust_group *g = &plan->groups[i];
        if (g->effective < next || g->effective > LIMIT_TIME_MS)
            return refuse(e, "effective times that do not ascend");
        if (!numbers_check(g, plan->head.certificates, e) || !group_put(b, g, e))
            return false;
        next = g->effective + 1;
    }
    return true;
}

static bool keys_put(struct buf *b, const struct distrust_plan *plan, struct err *e)
{
    for (size_t i = 0; i < plan->key_count; i++) {
        const struct distrust_key *key = &plan->keys[i];
        if (i > 0 && memcmp(key->key, key[-1].key, sizeof key->key) <= 0)
            return refuse(e, "keys that do not ascend");
        if (key->effective < 0 || key->effective > LIMIT_TIME_MS)
            return refuse(e, "an effective time such as that of a key");
        buf_put(b, BYTES_OF(key->key));
        buf_put_u64(b, (uint64_t)key->effective);
    }
    return true;
}

static bool prefixes_put(struct buf *b, const struct distrust_plan *plan, struct err *e)
{
    for (size_t i = 0; i < plan->signature_count; i++) {
        if (i > 0 && plan->signatures[i] <= plan->signatures[i - 1])
            return refuse(e, "signatures that do not ascend");
        buf_put_u64(b, plan->signatures[i]);
    }
    return true;
}

/* Hashes behind each other. */
static bool hashes_put(struct buf *b, struct bytes hashes, struct err *e)
{
    if (hashes.size % DIGEST_SHA256_SIZE != 0 ||
        !distrust_ascends(hashes, DIGEST_SHA256_SIZE, DIGEST_SHA256_SIZE))
        return refuse(e, "hashes that do not ascend");
    buf_put(b, hashes);
    return true;
}

static bool path_put(struct buf *b, const struct distrust_path *path, struct err *e)
{
    size_t keys = path->keys.size / DIGEST_SHA256_SIZE;
    if (path->id.size == 0 || path->id.size > LIMIT_ID)
        return refuse(e, "a path with an id of that length");
    if (keys == 0 || keys > DISTRUST_PATH_KEYS_MAX)
        return refuse(e, "a path with so many keys");
    if (path->since < 0 || path->since > LIMIT_TIME_MS)
        return refuse(e, "a time such as that of a path");
    buf_put_u8(b, (uint8_t)path->id.size);
    buf_put(b, path->id);
    buf_put_u64(b, (uint64_t)path->since);
    buf_put_u16(b, (uint16_t)keys);
    return hashes_put(b, path->keys, e);
}

static bool paths_put(struct buf *b, const struct distrust_plan *plan, struct err *e)
{
    for (size_t i = 0; i < plan->path_count; i++) {
        const struct distrust_path *path = &plan->paths[i];
        if (i > 0 && bytes_compare(path[-1].id, path->id) >= 0)
            return refuse(e, "paths that do not ascend");
        if (!path_put(b, path, e))
            return false;
    }
    return true;
}

bool distrust_build(struct buf *ret, const struct distrust_plan *plan, struct err *e)
{
    AUTO_VALUE(buf) b = BUF(DISTRUST_MAX);
    if (!distrust_head_check(&plan->head, e) || !counts_check(plan, e))
        return false;
    head_put(&b, plan);
    if (!groups_put(&b, plan, e) || !keys_put(&b, plan, e) || !prefixes_put(&b, plan, e) ||
        !hashes_put(&b, plan->artifacts, e) || !paths_put(&b, plan, e) ||
        !buf_ok(&b, "the distrust list", e))
        return false;
    buf_put(ret, buf_bytes(&b));
    return buf_ok(ret, "the distrust list", e);
}

void distrust_digest(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes body)
{
    static const char context[] = "sealward-distrust-list"; /* its NUL is the zero byte */
    digest_sha256_pair(ret, bytes_make(context, sizeof context), body);
}

bool distrust_finish(struct buf *b, struct bytes certificate, struct bytes signature, struct err *e)
{
    if (certificate.size == 0 || certificate.size > X509_DER_MAX)
        return refuse(e, "a certificate of that length");
    if (signature.size != DISTRUST_SIGNATURE)
        return refuse(e, "a signature of that length");
    buf_put_u16(b, (uint16_t)certificate.size);
    buf_put(b, certificate);
    buf_put(b, signature);
    return buf_ok(b, "the distrust list", e);
}

void distrust_signature_id(uint8_t ret[DIGEST_SHA256_SIZE], const uint8_t key[DIGEST_SHA256_SIZE],
                           struct bytes tbs)
{
    digest_sha256_pair(ret, bytes_make(key, DIGEST_SHA256_SIZE), tbs);
}

uint64_t distrust_signature_prefix(const uint8_t id[DIGEST_SHA256_SIZE])
{
    uint64_t prefix = 0;
    for (unsigned i = 0; i < DISTRUST_PREFIX; i++)
        prefix = prefix << 8 | id[i];
    return prefix;
}

void distrust_artifact_id(uint8_t ret[DIGEST_SHA256_SIZE], struct bytes format, struct bytes alg,
                          struct bytes digest)
{
    static const uint8_t zero[1];
    struct digest d;
    uint8_t id[DIGEST_MAX];
    digest_init(&d, DIGEST_SHA256);
    digest_add(&d, format);
    digest_add(&d, BYTES_OF(zero));
    digest_add(&d, alg);
    digest_add(&d, BYTES_OF(zero));
    digest_add(&d, digest);
    (void)digest_final(&d, id);
    memcpy(ret, id, DIGEST_SHA256_SIZE);
}
