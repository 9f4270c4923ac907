/* The issuance: number, serial and complete TBSCertificate, before anybody signs it. */
#include <inttypes.h>

#include "pki/name.h"
#include "pki/x509.h"
#include "rules/entries.h"
#include "rules/issuance.h"
#include "rules/tables.h"
#include "pki/x509.h"

static bool issuance_apply(struct rules_state *s, const struct entry *entry, struct outcome *out,
                           struct err *e)
{
    (void)out;
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    AUTO_VALUE(issuance_plan) plan = {.tbs = BUF(0)};
    struct issuance issuance;
    if (!fields_read(&issuance, &issuance_fields, entry->body, &arena, e) ||
        !issuance_plan_make(&plan, s, issuance.proposal, issuance.serial, entry->time, e))
        return false;
    if (issuance.number != plan.number || !bytes_equal(issuance.issuer, plan.issuer) ||
        !bytes_equal(issuance.tbs, buf_bytes(&plan.tbs)))
        return err_refuse(e, "issuance.tbs",
                          "number, issuer or TBSCertificate are not what the "
                          "proposal and the record demand");
    struct certificate certificate = {.number = plan.number,
                                      .issuance = BYTES_OF(entry->leaf),
                                      .key = plan.key,
                                      .issuer = plan.issuer,
                                      .signer = plan.signer,
                                      .not_before = plan.not_before,
                                      .not_after = plan.not_after,
                                      .tbs = buf_bytes(&plan.tbs)};
    if (!state_put_certificate(s, &certificate, e))
        return false;
    s->numbers++;
    return state_end(s, issuance.proposal, END_DONE, entry->time, e);
}

static bool issuance_describe(struct buf *b, const struct entry *entry, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA_ENTRY;
    struct issuance issuance;
    struct x509 tbs;
    if (!fields_read(&issuance, &issuance_fields, entry->body, &arena, e) ||
        !x509_parse_tbs(&tbs, issuance.tbs, e))
        return false;
    buf_printf(b, "certificate number %" PRId64 " is to be issued to ", issuance.number);
    name_show(b, tbs.subject);
    return true;
}

static bool issuance_marks(struct mark **list, const struct entry *entry, struct arena *a,
                           struct err *e)
{
    struct issuance issuance;
    char number[NUMBER_TEXT];
    return fields_read(&issuance, &issuance_fields, entry->body, a, e) &&
           mark_add(list, "number", number_text(number, issuance.number), 0, a, e) &&
           mark_add(list, "proposal", issuance.proposal, 0, a, e);
}

const struct entry_row entry_issuance = {
    .name = "issuance",
    .since = 1,
    .origin = ENTRY_OF_KEEPER,
    .apply = issuance_apply,
    .describe = issuance_describe,
    .marks = issuance_marks,
};

bool rules_issuance_body(struct buf *b, const struct rules_state *s, const uint8_t proposal[32],
                         const uint8_t serial[16], int64_t time, struct err *e)
{
    AUTO_VALUE(issuance_plan) plan = {.tbs = BUF(0)};
    if (!issuance_plan_make(&plan, s, bytes_make(proposal, 32), bytes_make(serial, 16), time, e))
        return false;
    struct issuance issuance = {.proposal = bytes_make(proposal, 32),
                                .issuer = plan.issuer,
                                .serial = bytes_make(serial, 16),
                                .number = plan.number,
                                .tbs = buf_bytes(&plan.tbs)};
    fields_write(b, &issuance_fields, &issuance);
    return buf_ok(b, "issuance", e);
}
