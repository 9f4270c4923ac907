#include "proof/format.h"

#include "pki/attributes.h"
#include "pki/spc.h"
#include "proof/binding_checks.h"

const char *const format_family_names[] = {"attributes", "bare-hash", NULL};
const char *const format_names[] = {"pe", "cms", "raw", "jar", NULL};

static const struct format_row rows[FORMAT_COUNT] = {
    [FORMAT_PE] = {.family = FORMAT_ATTRIBUTES,
                   .preimages = 2,
                   .check = binding_check_pe,
                   .content_type = SPC_INDIRECT_DATA},
    [FORMAT_CMS] = {.family = FORMAT_ATTRIBUTES,
                    .preimages = 1,
                    .check = binding_check_cms,
                    .content_type = ATTRIBUTES_ID_DATA,
                    .can_build = true},
    [FORMAT_RAW] = {.family = FORMAT_BARE_HASH, .preimages = 0, .check = binding_check_raw},
    [FORMAT_JAR] = {.family = FORMAT_ATTRIBUTES},
};

const struct format_row *format_get(enum format format)
{
    return &rows[format];
}

bool format_from_name(enum format *ret, struct bytes name, struct err *e)
{
    for (unsigned i = 0; i < FORMAT_COUNT; i++) {
        if (bytes_is(name, format_names[i])) {
            *ret = (enum format)i;
            return true;
        }
    }
    err_set(e, ERR_NOT_FOUND, "there is no artifact format \"%.*s\"", BYTES_PRINT(name));
    return err_hint(e, "formats are: pe, cms, raw, jar");
}

bool format_attributes_build(struct buf *ret, enum format format, enum digest_alg alg,
                             struct bytes digest, int64_t time, struct err *e)
{
    if (!rows[format].can_build)
        return err_set(e, ERR_STATE, "what is signed for format %s needs more than the digest",
                       format_names[format]);
    if (digest.size != digest_size(alg))
        return err_set(e, ERR_INPUT, "the artifact's digest has %zu bytes instead of %zu",
                       digest.size, digest_size(alg));
    return attributes_build(ret, rows[format].content_type, digest, time, e);
}
