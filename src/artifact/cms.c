#include "artifact/row.h"
#include "pki/cms.h"

static bool signature_find(struct artifact_signatures *ret, struct bytes file, struct bytes beside,
                           struct arena *a, struct err *e)
{
    (void)file;
    (void)a;
    if (beside.size == 0)
        return true;
    if (beside.data[0] == '-') {
        err_set(e, ERR_INPUT, "the signature file is PEM, not DER");
        return err_hint(e, "write it as DER: openssl cms ... -outform DER");
    }
    return row_signature_add(ret, beside, e);
}

static bool preimages_take(struct artifact_preimages *ret, struct bytes signature, struct arena *a,
                           struct err *e)
{
    struct cms cms;
    return row_attributes_take(ret, &cms, signature, a, e);
}

const struct artifact_row cms_row = {.name = "cms",
                                     .identify = row_identify_whole,
                                     .signatures = signature_find,
                                     .preimages = preimages_take};
