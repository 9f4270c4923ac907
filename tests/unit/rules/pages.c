/* The examples and tables of the rulebook's pages are what the code does. */
#include "unit/page.h"
#include "world_living.h"

#include "base/base64.h"
#include "base/hex.h"
#include "pki/key.h"
#include "pki/sshsig.h"
#include "rules/genesis.h"
#include "rules/grants.h"
#include "rules/issuance.h"
#include "rules/enrolment.h"
#include "rules/lifecycle.h"
#include "rules/ownership.h"
#include "rules/proposals.h"
#include "rules/reconfirm.h"
#include "rules/renewal.h"
#include "rules/retirement.h"
#include "rules/revocation.h"
#include "rules/rollover.h"
#include "rules/status.h"
#include "rules/suspension.h"

extern const struct fields start_fields;
extern const struct fields reconciled_fields;
extern const struct fields generated_fields;
extern const struct fields ceremony_fields;
extern const struct fields confirm_fields;
extern const struct fields root_crl_body_fields;
extern const struct fields stamp_fields;
extern const struct fields authority_act_fields;

struct example {
    const char *page;
    const char *words; /* behind "json accept " and "json refuse " */
    const struct fields *table;
};

static bool table_takes(const struct fields *table, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    void *object = arena_alloc(&arena, table->size);
    assert_non_null(object);
    return fields_read(object, table, text, &arena, e);
}

static bool example_takes(const struct example *example, struct bytes text, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct entry entry;
    struct statement statement;
    struct signed_statement outer;
    if (strcmp(example->words, "entry") == 0)
        return entry_read(&entry, text, &arena, e);
    if (strcmp(example->words, "statement") == 0)
        return statement_read(&statement, text, &arena, e);
    if (strncmp(example->words, "signed", 6) == 0)
        return signed_statement_read(&outer, &statement, text, &arena, e);
    return table_takes(example->table, text, e);
}

/* Judges the page's blocks of these words; gives how many there are. */
static size_t example_judge(const struct example *example, const struct buf *page, bool accept)
{
    char info[64];
    size_t place = 0;
    size_t count = 0;
    struct err e;
    (void)snprintf(info, sizeof info, "json %s %s", accept ? "accept" : "refuse", example->words);
    for (struct bytes text; (text = page_block(page, info, &place)).data != NULL; count++)
        if (example_takes(example, text, &e) != accept)
            fail_msg("%s, %s, %zu: %s", example->page, info, count,
                     accept ? e.message : "is accepted");
    return count;
}

static size_t blocks_in(const struct buf *page)
{
    static const char mark[] = "\n```json ";
    size_t count = 0;
    const uint8_t *at = page->data;
    const uint8_t *end = page->data + page->size;
    for (; (at = memmem(at, (size_t)(end - at), mark, sizeof mark - 1)) != NULL; at++)
        count++;
    return count;
}

static void page_judge(const char *name, const struct example *examples, size_t count)
{
    AUTO_VALUE(buf) page = BUF(1 << 20);
    size_t judged = 0;
    page_read(&page, name);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(examples[i].page, name) != 0)
            continue;
        size_t accepted_here = example_judge(&examples[i], &page, true);
        size_t refused_here = example_judge(&examples[i], &page, false);
        if (accepted_here + refused_here == 0)
            fail_msg("%s has no example \"%s\"", name, examples[i].words);
        judged += accepted_here + refused_here;
    }
    assert_int_equal(judged, blocks_in(&page));
}

static void examples_are_read_as_the_pages_say(void **state)
{
    (void)state;
    static const char *const pages[] = {"entry.md",  "statement.md", "genesis.md",
                                        "policy.md", "request.md",   "revocation.md"};
    struct example examples[80] = {
        {"entry.md", "entry", NULL},
        {"entry.md", "start", &start_fields},
        {"entry.md", "reconciled", &reconciled_fields},
        {"entry.md", "key", &generated_fields},
        {"entry.md", "issuance", &issuance_fields},
        {"entry.md", "certificate", &certified_fields},
        {"statement.md", "signed proposal", NULL},
        {"statement.md", "signed grant", NULL},
        {"statement.md", "signed", NULL},
        {"statement.md", "statement", NULL},
        {"statement.md", "detail key", &key_detail_fields},
        {"statement.md", "detail issuance", &issuance_detail_fields},
        {"statement.md", "detail resume", &resume_fields},
        {"statement.md", "detail policy", &policy_detail_fields},
        {"statement.md", "detail rules", &rules_detail_fields},
        {"statement.md", "verdict", &verdict_fields},
        {"statement.md", "grant", &grant_body_fields},
        {"statement.md", "suspend", &suspend_fields},
        {"statement.md", "confirm", &confirm_fields},
        {"genesis.md", "genesis", &genesis_fields},
        {"genesis.md", "ceremony", &ceremony_fields},
        {"policy.md", "change", &change_fields},
        {"request.md", "request", &request_fields},
        {"request.md", "binding", &binding_body_fields},
        {"request.md", "close", &closing_fields},
        {"revocation.md", "revoke", &revoke_fields},
        {"revocation.md", "brought", &brought_fields},
        {"revocation.md", "ratify", &ratify_fields},
        {"revocation.md", "lift", &lift_fields},
        {"revocation.md", "advance", &advance_fields},
        {"revocation.md", "revoke-ca", &revoke_ca_fields},
        {"revocation.md", "status", &status_body_fields},
        {"revocation.md", "root-crl", &root_crl_body_fields},
        {"revocation.md", "timestamp", &stamp_fields},
        {"lives.md", "retire", &retire_fields},
        {"lives.md", "destroy", &destroy_fields},
        {"lives.md", "destroyed", &destroyed_fields},
        {"lives.md", "renewal", &renewal_fields},
        {"lives.md", "rollover", &rollover_detail_fields},
        {"lives.md", "ownership", &ownership_fields},
        {"lives.md", "confirm owner", &owner_confirm_fields},
        {"lives.md", "reconfirm", &reconfirm_fields},
        {"lives.md", "enroll", &enrolment_fields},
        {"lives.md", "expel", &expulsion_fields},
        {"lives.md", "suspension", &authority_act_fields},
    };
    size_t count = 0;
    while (examples[count].page != NULL)
        count++;
    for (int kind = 0; kind < OBJECT_KINDS; kind++)
        examples[count++] = (struct example){"policy.md", object_kind_names[kind],
                                             object_fields((enum object_kind)kind)};
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        page_judge(pages[i], examples, count);
}

