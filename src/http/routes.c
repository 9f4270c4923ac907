#include "http/routes.h"

#include <string.h>

#include "http/calls.h"

const struct route routes[] = {
    {"authority", "GET", "v1/authority", {NULL}, calls_authority},
    {"submit", "POST", "v1/entries", {NULL}, calls_submit},
    {"again", "POST", "v1/again", {NULL}, calls_again},
    {"entries", "GET", "v1/entries", {"before", "type", "limit"}, calls_entries},
    {"entry", "GET", "v1/entries/*", {NULL}, calls_entry},
    {"receipt", "GET", "v1/entries/*/receipt", {"wait"}, calls_receipt},
    {"search", "GET", "v1/search", {"kind", "key", "before", "limit"}, calls_search},
    {"subjects", "GET", "v1/subjects", {NULL}, calls_subjects},
    {"subject", "GET", "v1/subjects/*", {"wait", "seen"}, calls_subject},
    {"policy", "GET", "v1/policy", {NULL}, calls_policy},
    {"signer", "GET", "v1/signers/*", {NULL}, calls_signer},
    {"keys", "GET", "v1/keys", {"id", "signer", "path", "from", "limit"}, calls_keys},
    {"certificates", "GET", "v1/certificates", {"from", "limit"}, calls_certificates},
    {"names", "GET", "v1/names", {"after", "limit"}, calls_names},
    {"name", "GET", "v1/names/*", {NULL}, calls_name},
    {"put-name", "PUT", "v1/names/*", {NULL}, calls_put_name},
    {"findings", "GET", "v1/findings", {NULL}, calls_findings},
    {"refusals", "GET", "v1/refusals", {"before", "limit"}, calls_refusals},
    {"reconcile", "POST", "v1/reconcile", {NULL}, calls_reconcile},
    {"inventory",
     "GET",
     "v1/inventory",
     {"expiring", "unused", "owner", "limit", "keys", "certificates"},
     calls_inventory},
    {"calendar", "GET", "v1/calendar", {"until"}, calls_calendar},
    {"life", "GET", "v1/life", {NULL}, calls_life},
    {"reach", "GET", "v1/reach/*", {NULL}, calls_reach},
    {"explain", "POST", "v1/explain", {NULL}, calls_explain},
    {"revocations", "GET", "v1/revocations", {NULL}, calls_revocations},
    {"revocable", "GET", "v1/revocable", {"kind", "id"}, calls_revocable},
    {"confirm", "POST", "v1/confirmations", {NULL}, calls_confirm},
    {"propagation", "GET", "v1/propagation", {"kind", "id", "limit"}, calls_propagation},
    {"blast-radius", "GET", "v1/blast-radius", {"kind", "id", "before", "limit"}, calls_radius},
    {"what-if", "GET", "v1/what-if", {"kind", "id", "effective", "before", "limit"}, calls_what_if},
    {"story", "GET", "v1/story", {"kind", "id", "after", "limit"}, calls_story},
    {"metrics", "GET", "metrics", {NULL}, calls_metrics},
    {"healthz", "GET", "healthz", {NULL}, calls_healthz},
    {"tsa", "POST", "tsa", {NULL}, calls_tsa, true},
    {"file", "GET", "log/**", {NULL}, calls_file, true},
    {"crl", "GET", "crl/**", {NULL}, calls_file, true},
    {"distrust", "GET", "distrust/*", {NULL}, calls_file, true},
};
const size_t route_count = sizeof routes / sizeof routes[0];
_Static_assert(sizeof routes / sizeof routes[0] <= ROUTES_MAX, "traffic has a place for each");

static bool word_fits(const char *word, size_t size, struct bytes segment)
{
    return (size == 1 && word[0] == '*') || bytes_equal(bytes_make(word, size), segment);
}

static bool path_fits(const char *path, const struct target *t)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t size = strcspn(path, "/");
        if (strcmp(path, "**") == 0)
            return true;
        if (size == 0 || !word_fits(path, size, t->segments[i]))
            return false;
        path += size;
        if (*path == '/')
            path++;
        else if (i + 1 < t->count)
            return false;
    }
    return *path == '\0';
}

static bool method_fits(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static bool query_check(const struct route *route, const struct target *t, struct err *e)
{
    for (size_t i = 0; i < t->parameter_count; i++) {
        bool known = false;
        for (size_t j = 0; route->parameters[j] != NULL; j++)
            known = known || bytes_is(t->parameters[i].name, route->parameters[j]);
        if (!known)
            return err_set(e, ERR_INPUT, "this path has no parameter \"%.*s\"",
                           BYTES_PRINT(t->parameters[i].name));
    }
    return true;
}

/* What the Allow header says of a path that has these methods. */
static const char *methods_name(bool get, bool post, bool put)
{
    if (get && post)
        return "GET, HEAD, POST";
    if (get && put)
        return "GET, HEAD, PUT";
    return get ? "GET, HEAD" : post ? "POST" : put ? "PUT" : NULL;
}

bool route_find(const struct route **ret, const char *method, const struct target *target,
                bool plain, const char **ret_allow, struct err *e)
{
    bool get = false;
    bool post = false;
    bool put = false;
    for (size_t i = 0; i < route_count; i++) {
        if ((plain && !routes[i].plain) || !path_fits(routes[i].path, target))
            continue;
        if (method_fits(&routes[i], method)) {
            *ret = &routes[i];
            return query_check(&routes[i], target, e);
        }
        get = get || strcmp(routes[i].method, "GET") == 0;
        post = post || strcmp(routes[i].method, "POST") == 0;
        put = put || strcmp(routes[i].method, "PUT") == 0;
    }
    const char *allow = methods_name(get, post, put);
    if (allow == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no such path");
    *ret_allow = allow;
    return err_set(e, ERR_INPUT, "this path knows %s only", allow);
}
