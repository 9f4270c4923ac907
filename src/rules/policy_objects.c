/* The field table of each kind of policy object. */
#include "pki/jwt.h"
#include "proof/format.h"
#include "rules/policy.h"
#include "rules/tables.h"

const char *const object_kind_names[OBJECT_KINDS + 1] = {
    "person", "team", "issuer", "workload", "token",  "level",     "signer", "path",
    "quorum", "duty", "limits", "life",     "status", "endpoints", 0,
};

/* Milliseconds. Below a minute nobody could decide in time any more. */
#define MINUTE INT64_C(60000)
#define DAY INT64_C(86400000)

static const char *const binding_names[] = {"none", "after", "before", 0};

FIELDS(authenticator_fields, "authenticator", struct authenticator,
       ROW_BYTES(struct authenticator, key, 32, LIMIT_SSH_KEY),
       ROW_BOOL(struct authenticator, presence), ROW_BOOL(struct authenticator, verification));

FIELDS(person_fields, "person", struct person, ROW_DIGEST(struct person, name),
       ROW_LIST(struct person, authenticators, &authenticator_fields, 1, 8));

FIELDS(team_fields, "team", struct team, ROW_IDS(struct team, members, 1, 64));

FIELDS(issuer_key_fields, "issuer key", struct issuer_key, ROW_ID(struct issuer_key, kid),
       ROW_WORD(struct issuer_key, algorithm, jwt_alg_names),
       ROW_BYTES(struct issuer_key, key, 32, LIMIT_SPKI));

FIELDS(issuer_fields, "issuer", struct issuer, ROW_TEXT(struct issuer, iss, LIMIT_URL),
       ROW(struct issuer, audience, .kind = FIELD_TEXT, .min = 1, .max = LIMIT_URL,
           .optional = true),
       ROW_INTEGER(struct issuer, max_age, 1, 86400), ROW_INTEGER(struct issuer, skew, 0, 300),
       ROW_LIST(struct issuer, keys, &issuer_key_fields, 1, 16));

FIELDS(claim_fields, "claim", struct claim, ROW_ID(struct claim, name),
       ROW_TEXT(struct claim, value, 256));

FIELDS(workload_fields, "workload", struct workload, ROW_ID_OR_NULL(struct workload, issuer),
       ROW_LIST(struct workload, claims, &claim_fields, 0, 16),
       ROW_BLOBS(struct workload, keys, 0, 8, 32, LIMIT_SSH_KEY));

FIELDS(token_object_fields, "token", struct token_object, ROW_BOOL(struct token_object, software));

FIELDS(level_fields, "level", struct level, ROW_INTEGER(struct level, approvals, 0, 16),
       ROW_WORD(struct level, binding, binding_names), ROW_BOOL(struct level, software_token),
       ROW_IDS(struct level, algorithms, 1, 8),
       ROW_INTEGER(struct level, validity, 60, INT64_C(86400) * 460),
       ROW_INTEGER(struct level, window, 1, 86400 * 30),
       ROW_INTEGER(struct level, count, 1, LIMIT_GRANT_COUNT));

FIELDS(subject_fields, "subject", struct subject, ROW_TEXT(struct subject, common_name, 64),
       ROW_TEXT(struct subject, organization, 64),
       ROW(struct subject, country, .kind = FIELD_TEXT, .min = 2, .max = 2));

FIELDS(signer_fields, "signer", struct signer, ROW_ID(struct signer, level),
       ROW_OBJECT(struct signer, subject, &subject_fields), ROW_ID(struct signer, owner),
       ROW_ID(struct signer, deputy), ROW_ID(struct signer, algorithm),
       ROW_WORD(struct signer, family, format_family_names),
       ROW_IDS(struct signer, formats, 1, 16));

FIELDS(release_path_fields, "release path", struct release_path,
       ROW_ID(struct release_path, signer), ROW_IDS(struct release_path, workloads, 0, 32),
       ROW_IDS(struct release_path, teams, 0, 32), ROW_ID(struct release_path, approvers),
       ROW_IDS(struct release_path, formats, 1, 16), ROW_IDS(struct release_path, names, 1, 32),
       ROW_INTEGER(struct release_path, window, 1, 86400 * 30),
       ROW_INTEGER(struct release_path, count, 1, LIMIT_GRANT_COUNT));

