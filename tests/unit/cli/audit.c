/*
 * The audit of a whole record: it holds as it is, and whatever is changed in it, taken away from it
 * or forged by its own keeper is named.
 */
#include "unit/verify/record.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/audit.h"

static struct record record;

static int record_setup(void **state)
{
    (void)state;
    record_make(&record);
    return 0;
}

static int record_teardown(void **state)
{
    (void)state;
    record_done(&record);
    return 0;
}

static const char *const types[] = {"genesis",     "ceremony",  "start",       "proposal",
                                    "approval",    "rejection", "key",         "issuance",
                                    "certificate", "grant",     "request",     "binding",
                                    "close",       "suspend",   "clock-doubt", "clock-confirm"};
#define TYPES (sizeof types / sizeof types[0])

static bool source_read(void *context, const char *path, struct buf *ret, struct err *e)
{
    return published_read(context, path, ret, e);
}

static struct audit_plan plan_of(struct published *p)
{
    return (struct audit_plan){.authority = &p->authority,
                               .source = {.read = source_read, .context = p}};
}

static struct audit_report audit_of(struct published *p)
{
    struct audit_plan plan = plan_of(p);
    struct audit_report report;
    struct err e;
    ok_call(audit_run(&report, &plan, &e), e);
    if (report.verdict != AUDIT_HOLDS) {
        assert_true(report.why.message[0] != '\0');
        assert_true(report.file[0] != '\0');
    }
    return report;
}

/* The verdict is this, and names the file and the entry (-1: none). */
#define found(report, wanted, path, index)                                                         \
    do {                                                                                           \
        if ((report).verdict != (wanted) || strcmp((report).file, (path)) != 0 ||                  \
            (report).entry != (int64_t)(index))                                                    \
            fail_msg("%s, %s, entry %lld: %s", audit_verdict_names[(report).verdict],              \
                     (report).file, (long long)(report).entry, (report).why.message);              \
    } while (0)

/* The path of the bundle that holds the entry, in the log of all. */
static const char *bundle_of(size_t index)
{
    static char path[TILE_PATH_MAX];
    if (index < TILE_WIDTH)
        return "tile/entries/000";
    (void)snprintf(path, sizeof path, "tile/entries/001.p/%zu", record.world.count - TILE_WIDTH);
    return path;
}

static void all_published(struct published *p)
{
    published_make(p, record.world.entries, record.world.count);
}

/* ---- What holds ---- */

static void a_whole_record_holds_and_is_counted(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    struct audit_report report = audit_of(&p);
    assert_int_equal(report.verdict, AUDIT_HOLDS);
    assert_int_equal(report.judged, record.world.count);
    assert_int_equal(report.checkpoint.size, record.world.count);
    assert_int_equal(report.signatures, RECORD_SIGNATURES);
    assert_int_equal(report.first_time, WORLD_START);
    assert_int_equal(report.last_time, record.world.now);
    assert_true(report.demonstration);
    assert_int_equal(report.entries.kinds, TYPES);
    assert_int_equal(audit_count_of(&report.entries, "genesis"), 1);
    assert_int_equal(audit_count_of(&report.entries, "certificate"), 3);
    assert_int_equal(audit_count_of(&report.entries, "request"), RECORD_SIGNATURES);
    assert_int_equal(audit_count_of(&report.objects, "person"), 6);
    assert_int_equal(audit_count_of(&report.findings, "grant.unbound"), 1);
    assert_int_equal(audit_count_of(&report.findings, "no.such"), 0);
}

static void an_older_checkpoint_is_audited_from_the_full_tiles_of_today(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    struct published_file *checkpoint = published_find(&p, "checkpoint");
    buf_reset(&checkpoint->content);
    published_checkpoint(&checkpoint->content, record.world.entries, 100, PUBLISHED_SEED);
    struct audit_report report = audit_of(&p);
    assert_int_equal(report.verdict, AUDIT_HOLDS);
    assert_int_equal(report.judged, 100);
}

static void any_length_of_the_record_holds(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 17, 255, 256, 257};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        AUTO_VALUE(published) p;
        published_make(&p, record.world.entries, sizes[i]);
        struct audit_report report = audit_of(&p);
        assert_int_equal(report.verdict, AUDIT_HOLDS);
        assert_int_equal(report.judged, sizes[i]);
    }
}