static struct bytes block(const struct buf *page, const char *info)
{
    size_t place = 0;
    struct bytes text = page_block(page, info, &place);
    if (text.data == NULL)
        fail_msg("there is no block \"%s\"", info);
    return text;
}

static void the_leaf_of_the_entry_is_right(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    uint8_t want[32];
    uint8_t leaf[32];
    struct err e;
    page_read(&page, "entry.md");
    tree_leaf_hash(leaf, block(&page, "json accept entry"));
    ok_call(hex_decode(want, sizeof want, block(&page, "hex leaf"), &e), e);
    assert_memory_equal(leaf, want, sizeof leaf);
}

static void the_statements_are_signed_and_vouched_for(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    char audience[STATEMENT_AUDIENCE_SIZE];
    struct signed_statement outer;
    struct statement statement;
    struct sshsig sig;
    struct err e;
    page_read(&page, "statement.md");
    ok_call(signed_statement_read(&outer, &statement, block(&page, "json accept signed proposal"),
                                  &arena, &e),
            e);
    ok_call(sshsig_parse(&sig, outer.evidence.signature, &e), e);
    ok_call(sshsig_verify(&sig, "sealward-statement", outer.statement, &e), e);
    ok_call(signed_statement_read(&outer, &statement, block(&page, "json accept signed grant"),
                                  &arena, &e),
            e);
    statement_audience(audience, outer.statement);
    ok_text(block(&page, "audience"), audience);
}

/* "context" 00 text, signed by the session's key. */
static void session_signed_it(const struct buf *page, const char *context, struct bytes text,
                              struct bytes signature)
{
    AUTO_VALUE(buf) all = BUF(1 << 16);
    AUTO_VALUE(arena) arena = ARENA(1 << 16);
    AUTO(pubkey) key = NULL;
    struct bytes spki;
    struct err e;
    ok_call(base64_decode(&spki, block(page, "base64 session"), &arena, &e), e);
    ok_call(pubkey_parse(&key, spki, &e), e);
    buf_put(&all, bytes_make(context, strlen(context) + 1));
    buf_put(&all, text);
    ok_call(pubkey_verify(key, MECHANISM_ECDSA_SHA256, buf_bytes(&all), signature, &e), e);
}

static void requests_and_closings_are_signed_as_the_page_says(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct request request;
    struct closing closing;
    struct err e;
    page_read(&page, "request.md");
    ok_call(fields_read(&request, &request_fields, block(&page, "json accept request"), &arena, &e),
            e);
    session_signed_it(&page, "sealward-request", block(&page, "text request signed"),
                      request.signature);
    ok_call(fields_read(&closing, &closing_fields, block(&page, "json accept close"), &arena, &e),
            e);
    session_signed_it(&page, "sealward-close", block(&page, "text close signed"),
                      closing.signature);
}

/* ---- state.md ---- */

