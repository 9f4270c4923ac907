#include "artifact/artifact.h"

#include "artifact/row.h"
#include "pki/cms.h"

static const struct artifact_row *const rows[] = {&pe_row, &cms_row, &raw_row, &jar_row};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct artifact_row *row_find(struct bytes format)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (bytes_is(format, rows[i]->name))
            return rows[i];
    return NULL;
}

/* NULL, and the error set, if there is no such format. */
static const struct artifact_row *row_get(struct bytes format, struct err *e)
{
    const struct artifact_row *row = row_find(format);
    if (row == NULL) {
        err_set(e, ERR_NOT_FOUND, "there is no artifact format \"%.*s\"", BYTES_PRINT(format));
        err_hint(e, "formats are: pe, cms, raw, jar");
    }
    return row;
}

bool artifact_has_format(struct bytes format)
{
    return row_find(format) != NULL;
}

const char *artifact_format_name(size_t n)
{
    return n < ROW_COUNT ? rows[n]->name : NULL;
}

bool artifact_identify(uint8_t ret[DIGEST_MAX], struct bytes format, enum digest_alg alg,
                       struct bytes file, struct err *e)
{
    const struct artifact_row *row = row_get(format, e);
    return row != NULL && row->identify(ret, alg, file, e);
}

bool artifact_signatures(struct artifact_signatures *ret, struct bytes format, struct bytes file,
                         struct bytes beside, struct arena *a, struct err *e)
{
    const struct artifact_row *row = row_get(format, e);
    struct artifact_signatures found = {0};
    if (row == NULL)
        return false;
    if (row->signatures != NULL && !row->signatures(&found, file, beside, a, e))
        return false;
    *ret = found;
    return true;
}

bool artifact_preimages(struct artifact_preimages *ret, struct bytes format, struct bytes signature,
                        struct arena *a, struct err *e)
{
    const struct artifact_row *row = row_get(format, e);
    struct artifact_preimages found = {0};
    if (row == NULL)
        return false;
    if (row->preimages == NULL)
        return err_set(e, ERR_STATE, "a signature of format %s cannot be bound", row->name);
    if (!row->preimages(&found, signature, a, e))
        return false;
    *ret = found;
    return true;
}

/* ---- For the rows ---- */

bool row_signature_add(struct artifact_signatures *list, struct bytes signature, struct err *e)
{
    if (list->count == ARTIFACT_SIGNATURES_MAX)
        return err_set(e, ERR_LIMIT, "the file has more than %d signatures",
                       ARTIFACT_SIGNATURES_MAX);
    list->list[list->count++] = signature;
    return true;
}

bool row_identify_whole(uint8_t ret[DIGEST_MAX], enum digest_alg alg, struct bytes file,
                        struct err *e)
{
    (void)e;
    digest_compute(ret, alg, file);
    return true;
}

bool row_attributes_take(struct artifact_preimages *ret, struct cms *ret_cms,
                         struct bytes signature, struct arena *a, struct err *e)
{
    if (!cms_parse(ret_cms, signature, e))
        return false;
    if (ret_cms->signer_count != 1)
        return err_set(e, ERR_INPUT, "the signature has %zu signers instead of one",
                       ret_cms->signer_count);
    const struct cms_signer *signer = &ret_cms->signers[0];
    enum digest_alg alg;
    enum mechanism mechanism;
    if (!cms_signer_algorithms(&alg, &mechanism, signer, e))
        return false;
    if (signer->attributes.data == NULL)
        return err_set(e, ERR_INPUT, "the signature has no signed attributes");
    AUTO_VALUE(buf) set = BUF(CMS_DER_MAX);
    cms_put_attributes(&set, signer);
    if (!buf_ok(&set, "the set of signed attributes", e))
        return false;
    struct bytes copy = arena_copy(a, buf_bytes(&set));
    if (copy.data == NULL)
        return err_set(e, ERR_MEMORY, "there is no memory left for the signed attributes");
    ret->alg = alg;
    digest_compute(ret->digest, alg, copy);
    ret->list[ret->count++] = copy;
    return true;
}
