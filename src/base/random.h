/*
 * Random bytes from the kernel (getrandom), for serial numbers, salts and session names.
 */
#ifndef SEALWARD_BASE_RANDOM_H
#define SEALWARD_BASE_RANDOM_H

#include "base/auto.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Fills all `size` bytes, at most 256. Waits until the kernel's generator is seeded. */
CHECKED bool random_fill(uint8_t *ret, size_t size, struct err *e);

#endif
