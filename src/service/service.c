#include "service/service.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "index/kept.h"
#include "rules/view.h"
#include "service/parts.h"
#include "wire/rows.h"

enum { STATE_FOLDER_MODE = 0700, PATH_BYTES_MAX = 4096 };

/* --- Life ------------------------------------------------------------------------------------- */

static bool path_make(struct buf *path, const char *folder, const char *name, struct err *e)
{
    buf_printf(path, "%s/%s", folder, name);
    (void)buf_string(path);
    return buf_ok(path, "a path in the state folder", e);
}

static bool kept_path_make(struct buf *path, const char *state, struct err *e)
{
    return path_make(path, state, "kept.db", e);
}

static bool files_open(struct service *s, struct err *e)
{
    AUTO_VALUE(buf) kept = BUF(PATH_BYTES_MAX);
    bool rebuilt = false;
    if (!file_make_folders(s->options.state, STATE_FOLDER_MODE, e) ||
        !path_make(&s->index_path, s->options.state, "index.db", e) ||
        !kept_path_make(&kept, s->options.state, e))
        return false;
    const char *index = buf_string(&s->index_path);
    if (!catalog_open(&s->catalog, index, &rebuilt, e) ||
        !search_open(&s->search, index, s->options.readers, e) ||
        !unrecorded_open(&s->unrecorded, buf_string(&kept), s->replica, &s->metrics, e) ||
        !publish_open(&s->publish, s->options.public_folder, e) ||
        !status_new(&s->status, s->options.public_folder, e))
        return false;
    if (rebuilt)
        diag_write(DIAG_WARNING, "index-rebuilt", DIAG_TEXT("message", "the index was damaged"));
    return true;
}

static bool parts_join(struct service *s, struct err *e)
{
    struct link_events events = {.context = &s->inbox,
                                 .up = inbox_came,
                                 .down = inbox_went,
                                 .checkpoint = inbox_checkpoint,
                                 .status = inbox_status};
    if (!link_new(&s->link, s->options.keeper, &events, &s->metrics, e) ||
        !waiters_new(&s->waiters, s->replica, &s->inbox.bell, &s->metrics, e))
        return false;
    struct intake_parts intake = {.link = s->link,
                                  .inbox = &s->inbox,
                                  .waiters = s->waiters,
                                  .unrecorded = s->unrecorded,
                                  .metrics = &s->metrics};
    struct follow_parts follow = {.link = s->link,
                                  .inbox = &s->inbox,
                                  .replica = s->replica,
                                  .catalog = s->catalog,
                                  .publish = s->publish,
                                  .status = s->status,
                                  .waiters = s->waiters,
                                  .unrecorded = s->unrecorded,
                                  .metrics = &s->metrics,
                                  .first = s->options.first};
    return intake_new(&s->intake, &intake, e) && follow_new(&s->follow, &follow, e);
}

bool service_open(struct service **ret, const struct service_options *options, struct err *e)
{
    AUTO(service) s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the service");
    s->options = *options;
    s->index_path = BUF(PATH_BYTES_MAX);
    if (!inbox_init(&s->inbox, e))
        return false;
    s->inbox_made = true;
    if (!replica_new(&s->replica, e) || !files_open(s, e) || !parts_join(s, e))
        return false;
    *ret = TAKE(s);
    return true;
}

bool service_start(struct service *s, struct err *e)
{
    return follow_start(s->follow, e) && link_start(s->link, e);
}

void service_close(struct service *s)
{
    intake_close(s->intake);
    waiters_end(s->waiters);
}

size_t service_pending(struct service *s)
{
    return intake_open(s->intake);
}

void service_stop(struct service *s)
{
    /* The link first: what is in flight fails, and what was refused is still written down. */
    if (s->link != NULL)
        link_stop(s->link);
    if (s->follow != NULL)
        follow_stop(s->follow);
}

void service_free(struct service *s)
{
    if (s == NULL)
        return;
    service_stop(s);
    follow_free(s->follow);
    intake_free(s->intake);
    waiters_free(s->waiters);
    link_free(s->link);
    status_free(s->status);
    publish_free(s->publish);
    unrecorded_free(s->unrecorded);
    search_free(s->search);
    catalog_free(s->catalog);
    replica_free(s->replica);
    if (s->inbox_made)
        inbox_done(&s->inbox);
    buf_done(&s->index_path);
    free(s);
}

/* --- What changes the record, and waiting ----------------------------------------------------- */

bool service_submit(struct service *s, struct bytes text, intake_done *done, void *context,
                    struct err *e)
{
    return replica_ready(s->replica, e) && intake_submit(s->intake, text, done, context, e);
}

bool service_again(struct service *s, struct bytes text, intake_done *done, void *context,
                   struct err *e)
{
    return replica_ready(s->replica, e) && intake_again(s->intake, text, done, context, e);
}

