#include "base/fault.h"

#ifdef SEALWARD_FAULTS

#include "base/bytes.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The linker gives the bounds of the section in which FAULT_POINT collects its rows; weak, because
 * a program may hold no point at all. */
extern struct fault *const __start_sealward_faults[] __attribute__((weak));
extern struct fault *const __stop_sealward_faults[] __attribute__((weak));

static _Thread_local enum fault_action fault_pending;

static const struct {
    const char *name;
    enum fault_action action;
} fault_actions[] = {
    {"kill", FAULT_KILL},
    {"eio", FAULT_EIO},
    {"enospc", FAULT_ENOSPC},
    {"short", FAULT_SHORT},
};

void fault_pass(struct fault *f)
{
    if (f->at == 0 || atomic_fetch_add(&f->passed, 1) + 1 != f->at) {
        return;
    }
    if (f->action == FAULT_KILL) {
        /* Not _exit: sanitizers hook it, and a crash runs nothing more. */
        (void)syscall(SYS_exit_group, 137);
    }
    fault_pending = f->action;
}

static bool fault_read_action(enum fault_action *ret, const char *word, struct err *e)
{
    for (size_t i = 0; i < sizeof fault_actions / sizeof fault_actions[0]; i++) {
        if (strcmp(word, fault_actions[i].name) == 0) {
            *ret = fault_actions[i].action;
            return true;
        }
    }
    err_set(e, ERR_INPUT, "fault action \"%s\" is unknown", word);
    return err_hint(e, "use kill, eio, enospc or short");
}

static bool fault_read_number(unsigned *ret, struct bytes digits, struct err *e)
{
    unsigned value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        uint8_t digit = digits.data[i];
        if (digit < '0' || digit > '9' || value > 100000000) {
            return err_set(e, ERR_INPUT, "the passing of a fault must be a number");
        }
        value = value * 10 + (unsigned)(digit - '0');
    }
    if (value == 0) {
        return err_set(e, ERR_INPUT, "the passings of a fault count from 1");
    }
    *ret = value;
    return true;
}

static struct fault *fault_find(struct bytes name)
{
    for (struct fault *const *row = __start_sealward_faults; row < __stop_sealward_faults; row++) {
        if (bytes_is(name, (*row)->name)) {
            return *row;
        }
    }
    return NULL;
}

bool fault_arm(const char *text, struct err *e)
{
    const char *first = strchr(text, ':');
    const char *second = first != NULL ? strchr(first + 1, ':') : NULL;
    if (second == NULL) {
        return err_set(e, ERR_INPUT, "fault \"%s\" is not of the form name:n:action", text);
    }
    enum fault_action action = FAULT_NONE;
    unsigned at = 0;
    if (!fault_read_action(&action, second + 1, e) ||
        !fault_read_number(&at, bytes_make(first + 1, (size_t)(second - first - 1)), e)) {
        return false;
    }
    struct bytes name = bytes_make(text, (size_t)(first - text));
    struct fault *fault = fault_find(name);
    if (fault == NULL) {
        return err_set(e, ERR_NOT_FOUND, "no fault point \"%.*s\" in this program",
                       BYTES_PRINT(name));
    }
    fault->action = action;
    fault->at = at;
    atomic_store(&fault->passed, 0);
    return true;
}

void fault_list(void (*each)(void *context, const char *name), void *context)
{
    for (struct fault *const *row = __start_sealward_faults; row < __stop_sealward_faults; row++) {
        each(context, (*row)->name);
    }
}

int fault_take(size_t *size)
{
    enum fault_action action = fault_pending;
    fault_pending = FAULT_NONE;
    if (action == FAULT_NONE) {
        return 0;
    }
    *size = action == FAULT_SHORT ? *size / 2 : 0;
    return action == FAULT_EIO ? EIO : ENOSPC;
}

#else

/* ISO C forbids an empty translation unit. */
extern int fault_absent;

#endif
