#include "client/http.h"

#include "base/clock.h"
#include "client/problem.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    CONNECT_MS = 10000,
    ANSWER_MS = 60000,
    BUSY_TRIES = 5,
    BUSY_SECONDS_MAX = 5,
    URL_MAX = 4096,
    UNCHANGED = 304,
};

struct http {
    CURL *curl;
    char *server;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool is_text(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Of a server behind its scheme. */
static bool is_this_machine(const char *server)
{
    const char *host = strstr(server, "://");
    return host != NULL && (is_text(host + 3, "127.0.0.1:") || is_text(host + 3, "[::1]:") ||
                            is_text(host + 3, "localhost:"));
}

static bool server_check(enum http_peer peer, const char *server, struct err *e)
{
    size_t size = strlen(server);
    bool form = is_text(server, "https://") ||
                (peer == HTTP_OTHERS && is_text(server, "http://") && is_this_machine(server));
    /* What stands before an "@" is no host, whatever it looks like. */
    form = form && strchr(server, '@') == NULL;
    if (form && size > strlen("https://") && size < 512 && server[size - 1] != '/')
        return true;
    (void)err_set(e, ERR_INPUT, "\"%.200s\" is no server that can be asked", server);
    return err_hint(e, "give it as https://HOST or https://HOST:PORT");
}

/* The size of what libcurl wants differs with the option, hence one call each. */
static bool options_set(struct http *h, enum http_peer peer, const char *ca, struct err *e)
{
    CURL *c = h->curl;
    long version =
        peer == HTTP_OURS ? (long)CURL_SSLVERSION_TLSv1_3 : (long)CURL_SSLVERSION_TLSv1_2;
    const char *protocols = peer == HTTP_OURS ? "https" : "https,http";
    bool ok = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_SSLVERSION, version) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
              curl_easy_setopt(c, CURLOPT_USERAGENT, "sealward") == CURLE_OK;
    /* What is for this machine does not go to a proxy, least of all without TLS. */
    if (ok && is_this_machine(h->server))
        ok = curl_easy_setopt(c, CURLOPT_NOPROXY, "*") == CURLE_OK;
    /* One pinned file, and none of the certificates that the system trusts. */
    if (ok && ca != NULL)
        ok = curl_easy_setopt(c, CURLOPT_CAINFO, ca) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_CAPATH, (char *)NULL) == CURLE_OK;
    return ok ? true : err_set(e, ERR_INTERNAL, "libcurl lacks an option that is needed");
}

bool http_new(struct http **ret, enum http_peer peer, const char *server, const char *ca,
              struct err *e)
{
    if (!server_check(peer, server, e))
        return false;
    (void)pthread_once(&once, global_init);
    if (global_result != CURLE_OK)
        return err_set(e, ERR_INTERNAL, "libcurl: %s", curl_easy_strerror(global_result));
    AUTO(http) h = calloc(1, sizeof *h);
    if (h == NULL || (h->server = strdup(server)) == NULL || (h->curl = curl_easy_init()) == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a connection");
    if (!options_set(h, peer, ca, e))
        return false;
    *ret = TAKE(h);
    return true;
}

void http_free(struct http *h)
{
    if (h == NULL)
        return;
    if (h->curl != NULL)
        curl_easy_cleanup(h->curl);
    free(h->server);
    free(h);
}

static size_t body_take(char *data, size_t unit, size_t count, void *context)
{
    struct buf *body = context;
    buf_put(body, bytes_make(data, unit * count));
    return body->failed ? 0 : unit * count;
}

static bool header_add(struct curl_slist **list, const char *line, struct err *e)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for a header");
    *list = longer;
    return true;
}

/* Only then can there be an answer that nothing has changed. */
static bool is_conditional(const struct http_call *call)
{
    const struct http_version *version = call->version;
    return version != NULL && (version->etag[0] != '\0' || version->modified[0] != '\0');
}

/* The entity tag if there is one, else the date: whoever knows a tag does not look at the date. */
static bool condition_add(struct curl_slist **list, const struct http_version *version,
                          struct err *e)
{
    AUTO_VALUE(buf) line = BUF(sizeof *version + 32);
    if (version->etag[0] != '\0')
        buf_printf(&line, "If-None-Match: %s", version->etag);
    else if (version->modified[0] != '\0')
        buf_printf(&line, "If-Modified-Since: %s", version->modified);
    else
        return true;
    return buf_ok(&line, "a condition", e) && header_add(list, buf_string(&line), e);
}

static bool type_add(struct curl_slist **list, const char *type, struct err *e)
{
    AUTO_VALUE(buf) line = BUF(256);
    buf_printf(&line, "Content-Type: %s", type != NULL ? type : "application/json");
    return buf_ok(&line, "the type of a body", e) && header_add(list, buf_string(&line), e);
}