bool service_wait_subject(struct service *s, const uint8_t leaf[32], struct bytes seen,
                          int64_t milliseconds, void (*wake)(void *context), void *context,
                          struct err *e)
{
    struct wait wait = {.kind = WAIT_SUBJECT,
                        .deadline_ms = clock_monotonic_ms() + milliseconds,
                        .wake = wake,
                        .context = context};
    memcpy(wait.leaf, leaf, sizeof wait.leaf);
    if (!waiters_see(wait.seen, s->replica, leaf, e))
        return false;
    if (seen.data != NULL) {
        size_t size = seen.size < sizeof wait.seen ? seen.size : sizeof wait.seen - 1;
        memcpy(wait.seen, seen.data, size);
        wait.seen[size] = '\0';
    }
    return waiters_add(s->waiters, &wait, e);
}

bool service_wait_receipt(struct service *s, const struct entry_name *name, int64_t milliseconds,
                          void (*wake)(void *context), void *context, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4 * (size_t)LIMIT_ENTRY);
    struct bytes text;
    struct wait wait = {.kind = WAIT_PUBLISHED,
                        .deadline_ms = clock_monotonic_ms() + milliseconds,
                        .wake = wake,
                        .context = context};
    return replica_ready(s->replica, e) &&
           search_text(s->search, name, &wait.index, &text, &arena, e) &&
           waiters_add(s->waiters, &wait, e);
}

/* --- The record ------------------------------------------------------------------------------- */

struct authority_view {
    struct bytes authority;
    struct bytes origin;
    struct bytes log_key;
    struct bytes base_url;
    struct bytes arc;
    bool demonstration;
    int64_t size;
    struct bytes root;
    struct bytes checkpoint;
    bool started;
    bool clock_doubt;
    struct bytes doubt;
    int64_t rules;
};

#define ROW_MAYBE_TEXT(type, member, least, most) ROW(type, member, FIELD_TEXT, least, most, true)

FIELDS(authority_view_fields, "authority", struct authority_view,
       ROW_MAYBE_BYTES(struct authority_view, authority, 32, 32),
       ROW_MAYBE_TEXT(struct authority_view, origin, 1, LIMIT_URL),
       ROW_MAYBE_TEXT(struct authority_view, log_key, 1, NOTE_KEY_TEXT_MAX),
       ROW_MAYBE_TEXT(struct authority_view, base_url, 1, LIMIT_URL),
       ROW_MAYBE_TEXT(struct authority_view, arc, 1, LIMIT_ID),
       ROW_BOOL(struct authority_view, demonstration),
       ROW_INTEGER(struct authority_view, size, 0, JSON_INTEGER_MAX),
       ROW_BYTES(struct authority_view, root, 32, 32),
       ROW_MAYBE_BYTES(struct authority_view, checkpoint, 1, LIMIT_NOTE),
       ROW_BOOL(struct authority_view, started), ROW_BOOL(struct authority_view, clock_doubt),
       ROW_MAYBE_BYTES(struct authority_view, doubt, 32, 32),
       ROW_INTEGER(struct authority_view, rules, 0, JSON_INTEGER_MAX));

static void authority_fill(struct authority_view *view, const struct rules_head *head)
{
    view->demonstration = head->demonstration;
    view->size = (int64_t)head->size;
    view->root = BYTES_OF(head->root);
    view->clock_doubt = head->clock_doubted;
    view->rules = head->version;
    if (head->clock_doubted)
        view->doubt = BYTES_OF(head->doubt);
    if (!head->begun)
        return;
    view->authority = BYTES_OF(head->authority);
    view->origin = bytes_text(head->origin);
    view->base_url = bytes_text(head->base_url);
    view->arc = bytes_text(head->arc);
}

bool service_authority(struct service *s, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(8192);
    AUTO_VALUE(buf) vkey = BUF(NOTE_KEY_TEXT_MAX);
    AUTO_VALUE(buf) note = BUF(LIMIT_NOTE);
    struct authority_view view = {.started = follow_signing(s->follow)};
    struct rules_head head;
    if (!replica_ready(s->replica, e) || !replica_head(&head, s->replica, &arena, e))
        return false;
    authority_fill(&view, &head);
    if (head.begun) {
        struct note_key key;
        if (!replica_log_key(&key, s->replica, e))
            return false;
        note_key_write(&vkey, &key);
        view.log_key = buf_bytes(&vkey);
    }
    if (publish_size(s->publish) > 0) {
        if (!publish_newest(s->publish, &note, e))
            return false;
        view.checkpoint = buf_bytes(&note);
    }
    fields_write(b, &authority_view_fields, &view);
    return buf_ok(b, "the authority", e);
}

