/*
 * The one error type: a code for programs, a message a person can act on, a hint what to do next,
 * and the cause underneath. The caller owns it, it never allocates, and it crosses the wire.
 *
 * Every function that can fail returns a must-use bool and takes `struct err *e` last. On failure
 * it fills *e and leaves its results untouched; on success it does not touch *e.
 * The texts are plain (text_is_plain) whatever was printed into them: one line of valid UTF-8.
 * The functions here return false, so that `return err_set(...)` reads as what it does.
 */
#ifndef SEALWARD_BASE_ERR_H
#define SEALWARD_BASE_ERR_H

#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_INPUT,   /* bytes that are not what they should be: syntax, type, length, signature form */
    ERR_REFUSED, /* well formed, but a rule says no; `rule` names it */
    ERR_AUTH,    /* a signature, identity token or certificate does not hold */
    ERR_NOT_FOUND, /* what was named does not exist */
    ERR_CONFLICT,  /* already done, already there, or changed meanwhile */
    ERR_LIMIT,     /* a limit of size, count or time is exceeded */
    ERR_STATE,     /* not possible in this state of the program; may be later */
    ERR_BUSY,      /* try again */
    ERR_IO,        /* the operating system refused a file, socket or process operation */
    ERR_TOKEN,     /* the PKCS#11 token or its module failed */
    ERR_DAMAGED,   /* stored data is not what was written */
    ERR_MEMORY,    /* out of memory */
    ERR_INTERNAL,  /* a defect of Sealward itself */
};

struct err {
    enum err_code code;
    char rule[56];     /* short stable name of the rule, such as "grant.window"; may be empty */
    char message[400]; /* one line, what was wrong and where */
    char hint[280];    /* one line, what would satisfy it; may be empty */
    char cause[280];   /* one line, the failure underneath; may be empty */
};

/* Sets code and message, clears the rest. */
bool err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_set, and adds ": " and strerror(errno) as the cause. Code is ERR_IO. */
bool err_errno(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ERR_REFUSED by the rule of that name. */
bool err_refuse(struct err *e, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds what would satisfy it; keeps everything else. */
bool err_hint(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "context: " before the message, going up; keeps everything else. */
bool err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Moves the message into the cause and sets a new message above it; keeps code, rule and hint. */
bool err_because(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__
/* An analyzer that sees one file at a time does not know that these always return false. */
#define err_set(...) ((void)(err_set)(__VA_ARGS__), false)
#define err_errno(...) ((void)(err_errno)(__VA_ARGS__), false)
#define err_refuse(...) ((void)(err_refuse)(__VA_ARGS__), false)
#define err_hint(...) ((void)(err_hint)(__VA_ARGS__), false)
#define err_wrap(...) ((void)(err_wrap)(__VA_ARGS__), false)
#define err_because(...) ((void)(err_because)(__VA_ARGS__), false)
#endif

/* Stable lower-case word for a code ("input", "refused", ...), for JSON, metrics and messages. */
const char *err_code_name(enum err_code code);

/* The code of that word; ERR_INTERNAL for a word nobody knows. */
enum err_code err_code_from_name(const char *name);

#endif
