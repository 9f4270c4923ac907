#include "pki/sshkey.h"

#include "base/base64.h"
#include "base/limits.h"
#include "pki/digest.h"
#include "pki/ed25519.h"
#include "pki/rsa.h"
#include "pki/sshwire.h"

#define NAME_MAX_SIZE 64
#define APPLICATION_MAX 255

const char *const sshkey_names[] = {
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    NULL,
};

enum shape { SHAPE_ED25519, SHAPE_ECDSA, SHAPE_RSA };

static const struct {
    enum shape shape;
    bool hardware;
    const char *curve; /* SHAPE_ECDSA: the name that stands in the key */
    size_t point;      /* bytes of the point */
    unsigned bits;
} kinds[SSHKEY_COUNT] = {
    [SSHKEY_ED25519] = {SHAPE_ED25519, false, NULL, 32, 256},
    [SSHKEY_ECDSA_P256] = {SHAPE_ECDSA, false, "nistp256", 65, 256},
    [SSHKEY_ECDSA_P384] = {SHAPE_ECDSA, false, "nistp384", 97, 384},
    [SSHKEY_ECDSA_P521] = {SHAPE_ECDSA, false, "nistp521", 133, 521},
    [SSHKEY_RSA] = {SHAPE_RSA, false, NULL, 0, 0},
    [SSHKEY_SK_ED25519] = {SHAPE_ED25519, true, NULL, 32, 256},
    [SSHKEY_SK_ECDSA_P256] = {SHAPE_ECDSA, true, "nistp256", 65, 256},
};

bool sshkey_is_hardware(enum sshkey_kind kind)
{
    return kinds[kind].hardware;
}

static bool kind_from_name(enum sshkey_kind *ret, struct bytes name, struct err *e)
{
    for (int i = 0; i < SSHKEY_COUNT; i++) {
        if (!bytes_is(name, sshkey_names[i]))
            continue;
        *ret = (enum sshkey_kind)i;
        return true;
    }
    err_set(e, ERR_INPUT, "SSH key type \"%.*s\" is not accepted", BYTES_PRINT(name));
    return err_hint(e, "accepted are ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa and the "
                       "hardware-held sk- types");
}

static bool point_check(const struct sshkey *key, struct err *e)
{
    size_t size = kinds[key->kind].point;
    if (key->point.size != size)
        return err_set(e, ERR_INPUT, "the point of an SSH key has %zu bytes instead of %zu",
                       key->point.size, size);
    if (kinds[key->kind].shape == SHAPE_ED25519 && !ed25519_is_sound(key->point))
        return err_set(e, ERR_INPUT, "the SSH key is no sound Ed25519 key");
    if (kinds[key->kind].shape == SHAPE_ECDSA && key->point.data[0] != 0x04)
        return err_set(e, ERR_INPUT, "the point of an SSH key is not in its uncompressed form");
    return true;
}

/* The fields behind the kind's name. Whether the curve's name fits goes to *ret_fits. */
static void fields_take(struct sshkey *key, struct reader *r, bool *ret_fits)
{
    *ret_fits = true;
    if (kinds[key->kind].shape == SHAPE_RSA) {
        key->exponent = sshwire_number(r, 8);
        key->modulus = sshwire_number(r, LIMIT_SSH_KEY);
        return;
    }
    if (kinds[key->kind].shape == SHAPE_ECDSA)
        *ret_fits = bytes_is(reader_string32(r, NAME_MAX_SIZE), kinds[key->kind].curve);
    key->point = reader_string32(r, LIMIT_SSH_KEY);
    if (kinds[key->kind].hardware)
        key->application = reader_string32(r, APPLICATION_MAX);
}

bool sshkey_parse(struct sshkey *ret, struct bytes blob, struct err *e)
{
    struct sshkey key = {.blob = blob};
    bool fits;
    if (blob.size > LIMIT_SSH_KEY)
        return err_set(e, ERR_LIMIT, "an SSH key of %zu bytes is too large", blob.size);
    struct reader r = reader_make(blob);
    if (!kind_from_name(&key.kind, reader_string32(&r, NAME_MAX_SIZE), e))
        return false;
    key.bits = kinds[key.kind].bits;
    fields_take(&key, &r, &fits);
    if (!reader_done(&r, "the SSH key", e))
        return false;
    if (!fits)
        return err_set(e, ERR_INPUT, "the curve in an SSH key is not the one of its type");
    bool good = kinds[key.kind].shape == SHAPE_RSA
                    ? rsa_check(&key.bits, key.modulus, key.exponent, e)
                    : point_check(&key, e);
    if (!good)
        return false;
    *ret = key;
    return true;
}

/* Up to the first space, which is taken along. */
static struct bytes word_take(struct bytes *line)
{
    size_t size = 0;
    while (size < line->size && line->data[size] != ' ')
        size++;
    struct bytes word = bytes_make(line->data, size);
    size_t taken = size < line->size ? size + 1 : size;
    *line = bytes_make(line->data + taken, line->size - taken);
    return word;
}

/* The blob must be the key that the line's first word announces. */
static bool line_blob_check(struct bytes blob, struct bytes name, struct err *e)
{
    struct sshkey key;
    if (!sshkey_parse(&key, blob, e))
        return false;
    if (bytes_is(name, sshkey_names[key.kind]))
        return true;
    return err_set(e, ERR_INPUT, "the line says \"%.*s\", but the key is %s", BYTES_PRINT(name),
                   sshkey_names[key.kind]);
}

bool sshkey_line_parse(struct buf *ret_blob, struct bytes *ret_comment, struct bytes line,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(2 * LIMIT_SSH_LINE);
    struct bytes blob;
    enum sshkey_kind kind;
    if (line.size > LIMIT_SSH_LINE)
        return err_set(e, ERR_LIMIT, "an SSH public key line of %zu bytes is too long", line.size);
    if (line.size > 0 && line.data[line.size - 1] == '\n')
        line.size--;
    if (line.size > 0 && memchr(line.data, '\n', line.size) != NULL)
        return err_set(e, ERR_INPUT, "an SSH public key is one line, and here are more");
    struct bytes name = word_take(&line);
    struct bytes text = word_take(&line);
    if (!kind_from_name(&kind, name, e))
        return false;
    if (!base64_decode(&blob, text, &arena, e))
        return err_wrap(e, "SSH public key");
    if (!line_blob_check(blob, name, e))
        return false;
    buf_put(ret_blob, blob);
    if (!buf_ok(ret_blob, "an SSH public key", e))
        return false;
    if (ret_comment != NULL)
        *ret_comment = line;
    return true;
}

void sshkey_fingerprint(char ret[SSHKEY_FINGERPRINT_SIZE], struct bytes blob)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t digest[DIGEST_SHA256_SIZE + 1] = {0};
    digest_sha256(digest, blob);
    memcpy(ret, "SHA256:", 7);
    /* 256 bits take 43 characters of six bits, the last with two bits of zero behind it. */
    for (size_t i = 0; i < 43; i++) {
        size_t bit = 6 * i;
        unsigned pair = (unsigned)digest[bit / 8] << 8 | digest[bit / 8 + 1];
        ret[7 + i] = alphabet[pair >> (10 - bit % 8) & 0x3f];
    }
    ret[SSHKEY_FINGERPRINT_SIZE - 1] = '\0';
}
