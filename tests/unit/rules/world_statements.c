/* Statements and the evidence for them. */
#include "world.h"

#include <stdio.h>

struct bytes world_person(struct world *w, enum hand hand)
{
    return world_format(w, "person/%s", hand_name(hand));
}

struct statement world_statement(struct world *w, const char *type, struct bytes actor,
                                 struct bytes body)
{
    return (struct statement){
        .type = bytes_text(type),
        .authority = bytes_make(w->head.authority, 32),
        .time = w->now,
        .seen = {.size = (int64_t)w->head.size, .root = world_copy(w, BYTES_OF(w->head.root))},
        .actor = actor,
        .body = body};
}

struct bytes world_evidence(struct world *w, struct bytes statement, struct bytes signature,
                            struct bytes token, struct bytes consistency)
{
    AUTO_VALUE(buf) body = BUF(1 << 24);
    struct signed_statement outer = {.statement = statement,
                                     .evidence = {.signature = signature, .token = token},
                                     .consistency = consistency};
    signed_statement_write(&body, &outer);
    assert_false(body.failed);
    return world_copy(w, buf_bytes(&body));
}

struct bytes world_signed(struct world *w, const struct statement *s, enum hand hand)
{
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    statement_write(&text, s);
    assert_false(text.failed);
    hand_sign(&signature, hand, buf_bytes(&text));
    return world_evidence(w, buf_bytes(&text), buf_bytes(&signature), BYTES_NONE, BYTES_NONE);
}

bool world_say(struct world *w, enum hand hand, const char *type, struct bytes body)
{
    struct statement s = world_statement(w, type, world_person(w, hand), body);
    return world_enter(w, type, world_signed(w, &s, hand));
}

struct token_plan world_token_plan(const struct world *w)
{
    return (struct token_plan){.header = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rs\"}",
                               .issuer = ISSUER_RS,
                               .iss = "https://ci.example",
                               .iat = w->now / 1000,
                               .exp = w->now / 1000 + 300,
                               .more = "",
                               .repository_id = "1001"};
}

struct bytes world_token(struct world *w, const struct token_plan *plan, struct bytes statement)
{
    AUTO_VALUE(buf) token = BUF(LIMIT_IDENTITY_TOKEN);
    char audience[STATEMENT_AUDIENCE_SIZE];
    statement_audience(audience, statement);
    struct bytes payload =
        world_format(w,
                     "{%s\"iss\":\"%s\",\"sub\":\"repo:example/app\",\"aud\":\"%s\",\"iat\":%lld,"
                     "\"exp\":%lld,\"repository_id\":\"%s\",\"repository_owner_id\":\"42\","
                     "\"job_workflow_sha\":\"c0ffee\"}",
                     plan->more, plan->iss, plan->aud != NULL ? plan->aud : audience,
                     (long long)plan->iat, (long long)plan->exp, plan->repository_id);
    token_make(&token, plan->header, (const char *)payload.data, plan->issuer);
    return world_copy(w, buf_bytes(&token));
}