static void told(void *context, uint64_t judged, uint64_t size)
{
    uint64_t *last = context;
    assert_true(judged > *last && judged <= size);
    *last = judged;
}

static void progress_is_told_up_to_the_end(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    uint64_t last = 0;
    struct audit_plan plan = plan_of(&p);
    plan.progress = told;
    plan.progress_context = &last;
    struct audit_report report;
    struct err e;
    ok_call(audit_run(&report, &plan, &e), e);
    assert_int_equal(last, record.world.count);
}

/* ---- Files that were changed or taken away ---- */

static void a_file_that_is_missing_is_unverifiable_and_named(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t i = 0; i < p.count; i++) {
        p.files[i].gone = true;
        struct audit_report report = audit_of(&p);
        found(report, AUDIT_UNVERIFIABLE, p.files[i].path, -1);
        assert_int_equal(report.why.code, ERR_NOT_FOUND);
        p.files[i].gone = false;
    }
}

static void a_file_that_is_cut_is_unverifiable_and_named(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t i = 0; i < p.count; i++) {
        size_t size = p.files[i].content.size;
        const size_t cuts[] = {0, 1, size / 2, size - 1};
        for (size_t n = 0; n < sizeof cuts / sizeof cuts[0]; n++) {
            p.files[i].content.size = cuts[n];
            struct audit_report report = audit_of(&p);
            found(report, AUDIT_UNVERIFIABLE, p.files[i].path, -1);
        }
        p.files[i].content.size = size;
    }
}

static void a_file_with_a_byte_behind_it_is_unverifiable_and_named(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t i = 0; i < p.count; i++) {
        buf_put_u8(&p.files[i].content, 0);
        struct audit_report report = audit_of(&p);
        found(report, AUDIT_UNVERIFIABLE, p.files[i].path, -1);
        p.files[i].content.size--;
    }
}

static void a_hash_that_is_changed_breaks_the_record_and_its_tile_is_named(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t i = 0; i < p.count; i++) {
        struct published_file *f = &p.files[i];
        if (strncmp(f->path, "tile/", 5) != 0 || strncmp(f->path, "tile/e", 6) == 0)
            continue;
        const size_t places[] = {0, f->content.size / 2, f->content.size - 1};
        for (size_t n = 0; n < sizeof places / sizeof places[0]; n++) {
            f->content.data[places[n]] ^= 1;
            struct audit_report report = audit_of(&p);
            found(report, AUDIT_BROKEN, f->path, -1);
            f->content.data[places[n]] ^= 1;
        }
    }
}

static void a_checkpoint_with_any_byte_changed_never_holds(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    published_make(&p, record.world.entries, 3);
    struct published_file *f = published_find(&p, "checkpoint");
    for (size_t i = 0; i < f->content.size; i++) {
        f->content.data[i] ^= 1;
        struct audit_report report = audit_of(&p);
        assert_int_not_equal(report.verdict, AUDIT_HOLDS);
        assert_string_equal(report.file, "checkpoint");
        f->content.data[i] ^= 1;
    }
}

static void files_that_are_swapped_are_found(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"tile/0/000", "tile/entries/000"},
        {"tile/entries/000", "tile/0/000"},
        {"checkpoint", "tile/0/000"},
        {"tile/0/000", "checkpoint"},
    };
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct published_file *f = published_find(&p, pairs[i][0]);
        struct buf own = f->content;
        f->content = published_find(&p, pairs[i][1])->content;
        struct audit_report report = audit_of(&p);
        found(report, AUDIT_UNVERIFIABLE, pairs[i][0], -1);
        f->content = own;
    }
}

static void the_root_of_another_history_is_blamed_on_the_checkpoint(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    struct bytes *other = calloc(record.world.count, sizeof *other);
    memcpy(other, record.world.entries, record.world.count * sizeof *other);
    other[5] = bytes_text("another entry");
    struct published_file *f = published_find(&p, "checkpoint");
    buf_reset(&f->content);
    published_checkpoint(&f->content, other, record.world.count, PUBLISHED_SEED);
    free(other);
    struct audit_report report = audit_of(&p);
    found(report, AUDIT_BROKEN, "checkpoint", -1);
}