static void the_tables_of_the_state_are_those_of_the_page(void **state)
{
    (void)state;
    static const char *const names[STATE_TABLES] = {
        "objects", "founders",     "decisions",   "acts",        "grants",        "uses",
        "keys",    "certificates", "roots",       "suspensions", "used",          "ended",
        "retired", "lives",        "revocations", "status",      "ratifications", "orphans",
        "stages",  "rollovers",    "endpoints",   "retirements", "root-crls",     "lifts"};
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "state.md");
    const char *at = buf_string(&page);
    for (size_t i = 0; i < STATE_TABLES; i++) {
        AUTO_VALUE(buf) row = BUF(1024);
        const struct fields *fields = state_table_fields[i];
        buf_printf(&row, "\n| %s | ", names[i]);
        const char *found = strstr(at, buf_string(&row));
        if (found == NULL)
            fail_msg("no row for %s behind that of the table before", names[i]);
        at = strstr(found + row.size, " | ") + 3;
        const char *end = strchr(at, '\n');
        for (size_t n = 0; n < fields->count; n++) {
            buf_reset(&row);
            buf_printf(&row, "`%s`%s%s", fields->list[n].name,
                       fields->list[n].optional ? " (null)" : "",
                       n + 1 < fields->count ? ", " : " |");
            if (strncmp(at, buf_string(&row), row.size) != 0)
                fail_msg("%s: member %s", names[i], fields->list[n].name);
            at += row.size;
        }
        assert_ptr_equal(at, end);
    }
}

/* The digest, worked out by the page and not by the code. */
static void digest_by_the_page(uint8_t ret[32], const struct rules_state *s)
{
    AUTO_VALUE(buf) all = BUF(1 << 20);
    uint8_t digest[32];
    buf_put_text(&all, "sealward-state\n");
    buf_put(&all, BYTES_OF(s->authority));
    buf_put(&all, BYTES_OF(s->log_key));
    const char *const texts[] = {s->origin, s->base_url, s->arc};
    for (size_t i = 0; i < 3; i++)
        buf_put(&all, bytes_make(texts[i], strlen(texts[i]) + 1));
    buf_put_u8(&all, s->demonstration ? 1 : 0);
    const int64_t numbers[] = {s->rules_version, s->time, s->numbers, s->stale};
    for (size_t i = 0; i < 4; i++)
        buf_put_u64(&all, (uint64_t)numbers[i]);
    buf_put_u8(&all, s->clock.doubted ? 1 : 0);
    buf_put(&all, BYTES_OF(s->clock.leaf));
    buf_put_u64(&all, s->tree.size);
    for (unsigned level = TREE_LEVELS; level-- > 0;)
        if ((s->tree.size >> level & 1) != 0)
            buf_put(&all, BYTES_OF(s->tree.peaks[level]));
    size_t tables = s->rules_version < 2 ? 13 : 24;
    for (size_t i = 0; i < tables; i++) {
        AUTO_VALUE(buf) records = BUF(1 << 22);
        for (size_t n = 0; n < s->tables[i].count; n++) {
            fields_write(&records, s->tables[i].fields, table_at(&s->tables[i], n));
            buf_put_u8(&records, '\n');
        }
        digest_sha256(digest, buf_bytes(&records));
        buf_put(&all, BYTES_OF(digest));
    }
    digest_sha256(digest, bytes_make(s->roots, sizeof s->roots));
    buf_put(&all, BYTES_OF(digest));
    digest_sha256(ret, buf_bytes(&all));
}

static void the_digest_of_the_state_is_as_the_page_says(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    AUTO_VALUE(world) w;
    AUTO_VALUE(world) second;
    AUTO(rules_state) empty = NULL;
    uint8_t digest[32];
    uint8_t want[32];
    struct err e;
    page_read(&page, "state.md");
    ok_call(rules_new(&empty, &e), e);
    ok_call(rules_digest(empty, digest, &e), e);
    ok_call(hex_decode(want, sizeof want, block(&page, "hex empty"), &e), e);
    ok_bytes(BYTES_OF(digest), BYTES_OF(want));
    world_story(&w);
    digest_by_the_page(digest, w.state);
    ok_bytes(BYTES_OF(digest), BYTES_OF(w.digest));
    world_living_story(&second);
    digest_by_the_page(digest, second.state);
    ok_bytes(BYTES_OF(digest), BYTES_OF(second.digest));
}

/* ---- keys.md ---- */

static void the_lives_of_keys_are_those_of_the_page(void **state)
{
    (void)state;
    AUTO_VALUE(buf) page = BUF(1 << 20);
    page_read(&page, "../keys.md");
    for (int from = 0; from <= KEY_DESTROYED; from++) {
        AUTO_VALUE(buf) row = BUF(256);
        buf_printf(&row, "\n| `%s` |", key_state_names[from]);
        for (int to = 0; to <= KEY_DESTROYED; to++)
            buf_put_text(&row,
                         key_may_move((enum key_state)from, (enum key_state)to) ? " yes |" : " |");
        buf_put_u8(&row, '\n');
        if (strstr(buf_string(&page), buf_string(&row)) == NULL)
            fail_msg("no row%s", buf_string(&row));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_read_as_the_pages_say),
        cmocka_unit_test(the_leaf_of_the_entry_is_right),
        cmocka_unit_test(the_statements_are_signed_and_vouched_for),
        cmocka_unit_test(requests_and_closings_are_signed_as_the_page_says),
        cmocka_unit_test(the_tables_of_the_state_are_those_of_the_page),
        cmocka_unit_test(the_digest_of_the_state_is_as_the_page_says),
        cmocka_unit_test(the_lives_of_keys_are_those_of_the_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
