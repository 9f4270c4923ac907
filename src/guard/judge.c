#include "guard/judge.h"

#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "pki/cms.h"
#include "pki/pem.h"
#include "pki/x509.h"
#include "proof/receipt.h"
#include "verify/show.h"

#define FILE_MAX ((size_t)4 << 30)
#define PATH_MAX_SIZE 4096
/* Beside what verify_file needs: pinned files, certificates, receipts. */
#define LOAD_ARENA ARENA(2 * PEM_MAX + (2 << 20) + VERIFY_RECEIPTS_MAX * RECEIPT_BYTES_MAX)

/* Everything that is judged, read. */
struct work {
    struct buf file;
    struct arena load;
    struct arena decode;
    struct arena arena;
    struct authority authority;
    struct bytes roots[VERIFY_ROOTS_MAX];
    struct bytes receipts[VERIFY_RECEIPTS_MAX];
    struct distrust list;
    struct verify_input input;
    struct verdict verdict;
};

static void work_done(struct work *w)
{
    buf_done(&w->file);
    arena_done(&w->load);
    arena_done(&w->decode);
    arena_done(&w->arena);
}
AUTO_DONE(work)

/* --- What is read ----------------------------------------------------------------------------- */

static bool file_load(struct bytes *ret, struct work *w, const char *path, size_t max,
                      struct err *e)
{
    AUTO_VALUE(buf) content = BUF(max);
    if (!file_read(&content, path, FILE_ANY, e))
        return false;
    *ret = arena_copy(&w->load, buf_bytes(&content));
    return ret->data != NULL ? true : err_set(e, ERR_MEMORY, "out of memory for %s", path);
}

static bool receipts_load(struct work *w, const struct judge_plan *plan, struct err *e)
{
    for (size_t i = 0; plan->receipts[i] != NULL; i++) {
        if (i == VERIFY_RECEIPTS_MAX)
            return err_set(e, ERR_LIMIT, "at most %d receipts are looked at", VERIFY_RECEIPTS_MAX);
        if (!file_load(&w->receipts[i], w, plan->receipts[i], RECEIPT_BYTES_MAX, e))
            return false;
        w->input.receipt_count = i + 1;
    }
    w->input.receipts = w->receipts;
    return true;
}

static bool beside_load(struct work *w, const struct judge_plan *plan, struct err *e)
{
    AUTO_VALUE(buf) name = BUF(PATH_MAX_SIZE);
    bool there = plan->signature != NULL;
    if (there)
        buf_put_text(&name, plan->signature);
    else
        buf_printf(&name, "%s.p7s", plan->file);
    if (!buf_ok(&name, "the name of the signature", e) ||
        (!there && !file_exists(&there, buf_string(&name), e)))
        return false;
    return !there || file_load(&w->input.beside, w, buf_string(&name), CMS_DER_MAX, e);
}

/* A PE image with a signature beside it is any file to whoever made that signature. */
static const char *format_guess(const struct judge_plan *plan, struct bytes file)
{
    bool is_image = file.size >= 2 && file.data[0] == 'M' && file.data[1] == 'Z';
    return is_image && plan->signature == NULL ? "pe" : "cms";
}

static bool artifact_load(struct work *w, const struct judge_plan *plan, struct err *e)
{
    if (!file_read(&w->file, plan->file, FILE_ANY, e))
        return false;
    w->input.file = buf_bytes(&w->file);
    const char *format = plan->format != NULL ? plan->format : format_guess(plan, w->input.file);
    w->input.format = bytes_text(format);
    return strcmp(format, "pe") == 0 || beside_load(w, plan, e);
}

static bool roots_parse(struct x509 *ret, const struct work *w, struct err *e)
{
    for (size_t i = 0; i < w->input.root_count; i++)
        if (!x509_parse(&ret[i], w->roots[i], e))
            return err_wrap(e, "trusted root %zu", i + 1);
    return true;
}

/* Verified here again: whoever asks believes the pins alone. */
static bool list_load(struct work *w, const struct answer *a, struct err *e)
{
    struct x509 roots[VERIFY_ROOTS_MAX];
    struct distrust_trust trust = {
        .authority = w->authority.id, .roots = roots, .root_count = w->input.root_count};
    if (a->list.size == 0)
        return true;
    if (!roots_parse(roots, w, e) || !distrust_open(&w->list, buf_bytes(&a->list), &w->decode, e) ||
        !distrust_verify(&w->list, &trust, e))
        return err_wrap(e, "the distrust list of this endpoint");
    w->input.list = &w->list;
    return true;
}

static bool held_load(struct work *w, const struct answer *a, struct err *e)
{
    if (!authority_read(&w->authority, buf_bytes(&a->authority), &w->load, e) ||
        !pem_certificates(w->roots, VERIFY_ROOTS_MAX, &w->input.root_count, buf_bytes(&a->root),
                          &w->load, e))
        return false;
    w->input.authority = &w->authority;
    w->input.roots = w->roots;
    w->input.now = a->holding.now;
    return list_load(w, a, e);
}

/* --- What is said ----------------------------------------------------------------------------- */

static void endpoint_text(struct buf *b, bool trusts, const struct err *said)
{
    buf_printf(b, "  %-10s %-6s ", "endpoint", trusts ? "holds" : "FAILS");
    if (said->code == ERR_NONE)
        buf_put_text(b, "its distrust list is up to date\n");
    else
        buf_printf(b, "%s%s%s%s\n", trusts ? "warning: " : "", said->message,
                   said->hint[0] == '\0' ? "" : "; ", said->hint);
}

static void endpoint_json(struct buf *b, bool trusts, const struct err *said)
{
    bool quiet = said->code == ERR_NONE;
    buf_printf(b, "{\"answer\":\"%s\",\"rule\":", trusts ? "holds" : "fails");
    json_put_string(b, bytes_text(quiet ? "" : said->rule));
    buf_put_text(b, ",\"message\":");
    json_put_string(b, bytes_text(quiet ? "" : said->message));
    buf_put_text(b, "}");
}

bool judge_file(struct buf *text, struct buf *json, bool *ret_good, const struct judge_plan *plan,
                const struct answer *a, struct err *e)
{
    AUTO_VALUE(work)
    w = {.file = BUF(FILE_MAX),
         .load = LOAD_ARENA,
         .decode = DISTRUST_ARENA,
         .arena = VERIFY_ARENA,
         .input = {.demand_receipt = plan->demand_receipt}};
    struct err note;
    struct err why;
    if (!held_load(&w, a, e) || !receipts_load(&w, plan, e) || !artifact_load(&w, plan, e))
        return false;
    if (!verify_file(&w.verdict, &w.input, &w.arena, e))
        return err_wrap(e, "%s", plan->file);
    bool trusts = holding_trust(&a->holding, &note, &why);
    w.verdict.good = w.verdict.good && trusts;
    show_text(text, plan->file, &w.verdict);
    endpoint_text(text, trusts, trusts ? &note : &why);
    buf_put_text(json, "{\"verdict\":");
    show_json(json, plan->file, &w.verdict);
    buf_put_text(json, ",\"endpoint\":");
    endpoint_json(json, trusts, trusts ? &note : &why);
    buf_put_text(json, "}");
    *ret_good = w.verdict.good;
    return buf_ok(text, "the verdict", e) && buf_ok(json, "the verdict", e);
}
