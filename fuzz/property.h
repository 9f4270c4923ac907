/*
 * A property that a fuzz target claims of the code it aims at. Broken, it ends the process with the
 * place and the claim, so that libFuzzer and replay.c alike keep the input that broke it.
 */
#ifndef SEALWARD_FUZZ_PROPERTY_H
#define SEALWARD_FUZZ_PROPERTY_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PROPERTY(claim)                                                                            \
    do {                                                                                           \
        if (!(claim)) {                                                                            \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #claim);       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
