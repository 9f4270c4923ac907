/*
 * The whole way: from genesis to signatures that are bound, at each of the four levels, with
 * certificates and messages that other software verifies.
 */
#include "world.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/text.h"
#include "pki/chain.h"
#include "pki/cms.h"

extern char **environ;

/* ---- OpenSSL's own program ---- */

static char folder[] = "/tmp/sealward-story.XXXXXX";

static int folder_make(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int folder_remove(void **state)
{
    static const char *const files[] = {"root.der", "ca.der",  "leaf.der", "root.pem", "ca.pem",
                                        "leaf.pem", "key.der", "file",     "cms.der",  "output"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        (void)unlink(files[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

static void file_put(const char *name, struct bytes bytes)
{
    struct err e;
    ok_call(file_replace(name, bytes, 0600, &e), e);
}

/* Runs `openssl` with these words; fails the test with what it said if it did not succeed. */
static void openssl_run(const char *line)
{
    char words[1024];
    char *argv[40] = {(char[]){"openssl"}};
    size_t count = 1;
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    assert_true(strlen(line) < sizeof words);
    memcpy(words, line, strlen(line) + 1);
    for (char *rest = words, *word; (word = strsep(&rest, " ")) != NULL && count < 39;)
        argv[count++] = word;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    posix_spawn_file_actions_addopen(&actions, 1, "output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    assert_int_equal(posix_spawnp(&pid, "openssl", &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return;
    AUTO_VALUE(buf) said = BUF(1 << 16);
    struct err e;
    (void)!file_read(&said, "output", FILE_REGULAR, &e);
    fail_msg("openssl %s: %s", line, buf_string(&said));
}

static void certificates_put(const struct world *w, const struct world_key *key)
{
    file_put("root.der", w->root.certificate);
    file_put("ca.der", w->ca.certificate);
    file_put("leaf.der", key->certificate);
    openssl_run("x509 -inform DER -in root.der -out root.pem");
    openssl_run("x509 -inform DER -in ca.der -out ca.pem");
    openssl_run("x509 -inform DER -in leaf.der -out leaf.pem");
}

/* ---- Shared steps ---- */

static void ready(struct world *w, struct world_key *key, const char *signer)
{
    world_found(w, false);
    world_ready(w);
    world_key_make(w, key, signer);
}

static struct bytes app(struct world *w)
{
    return world_artifact(w, "app-1.0.tar", "cms", "the archive");
}

/* A grant for the desktop signer, asked for by the pipeline and approved. */
static void desktop_grant(struct world *w, struct bytes artifacts, int64_t count)
{
    accepted(w, world_grant(w, "ci-app", world_grant_body(w, "desktop", artifacts, count, 3600)));
    accepted(w, world_approve(w, APPROVER_1, w->grant));
}

static void digest_of(uint8_t ret[32], const char *content)
{
    digest_sha256(ret, bytes_text(content));
}

/* ---- Tests ---- */

static void certificates_verify_in_other_software(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    struct x509 root, ca, leaf;
    struct chain chain;
    struct err e;
    uint8_t authority[32];
    uint64_t number;
    ready(&w, &key, "desktop");
    ok_call(x509_parse(&root, w.root.certificate, &e), e);
    ok_call(x509_parse(&ca, w.ca.certificate, &e), e);
    ok_call(x509_parse(&leaf, key.certificate, &e), e);
    ok_call(chain_verify(&chain, CHAIN_CODE_SIGNING, &leaf, &ca, 1, &root, w.now, &e), e);
    assert_int_equal(chain.count, 3);
    ok_call(x509_number(&leaf, bytes_text(WORLD_ARC), authority, &number, &e), e);
    assert_int_equal(number, 2);
    assert_memory_equal(authority, w.head.authority, 32);

    certificates_put(&w, &key);
    openssl_run("verify -x509_strict -attime 1800000100 -CAfile root.pem -untrusted ca.pem "
                "leaf.pem");
}

static void a_signed_message_is_governed_bound_and_verified(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    AUTO_VALUE(buf) cms = BUF(CMS_DER_MAX);
    uint8_t signature[KEY_P256_SIGNATURE_SIZE];
    struct err e;
    ready(&w, &key, "desktop");
    desktop_grant(&w, app(&w), 1);
    struct signed_file file = world_cms(&w, "the archive");
    accepted(&w, world_sign(&w, &key, file.digest));
    assert_int_equal(w.out.job_count, 1);
    ok_bytes(bytes_make(w.out.jobs[0].digest, w.out.jobs[0].digest_size), file.digest);
    assert_memory_equal(w.out.jobs[0].key, key.id, 32);
    assert_string_equal(w.out.jobs[0].token, "soft");
    accepted(&w, world_bind(&w, &key, file.digest, 0, file.preimages, file.count));
    accepted(&w, world_close(&w));
    assert_null(w.out.findings);

    const struct bytes chain[] = {key.certificate, w.ca.certificate};
    struct cms_plan plan = {.attributes = file.preimages[0],
                            .mechanism = MECHANISM_ECDSA_SHA256,
                            .signature = BYTES_OF(signature),
                            .certificates = chain,
                            .certificate_count = 2};
    ok_call(session_key_sign(key.p256, signature, file.preimages[0], &e), e);
    ok_call(cms_build(&cms, &plan, &e), e);
    certificates_put(&w, &key);
    file_put("cms.der", buf_bytes(&cms));
    file_put("file", bytes_text("the archive"));
    openssl_run("cms -verify -binary -inform DER -in cms.der -content file -CAfile root.pem "
                "-purpose any -attime 1800000100");
}

static void what_openssl_signs_is_bound(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    AUTO_VALUE(buf) pkcs8 = BUF(1024);
    AUTO_VALUE(buf) der = BUF(CMS_DER_MAX);
    AUTO_VALUE(buf) attributes = BUF(LIMIT_PREIMAGE);
    uint8_t digest[32];
    struct cms cms;
    struct err e;
    ready(&w, &key, "desktop");
    certificates_put(&w, &key);
    ok_call(session_key_export(key.p256, &pkcs8, &e), e);
    file_put("key.der", buf_bytes(&pkcs8));
    file_put("file", bytes_text("the archive"));
    openssl_run("cms -sign -binary -md sha256 -in file -signer leaf.pem -inkey key.der -keyform "
                "DER -outform DER -out cms.der");
    ok_call(file_read(&der, "cms.der", FILE_REGULAR, &e), e);
    ok_call(cms_parse(&cms, buf_bytes(&der), &e), e);
    cms_put_attributes(&attributes, &cms.signers[0]);
    digest_sha256(digest, buf_bytes(&attributes));

    struct bytes preimage = buf_bytes(&attributes);
    desktop_grant(&w, app(&w), 1);
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
    accepted(&w, world_bind(&w, &key, BYTES_OF(digest), 0, &preimage, 1));
}

static void two_files_are_signed_one_after_the_other(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    ready(&w, &key, "desktop");
    struct bytes image = world_artifact(&w, "app-1.0.exe", "pe", "the image");
    desktop_grant(
        &w, world_format(&w, "%s,%s", (const char *)app(&w).data, (const char *)image.data), 2);
    struct signed_file first = world_cms(&w, "the archive");
    struct signed_file second = world_pe(&w, "the image");
    accepted(&w, world_sign(&w, &key, first.digest));
    accepted(&w, world_bind(&w, &key, first.digest, 0, first.preimages, first.count));
    accepted(&w, world_sign(&w, &key, second.digest));
    accepted(&w, world_bind(&w, &key, second.digest, 1, second.preimages, second.count));
    accepted(&w, world_close(&w));
    assert_null(w.out.findings);
}

static void a_package_needs_no_human(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t digest[32];
    ready(&w, &key, "package");
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "package", jar, 4, 60)));
    digest_of(digest, "signed attributes that nobody shows");
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
    digest_of(digest, "more of them");
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
    accepted(&w, world_close(&w));
    assert_null(w.out.findings);
}

static void a_container_is_signed_by_its_own_hash(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t digest[32];
    ready(&w, &key, "container");
    struct bytes image = world_artifact(&w, "image", "raw", "the image");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "container", image, 1, 60)));
    refused(&w, world_sign(&w, &key, BYTES_OF(digest)), "grant.pending");
    accepted(&w, world_approve(&w, OFFICER_3, w.grant));
    digest_of(digest, "the image");
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
    const struct use *use =
        state_use(w.state, BYTES_OF(w.grant), BYTES_OF(key.id), BYTES_OF(digest));
    assert_non_null(use);
    assert_true(use->bound);
    assert_int_equal(use->artifact, 0);
}

