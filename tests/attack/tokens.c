/* Identity tokens that are not by the issuer, not for this statement, not now, not this pipeline.
 */
#include "world.h"

/* A grant statement of that workload, as text. */
static struct bytes grant_text(struct world *w, const char *workload)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    struct bytes jar = world_artifact(w, "tool.jar", "jar", "the jar");
    struct statement s = world_statement(w, "grant", world_format(w, "workload/%s", workload),
                                         world_grant_body(w, "package", jar, 1, 60));
    statement_write(&text, &s);
    return world_copy(w, buf_bytes(&text));
}

static bool come(struct world *w, struct bytes statement, struct bytes signature,
                 struct bytes token)
{
    return world_enter(w, "grant", world_evidence(w, statement, signature, token, BYTES_NONE));
}

static bool come_with(struct world *w, const struct token_plan *plan)
{
    struct bytes statement = grant_text(w, "ci-app");
    return come(w, statement, BYTES_NONE, world_token(w, plan, statement));
}

static void the_algorithm_is_the_pinned_one(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    static const struct {
        const char *header;
        enum err_code code;
        const char *says;
    } cases[] = {
        {"{\"alg\":\"none\",\"kid\":\"rs\"}", ERR_AUTH, "none"},
        {"{\"alg\":\"HS256\",\"kid\":\"rs\"}", ERR_AUTH, "HS256"},
        {"{\"alg\":\"RS512\",\"kid\":\"rs\"}", ERR_AUTH, "RS512"},
        {"{\"alg\":\"ES256\",\"kid\":\"rs\"}", ERR_AUTH, "ES256"},
        {"{\"alg\":\"RS256\",\"kid\":\"es\"}", ERR_AUTH, "RS256"},
        {"{\"alg\":\"RS256\",\"kid\":\"other\"}", ERR_AUTH, "does not pin"},
        {"{\"alg\":\"RS256\"}", ERR_AUTH, "does not pin"},
        {"{\"alg\":\"RS256\",\"kid\":\"rs\",\"jwk\":{}}", ERR_AUTH, "jwk"},
        {"{\"alg\":\"RS256\",\"kid\":\"rs\",\"crit\":[]}", ERR_AUTH, "crit"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct token_plan plan = world_token_plan(&w);
        plan.header = cases[i].header;
        failed(&w, come_with(&w, &plan), cases[i].code, cases[i].says);
    }
    struct token_plan plan = world_token_plan(&w);
    plan.issuer = ISSUER_UNKNOWN; /* signed by somebody else under a pinned key's id */
    failed(&w, come_with(&w, &plan), ERR_AUTH, "does not hold");
    plan = world_token_plan(&w);
    accepted(&w, come_with(&w, &plan));
}

static void the_audience_is_this_statement(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct token_plan plan = world_token_plan(&w);
    plan.aud = "sealward";
    failed(&w, come_with(&w, &plan), ERR_AUTH, "audience");
    plan.aud = "sealward:sha256:";
    failed(&w, come_with(&w, &plan), ERR_AUTH, "audience");
    /* Somebody else's token, for a statement of his own: stolen, it opens nothing. */
    plan.aud = NULL;
    struct bytes victim = grant_text(&w, "ci-app");
    struct bytes token = world_token(&w, &plan, victim);
    struct bytes thief = grant_text(&w, "ci-app");
    failed(&w, come(&w, thief, BYTES_NONE, token), ERR_AUTH, "audience");
    accepted(&w, come(&w, victim, BYTES_NONE, token));
    refused(&w, come(&w, victim, BYTES_NONE, token), "statement.used");
    plan.more = "\"aud\":\"twice\",";
    failed(&w, come_with(&w, &plan), ERR_INPUT, "aud");
}

static void the_token_is_of_now(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    int64_t now = w.now / 1000;
    struct token_plan plan = world_token_plan(&w);
    plan.exp = now - 30;
    failed(&w, come_with(&w, &plan), ERR_AUTH, "expired");
    plan.exp = now - 29;
    accepted(&w, come_with(&w, &plan));
    plan = world_token_plan(&w);
    plan.iat = now - 301;
    failed(&w, come_with(&w, &plan), ERR_AUTH, "issued 301 s ago");
    plan.iat = now + 31;
    failed(&w, come_with(&w, &plan), ERR_AUTH, "not valid yet");
    plan = world_token_plan(&w);
    plan.more = (const char *)world_format(&w, "\"nbf\":%lld,", (long long)now + 31).data;
    failed(&w, come_with(&w, &plan), ERR_AUTH, "not valid yet");
    plan.more = "\"nbf\":\"soon\",";
    failed(&w, come_with(&w, &plan), ERR_AUTH, "nbf");
    plan.more = "\"nbf\":1.5,";
    failed(&w, come_with(&w, &plan), ERR_AUTH, "nbf");
}

static void times_must_be_there(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char audience[STATEMENT_AUDIENCE_SIZE];
    world_found(&w, false);
    struct bytes statement = grant_text(&w, "ci-app");
    statement_audience(audience, statement);
    struct bytes payload =
        world_format(&w, "{\"iss\":\"https://ci.example\",\"aud\":\"%s\",\"iat\":%lld}", audience,
                     (long long)w.now / 1000);
    token_make(&token, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", (const char *)payload.data, ISSUER_RS);
    failed(&w, come(&w, statement, BYTES_NONE, buf_bytes(&token)), ERR_AUTH, "no claim \"exp\"");
}

static void the_pipeline_is_the_one_that_policy_names(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct token_plan plan = world_token_plan(&w);
    plan.repository_id = "1002";
    refused(&w, come_with(&w, &plan), "identity.claim");
    assert_non_null(strstr(w.e.message, "repository_id"));
    assert_non_null(strstr(w.e.message, "1001"));
    assert_non_null(strstr(w.e.message, "1002"));
    plan = world_token_plan(&w);
    plan.iss = "https://evil.example";
    failed(&w, come_with(&w, &plan), ERR_AUTH, "another issuer");
    /* A good token of another pipeline, whose workload may not use this path. */
    plan = world_token_plan(&w);
    plan.repository_id = "2002";
    struct bytes statement = grant_text(&w, "ci-other");
    refused(&w, come(&w, statement, BYTES_NONE, world_token(&w, &plan, statement)), "grant.opener");
    failed(&w, come(&w, grant_text(&w, "ci-app"), BYTES_NONE, BYTES_NONE), ERR_AUTH,
           "need an identity token");
}

static void a_token_for_two_audiences_is_for_none(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char audience[STATEMENT_AUDIENCE_SIZE];
    world_found(&w, false);
    struct bytes statement = grant_text(&w, "ci-app");
    statement_audience(audience, statement);
    struct bytes payload = world_format(
        &w,
        "{\"iss\":\"https://ci.example\",\"aud\":[\"%s\",\"elsewhere\"],\"iat\":%lld,\"exp\":%lld}",
        audience, (long long)w.now / 1000, (long long)w.now / 1000 + 60);
    token_make(&token, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", (const char *)payload.data, ISSUER_RS);
    failed(&w, come(&w, statement, BYTES_NONE, buf_bytes(&token)), ERR_AUTH, "audience");
}

static void a_claim_of_another_type_is_another_claim(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char audience[STATEMENT_AUDIENCE_SIZE];
    world_found(&w, false);
    struct bytes statement = grant_text(&w, "ci-app");
    statement_audience(audience, statement);
    struct bytes payload =
        world_format(&w,
                     "{\"iss\":\"https://ci.example\",\"aud\":[\"%s\"],\"iat\":%lld,\"exp\":%lld,"
                     "\"repository_id\":1001}",
                     audience, (long long)w.now / 1000, (long long)w.now / 1000 + 60);
    token_make(&token, "{\"alg\":\"RS256\",\"kid\":\"rs\"}", (const char *)payload.data, ISSUER_RS);
    refused(&w, come(&w, statement, BYTES_NONE, buf_bytes(&token)), "identity.claim");
}

static void a_fixed_audience_needs_an_enrolled_key(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) machine = BUF(LIMIT_SSHSIG);
    AUTO_VALUE(buf) outsider = BUF(LIMIT_SSHSIG);
    world_found(&w, false);
    struct token_plan plan = world_token_plan(&w);
    plan.aud = "sealward";
    struct bytes statement = grant_text(&w, "ci-fixed");
    struct bytes token = world_token(&w, &plan, statement);
    hand_sign(&machine, MACHINE, statement);
    hand_sign(&outsider, OUTSIDER, statement);
    failed(&w, come(&w, statement, BYTES_NONE, token), ERR_AUTH, "enrolled key");
    failed(&w, come(&w, statement, buf_bytes(&outsider), token), ERR_AUTH, "not enrolled");
    failed(&w, come(&w, grant_text(&w, "ci-fixed"), buf_bytes(&machine), token), ERR_AUTH,
           "does not hold");
    failed(&w, come(&w, statement, buf_bytes(&machine), BYTES_NONE), ERR_AUTH, "identity token");
    accepted(&w, come(&w, statement, buf_bytes(&machine), token));
}

static void evidence_that_nobody_asked_for_is_refused(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    world_found(&w, false);
    struct token_plan plan = world_token_plan(&w);
    struct bytes statement = grant_text(&w, "machine");
    hand_sign(&signature, MACHINE, statement);
    failed(&w, come(&w, statement, buf_bytes(&signature), world_token(&w, &plan, statement)),
           ERR_INPUT, "brings no token");
    failed(&w, come(&w, statement, BYTES_NONE, BYTES_NONE), ERR_AUTH, "enrolled key");
    statement = grant_text(&w, "ci-app");
    failed(&w, come(&w, statement, buf_bytes(&signature), world_token(&w, &plan, statement)),
           ERR_INPUT, "no signature is due");
}

static void rotated_and_removed_issuers_open_nothing(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    world_found(&w, false);
    struct token_plan plan = world_token_plan(&w);
    struct bytes statement = grant_text(&w, "ci-app");
    struct bytes token = world_token(&w, &plan, statement);
    world_change(
        &w, "issuer", "ci",
        world_replace(&w, world_object(&w, "issuer", "ci"), "\"kid\":\"rs\"", "\"kid\":\"rs-2\""));
    failed(&w, come(&w, statement, BYTES_NONE, token), ERR_AUTH, "does not pin");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_algorithm_is_the_pinned_one),
        cmocka_unit_test(the_audience_is_this_statement),
        cmocka_unit_test(the_token_is_of_now),
        cmocka_unit_test(times_must_be_there),
        cmocka_unit_test(the_pipeline_is_the_one_that_policy_names),
        cmocka_unit_test(a_token_for_two_audiences_is_for_none),
        cmocka_unit_test(a_claim_of_another_type_is_another_claim),
        cmocka_unit_test(a_fixed_audience_needs_an_enrolled_key),
        cmocka_unit_test(evidence_that_nobody_asked_for_is_refused),
        cmocka_unit_test(rotated_and_removed_issuers_open_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
