#include "cli/release_proof.h"

#include "cli/lookup.h"
#include "pki/chain.h"
#include "pki/key.h"
#include "rules/issuance.h"
#include "rules/tables.h"

struct wanted {
    struct bytes certificate;
    bool found;
};

static bool entry_compare(void *context, const struct proven *proven, bool *ret_more, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct wanted *wanted = context;
    struct certified certified;
    if (!fields_read(&certified, &certified_fields, proven->entry.body, &arena, e))
        return false;
    wanted->found = bytes_equal(certified.certificate, wanted->certificate);
    *ret_more = !wanted->found;
    return true;
}

static bool recorded_prove(struct x509 *ret, struct client *c, struct bytes certificate,
                           struct err *e)
{
    struct wanted wanted = {.certificate = certificate};
    if (!x509_parse(ret, certificate, e))
        return err_wrap(e, "the certificate that the daemon gives");
    struct lookup lookup = {.kind = "certificate",
                            .key = ret->serial,
                            .type = "certificate",
                            .each = entry_compare,
                            .context = &wanted};
    if (!lookup_entries(c, &lookup, e))
        return false;
    return wanted.found ||
           err_set(e, ERR_AUTH, "the daemon gives a certificate that is not in the record");
}

static bool key_judge(const struct release *r, const struct x509 *certificate, struct err *e)
{
    uint8_t id[DIGEST_SHA256_SIZE];
    pubkey_spki_sha256(id, certificate->spki);
    return (bytes_equal(certificate->spki, r->key->spki) &&
            bytes_equal(BYTES_OF(id), r->key->id)) ||
           err_set(e, ERR_AUTH, "the daemon gives another key's certificate");
}

bool release_prove(struct client *c, const struct release *r, struct err *e)
{
    const struct bytes *chain = r->signer.chain.items;
    size_t count = r->signer.chain.count;
    struct x509 certificate;
    struct x509 above[CHAIN_MAX];
    if (count == 0 || count >= CHAIN_MAX)
        return err_set(e, ERR_INPUT, "the daemon gives a chain of %zu certificates", count);
    if (!recorded_prove(&certificate, c, r->key->certificate, e) ||
        !key_judge(r, &certificate, e) || !x509_parse(&above[count - 1], chain[count - 1], e))
        return false;
    for (size_t i = 0; i + 1 < count; i++)
        if (!recorded_prove(&above[i], c, chain[i], e))
            return false;
    /* At a time when it was good for certain: this machine's clock may be a little behind. */
    return chain_verify(NULL, CHAIN_CODE_SIGNING, &certificate, above, count - 1, &above[count - 1],
                        certificate.not_before, e) ||
           err_wrap(e, "the chain that the daemon gives");
}
