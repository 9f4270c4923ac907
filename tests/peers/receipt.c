/*
 * receipt FORMAT FILE BESIDE SECONDS FOLDER: makes a small log, signed with a key of this
 * program's, in which a request for the file's (last) signature stands at SECONDS since 1970;
 * writes the authority's file, as the certificates of the program `certificates` name it, to
 * FOLDER/authority.json, and the receipt to FOLDER/receipt. BESIDE is the signature beside the
 * file, or "-". For test_verify.py.
 */
#include "pki/openssl.h"

#include <stdio.h>
#include <stdlib.h>

#include "artifact/artifact.h"
#include "base/file.h"
#include "pki/cms.h"
#include "proof/path.h"
#include "proof/receipt.h"
#include "proof/request.h"
#include "rules/entry.h"

#define ORIGIN "sign.example/log"

static const uint8_t authority_id[TREE_HASH] = {0xab, 0xcd};

static void need(bool ok, const char *what, const struct err *e)
{
    if (!ok) {
        (void)fprintf(stderr, "%s: %s\n", what, e->message);
        exit(1);
    }
}

/* The request that the signature was made by, as an entry. */
static void entry_make(struct buf *ret, struct bytes format, struct bytes signature, int64_t time)
{
    static const uint8_t grant[TREE_HASH] = {1};
    static const uint8_t session[64] = {2};
    struct artifact_preimages preimages;
    struct x509 cert;
    struct cms cms;
    enum digest_alg alg = DIGEST_SHA256;
    enum mechanism mechanism = MECHANISM_ECDSA_SHA256;
    uint8_t key[32];
    struct err e;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    AUTO_VALUE(arena) arena = ARENA(ARTIFACT_ARENA_MAX);
    need(artifact_preimages(&preimages, format, signature, &arena, &e) &&
             cms_parse(&cms, signature, &e) &&
             cms_signer_certificate(&cert, &cms, &cms.signers[0], &e) &&
             cms_signer_algorithms(&alg, &mechanism, &cms.signers[0], &e),
         "signature", &e);
    pubkey_spki_sha256(key, cert.spki);
    struct request_item item = {.digest = bytes_make(preimages.digest, digest_size(alg)),
                                .artifact = -1};
    struct request request = {.grant = BYTES_OF(grant),
                              .key = BYTES_OF(key),
                              .mechanism = (int)mechanism,
                              .items = {.items = &item, .count = 1},
                              .signature = BYTES_OF(session)};
    fields_write(&body, &request_fields, &request);
    entry_write(ret, 1, time, bytes_text("request"), buf_bytes(&body));
    need(buf_ok(ret, "entry", &e), "entry", &e);
}

static EVP_PKEY *log_key(struct note_key *ret)
{
    static const uint8_t seed[32] = {9};
    uint8_t raw[32];
    size_t size = sizeof raw;
    struct err e = {.message = "log key"};
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    need(key != NULL && EVP_PKEY_get_raw_public_key(key, raw, &size) == 1 &&
             note_key_make(ret, bytes_text(ORIGIN), NOTE_ED25519, BYTES_OF(raw), &e),
         "log key", &e);
    return key;
}

static void checkpoint_sign(struct buf *ret, const struct checkpoint *c)
{
    struct note_key key;
    uint8_t signature[64];
    size_t size = sizeof signature;
    struct err e = {.message = "cannot be signed"};
    AUTO_VALUE(buf) text = BUF(4096);
    AUTO_VALUE(buf) message = BUF(4096);
    EVP_PKEY *private = log_key(&key);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    checkpoint_write(&text, bytes_text(ORIGIN), c);
    note_message(&message, &key, buf_bytes(&text));
    need(EVP_DigestSignInit(ctx, NULL, NULL, NULL, private) == 1 &&
             EVP_DigestSign(ctx, signature, &size, message.data, message.size) == 1 &&
             note_assemble(ret, buf_bytes(&text), &key, BYTES_OF(signature), &e),
         "checkpoint", &e);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(private);
}

/* A log of two entries: something, and the request. */
static void receipt_make(struct buf *ret, struct bytes entry)
{
    struct receipt receipt = {.entry = entry, .index = 1, .path = {.count = 1}};
    struct checkpoint c = {.size = 2};
    uint8_t leaf[TREE_HASH];
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    tree_leaf_hash(receipt.path.hashes[0], bytes_text("something"));
    tree_leaf_hash(leaf, entry);
    tree_node_hash(c.root, receipt.path.hashes[0], leaf);
    checkpoint_sign(&note, &c);
    receipt.checkpoint = buf_bytes(&note);
    receipt_write(ret, &receipt);
}

static void file_put(const char *folder, const char *name, const struct buf *content)
{
    char path[4096];
    struct err e;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    need(buf_ok(content, name, &e) && file_replace(path, buf_bytes(content), 0644, &e), path, &e);
}

static void authority_put(const char *folder)
{
    struct authority authority = {.origin = bytes_text(ORIGIN),
                                  .base_url = bytes_text("https://sign.example")};
    AUTO_VALUE(buf) text = BUF(LIMIT_AUTHORITY);
    EVP_PKEY_free(log_key(&authority.log_key));
    memcpy(authority.id, authority_id, sizeof authority.id);
    authority_write(&text, &authority);
    file_put(folder, "authority.json", &text);
}

int main(int argc, char **argv)
{
    struct artifact_signatures found;
    struct err e = {.message = "usage: receipt FORMAT FILE BESIDE SECONDS FOLDER"};
    AUTO_VALUE(buf) file = BUF(1 << 28);
    AUTO_VALUE(buf) beside = BUF(CMS_DER_MAX);
    AUTO_VALUE(buf) entry = BUF(LIMIT_ENTRY);
    AUTO_VALUE(buf) receipt = BUF(RECEIPT_BYTES_MAX);
    AUTO_VALUE(arena) arena = ARENA(ARTIFACT_ARENA_MAX);
    need(argc == 6, "arguments", &e);
    need(file_read(&file, argv[2], FILE_REGULAR, &e), "file", &e);
    need(strcmp(argv[3], "-") == 0 || file_read(&beside, argv[3], FILE_REGULAR, &e), "beside", &e);
    need(artifact_signatures(&found, bytes_text(argv[1]), buf_bytes(&file), buf_bytes(&beside),
                             &arena, &e) &&
             found.count > 0,
         "signatures", &e);
    entry_make(&entry, bytes_text(argv[1]), found.list[found.count - 1],
               (int64_t)strtoll(argv[4], NULL, 10) * 1000);
    receipt_make(&receipt, buf_bytes(&entry));
    authority_put(argv[5]);
    file_put(argv[5], "receipt", &receipt);
    return 0;
}