static void an_empty_log_is_unverifiable(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    struct published_file *f = published_find(&p, "checkpoint");
    buf_reset(&f->content);
    published_checkpoint(&f->content, record.world.entries, 0, PUBLISHED_SEED);
    struct audit_report report = audit_of(&p);
    found(report, AUDIT_UNVERIFIABLE, "checkpoint", -1);
}

/* ---- Entries that were changed on the way ---- */

static void an_entry_that_is_changed_in_its_bundle_is_named(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    for (size_t t = 0; t < TYPES; t++) {
        size_t index = record_first(&record, types[t]);
        struct bytes text = record.world.entries[index];
        struct published_file *f = published_find(&p, bundle_of(index));
        uint8_t *at = memmem(f->content.data, f->content.size, text.data, text.size);
        assert_non_null(at);
        at[text.size - 3] ^= 1;
        struct audit_report report = audit_of(&p);
        found(report, AUDIT_BROKEN, bundle_of(index), index);
        assert_int_equal(report.judged, index);
        at[text.size - 3] ^= 1;
    }
}

static void an_entry_whose_text_was_erased_is_unverifiable(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    struct published_file *f = published_find(&p, "tile/entries/000");
    f->content.size = 0;
    for (size_t i = 0; i < TILE_WIDTH; i++) {
        struct bytes text = i == 40 ? BYTES_NONE : record.world.entries[i];
        buf_put_u16(&f->content, (uint16_t)text.size);
        buf_put(&f->content, text);
    }
    struct audit_report report = audit_of(&p);
    found(report, AUDIT_UNVERIFIABLE, "tile/entries/000", -1);
    assert_non_null(strstr(report.why.message, "entry 40"));
}

/* ---- What the holder of the log key itself forges ---- */

/* The record with one entry's text replaced, published and signed anew. */
static struct audit_report forged(size_t index, struct bytes text)
{
    struct bytes *entries = calloc(record.world.count, sizeof *entries);
    struct published *p = calloc(1, sizeof *p);
    memcpy(entries, record.world.entries, record.world.count * sizeof *entries);
    entries[index] = text;
    published_make(p, entries, record.world.count);
    memcpy(p->authority.id, record.world.head.authority, TREE_HASH);
    struct audit_report report = audit_of(p);
    published_done(p);
    free(p);
    free(entries);
    return report;
}

/* Another character of the same kind, so that what is read stays well formed as often as can be. */
static uint8_t other_character(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c == '9' ? '8' : (uint8_t)(c + 1);
    return c == 'z' || c == 'Z' ? (uint8_t)(c - 1) : (uint8_t)(c + 1);
}