static bool headers_make(struct curl_slist **list, const struct http_call *call, struct err *e)
{
    AUTO_VALUE(buf) bearer = BUF(16384);
    if (call->version != NULL && !condition_add(list, call->version, e))
        return false;
    if (call->body.data != NULL && !type_add(list, call->type, e))
        return false;
    /* An "Expect: 100-continue" costs a round trip and the daemon has no use for it. */
    if (call->body.data != NULL && !header_add(list, "Expect:", e))
        return false;
    if (call->bearer == NULL)
        return true;
    buf_printf(&bearer, "Authorization: Bearer %s", call->bearer);
    return buf_ok(&bearer, "authorization", e) && header_add(list, buf_string(&bearer), e);
}

static bool call_set(struct http *h, const struct http_call *call, const char *url,
                     struct curl_slist *headers, struct buf *body, struct err *e)
{
    CURL *c = h->curl;
    bool has_body = call->body.data != NULL;
    bool ok =
        curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, body_take) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_WRITEDATA, body) == CURLE_OK &&
        curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)(ANSWER_MS + call->patience)) == CURLE_OK;
    if (ok && has_body)
        ok = curl_easy_setopt(c, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDS, call->body.data) == CURLE_OK &&
             curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size) ==
                 CURLE_OK;
    ok = ok && curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, call->method) == CURLE_OK;
    return ok ? true : err_set(e, ERR_INTERNAL, "libcurl refuses to ask %s", url);
}

static bool unreachable(const struct http *h, CURLcode result, struct err *e)
{
    (void)err_refuse(e, HTTP_UNREACHABLE, "cannot reach %s: %s", h->server,
                     curl_easy_strerror(result));
    e->code = ERR_IO;
    if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE)
        return err_hint(e, "name the file with the server's certificate or its authority: --ca");
    return err_hint(e, "is the server running, and is --server right?");
}

/* One exchange: *ret_status and the body, whatever the status says. */
static bool exchange(struct http *h, const struct http_call *call, struct buf *body,
                     long *ret_status, struct err *e)
{
    struct curl_slist *headers = NULL;
    char url[URL_MAX];
    int size = snprintf(url, sizeof url, "%s%s", h->server, call->path);
    if (size < 0 || (size_t)size >= sizeof url)
        return err_set(e, ERR_LIMIT, "the address %.100s... is too long", call->path);
    bool ok = headers_make(&headers, call, e) && call_set(h, call, url, headers, body, e);
    CURLcode result = ok ? curl_easy_perform(h->curl) : CURLE_OK;
    (void)curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
    curl_slist_free_all(headers);
    if (!ok)
        return false;
    if (result == CURLE_WRITE_ERROR)
        return err_set(e, ERR_LIMIT, "%s answers %s with more than %zu bytes", h->server,
                       call->path, body->max);
    if (result != CURLE_OK)
        return unreachable(h, result, e);
    return curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, ret_status) == CURLE_OK
               ? true
               : err_set(e, ERR_INTERNAL, "libcurl knows no status");
}

/* How long the peer wants to be left alone. */
static bool busy_wait(struct http *h)
{
    curl_off_t seconds = 0;
    (void)curl_easy_getinfo(h->curl, CURLINFO_RETRY_AFTER, &seconds);
    if (seconds < 1 || seconds > BUSY_SECONDS_MAX)
        seconds = 1;
    return clock_sleep_until(clock_monotonic_ms() + 1000 * (int64_t)seconds);
}

/* A header of the answer that is one short line of ASCII; else none. */
static void header_take(char *ret, size_t size, struct http *h, const char *name)
{
    struct curl_header *header;
    ret[0] = '\0';
    if (curl_easy_header(h->curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return;
    size_t length = strlen(header->value);
    for (size_t i = 0; i < length; i++)
        if (header->value[i] < ' ' || header->value[i] > '~')
            return;
    if (length < size)
        memcpy(ret, header->value, length + 1);
}

static void version_take(struct http_version *version, struct http *h, long status)
{
    version->unchanged = status == UNCHANGED;
    if (version->unchanged)
        return;
    header_take(version->etag, sizeof version->etag, h, "ETag");
    header_take(version->modified, sizeof version->modified, h, "Last-Modified");
}

bool http_do(struct http *h, const struct http_call *call, struct buf *ret, struct err *e)
{
    int64_t stands = -1;
    if (call->stands != NULL)
        *call->stands = -1;
    for (int tries = 1;; tries++) {
        AUTO_VALUE(buf) body = BUF(ret->max - ret->size);
        long status;
        if (!exchange(h, call, &body, &status, e))
            return false;
        if ((status >= 200 && status < 300) || (status == UNCHANGED && is_conditional(call))) {
            if (status != UNCHANGED)
                buf_put(ret, buf_bytes(&body));
            if (call->version != NULL)
                version_take(call->version, h, status);
            return buf_ok(ret, "an answer", e);
        }
        (void)problem_read(e, &stands, status, buf_bytes(&body));
        if (e->code != ERR_BUSY || tries == BUSY_TRIES || !busy_wait(h))
            break;
    }
    if (call->stands != NULL)
        *call->stands = stands;
    return false;
}