bool service_base_url(struct service *s, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(8192);
    struct rules_head head;
    if (!replica_head(&head, s->replica, &arena, e))
        return false;
    buf_put_text(b, head.base_url);
    return buf_ok(b, "the base URL", e);
}

bool service_entries(struct service *s, const struct entries_query *query, struct buf *b,
                     struct err *e)
{
    return replica_ready(s->replica, e) && search_entries(s->search, query, b, e);
}

bool service_entry(struct service *s, const struct entry_name *name, struct buf *b, struct err *e)
{
    return replica_ready(s->replica, e) && search_entry(s->search, name, b, e);
}

bool service_marks(struct service *s, const struct marks_query *query, struct buf *b, struct err *e)
{
    return replica_ready(s->replica, e) && search_marks(s->search, query, b, e);
}

bool service_receipt(struct service *s, const struct entry_name *name, struct buf *b, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(4 * (size_t)LIMIT_ENTRY);
    struct bytes text;
    int64_t number;
    return replica_ready(s->replica, e) &&
           search_text(s->search, name, &number, &text, &arena, e) &&
           publish_receipt(s->publish, number, text, b, e);
}

/* --- Views of the state ----------------------------------------------------------------------- */

static bool open_view(struct buf *b, const struct rules_state *s, const void *context,
                      struct err *e)
{
    (void)context;
    return view_open(b, s, e);
}

static bool subject_view(struct buf *b, const struct rules_state *s, const void *context,
                         struct err *e)
{
    return view_subject(b, s, bytes_make(context, 32), e);
}

static bool policy_view(struct buf *b, const struct rules_state *s, const void *context,
                        struct err *e)
{
    (void)context;
    return view_policy(b, s, e);
}

static bool keys_view(struct buf *b, const struct rules_state *s, const void *context,
                      struct err *e)
{
    return context == NULL ? view_keys_all(b, s, e) : view_keys(b, s, context, e);
}

static bool certificates_view(struct buf *b, const struct rules_state *s, const void *context,
                              struct err *e)
{
    const struct certificates_query *query = context;
    return view_certificates(b, s, query->from, query->limit, e);
}

static bool signer_view(struct buf *b, const struct rules_state *s, const void *context,
                        struct err *e)
{
    const struct bytes *id = context;
    return view_signer(b, s, *id, clock_wall_ms(), e);
}

bool service_subjects(struct service *s, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, open_view, NULL, e);
}

bool service_subject(struct service *s, const uint8_t leaf[32], struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, subject_view, leaf, e);
}

bool service_policy(struct service *s, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, policy_view, NULL, e);
}

bool service_signer(struct service *s, struct bytes id, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, signer_view, &id, e);
}

bool service_keys(struct service *s, const struct keys_filter *filter, struct buf *b, struct err *e)
{
    return replica_show(s->replica, b, keys_view, filter, e);
}

bool service_certificates(struct service *s, const struct certificates_query *query, struct buf *b,
                          struct err *e)
{
    return replica_show(s->replica, b, certificates_view, query, e);
}

bool service_findings(struct service *s, struct buf *b, struct err *e)
{
    return replica_findings(s->replica, b, e);
}

/* --- What the record does not hold ------------------------------------------------------------ */

bool service_names(struct service *s, struct bytes after, size_t limit, struct buf *b,
                   struct err *e)
{
    return unrecorded_names(s->unrecorded, after, limit, b, e);
}

bool service_name(struct service *s, struct bytes handle, struct buf *b, struct err *e)
{
    return unrecorded_name(s->unrecorded, handle, b, e);
}

bool service_put_name(struct service *s, struct bytes handle, struct bytes text, struct buf *b,
                      struct err *e)
{
    return unrecorded_put_name(s->unrecorded, handle, text, b, e);
}

bool service_refusals(struct service *s, int64_t before, size_t limit, struct buf *b, struct err *e)
{
    return unrecorded_refusals(s->unrecorded, before, limit, b, e);
}

bool service_healthy(struct service *s, struct err *e)
{
    return follow_healthy(s->follow, e);
}

/* The file that is kept, which must be there already. */
static bool kept_there(struct kept **ret, const char *state, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(PATH_BYTES_MAX);
    bool there = false;
    if (!kept_path_make(&path, state, e) || !file_exists(&there, buf_string(&path), e))
        return false;
    if (!there)
        return err_set(e, ERR_NOT_FOUND, "no names are kept in %s", state);
    return kept_open(ret, buf_string(&path), e);
}

bool service_forget(const char *state, struct bytes handle, struct err *e)
{
    AUTO(kept) kept = NULL;
    return kept_there(&kept, state, e) && kept_name_erase(kept, handle, e);
}

bool service_copy(const char *state, const char *path, struct err *e)
{
    AUTO(kept) kept = NULL;
    return kept_there(&kept, state, e) && kept_copy(kept, path, e);
}
