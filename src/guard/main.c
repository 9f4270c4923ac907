/*
 * sealward-guard: keeps an endpoint's distrust list fresh, and says what is to be trusted by it.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "client/http.h"
#include "guard/answer.h"
#include "guard/carry.h"
#include "guard/confirm.h"
#include "guard/judge.h"
#include "guard/options.h"
#include "guard/run.h"
#include "guard/status.h"
#include "pki/pem.h"

enum { EXIT_DONE = 0, EXIT_NOT_GOOD = 1, EXIT_FAILED = 2, TEXT_MAX = 1 << 20 };

/* --- init ------------------------------------------------------------------------------------- */

static bool seconds_read(int64_t *ret, const char *name, const char *text, struct err *e)
{
    int64_t ms;
    if (strcmp(text, "0s") == 0) {
        *ret = 0;
        return true;
    }
    if (!text_read_duration(&ms, bytes_text(text), e))
        return err_wrap(e, "%s", name);
    *ret = ms / 1000;
    return true;
}

static bool rules_take(struct endpoint_class *ret, const struct options *o, struct err *e)
{
    bool warns = strcmp(o->stale, endpoint_stale_names[STALE_WARN]) == 0;
    *ret = (struct endpoint_class){.reads = READS_LIST, .stale = warns ? STALE_WARN : STALE_REFUSE};
    if (!warns && strcmp(o->stale, endpoint_stale_names[STALE_REFUSE]) != 0)
        return err_set(e, ERR_INPUT, "--stale is refuse or warn");
    return seconds_read(&ret->grace, "--grace", o->grace, e) &&
           seconds_read(&ret->clock_error, "--clock-error", o->clock_error, e) &&
           seconds_read(&ret->silence, "--silence", o->silence, e);
}

static bool print(struct buf *text, struct err *e)
{
    return buf_ok(text, "what is printed", e) &&
           file_write_descriptor(STDOUT_FILENO, buf_bytes(text), "standard output", e);
}

static bool init(const struct options *o, bool *ret_good, struct err *e)
{
    (void)ret_good;
    AUTO_VALUE(buf) authority = BUF(LIMIT_AUTHORITY);
    AUTO_VALUE(buf) root = BUF(PEM_MAX);
    AUTO_VALUE(buf) spki = BUF(KEY_SPKI_MAX);
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO(http) probe = NULL; /* asks nothing; whether the address can be one */
    struct endpoint_class rules;
    if (o->authority == NULL || o->root == NULL || o->id == NULL || o->class == NULL ||
        o->url == NULL)
        return err_set(e, ERR_INPUT, "--authority, --root, --id, --class and --url are needed");
    if (!text_is_name(bytes_text(o->id)) || !text_is_name(bytes_text(o->class))) {
        (void)err_set(e, ERR_INPUT, "--id and --class are names");
        return err_hint(e, "a name has lower-case letters, digits, dots and dashes");
    }
    if (!http_new(&probe, HTTP_OTHERS, o->url, NULL, e) || !rules_take(&rules, o, e) ||
        !file_read(&authority, o->authority, FILE_REGULAR, e) ||
        !file_read(&root, o->root, FILE_REGULAR, e))
        return false;
    struct folder_plan plan = {.path = o->folder,
                               .settings = {.endpoint = bytes_text(o->id),
                                            .class = bytes_text(o->class),
                                            .url = bytes_text(o->url),
                                            .rules = rules},
                               .authority = buf_bytes(&authority),
                               .root = buf_bytes(&root)};
    if (!folder_make(&plan, &spki, e))
        return false;
    status_enroll(&text, &plan.settings, buf_bytes(&spki));
    return print(&text, e);
}

/* --- The other commands ----------------------------------------------------------------------- */

static bool socket_path(struct buf *ret, const struct options *o, struct err *e)
{
    if (o->socket != NULL)
        buf_put_text(ret, o->socket);
    else
        buf_printf(ret, "%s/guard.sock", o->folder);
    return buf_ok(ret, "the path of the socket", e);
}

static bool run(const struct options *o, bool *ret_good, struct err *e)
{
    (void)ret_good;
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 64);
    if (!socket_path(&path, o, e))
        return false;
    struct run_plan plan = {
        .folder = o->folder, .ca = o->ca, .socket = buf_string(&path), .interval = o->interval};
    return o->once ? run_once(&plan, e) : run_guard(&plan, e);
}

/* What the guard says, or, when none runs, what is in the folder. */
static bool ask(struct answer *ret, const struct options *o, struct err *e)
{
    AUTO_VALUE(buf) path = BUF(FOLDER_PATH_MAX + 64);
    if (!socket_path(&path, o, e))
        return false;
    if (answer_ask(ret, buf_string(&path), e))
        return true;
    return e->code == ERR_NOT_FOUND && o->socket == NULL && answer_look(ret, o->folder, e);
}

