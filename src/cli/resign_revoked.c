#include "cli/resign_revoked.h"

#include <stdlib.h>

#include "base/hex.h"
#include "cli/answer.h"
#include "cli/holdings.h"
#include "proof/distrust.h"

static int id_order(const void *left, const void *right)
{
    const struct bytes *a = left;
    const struct bytes *b = right;
    return bytes_compare(*a, *b);
}

static bool is_single(const struct json *revocation)
{
    struct bytes kind = holdings_text(revocation, "kind");
    return bytes_is(kind, revoked_kind_names[REVOKED_SIGNATURE]) ||
           bytes_is(kind, revoked_kind_names[REVOKED_ARTIFACT]);
}

bool resign_revoked_load(struct resign_revoked *ret, struct cli *cli, struct err *e)
{
    struct client *c;
    struct json *answer;
    struct resign_revoked revoked = {.count = 0};
    if (!cli_client(&c, cli, e) || !client_get_json(c, "/v1/revocations", &answer, &cli->arena, e))
        return false;
    const struct json *list = json_member(answer, "revocations");
    size_t room = list != NULL ? list->count : 0;
    revoked.ids = arena_alloc(&cli->arena, (room + 1) * sizeof *revoked.ids);
    if (revoked.ids == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for revocations");
    for (const struct json *at = answer_list(answer, "revocations"); at != NULL; at = at->next)
        if (is_single(at))
            revoked.ids[revoked.count++] = holdings_text(at, "id");
    qsort(revoked.ids, revoked.count, sizeof *revoked.ids, id_order);
    *ret = revoked;
    return true;
}

static bool id_has(const struct resign_revoked *r, const uint8_t id[DIGEST_SHA256_SIZE])
{
    char hex[2 * DIGEST_SHA256_SIZE + 1];
    struct bytes text = bytes_text(hex_string(hex, bytes_make(id, DIGEST_SHA256_SIZE)));
    return bsearch(&text, r->ids, r->count, sizeof *r->ids, id_order) != NULL;
}

bool resign_revoked_has(const struct resign_revoked *r, const struct artifact *artifact,
                        struct bytes key, struct bytes tbs)
{
    uint8_t id[DIGEST_SHA256_SIZE];
    if (r->count == 0)
        return false;
    distrust_artifact_id(id, artifact->format, artifact->algorithm, artifact->digest);
    if (id_has(r, id))
        return true;
    distrust_signature_id(id, key.data, tbs);
    return id_has(r, id);
}
