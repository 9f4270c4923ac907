/*
 * sealward-keeper: open, jail, then work.
 */
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/fault.h"
#include "base/sandbox.h"
#include "keeper/brake.h"
#include "keeper/ceremony.h"
#include "keeper/core.h"
#include "keeper/founding.h"
#include "keeper/peers.h"
#include "keeper/seal.h"
#include "keeper/status.h"

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static bool signals_set(struct err *e)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGTERM, &action, NULL) != 0 || sigaction(SIGINT, &action, NULL) != 0 ||
        sigaction(SIGPIPE, &ignore, NULL) != 0)
        return err_errno(e, "cannot set signal handlers");
    return true;
}

static bool daemon_socket_owner(const char *path, const char *user, struct err *e)
{
    if (user == NULL)
        return true;
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no user \"%s\"", user);
    return chown(path, entry->pw_uid, (gid_t)-1) == 0
               ? true
               : err_errno(e, "cannot give \"%s\" to %s", path, user);
}

static bool brake_socket_group(const char *path, const char *group, struct err *e)
{
    if (group == NULL)
        return true;
    const struct group *entry = getgrnam(group);
    if (entry == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no group \"%s\"", group);
    return chown(path, (uid_t)-1, entry->gr_gid) == 0
               ? true
               : err_errno(e, "cannot give \"%s\" to group %s", path, group);
}

/* Sockets are made while the process may still choose who owns them. */
static bool sockets_open(struct keeper *k, const struct options *o, struct err *e)
{
    return peers_listen(&k->daemon_socket, o->socket, e) &&
           daemon_socket_owner(o->socket, o->daemon_user, e) &&
           peers_listen(&k->brake_socket, o->brake, e) &&
           brake_socket_group(o->brake, o->officer_group, e);
}

/* The spawner is forked before the record is opened: it never sees outside bytes. */
static bool tokens_open(struct keeper *k, const struct options *o, struct err *e)
{
    struct pool_config config = {.token_count = 2, .tries = 3, .job_ms = 30000};
    if (!options_token(&config.tokens[TOKEN_SIGNING], o, &o->signing, (unsigned)o->workers, e) ||
        !options_token(&config.tokens[TOKEN_LOG], o, &o->log, 1, e))
        return false;
    if (o->user != NULL && !sandbox_become(o->user, e))
        return false;
    k->signing_token = o->signing.label;
    return pool_start(&k->pool, &config, e);
}

static bool record_begin(struct keeper *k, const struct options *o, struct err *e)
{
    struct record_report report;
    if (!record_open(&k->record, o->journal, &report, e) || !brake_open(&k->brake, o->journal, e) ||
        !status_new(&k->status, e))
        return false;
    if (report.cut_size > 0)
        diag_write(DIAG_WARNING, "torn-tail-cut", DIAG_INTEGER("offset", report.cut_offset),
                   DIAG_INTEGER("bytes", report.cut_size));
    diag_write(DIAG_INFO, "replayed", DIAG_INTEGER("entries", report.entries));
    return seal_init(k, e);
}

static bool jail(const struct options *o, struct err *e)
{
    bool folders;
    const char *const writable[] = {o->journal, NULL};
    struct sandbox plan = {.profile = SANDBOX_CORE, .writable = writable};
    if (!sandbox_enter(&folders, &plan, e))
        return false;
    diag_write(DIAG_INFO, "jailed", DIAG_TEXT("folders", folders ? "enforced" : "not enforced"));
    return true;
}

static bool run(const struct options *o, struct err *e)
{
    struct keeper *k = calloc(1, sizeof *k);
    if (k == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for the keeper");
    k->staged_end = &k->staged;
    k->first = o->first;
    bool ok = signals_set(e) && sockets_open(k, o, e) && tokens_open(k, o, e) && jail(o, e) &&
              record_begin(k, o, e) && core_run(k, &stop, e);
    keeper_free(k);
    return ok;
}

static void fault_print(void *context, const char *name)
{
    (void)context;
    (void)printf("%s\n", name);
}

static bool work(const struct options *o, struct err *e)
{
    switch ((enum keeper_mode)o->mode) {
    case MODE_RUN:
        return run(o, e);
    case MODE_PREPARE:
        return founding_prepare(o, e);
    case MODE_FOUND:
        return founding_found(o, e);
    case MODE_CEREMONY:
        return ceremony_hold(o, e);
    case MODE_HELP:
        options_help(stdout);
        return true;
    case MODE_VERSION:
        (void)printf("sealward-keeper %s\n", SEALWARD_VERSION);
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
    diag_init("sealward-keeper", DIAG_INFO);
    if (!sandbox_no_dumps(&e) || !options_read(&options, argc, argv, &e)) {
        diag_err(DIAG_ERROR, "cannot-start", &e);
        return 2;
    }
    if (options.verbose)
        diag_init("sealward-keeper", DIAG_DEBUG);
    if ((options.fault != NULL && !fault_arm(options.fault, &e)) || !work(&options, &e)) {
        diag_err(DIAG_ERROR, "ended", &e);
        return 1;
    }
    return 0;
}