static void firmware_is_bound_before_it_is_signed(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t digest[32];
    ready(&w, &key, "firmware");
    struct bytes image = world_artifact(&w, "fw-7.bin", "cms", "the firmware");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "firmware", image, 2, 60)));
    accepted(&w, world_approve(&w, APPROVER_1, w.grant));
    struct request_item built = {.artifact = 0};
    refused(&w, world_sign_items(&w, &key, &built, 1), "grant.pending");
    accepted(&w, world_approve(&w, OFFICER_3, w.grant));
    /* The rulebook builds what is signed ... */
    accepted(&w, world_sign_items(&w, &key, &built, 1));
    digest_sha256(digest, w.out.jobs[0].attributes);
    ok_bytes(bytes_make(w.out.jobs[0].digest, w.out.jobs[0].digest_size), BYTES_OF(digest));
    /* Once: the same request sent again finds the entry that has it. */
    int64_t entry = (int64_t)w.count - 1;
    w.now += SECOND;
    failed(&w, world_sign_items(&w, &key, &built, 1), ERR_CONFLICT, "recorded already");
    assert_int_equal(w.out.repeated_entry, entry);
    w.now -= SECOND;
    /* ... or the request brings it along. */
    struct signed_file file = world_cms(&w, "the firmware");
    w.now += SECOND;
    struct request_item shown = {
        .digest = file.digest, .artifact = 0, .preimages = {.items = file.preimages, .count = 1}};
    failed(&w, world_sign_items(&w, &key, &shown, 1), ERR_CONFLICT, "recorded already");
    w.now += SECOND;
    file = world_cms(&w, "the firmware");
    shown.digest = file.digest;
    shown.preimages.items = file.preimages;
    accepted(&w, world_sign_items(&w, &key, &shown, 1));
    accepted(&w, world_close(&w));
    assert_null(w.out.findings);
}

