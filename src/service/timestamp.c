#include "service/timestamp.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/limits.h"
#include "rules/rules.h"
#include "wire/custody.h"

enum { TEXT_MAX = 200 };

/* One request, from being taken to its answer. */
struct stamping {
    struct timestamp_parts parts;
    timestamp_done *done;
    void *context;
    bool certificates; /* the token is to bring them */
};

void timestamp_reject(struct buf *reply, enum tsp_failure failure, const char *text)
{
    struct err e;
    buf_reset(reply);
    if (!tsp_rejection_build(reply, failure, text, &e))
        buf_reset(reply);
}

/* What was refused, in the words of RFC 3161. */
static enum tsp_failure failure_of(const struct err *why)
{
    return strcmp(why->rule, "clock.doubt") == 0 ? TSP_TIME_NOT_AVAILABLE : TSP_SYSTEM_FAILURE;
}

static void answer_reject(const struct timestamp_parts *parts, timestamp_done *done, void *context,
                          enum tsp_failure failure, const struct err *why)
{
    AUTO_VALUE(buf) reply = BUF(TSP_RESPONSE_MAX);
    char text[TEXT_MAX];
    size_t size = strnlen(why->message, sizeof text - 1);
    memcpy(text, why->message, size);
    text[size] = '\0';
    metrics_add(parts->metrics, METRIC_TIMESTAMPS_REJECTED, 1);
    timestamp_reject(&reply, failure, text);
    done(context, &reply);
}

/* --- The answer ------------------------------------------------------------------------------- */

struct token_wanted {
    struct bytes entry;
    struct bytes signature;
    bool certificates;
};

static bool token_view(struct buf *b, const struct rules_state *s, const void *context,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    const struct token_wanted *wanted = context;
    struct entry entry;
    return entry_read(&entry, wanted->entry, &arena, e) &&
           rules_timestamp_token(b, s, &entry, wanted->signature, wanted->certificates, e);
}

static bool token_make(const struct stamping *s, struct bytes body, struct buf *reply,
                       struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(LIMIT_JSON_TREE);
    AUTO_VALUE(buf) token = BUF(TSP_RESPONSE_MAX);
    struct intake_admitted admitted;
    if (!fields_read(&admitted, &intake_admitted_fields, body, &arena, e))
        return false;
    if (admitted.results.count != 1)
        return err_set(e, ERR_INTERNAL, "the keeper has signed nothing for the timestamp");
    const struct custody_result *result = admitted.results.items;
    struct token_wanted wanted = {
        .entry = admitted.entry, .signature = result->signature, .certificates = s->certificates};
    return replica_show(s->parts.replica, &token, token_view, &wanted, e) &&
           tsp_response_build(reply, buf_bytes(&token), e);
}

/* The keeper's answer. */
static void stamped(void *context, struct intake_answer *answer)
{
    AUTO_VALUE(buf) reply = BUF(TSP_RESPONSE_MAX);
    struct stamping *s = context;
    struct err e = answer->err;
    if (answer->ok && token_make(s, buf_bytes(&answer->body), &reply, &e)) {
        metrics_add(s->parts.metrics, METRIC_TIMESTAMPS, 1);
        s->done(s->context, &reply);
    } else {
        if (answer->ok)
            diag_err(DIAG_ERROR, "timestamp-failed", &e);
        answer_reject(&s->parts, s->done, s->context, failure_of(&e), &e);
    }
    free(s);
}

/* --- The request ------------------------------------------------------------------------------ */

static bool body_view(struct buf *b, const struct rules_state *s, const void *context,
                      struct err *e)
{
    const struct tsp_request *request = context;
    buf_put_text(b, "{\"type\":\"timestamp\",\"body\":");
    if (!rules_timestamp_body(b, s, clock_wall_ms(), request->alg, request->imprint, request->nonce,
                              e))
        return false;
    buf_put_u8(b, '}');
    return buf_ok(b, "a timestamp's entry", e);
}

static bool policy_check(const struct timestamp_parts *parts, const struct tsp_request *request,
                         enum tsp_failure *ret_failure, struct err *e)
{
    AUTO_VALUE(arena) arena = ARENA(8192);
    struct rules_head head;
    if (!replica_ready(parts->replica, e) || !replica_head(&head, parts->replica, &arena, e))
        return false;
    *ret_failure = TSP_UNACCEPTED_POLICY;
    return tsp_request_check_policy(request, bytes_text(head.arc), e);
}

static bool entry_ask(const struct timestamp_parts *parts, const struct tsp_request *request,
                      timestamp_done *done, void *context, struct err *e)
{
    AUTO_VALUE(buf) text = BUF(CUSTODY_ENTRY_MAX);
    if (!replica_show(parts->replica, &text, body_view, request, e))
        return false;
    struct stamping *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a timestamp");
    *s = (struct stamping){
        .parts = *parts, .done = done, .context = context, .certificates = request->certificates};
    if (intake_submit(parts->intake, buf_bytes(&text), stamped, s, e))
        return true;
    free(s);
    return false;
}

void timestamp_ask(const struct timestamp_parts *parts, struct bytes request, timestamp_done *done,
                   void *context)
{
    struct tsp_request read;
    enum tsp_failure failure = TSP_SYSTEM_FAILURE;
    struct err e;
    if (!tsp_request_parse(&read, &failure, request, &e) ||
        !policy_check(parts, &read, &failure, &e)) {
        answer_reject(parts, done, context, failure, &e);
        return;
    }
    if (!entry_ask(parts, &read, done, context, &e))
        answer_reject(parts, done, context, failure_of(&e), &e);
}