static bool is_word_character(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The text with the first letter or digit from that place on changed. */
static struct bytes changed(struct bytes text, size_t place)
{
    AUTO_VALUE(buf) copy = BUF(LIMIT_ENTRY);
    buf_put(&copy, text);
    while (place < copy.size && !is_word_character(copy.data[place]))
        place++;
    assert_true(place < copy.size);
    copy.data[place] = other_character(copy.data[place]);
    return world_copy(&record.world, buf_bytes(&copy));
}

static void an_entry_of_any_type_that_is_forged_breaks_the_record(void **state)
{
    (void)state;
    enum { PLACES = 8 };
    for (size_t t = 0; t < TYPES; t++) {
        size_t index = record_first(&record, types[t]);
        struct bytes text = record.world.entries[index];
        for (size_t n = 0; n < PLACES; n++) {
            struct audit_report report = forged(index, changed(text, n * (text.size - 8) / PLACES));
            if (report.verdict != AUDIT_BROKEN || report.entry < (int64_t)index)
                fail_msg("%s, place %zu: %s, entry %lld: %s", types[t], n,
                         audit_verdict_names[report.verdict], (long long)report.entry,
                         report.why.message);
        }
    }
}

static void evidence_that_does_not_hold_is_named_with_its_entry(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *member;
    } rows[] = {
        {"proposal", "\"signature\":\""},      {"approval", "\"signature\":\""},
        {"rejection", "\"signature\":\""},     {"suspend", "\"signature\":\""},
        {"clock-confirm", "\"signature\":\""}, {"grant", "\"token\":\""},
        {"request", "\"signature\":\""},       {"close", "\"signature\":\""},
        {"certificate", "\"certificate\":\""}, {"binding", "\"preimages\":[\""},
        {"ceremony", "\"signatures\":[\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t index = record_first(&record, rows[i].type);
        struct bytes text = record.world.entries[index];
        const uint8_t *at = memmem(text.data, text.size, rows[i].member, strlen(rows[i].member));
        assert_non_null(at);
        size_t place = (size_t)(at - text.data) + strlen(rows[i].member) + 40;
        struct audit_report report = forged(index, changed(text, place));
        found(report, AUDIT_BROKEN, bundle_of(index), index);
        assert_string_equal(report.type, rows[i].type);
        assert_int_equal(report.judged, index);
    }
}

/* The entries, published as if they were the record of the world's authority. */
static struct audit_report published_anew(const struct bytes *entries, size_t count)
{
    AUTO_VALUE(published) p;
    published_make(&p, entries, count);
    memcpy(p.authority.id, record.world.head.authority, TREE_HASH);
    return audit_of(&p);
}

static void entries_left_out_doubled_or_swapped_break_the_record(void **state)
{
    (void)state;
    size_t count = record.world.count;
    size_t index = record_first(&record, "request");
    struct bytes *entries = calloc(count + 1, sizeof *entries);
    memcpy(entries, record.world.entries, index * sizeof *entries);

    memcpy(entries + index, record.world.entries + index + 1,
           (count - index - 1) * sizeof *entries);
    struct audit_report report = published_anew(entries, count - 1);
    found(report, AUDIT_BROKEN, "tile/entries/000", index);
    assert_string_equal(report.why.rule, "entry.index");

    entries[index] = record.world.entries[index];
    memcpy(entries + index + 1, record.world.entries + index, (count - index) * sizeof *entries);
    report = published_anew(entries, count + 1);
    found(report, AUDIT_BROKEN, "tile/entries/000", index + 1);

    memcpy(entries, record.world.entries, count * sizeof *entries);
    entries[index] = record.world.entries[index + 1];
    entries[index + 1] = record.world.entries[index];
    report = published_anew(entries, count);
    found(report, AUDIT_BROKEN, "tile/entries/000", index);
    free(entries);
}

/* The same entry at the place before. */
static struct bytes moved_up(struct bytes text)
{
    AUTO_VALUE(buf) copy = BUF(LIMIT_ENTRY);
    const char *begin = "{\"index\":";
    unsigned long long index;
    const uint8_t *comma = memchr(text.data, ',', text.size);
    assert_int_equal(sscanf((const char *)text.data + strlen(begin), "%llu", &index), 1);
    buf_printf(&copy, "%s%llu", begin, index - 1);
    buf_put(&copy, bytes_make(comma, text.size - (size_t)(comma - text.data)));
    return world_copy(&record.world, buf_bytes(&copy));
}

static void a_signature_that_is_hidden_by_renumbering_is_found_by_the_next_start(void **state)
{
    (void)state;
    size_t count = record.world.count;
    size_t hidden = count - 3; /* two requests and the last start follow */
    struct bytes *entries = calloc(count, sizeof *entries);
    memcpy(entries, record.world.entries, hidden * sizeof *entries);
    for (size_t i = hidden; i + 1 < count; i++)
        entries[i] = moved_up(record.world.entries[i + 1]);
    struct audit_report report = published_anew(entries, count - 1);
    assert_int_equal(report.verdict, AUDIT_BROKEN);
    assert_int_equal(report.entry, count - 2);
    assert_string_equal(report.type, "start");
    assert_string_equal(report.why.rule, "start.digest");
    free(entries);
}

/* ---- The pinned authority ---- */

static void another_authority_is_not_the_pinned_one(void **state)
{
    (void)state;
    AUTO_VALUE(published) p;
    all_published(&p);
    p.authority.id[0] ^= 1;
    struct audit_report report = audit_of(&p);
    found(report, AUDIT_BROKEN, "tile/entries/000", 0);
    assert_string_equal(report.why.rule, "audit.authority");
    p.authority.id[0] ^= 1;

    p.authority.base_url = bytes_text("https://elsewhere.example");
    report = audit_of(&p);
    found(report, AUDIT_BROKEN, "tile/entries/000", 0);
    p.authority.base_url = bytes_text(WORLD_URL);

    p.authority.log_key.key[0] ^= 1;
    report = audit_of(&p);
    found(report, AUDIT_BROKEN, "checkpoint", -1);
    p.authority.log_key.key[0] ^= 1;

    p.authority.origin = bytes_text("elsewhere.example/log");
    report = audit_of(&p);
    found(report, AUDIT_BROKEN, "checkpoint", -1);
}

/* One entry: a genesis whose statement says `to` where it said `from`, signed by all founders. */
static struct audit_report other_genesis(const char *from, const char *to)
{
    static const enum hand founders[] = {OFFICER_1, OFFICER_2};
    struct world *w = &record.world;
    AUTO_VALUE(published) p;
    AUTO_VALUE(buf) text = BUF(LIMIT_ENTRY);
    struct bytes statement =
        world_replace(w, world_genesis_statement(w, true, world_policy(w)), from, to);
    entry_write(&text, 0, w->now, bytes_text("genesis"),
                world_genesis_body(w, statement, founders, 2));
    assert_false(text.failed);
    struct bytes entry = buf_bytes(&text);
    published_make(&p, &entry, 1);
    return audit_of(&p);
}

static void a_log_key_that_genesis_does_not_name_breaks_the_record(void **state)
{
    (void)state;
    struct audit_report report = other_genesis("\"log_key\":\"6k", "\"log_key\":\"7k");
    found(report, AUDIT_BROKEN, "tile/entries/000.p/1", 0);
    assert_string_equal(report.why.rule, "audit.authority");
}

static void a_record_of_a_later_rulebook_is_unverifiable(void **state)
{
    (void)state;
    struct audit_report report = other_genesis("\"rules\":1", "\"rules\":3");
    found(report, AUDIT_UNVERIFIABLE, "tile/entries/000.p/1", 0);
    assert_string_equal(report.why.rule, "genesis.rules");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_record_holds_and_is_counted),
        cmocka_unit_test(an_older_checkpoint_is_audited_from_the_full_tiles_of_today),
        cmocka_unit_test(any_length_of_the_record_holds),
        cmocka_unit_test(progress_is_told_up_to_the_end),
        cmocka_unit_test(a_file_that_is_missing_is_unverifiable_and_named),
        cmocka_unit_test(a_file_that_is_cut_is_unverifiable_and_named),
        cmocka_unit_test(a_file_with_a_byte_behind_it_is_unverifiable_and_named),
        cmocka_unit_test(a_hash_that_is_changed_breaks_the_record_and_its_tile_is_named),
        cmocka_unit_test(a_checkpoint_with_any_byte_changed_never_holds),
        cmocka_unit_test(files_that_are_swapped_are_found),
        cmocka_unit_test(the_root_of_another_history_is_blamed_on_the_checkpoint),
        cmocka_unit_test(an_empty_log_is_unverifiable),
        cmocka_unit_test(an_entry_that_is_changed_in_its_bundle_is_named),
        cmocka_unit_test(an_entry_whose_text_was_erased_is_unverifiable),
        cmocka_unit_test(an_entry_of_any_type_that_is_forged_breaks_the_record),
        cmocka_unit_test(evidence_that_does_not_hold_is_named_with_its_entry),
        cmocka_unit_test(entries_left_out_doubled_or_swapped_break_the_record),
        cmocka_unit_test(a_signature_that_is_hidden_by_renumbering_is_found_by_the_next_start),
        cmocka_unit_test(another_authority_is_not_the_pinned_one),
        cmocka_unit_test(a_log_key_that_genesis_does_not_name_breaks_the_record),
        cmocka_unit_test(a_record_of_a_later_rulebook_is_unverifiable),
    };
    return cmocka_run_group_tests(tests, record_setup, record_teardown);
}
