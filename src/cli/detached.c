#include "cli/detached.h"

#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/limits.h"
#include "pki/digest.h"
#include "pki/sshsig.h"
#include "rules/genesis.h"

#include <stdio.h>

enum { LINE_SIZE = 70, PATH_SIZE = 4096, SIGNATURES_MAX = 16 };

bool detached_statement(struct bytes *ret, struct cli *cli, const char *path, struct err *e)
{
    struct bytes text;
    if (!cli_file(&text, cli, path, LIMIT_STATEMENT, e))
        return false;
    if (!json_canonical(text, e)) {
        (void)err_wrap(e, "%s", path);
        return err_hint(e, "it must stay byte for byte as it was made, without a newline added");
    }
    *ret = text;
    return true;
}

static void armour_put(struct buf *b, struct bytes blob)
{
    AUTO_VALUE(buf) base64 = BUF(LIMIT_SSHSIG_ARMOUR);
    base64_put(&base64, blob);
    buf_put_text(b, "-----BEGIN SSH SIGNATURE-----\n");
    for (size_t at = 0; at < base64.size; at += LINE_SIZE) {
        size_t left = base64.size - at;
        buf_put(b, bytes_make(base64.data + at, left < LINE_SIZE ? left : LINE_SIZE));
        buf_put_u8(b, '\n');
    }
    buf_put_text(b, "-----END SSH SIGNATURE-----\n");
    b->failed |= base64.failed;
}

static bool signature_path(char ret[PATH_SIZE], const struct cli *cli, const char *path,
                           struct bytes blob, struct err *e)
{
    struct sshsig sig;
    uint8_t digest[32];
    char hex[9];
    const char *out = arguments_value(&cli->arguments, "--out");
    if (!sshsig_parse(&sig, blob, e))
        return false;
    digest_sha256(digest, sig.key.blob);
    int size = out != NULL ? snprintf(ret, PATH_SIZE, "%s", out)
                           : snprintf(ret, PATH_SIZE, "%s.%s.sig", path,
                                      hex_string(hex, bytes_make(digest, 4)));
    return size > 0 && size < PATH_SIZE ? true : err_set(e, ERR_LIMIT, "the path is too long");
}

bool detached_sign(struct cli *cli, const char *path, struct bytes statement, struct err *e)
{
    AUTO_VALUE(buf) armour = BUF(LIMIT_SSHSIG_ARMOUR);
    AUTO_VALUE(buf) text = BUF(PATH_SIZE + 64);
    AUTO_VALUE(buf) json = BUF(PATH_SIZE + 64);
    char file[PATH_SIZE];
    struct evidence evidence;
    if (!cli_evidence(&evidence, cli, bytes_text("person/founder"), statement, e) ||
        !signature_path(file, cli, path, evidence.signature, e))
        return false;
    armour_put(&armour, evidence.signature);
    if (!buf_ok(&armour, "a signature", e) || !file_replace(file, buf_bytes(&armour), 0644, e))
        return false;
    buf_printf(&text, "%s\n", file);
    buf_put_text(&json, "{\"signature\":");
    json_put_string(&json, bytes_text(file));
    buf_put_text(&json, "}");
    return cli_print(cli, &text, &json, e);
}

static bool signature_read(struct bytes *ret, struct cli *cli, const char *path,
                           struct bytes statement, struct err *e)
{
    AUTO_VALUE(buf) blob = BUF(LIMIT_SSHSIG);
    struct bytes text;
    struct sshsig sig;
    if (!cli_file(&text, cli, path, LIMIT_SSHSIG_ARMOUR, e))
        return false;
    if (!sshsig_unarmour(&blob, text, e) || !sshsig_parse(&sig, buf_bytes(&blob), e) ||
        !sshsig_verify(&sig, SSHSIG_NAMESPACE, statement, e))
        return err_wrap(e, "%s", path);
    *ret = arena_copy(&cli->arena, buf_bytes(&blob));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for a signature");
}

bool detached_body(struct buf *ret, struct cli *cli, struct bytes statement, struct err *e)
{
    struct bytes signatures[SIGNATURES_MAX];
    size_t count = (size_t)cli->arguments.word_count - 1;
    if (count > SIGNATURES_MAX)
        return arguments_refuse(e, "more than %d signatures", SIGNATURES_MAX);
    for (size_t i = 0; i < count; i++)
        if (!signature_read(&signatures[i], cli, cli->arguments.words[1 + i], statement, e))
            return false;
    struct genesis_body body = {.statement = statement,
                                .signatures = {.items = signatures, .count = count}};
    fields_write(ret, &genesis_body_fields, &body);
    return buf_ok(ret, "the body", e);
}
