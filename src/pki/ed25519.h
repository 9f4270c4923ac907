/*
 * Which 32 bytes may be an Ed25519 public key. Inside pki.
 *
 * RFC 8032 lets a verifier take points of small order and coordinates that are not reduced. With a
 * key of small order anybody can make a signature that holds over anything, and a coordinate that
 * is not reduced gives one key two names; so neither may be enrolled.
 */
#ifndef SEALWARD_PKI_ED25519_H
#define SEALWARD_PKI_ED25519_H

#include <stdbool.h>

#include "base/bytes.h"

/* True for 32 bytes whose coordinate is reduced and belongs to no point of small order. That it
 * belongs to a point at all is found by the verification. */
bool ed25519_is_sound(struct bytes key);

#endif
