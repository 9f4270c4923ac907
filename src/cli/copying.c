#include "cli/copying.h"

enum { PIECE = 1 << 20 };

static void hash_take(struct digest *d, uint8_t ret[DIGEST_SHA256_SIZE])
{
    uint8_t hash[DIGEST_MAX];
    (void)digest_final(d, hash);
    memcpy(ret, hash, DIGEST_SHA256_SIZE);
}

bool copying_begin(struct copying *ret, const char *path, struct err *e)
{
    struct copying c = {.size = 0};
    if (!file_open(&c.file, path, FILE_CREATE, FILE_REGULAR, 0600, e))
        return false;
    digest_init(&c.digest, DIGEST_SHA256);
    *ret = c;
    return true;
}

bool copying_add(struct copying *c, struct bytes bytes, struct err *e)
{
    if (!file_pwrite(c->file, c->size, bytes, e))
        return false;
    c->size += bytes.size;
    digest_add(&c->digest, bytes);
    return true;
}

bool copying_end(struct copying *c, uint8_t ret_hash[DIGEST_SHA256_SIZE], struct err *e)
{
    if (!file_sync(c->file, e) || !file_sync_name(c->file, e))
        return false;
    hash_take(&c->digest, ret_hash);
    return true;
}

void copying_done(struct copying *c)
{
    file_free(c->file);
    c->file = NULL;
}

bool copying_file(struct copying *to, const char *path, uint64_t *ret_size,
                  uint8_t ret_hash[DIGEST_SHA256_SIZE], struct err *e)
{
    AUTO(file) from = NULL;
    AUTO_VALUE(buf) piece = BUF(PIECE);
    struct file_facts facts;
    struct digest digest;
    digest_init(&digest, DIGEST_SHA256);
    if (!file_open(&from, path, FILE_READ, FILE_REGULAR, 0, e) || !file_facts(&facts, from, e))
        return false;
    for (uint64_t at = 0; at < facts.size; at += PIECE) {
        size_t size = facts.size - at < PIECE ? (size_t)(facts.size - at) : PIECE;
        buf_reset(&piece);
        uint8_t *place = buf_grow(&piece, size);
        if (place == NULL)
            return err_set(e, ERR_MEMORY, "out of memory for copying");
        if (!file_pread(from, at, place, size, e) ||
            (to != NULL && !copying_add(to, buf_bytes(&piece), e)))
            return false;
        digest_add(&digest, buf_bytes(&piece));
    }
    *ret_size = facts.size;
    hash_take(&digest, ret_hash);
    return true;
}
