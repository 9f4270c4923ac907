/*
 * The limit for bench/sign: C_Sign in one process with one session and a cached key handle.
 *
 *   raw MODULE TOKEN PIN-FILE KEY-HEX MECHANISM COUNT
 *
 * Prints {"signatures", "seconds"}.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"
#include "base/text.h"
#include "pki/digest.h"
#include "token/handle.h"
#include "token/sign.h"

static bool measure(struct handle *h, struct bytes key, enum mechanism mechanism, uint64_t count,
                    struct err *e)
{
    uint8_t digest[DIGEST_SHA256_SIZE];
    int64_t start = clock_monotonic_us();
    for (uint64_t i = 0; i < count; i++) {
        AUTO_VALUE(buf) signature = BUF(1024);
        digest_sha256(digest, bytes_make(&i, sizeof i));
        if (!sign_data(&signature, h, key, mechanism, BYTES_OF(digest), e))
            return false;
    }
    double seconds = (double)(clock_monotonic_us() - start) / 1e6;
    (void)printf("{\"signatures\":%llu,\"seconds\":%.6f}\n", (unsigned long long)count, seconds);
    return true;
}

int main(int argc, char **argv)
{
    struct err e;
    uint8_t key[32];
    uint64_t count;
    enum mechanism mechanism;
    AUTO(secret) pin = NULL;
    AUTO(handle) handle = NULL;
    if (argc != 7) {
        (void)fprintf(stderr, "raw MODULE TOKEN PIN-FILE KEY MECHANISM COUNT\n");
        return 2;
    }
    if (!hex_decode(key, sizeof key, bytes_text(argv[4]), &e) ||
        !mechanism_from_name(&mechanism, bytes_text(argv[5]), &e) ||
        !text_read_number(&count, bytes_text(argv[6]), 10000000, &e) ||
        !secret_from_file(&pin, argv[3], 256, "PIN", &e) ||
        !handle_open(&handle, argv[1], argv[2], pin, &e) ||
        !measure(handle, BYTES_OF(key), mechanism, count, &e)) {
        (void)fprintf(stderr, "raw: %s\n", e.message);
        return 1;
    }
    return 0;
}