static void an_rsa_key_signs_where_the_signer_has_one(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t proposal[32];
    world_found(&w, false);
    world_ready(&w);
    world_change(&w, "signer", "desktop",
                 world_replace(&w, world_object(&w, "signer", "desktop"), "p-256", "rsa-3072"));
    world_key_plan(&w, &key, "desktop", "soft", "rsa-3072");
    accepted(&w, world_enter(&w, "key", world_key_body(&w, &key, "soft", world_attributes)));
    accepted(
        &w, world_propose(&w, ENGINEER, "issuance",
                          world_issuance_detail(&w, &key, "private", "desktop", "desktop", 86400)));
    memcpy(proposal, w.leaf, sizeof proposal);
    accepted(&w, world_approve(&w, OFFICER_3, proposal));
    accepted(&w, world_approve(&w, APPROVER_2, proposal));
    accepted(&w, world_issue(&w, proposal));
    accepted(&w, world_enter(&w, "certificate", world_certificate_body(&w, w.leaf, &w.ca)));
    desktop_grant(&w, app(&w), 1);
    struct signed_file file = world_cms(&w, "the archive");
    accepted(&w, world_sign(&w, &key, file.digest));
    assert_int_equal(w.out.jobs[0].mechanism, MECHANISM_RSA_PKCS1_SHA256);
    accepted(&w, world_bind(&w, &key, file.digest, 0, file.preimages, 1));
}

static void a_person_opens_a_grant_and_another_approves_it(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t digest[32];
    ready(&w, &key, "package");
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant_by(&w, ENGINEER, world_grant_body(&w, "package", jar, 1, 60)));
    digest_of(digest, "attributes");
    refused(&w, world_sign(&w, &key, BYTES_OF(digest)), "grant.pending");
    accepted(&w, world_approve(&w, APPROVER_2, w.grant));
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
}

static void pipelines_come_by_token_key_or_both(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) text = BUF(LIMIT_STATEMENT);
    AUTO_VALUE(buf) signature = BUF(LIMIT_SSHSIG);
    world_found(&w, false);
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    struct statement s = world_statement(&w, "grant", bytes_text("workload/machine"),
                                         world_grant_body(&w, "package", jar, 1, 60));
    accepted(&w, world_enter(&w, "grant", world_signed(&w, &s, MACHINE)));

    s = world_statement(&w, "grant", bytes_text("workload/ci-fixed"),
                        world_grant_body(&w, "package", jar, 1, 60));
    statement_write(&text, &s);
    hand_sign(&signature, MACHINE, buf_bytes(&text));
    struct token_plan plan = world_token_plan(&w);
    plan.aud = "sealward";
    struct bytes token = world_token(&w, &plan, buf_bytes(&text));
    accepted(&w, world_enter(&w, "grant",
                             world_evidence(&w, buf_bytes(&text), buf_bytes(&signature), token,
                                            BYTES_NONE)));

    s = world_statement(&w, "grant", bytes_text("workload/ci-app"),
                        world_grant_body(&w, "package", jar, 1, 60));
    buf_reset(&text);
    statement_write(&text, &s);
    plan = world_token_plan(&w);
    plan.header = "{\"alg\":\"ES256\",\"kid\":\"es\"}";
    plan.issuer = ISSUER_ES;
    token = world_token(&w, &plan, buf_bytes(&text));
    accepted(&w, world_enter(&w, "grant",
                             world_evidence(&w, buf_bytes(&text), BYTES_NONE, token, BYTES_NONE)));
}

