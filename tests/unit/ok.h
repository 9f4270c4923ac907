/*
 * What unit tests share beside cmocka. Include this first: it brings what cmocka needs.
 */
#ifndef SEALWARD_TESTS_UNIT_OK_H
#define SEALWARD_TESTS_UNIT_OK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/err.h"

/* The bytes are these. */
#define ok_bytes(got, want)                                                                        \
    do {                                                                                           \
        struct bytes got_ = (got);                                                                 \
        struct bytes want_ = (want);                                                               \
        assert_int_equal(got_.size, want_.size);                                                   \
        if (want_.size > 0)                                                                        \
            assert_memory_equal(got_.data, want_.data, want_.size);                                \
    } while (0)

/* The bytes are the characters of this string. */
#define ok_text(got, want) ok_bytes(got, bytes_text(want))

/* The call succeeds; else the test shows why not. `error` is the struct err given to the call. */
#define ok_call(call, error)                                                                       \
    do {                                                                                           \
        if (!(call))                                                                               \
            fail_msg("%s: %s", #call, (error).message);                                            \
    } while (0)

/* The call fails with this code and a message that contains this text. */
#define ok_err(call, error, expected_code, part)                                                   \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s succeeded", #call);                                                       \
        if (strstr((error).message, (part)) == NULL)                                               \
            fail_msg("%s: \"%s\" does not say \"%s\"", #call, (error).message, (part));            \
        assert_string_equal(err_code_name((error).code), err_code_name(expected_code));            \
    } while (0)

#endif