static bool verify(const struct options *o, bool *ret_good, struct err *e)
{
    AUTO_VALUE(answer) answer = answer_make();
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    AUTO_VALUE(buf) json = BUF(TEXT_MAX);
    struct judge_plan plan = {.file = o->words[1],
                              .signature = o->signature,
                              .format = o->format,
                              .receipts = o->receipts,
                              .demand_receipt = o->demand_receipt};
    if (!ask(&answer, o, e) || !judge_file(&text, &json, ret_good, &plan, &answer, e))
        return false;
    buf_put_text(&json, "\n");
    return print(o->json ? &json : &text, e);
}

static bool status(const struct options *o, bool *ret_good, struct err *e)
{
    (void)ret_good;
    AUTO_VALUE(answer) answer = answer_make();
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    if (!ask(&answer, o, e))
        return false;
    if (o->json)
        buf_printf(&text, "%s\n", buf_string(&answer.text));
    else
        status_text(&text, &answer.holding);
    return print(&text, e);
}

static struct held_moment moment_now(void)
{
    return (struct held_moment){.wall = clock_wall_ms(), .boot = clock_boot_ms()};
}

static bool import(const struct options *o, bool *ret_good, struct err *e)
{
    (void)ret_good;
    AUTO(folder) folder = NULL;
    AUTO(held) held = NULL;
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    struct held_moment at = moment_now();
    struct holding holding;
    struct carry carry = {.list = o->words[1], .checkpoint = o->words[2], .log = o->log};
    if (!folder_open(&folder, o->folder, e) || !held_new(&held, folder, HELD_WRITE, &at, e) ||
        !carry_in(held, &carry, &at, e))
        return false;
    held_report(&holding, held, &at);
    status_text(&text, &holding);
    return print(&text, e);
}

static bool confirmation(const struct options *o, bool *ret_good, struct err *e)
{
    (void)ret_good;
    AUTO(folder) folder = NULL;
    AUTO(held) held = NULL;
    AUTO(session_key) key = NULL;
    AUTO_VALUE(buf) text = BUF(TEXT_MAX);
    struct held_moment at = moment_now();
    return folder_open(&folder, o->folder, e) && folder_key(&key, folder, e) &&
           held_new(&held, folder, HELD_READ, &at, e) && confirm_make(&text, held, key, &at, e) &&
           print(&text, e);
}

/* --- Which it is ------------------------------------------------------------------------------ */

static const struct command {
    const char *name;
    size_t words; /* behind it */
    bool (*run)(const struct options *o, bool *ret_good, struct err *e);
} commands[] = {{"init", 0, init},     {"run", 0, run},       {"verify", 1, verify},
                {"status", 0, status}, {"import", 2, import}, {"confirmation", 0, confirmation}};

static bool command_do(const struct options *o, bool *ret_good, struct err *e)
{
    size_t words = 0;
    while (o->words[words + 1] != NULL)
        words++;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(o->words[0], commands[i].name) != 0)
            continue;
        if (words == commands[i].words)
            return commands[i].run(o, ret_good, e);
        return err_set(e, ERR_INPUT, "%s takes %zu words, not %zu", commands[i].name,
                       commands[i].words, words);
    }
    (void)err_set(e, ERR_INPUT, "there is no command \"%s\"", o->words[0]);
    return err_hint(e, "--help lists them");
}

static void fault_print(void *context, const char *name)
{
    (void)context;
    (void)printf("%s\n", name);
}

static bool work(const struct options *o, bool *ret_good, struct err *e)
{
    switch ((enum guard_mode)o->mode) {
    case MODE_COMMAND:
        return command_do(o, ret_good, e);
    case MODE_HELP:
        options_help(stdout);
        return true;
    case MODE_VERSION:
        (void)printf("sealward-guard %s\n", SEALWARD_VERSION);
        return true;
    case MODE_FAULTS:
        fault_list(fault_print, NULL);
        return true;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct err e;
    struct options options;
    bool good = true;
    diag_init("sealward-guard", DIAG_INFO);
    (void)signal(SIGPIPE, SIG_IGN);
    if (!sandbox_no_dumps(&e) || !options_take(&options, argc, argv, &e) ||
        (options.fault != NULL && !fault_arm(options.fault, &e)) || !work(&options, &good, &e)) {
        diag_err(DIAG_ERROR, "ended", &e);
        return EXIT_FAILED;
    }
    return good ? EXIT_DONE : EXIT_NOT_GOOD;
}