static void a_suspended_key_signs_again_when_two_have_resumed_it(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    uint8_t digest[32];
    ready(&w, &key, "package");
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "package", jar, 4, 3600)));
    const char *id = world_hex(&w, BYTES_OF(key.id));
    digest_of(digest, "attributes");
    accepted(&w, world_suspend(&w, OFFICER_1, "key", id));
    refused(&w, world_sign(&w, &key, BYTES_OF(digest)), "key.suspended");
    world_decide(&w, "resume", world_resume_detail(&w, "key", id), OFFICER_2, APPROVER_2);
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));

    accepted(&w, world_suspend(&w, ENGINEER, "path", "package")); /* owner of the signer */
    digest_of(digest, "more attributes");
    refused(&w, world_sign(&w, &key, BYTES_OF(digest)), "path.suspended");
    world_decide(&w, "resume", world_resume_detail(&w, "path", "package"), OFFICER_2, APPROVER_2);
    accepted(&w, world_sign(&w, &key, BYTES_OF(digest)));
}

static void the_clock_is_doubted_and_confirmed(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    struct list none = {0};
    struct err e;
    world_found(&w, false);
    w.now += WORLD_SILENCE + SECOND;
    ok_call(rules_start_body(&body, w.state, bytes_text("1.0"), &none, &e), e);
    refused(&w, world_enter(&w, "start", buf_bytes(&body)), "start.silence");
    w.now = WORLD_START + SECOND;
    buf_reset(&body);
    rules_doubt_body(&body, DOUBT_SILENCE, WORLD_START + DAY);
    accepted(&w, world_enter(&w, "clock-doubt", buf_bytes(&body)));
    assert_string_equal(w.out.findings->kind, "clock.doubt");
    assert_true(w.head.clock_doubted);
    const char *doubt = world_base64(&w, BYTES_OF(w.leaf));
    buf_reset(&body);
    ok_call(rules_start_body(&body, w.state, bytes_text("1.0"), &none, &e), e);
    accepted(&w, world_enter(&w, "start", buf_bytes(&body)));

    refused(&w, world_propose(&w, ENGINEER, "rules", bytes_text("{\"version\":2}")), "clock.doubt");
    struct bytes confirm = world_format(&w, "{\"doubt\":\"%s\"}", doubt);
    accepted(&w, world_say(&w, OFFICER_1, "clock-confirm", confirm));
    assert_true(w.head.clock_doubted);
    accepted(&w, world_say(&w, OFFICER_2, "clock-confirm", confirm));
    assert_false(w.head.clock_doubted);
    refused(&w, world_propose(&w, ENGINEER, "rules", bytes_text("{\"version\":3}")),
            "rules.version");
}

static void a_start_states_the_state_as_it_was_before_deadlines(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    AUTO_VALUE(buf) body = BUF(LIMIT_ENTRY);
    uint8_t missing[20] = {1};
    struct start_finding finding = {.kind = bytes_text("unknown-key"),
                                    .id = BYTES_OF(missing),
                                    .note = bytes_text("found on token soft")};
    struct list findings = {.items = &finding, .count = 1};
    struct err e;
    ready(&w, &key, "desktop");
    desktop_grant(&w, app(&w), 1);
    struct signed_file file = world_cms(&w, "the archive");
    accepted(&w, world_sign(&w, &key, file.digest));
    w.now += DAY; /* the grant has expired meanwhile */
    ok_call(rules_start_body(&body, w.state, bytes_text("1.0"), &findings, &e), e);
    accepted(&w, world_enter(&w, "start", buf_bytes(&body)));
    assert_string_equal(w.out.findings->kind, "token.reconcile");
    assert_string_equal(w.out.findings->next->kind, "grant.unbound");
    ok_bytes(w.out.findings->next->subject, BYTES_OF(w.grant));
}

