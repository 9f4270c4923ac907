/*
 * A folder of a test's own with a token in it: SoftHSM's, or the mock's (tests/mock).
 */
#ifndef SEALWARD_TESTS_TOKEN_PLACE_H
#define SEALWARD_TESTS_TOKEN_PLACE_H

#include "base/secret.h"
#include "token/pool.h"

#define PLACE_PATH_MAX 256
#define PLACE_PIN "tramway-74916"
#define PLACE_LABEL "mock" /* of both */
#define PLACE_SOFTHSM "/usr/lib/softhsm/libsofthsm2.so"

struct place {
    char folder[PLACE_PATH_MAX];
    char setting[PLACE_PATH_MAX + 32]; /* NAME=value for the module */
    const char *module;
    const char *environment[2];
    const char *readable[6];
    const char *writable[2];
};

/* Made by softhsm2-util, with label and PIN of above. Also sets the environment of this process. */
void place_softhsm(struct place *p);
void place_mock(struct place *p);
void place_remove(struct place *p);

/* "folder/name" in memory that the next call but three uses again. */
const char *place_path(const struct place *p, const char *name);

/* A file of the mock's folder: written, removed, counted in bytes. */
void place_write(const struct place *p, const char *name, const char *text);
void place_delete(const struct place *p, const char *name);
size_t place_count(const struct place *p, const char *name);

/* Runs a program to its end; its exit code. */
int place_run(const char *const *argv);

struct secret *place_pin(const char *pin);
int place_pin_descriptor(const char *pin);

/* A pool over one token of that place; more rows may be added before pool_start. */
struct pool_config place_config(const struct place *p, unsigned workers);

#endif