FIELDS(quorum_fields, "quorum", struct quorum, ROW_ID(struct quorum, team),
       ROW_INTEGER(struct quorum, count, 0, 64));

FIELDS(duty_fields, "duty", struct duty, ROW_ID(struct duty, first), ROW_ID(struct duty, second));

FIELDS(limits_fields, "limits", struct limits_object,
       ROW_INTEGER(struct limits_object, statement_age, MINUTE, 30 * DAY),
       ROW_INTEGER(struct limits_object, proposal_age, MINUTE, 366 * DAY),
       ROW_INTEGER(struct limits_object, silence, MINUTE, LIMIT_DURATION_MS));

const char *const endpoint_reads_names[] = {"list", "crl", "never", 0};
const char *const endpoint_stale_names[] = {"refuse", "warn", 0};

/* Seconds. */
#define YEARS_10 (INT64_C(86400) * 3653)

FIELDS(life_object_fields, "life", struct life_object,
       ROW_INTEGER(struct life_object, renew, 0, YEARS_10),
       ROW_INTEGER(struct life_object, warn, 0, YEARS_10),
       ROW_INTEGER(struct life_object, alarm, 0, YEARS_10),
       ROW_INTEGER(struct life_object, unused, 0, YEARS_10),
       ROW_INTEGER(struct life_object, grace, 1, YEARS_10),
       ROW_BOOL(struct life_object, timestamp));

/* CSBR section 4.9.7: reissued within 7 days, good for 10 at most. */
FIELDS(status_object_fields, "status", struct status_object,
       ROW_INTEGER(struct status_object, crl_every, 1, 86400 * 7),
       ROW_INTEGER(struct status_object, crl_life, 2, 86400 * 10),
       ROW_INTEGER(struct status_object, list_every, 1, 86400 * 7),
       ROW_INTEGER(struct status_object, list_life, 2, 86400 * 30),
       ROW_INTEGER(struct status_object, ratify, 1, 86400 * 30),
       ROW_INTEGER(struct status_object, accuracy, 1, 60000));

FIELDS(endpoint_class_fields, "class of endpoints", struct endpoint_class,
       ROW_WORD(struct endpoint_class, reads, endpoint_reads_names),
       ROW_WORD(struct endpoint_class, stale, endpoint_stale_names),
       ROW_INTEGER(struct endpoint_class, grace, 0, YEARS_10),
       ROW_INTEGER(struct endpoint_class, clock_error, 0, YEARS_10),
       ROW_INTEGER(struct endpoint_class, silence, 1, YEARS_10));

FIELDS(change_fields, "change of policy", struct change,
       ROW_WORD(struct change, kind, object_kind_names), ROW_ID(struct change, id),
       ROW_DIGEST_OR_NULL(struct change, replaces),
       ROW_RAW_OR_NULL(struct change, value, LIMIT_OBJECT));

FIELDS(object_record_fields, "policy object", struct object,
       ROW_WORD(struct object, kind, object_kind_names), ROW_ID(struct object, id),
       ROW_DIGEST(struct object, digest), ROW_DIGEST(struct object, activated),
       ROW_RAW(struct object, value, LIMIT_OBJECT));

static const struct fields *const tables[OBJECT_KINDS] = {
    [OBJECT_PERSON] = &person_fields,        [OBJECT_TEAM] = &team_fields,
    [OBJECT_ISSUER] = &issuer_fields,        [OBJECT_WORKLOAD] = &workload_fields,
    [OBJECT_TOKEN] = &token_object_fields,   [OBJECT_LEVEL] = &level_fields,
    [OBJECT_SIGNER] = &signer_fields,        [OBJECT_PATH] = &release_path_fields,
    [OBJECT_QUORUM] = &quorum_fields,        [OBJECT_DUTY] = &duty_fields,
    [OBJECT_LIMITS] = &limits_fields,        [OBJECT_LIFE] = &life_object_fields,
    [OBJECT_STATUS] = &status_object_fields, [OBJECT_ENDPOINTS] = &endpoint_class_fields,
};

const struct fields *object_fields(enum object_kind kind)
{
    return tables[kind];
}