static void policy_changes_by_two_and_binds_at_once(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    uint8_t leaf[32];
    world_found(&w, false);
    struct edit edit = {.kind = "team", .id = "officers"};
    edit.value = bytes_text("{\"members\":[\"officer-1\",\"officer-2\",\"approver-2\"]}");
    world_decide(&w, "policy", world_changes(&w, &edit, 1), OFFICER_3, OFFICER_2);
    edit.value = bytes_text("{\"members\":[\"officer-1\",\"officer-2\",\"officer-3\"]}");
    accepted(&w, world_propose(&w, ENGINEER, "policy", world_changes(&w, &edit, 1)));
    memcpy(leaf, w.leaf, sizeof leaf);
    refused(&w, world_approve(&w, OFFICER_3, leaf), "approval.team");
    accepted(&w, world_approve(&w, APPROVER_2, leaf));
    accepted(&w, world_approve(&w, OFFICER_1, leaf));
}

static void a_recorded_signature_is_given_again(void **state)
{
    (void)state;
    AUTO_VALUE(world) w;
    AUTO_VALUE(world_key) key = {0};
    AUTO_VALUE(outcome) again;
    AUTO_VALUE(arena) arena = ARENA(1 << 20);
    struct entry entry;
    struct err e;
    uint8_t digests[2][32];
    ready(&w, &key, "package");
    struct bytes jar = world_artifact(&w, "tool.jar", "jar", "the jar");
    accepted(&w, world_grant(&w, "ci-app", world_grant_body(&w, "package", jar, 4, 3600)));
    digest_of(digests[0], "one");
    digest_of(digests[1], "two");
    struct request_item items[2] = {{.digest = BYTES_OF(digests[0]), .artifact = -1},
                                    {.digest = BYTES_OF(digests[1]), .artifact = 0}};
    accepted(&w, world_sign_items(&w, &key, items, 2));
    struct bytes text = w.text;
    failed(&w, world_sign(&w, &key, BYTES_OF(digests[1])), ERR_CONFLICT, "recorded already");
    assert_string_equal(w.e.rule, "request.repeated");
    assert_int_equal(w.out.repeated_item, 1);
    assert_int_equal(w.out.repeated_entry, (int64_t)w.count - 1);
    ok_call(entry_read(&entry, text, &arena, &e), e);
    outcome_init(&again);
    ok_call(rules_sign_again(w.state, &entry, 1, 0, &again, &e), e);
    assert_int_equal(again.job_count, 1);
    assert_memory_equal(again.jobs[0].digest, digests[1], 32);
    ok_err(rules_sign_again(w.state, &entry, 2, 0, &again, &e), e, ERR_NOT_FOUND, "no item 2");
    ok_err(rules_sign_again(w.state, &entry, 1, w.now + 3600 * 1000 + 1, &again, &e), e,
           ERR_REFUSED, "window has ended");
    entry.index++;
    ok_err(rules_sign_again(w.state, &entry, 1, 0, &again, &e), e, ERR_NOT_FOUND, "not on record");
    entry.index--;
    accepted(&w, world_close(&w));
    ok_err(rules_sign_again(w.state, &entry, 1, 0, &again, &e), e, ERR_REFUSED, "closed");
    assert_string_equal(e.rule, "grant.closed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_verify_in_other_software),
        cmocka_unit_test(a_signed_message_is_governed_bound_and_verified),
        cmocka_unit_test(what_openssl_signs_is_bound),
        cmocka_unit_test(two_files_are_signed_one_after_the_other),
        cmocka_unit_test(a_package_needs_no_human),
        cmocka_unit_test(a_container_is_signed_by_its_own_hash),
        cmocka_unit_test(firmware_is_bound_before_it_is_signed),
        cmocka_unit_test(an_rsa_key_signs_where_the_signer_has_one),
        cmocka_unit_test(a_person_opens_a_grant_and_another_approves_it),
        cmocka_unit_test(pipelines_come_by_token_key_or_both),
        cmocka_unit_test(a_suspended_key_signs_again_when_two_have_resumed_it),
        cmocka_unit_test(the_clock_is_doubted_and_confirmed),
        cmocka_unit_test(a_start_states_the_state_as_it_was_before_deadlines),
        cmocka_unit_test(policy_changes_by_two_and_binds_at_once),
        cmocka_unit_test(a_recorded_signature_is_given_again),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
