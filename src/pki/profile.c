#include "pki/profile.h"

#include "pki/x509.h"

#define DAY INT64_C(86400000)

const char *const profile_names[] = {"root",      "issuing-ca", "private", "timestamp-ca",
                                     "timestamp", "list",       NULL};

static const struct profile_row rows[PROFILE_COUNT] = {
    [PROFILE_ROOT] = {.ca = true,
                      .path_length = -1,
                      .key_usage = X509_KU_CERT_SIGN | X509_KU_CRL_SIGN,
                      .self_signed = true,
                      .rsa_bits_min = 3072,
                      .validity_max = 7306 * DAY},
    [PROFILE_ISSUING_CA] = {.ca = true,
                            .path_length = 0,
                            .key_usage = X509_KU_CERT_SIGN | X509_KU_CRL_SIGN,
                            .purpose = PURPOSE_CODE_SIGNING,
                            .crl_url = true,
                            .rsa_bits_min = 3072,
                            .validity_max = 3653 * DAY},
    [PROFILE_PRIVATE] = {.path_length = -1,
                         .key_usage = X509_KU_DIGITAL_SIGNATURE,
                         .purpose = PURPOSE_CODE_SIGNING,
                         .crl_url = true,
                         .rsa_bits_min = 3072,
                         .validity_max = 460 * DAY},
    [PROFILE_TIMESTAMP_CA] = {.ca = true,
                              .path_length = 0,
                              .key_usage = X509_KU_CERT_SIGN | X509_KU_CRL_SIGN,
                              .purpose = PURPOSE_TIME_STAMPING,
                              .crl_url = true,
                              .rsa_bits_min = 3072,
                              .validity_max = 3653 * DAY},
    [PROFILE_TIMESTAMP] = {.path_length = -1,
                           .key_usage = X509_KU_DIGITAL_SIGNATURE,
                           .purpose = PURPOSE_TIME_STAMPING,
                           .purpose_critical = true,
                           .crl_url = true,
                           .rsa_bits_min = 3072,
                           .validity_max = 3653 * DAY},
    [PROFILE_LIST] = {.path_length = -1,
                      .key_usage = X509_KU_DIGITAL_SIGNATURE,
                      .purpose = PURPOSE_LIST,
                      .purpose_critical = true,
                      .crl_url = true,
                      .rsa_bits_min = 3072,
                      .validity_max = 90 * DAY},
};

const struct profile_row *profile_get(enum profile profile)
{
    return &rows[profile];
}
