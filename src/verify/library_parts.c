/* The smaller doors of libsealward-verify: a chain alone, a signature alone. */
#include <sealward/verify.h>

#include <stdio.h>

#include "pki/algorithm.h"
#include "pki/chain.h"
#include "verify/verify.h"

_Static_assert((int)SEALWARD_ANY_PURPOSE == (int)CHAIN_ANY, "purposes have the same numbers");

static struct bytes ours(struct sealward_bytes b)
{
    return bytes_make(b.data, b.size);
}

static int answer(struct sealward_reason *ret, const char *check, bool holds, const struct err *e)
{
    *ret =
        (struct sealward_reason){.answer = holds ? SEALWARD_HOLDS : SEALWARD_FAILS, .check = check};
    if (!holds) {
        (void)snprintf(ret->rule, sizeof ret->rule, "%s", e->rule);
        (void)snprintf(ret->text, sizeof ret->text, "%s", e->message);
    }
    return holds;
}

/* What cannot be read among the others is passed over, as it is in a signature. */
static size_t others_parse(struct x509 *ret, const struct sealward_bytes *list, size_t count)
{
    size_t parsed = 0;
    struct err ignored;
    for (size_t i = 0; i < count; i++)
        parsed += x509_parse(&ret[parsed], ours(list[i]), &ignored);
    return parsed;
}

static bool chain_judge(const struct sealward_bytes *certificates, size_t count,
                        const struct sealward_bytes *roots, size_t root_count,
                        enum chain_purpose purpose, int64_t time, struct err *e)
{
    struct x509 all[VERIFY_CERTIFICATES_MAX];
    struct x509 root;
    if (count == 0 || count > VERIFY_CERTIFICATES_MAX || root_count > VERIFY_ROOTS_MAX)
        return err_set(e, ERR_LIMIT, "1 to %d certificates and at most %d roots are looked at",
                       VERIFY_CERTIFICATES_MAX, VERIFY_ROOTS_MAX);
    if (!x509_parse(&all[0], ours(certificates[0]), e))
        return false;
    size_t others = others_parse(all + 1, certificates + 1, count - 1);
    (void)err_refuse(e, "chain.root", "no root certificate is trusted");
    for (size_t i = 0; i < root_count; i++)
        if (x509_parse(&root, ours(roots[i]), e) &&
            chain_verify(NULL, purpose, &all[0], all + 1, others, &root, time, e))
            return true;
    return false;
}

int sealward_verify_chain(const struct sealward_bytes *certificates, size_t count,
                          const struct sealward_bytes *roots, size_t root_count,
                          enum sealward_purpose purpose, int64_t time,
                          struct sealward_reason *reason)
{
    struct err e;
    if ((unsigned)purpose > SEALWARD_ANY_PURPOSE) {
        (void)err_set(&e, ERR_INPUT, "there is no such purpose");
        return answer(reason, "chain", false, &e);
    }
    bool holds =
        chain_judge(certificates, count, roots, root_count, (enum chain_purpose)purpose, time, &e);
    return answer(reason, "chain", holds, &e);
}

static bool signature_judge(struct bytes spki, const char *name, struct bytes message,
                            struct bytes signature, struct err *e)
{
    AUTO(pubkey) key = NULL;
    enum mechanism mechanism;
    return mechanism_from_name(&mechanism, bytes_text(name), e) && pubkey_parse(&key, spki, e) &&
           algorithm_verify(key, mechanism, message, signature, e);
}

int sealward_verify_signature(struct sealward_bytes spki, const char *mechanism,
                              struct sealward_bytes message, struct sealward_bytes signature,
                              struct sealward_reason *reason)
{
    struct err e;
    bool holds = signature_judge(ours(spki), mechanism, ours(message), ours(signature), &e);
    return answer(reason, "signature", holds, &e);
}
