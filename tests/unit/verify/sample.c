/*
 * Writes the tests' signed file with all that belongs to it into a folder, for tests of programs:
 * file, file.p7s, bare and bare.sig, signer.pem, root.der, roots.pem, authority.json, list,
 * list-revoked, request.receipt, grant.receipt, now (milliseconds).
 */
#include "signed.h"

#include "base/base64.h"
#include "base/file.h"
#include "pki/pem.h"

static const char *folder;

static void put(const char *name, struct bytes content)
{
    char path[512];
    struct err e;
    assert_true((size_t)snprintf(path, sizeof path, "%s/%s", folder, name) < sizeof path);
    ok_call(file_replace(path, content, 0644, &e), e);
}

static void put_pem(const char *name, const struct bytes *ders, size_t count)
{
    AUTO_VALUE(buf) text = BUF(PEM_MAX);
    for (size_t i = 0; i < count; i++) {
        AUTO_VALUE(buf) base64 = BUF(PEM_MAX);
        base64_put(&base64, ders[i]);
        buf_put_text(&text, "-----BEGIN CERTIFICATE-----\n");
        for (size_t at = 0; at < base64.size; at += 64) {
            size_t left = base64.size - at;
            buf_put(&text, bytes_make(base64.data + at, left < 64 ? left : 64));
            buf_put_text(&text, "\n");
        }
        buf_put_text(&text, "-----END CERTIFICATE-----\n");
    }
    put(name, buf_bytes(&text));
}

static void put_lists(const struct signed_file *s)
{
    struct distrust_key key = {.effective = SIGNED_TIME + 1};
    struct distrust_plan plan = signed_list_plan();
    AUTO_VALUE(buf) good;
    AUTO_VALUE(buf) revoked;
    list_make(&good, &plan, &s->list_signer);
    memcpy(key.key, s->key, sizeof key.key);
    plan.keys = &key;
    plan.key_count = 1;
    list_make(&revoked, &plan, &s->list_signer);
    put("list", buf_bytes(&good));
    put("list-revoked", buf_bytes(&revoked));
}

static void put_bare(const struct signed_file *s)
{
    AUTO_VALUE(buf) value = BUF(128);
    uint8_t raw[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    ok_call(session_key_sign(signed_hierarchy(s)->keys[LEAF], raw, bytes_text(SIGNED_CONTENT), &e),
            e);
    algorithm_put_signature_value(&value, MECHANISM_ECDSA_SHA256, BYTES_OF(raw));
    put("bare", bytes_text(SIGNED_CONTENT));
    put("bare.sig", buf_bytes(&value));
}

static void sample_put(void **state)
{
    (void)state;
    static struct signed_file s;
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) now = BUF(32);
    signed_make(&s);
    const struct hierarchy *h = signed_hierarchy(&s);
    const struct bytes signer[] = {h->certs[LEAF].der, h->certs[CA].der};
    authority_write(&authority, &s.authority);
    buf_printf(&now, "%" PRId64, SIGNED_NOW);
    put("file", bytes_text(SIGNED_CONTENT));
    put("file.p7s", buf_bytes(&s.cms_stamped));
    put("root.der", s.root_ders[0]);
    put_pem("roots.pem", s.root_ders, 2);
    put_pem("signer.pem", signer, 2);
    put("authority.json", buf_bytes(&authority));
    put("request.receipt", buf_bytes(&s.request_receipt));
    put("grant.receipt", buf_bytes(&s.grant_receipt));
    put("now", buf_bytes(&now));
    put_lists(&s);
    put_bare(&s);
    signed_done(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sample_put)};
    if (argc != 2)
        return 2;
    folder = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
