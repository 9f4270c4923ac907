/*
 * artifact FORMAT FILE [SIGNATURE-FILE [LEAF ROOT SECONDS]]: prints the artifact's SHA-256, and for
 * each signature a line "bound" or why it is not; given certificates (DER), also "chain" when the
 * signer is LEAF and its chain holds up to ROOT at that time. "-" for SIGNATURE-FILE: none. For
 * test_artifacts.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "artifact/artifact.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/text.h"
#include "pki/chain.h"
#include "pki/cms.h"
#include "proof/binding.h"

static bool failed;

static void say(const char *what, const struct err *e)
{
    (void)printf("%s: %s\n", what, e->message);
    failed = true;
}

static void need(bool ok, const struct err *e)
{
    if (!ok) {
        (void)printf("refused: %s\n", e->message);
        exit(1);
    }
}

static void file_take(struct buf *ret, const char *path)
{
    struct err e = {0};
    need(file_read(ret, path, FILE_REGULAR, &e), &e);
}

static void binding_show(struct bytes format, struct bytes file,
                         const struct artifact_preimages *preimages)
{
    struct err e = {0};
    uint8_t digest[DIGEST_MAX];
    struct binding b = {.artifact_alg = preimages->alg,
                        .signed_alg = preimages->alg,
                        .preimages = preimages->list,
                        .preimage_count = preimages->count};
    need(format_from_name(&b.format, format, &e), &e);
    need(artifact_identify(digest, format, preimages->alg, file, &e), &e);
    b.artifact_digest = bytes_make(digest, digest_size(preimages->alg));
    b.signed_digest = bytes_make(preimages->digest, digest_size(preimages->alg));
    if (binding_check(&b, &e))
        (void)printf("bound %s\n", digest_name(preimages->alg));
    else
        say("not bound", &e);
}

/* Parses those certificates of the message that can be. */
static size_t certificates_take(struct x509 ret[CMS_CERTIFICATES_MAX], const struct cms *cms)
{
    struct err ignored;
    size_t count = 0;
    for (size_t i = 0; i < cms->certificate_count; i++)
        count += x509_parse(&ret[count], cms->certificates[i], &ignored);
    return count;
}

static void chain_show(struct bytes signature, struct bytes leaf, struct bytes root_der,
                       int64_t time)
{
    static struct x509 between[CMS_CERTIFICATES_MAX];
    struct err e = {0};
    struct cms cms;
    struct x509 signer, root;
    need(cms_parse(&cms, signature, &e), &e);
    need(cms_signer_certificate(&signer, &cms, &cms.signers[0], &e), &e);
    need(x509_parse(&root, root_der, &e), &e);
    size_t count = certificates_take(between, &cms);
    if (!bytes_equal(signer.der, leaf))
        (void)printf("another signer\n");
    else if (chain_verify(NULL, CHAIN_CODE_SIGNING, &signer, between, count, &root, time, &e))
        (void)printf("chain\n");
    else
        say("no chain", &e);
}

static void signature_show(int argc, char **argv, struct bytes file, struct bytes signature)
{
    struct err e = {0};
    struct artifact_preimages preimages;
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    AUTO_VALUE(buf) leaf = BUF(X509_DER_MAX);
    AUTO_VALUE(buf) root = BUF(X509_DER_MAX);
    uint64_t seconds;
    if (artifact_preimages(&preimages, bytes_text(argv[1]), signature, &a, &e))
        binding_show(bytes_text(argv[1]), file, &preimages);
    else
        (void)printf("unbound: %s\n", e.message);
    if (argc < 7)
        return;
    file_take(&leaf, argv[4]);
    file_take(&root, argv[5]);
    need(text_read_number(&seconds, bytes_text(argv[6]), UINT32_MAX, &e), &e);
    chain_show(signature, buf_bytes(&leaf), buf_bytes(&root), (int64_t)seconds * 1000);
}

int main(int argc, char **argv)
{
    struct err e = {0};
    struct artifact_signatures found;
    uint8_t digest[DIGEST_MAX];
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    AUTO_VALUE(buf) file = BUF(1 << 28);
    AUTO_VALUE(buf) beside = BUF(CMS_DER_MAX);
    AUTO_VALUE(arena) a = ARENA(ARTIFACT_ARENA_MAX);
    if (argc < 3)
        return 2;
    file_take(&file, argv[2]);
    if (argc > 3 && strcmp(argv[3], "-") != 0)
        file_take(&beside, argv[3]);
    need(artifact_identify(digest, bytes_text(argv[1]), DIGEST_SHA256, buf_bytes(&file), &e), &e);
    (void)printf("%s\n", hex_string(hex, bytes_make(digest, DIGEST_SHA256_SIZE)));
    need(artifact_signatures(&found, bytes_text(argv[1]), buf_bytes(&file), buf_bytes(&beside), &a,
                             &e),
         &e);
    for (size_t i = 0; i < found.count; i++)
        signature_show(argc, argv, buf_bytes(&file), found.list[i]);
    return failed ? 1 : 0;
}
