/*
 * Random histories, the same on every machine: acts of every kind by everybody, most of them not
 * allowed. A model (model.h) says of each whether it is. Besides what the world checks at every
 * step (a refused entry changes nothing; a state that never saw it is the same), a fresh state
 * replays what was recorded and must come to the same end.
 */
#include "model.h"
#include "world_revoking.h"

#include <stdlib.h>

#include "proof/distrust.h"

enum { STEPS = 1800 };

static const struct {
    enum hand hand;
    int person;
} people[] = {{OFFICER_1, O1},  {OFFICER_2, O2},  {OFFICER_3, O3}, {OFFICER_3_AGAIN, O3},
              {APPROVER_1, A1}, {APPROVER_2, A2}, {ENGINEER, ENG}};

static const char *const paths[PATHS] = {"package", "desktop", "container"};

struct history {
    struct world w;
    struct model m;
    uint64_t random;
    struct world_key keys[PATHS];
    struct signed_file files[CONTENTS]; /* as CMS */
    struct bytes hashes[CONTENTS];      /* bare */
    uint8_t leaves[SUBJECTS_MAX_MODEL][32];
    struct session_key *sessions[SUBJECTS_MAX_MODEL];
    struct world_key list;
    uint8_t suspension_leaf[2 * PATHS][32];
    uint8_t revocation_leaf[2 * PATHS][32];
    uint8_t act_leaf[SUBJECTS_MAX_MODEL][32]; /* by number */
    size_t accepted_count;
    size_t refused_count;
    size_t signatures;
    size_t revocations;
    size_t lifts; /* proposed */
    size_t replacements;
    bool late;    /* the last part of it */
    int findings; /* expected of the next accepted entry */
};

static uint64_t below(struct history *h, uint64_t limit)
{
    uint64_t z = (h->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (z ^ (z >> 31)) % limit;
}

static void history_begin(struct history *h, uint64_t seed)
{
    static const char *const contents[CONTENTS] = {"c0", "c1", "c2", "c3", "c4", "c5"};
    memset(h, 0, sizeof *h);
    h->random = seed;
    world_found(&h->w, false);
    world_ready(&h->w);
    world_second(&h->w);
    world_role_key(&h->w, &h->list, "list", &h->w.root);
    for (size_t i = 0; i < PATHS; i++)
        world_key_make(&h->w, &h->keys[i], paths[i]);
    for (size_t i = 0; i < CONTENTS; i++) {
        uint8_t digest[32];
        h->files[i] = world_cms(&h->w, contents[i]);
        digest_sha256(digest, bytes_text(contents[i]));
        h->hashes[i] = world_copy(&h->w, BYTES_OF(digest));
    }
}

static void history_done(struct history *h)
{
    world_key_done(&h->list);
    for (size_t i = 0; i < PATHS; i++)
        world_key_done(&h->keys[i]);
    for (size_t i = 0; i < h->m.count; i++)
        session_key_free(h->sessions[i]);
    h->w.session = NULL;
    world_done(&h->w);
}

/* The rulebook's verdict must be the model's. */
static void compare(struct history *h, const char *act, bool entered, bool allowed)
{
    if (entered != allowed)
        fail_msg("%s: the rulebook says %s (%s: %s), the model %s", act, entered ? "yes" : "no",
                 h->w.e.rule, h->w.e.message, allowed ? "yes" : "no");
    h->accepted_count += entered;
    h->refused_count += !entered;
    if (!entered)
        return;
    int found = 0;
    for (const struct finding *f = h->w.out.findings; f != NULL; f = f->next)
        found++;
    assert_int_equal(found, h->findings + model_expire(&h->m, h->w.now));
    h->findings = 0;
}

/* Deadlines come first: what has expired by now is over when the act is judged. The model keeps it
 * until an entry is accepted. */
static size_t subject_pick(struct history *h)
{
    size_t recent = h->m.count > 12 ? 12 : h->m.count;
    return h->m.count - 1 - below(h, recent);
}

/* One of the last grants, most often one that is open; any subject if there is none yet. */
static size_t grant_pick(struct history *h)
{
    bool open = below(h, 4) != 0;
    size_t back = below(h, 3);
    for (size_t i = h->m.count; i > 0; i--) {
        const struct subject_model *s = &h->m.subjects[i - 1];
        if (s->kind == GRANT && (!open || s->stage == OPEN) && back-- == 0)
            return i - 1;
    }
    return subject_pick(h);
}

static size_t person_pick(struct history *h)
{
    return below(h, sizeof people / sizeof people[0]);
}

static void subject_keep(struct history *h, bool entered, struct session_key *session)
{
    if (!entered) {
        session_key_free(session);
        return;
    }
    memcpy(h->leaves[h->m.count - 1], h->w.leaf, 32);
    h->sessions[h->m.count - 1] = session;
}

/* ---- Acts ---- */

static struct bytes artifacts(struct history *h, int path)
{
    const char *format = path == CONTAINER ? "raw" : "cms";
    const char *name = path == DESKTOP ? "app-" : "c";
    struct bytes list = BYTES_NONE;
    for (int i = 0; i < DECLARED; i++) {
        struct bytes file = world_format(&h->w, "%s%d.tar", name, i);
        struct bytes one = world_artifact(&h->w, (const char *)file.data, format,
                                          (const char *)world_format(&h->w, "c%d", i).data);
        list = i == 0
                   ? one
                   : world_format(&h->w, "%s,%s", (const char *)list.data, (const char *)one.data);
    }
    return list;
}

static void act_grant(struct history *h)
{
    int path = (int)below(h, PATHS);
    int count = 1 + (int)below(h, 18);
    int64_t window = 1 + (int64_t)below(h, 3650);
    bool by_person = below(h, 2) == 0;
    size_t who = person_pick(h);
    h->w.session = NULL;
    struct bytes body = world_grant_body(&h->w, paths[path], artifacts(h, path), count, window);
    struct session_key *session = TAKE(h->w.session);
    bool entered;
    if (by_person) {
        entered = world_grant_by(&h->w, people[who].hand, body);
    } else {
        struct statement s = world_statement(&h->w, "grant", bytes_text("workload/machine"), body);
        entered = world_enter(&h->w, "grant", world_signed(&h->w, &s, MACHINE));
    }
    compare(h, "grant", entered,
            model_grant(&h->m, by_person ? people[who].person : NOBODY, path, count, window * 1000,
                        h->w.now));
    subject_keep(h, entered, session);
}

static void act_key(struct history *h)
{
    size_t who = person_pick(h);
    bool entered = world_propose(&h->w, people[who].hand, "key",
                                 world_key_detail(&h->w, "desktop", "soft", "p-256"));
    compare(h, "key", entered, model_key(&h->m, people[who].person, h->w.now));
    subject_keep(h, entered, NULL);
}

static void approve(struct history *h, size_t subject, size_t who)
{
    bool entered = world_approve(&h->w, people[who].hand, h->leaves[subject]);
    compare(h, "approval", entered, model_approve(&h->m, subject, people[who].person, h->w.now));
}

/* Officers see to the newest proposal at once. */
static void hurry(struct history *h, bool entered)
{
    for (size_t i = 0; entered && i < 4; i++)
        approve(h, h->m.count - 1, below(h, 4));
}

static const char *target_id(struct history *h, int target)
{
    return target % 2 == 0 ? paths[target / 2] : world_hex(&h->w, BYTES_OF(h->keys[target / 2].id));
}

static void act_suspend(struct history *h)
{
    if (below(h, 3) != 0 && !h->late)
        return;
    int target = 2 * (int)below(h, PATHS) + (below(h, 4) != 0);
    size_t who = person_pick(h);
    bool entered = world_suspend(&h->w, people[who].hand, target % 2 == 0 ? "path" : "key",
                                 target_id(h, target));
    compare(h, "suspend", entered, model_suspend(&h->m, target, people[who].person, h->w.now));
    if (!entered)
        return;
    memcpy(h->suspension_leaf[target], h->w.leaf, 32);
    memcpy(h->act_leaf[h->m.acts], h->w.leaf, 32);
}

static void act_revoke(struct history *h)
{
    if (below(h, 3) != 0 && !h->late)
        return;                              /* so that there is time to sign something between */
    bool path = h->late && below(h, 2) == 0; /* nobody replaces those */
    int target = 2 * (int)below(h, PATHS) + !path;
    size_t who = person_pick(h);
    bool compromised = below(h, 2) == 0;
    int64_t effective = below(h, 8) == 0 ? h->w.now + 1 : below(h, 2) == 0 ? 0 : h->w.now;
    bool entered =
        world_revoke(&h->w, people[who].hand, target % 2 == 0 ? "path" : "key",
                     target_id(h, target), compromised ? "keyCompromise" : "superseded", effective);
    compare(h, "revoke", entered,
            model_revoke(&h->m, target, people[who].person, compromised, effective, h->w.now));
    if (!entered)
        return;
    h->revocations++;
    memcpy(h->revocation_leaf[target], h->w.leaf, 32);
    memcpy(h->act_leaf[h->m.acts], h->w.leaf, 32);
}

static void act_lift(struct history *h)
{
    int target = (int)below(h, 2 * PATHS);
    size_t who = person_pick(h);
    struct bytes detail =
        world_format(&h->w, "{\"subject\":\"%s\",\"id\":\"%s\",\"revocation\":\"%s\"}",
                     target % 2 == 0 ? "path" : "key", target_id(h, target),
                     world_base64(&h->w, BYTES_OF(h->revocation_leaf[target])));
    int number = h->m.targets[target].revocation;
    bool entered = world_propose(&h->w, people[who].hand, "lift", detail);
    h->lifts += entered;
    compare(h, "lift", entered, model_lift(&h->m, people[who].person, target, number, h->w.now));
    subject_keep(h, entered, NULL);
    hurry(h, entered && below(h, 2) == 0);
}

static void act_ratify(struct history *h)
{
    int act = h->m.acts == 0 ? 0 : 1 + (int)below(h, (uint64_t)h->m.acts);
    size_t who = person_pick(h);
    struct bytes detail =
        world_format(&h->w, "{\"entry\":\"%s\"}", world_base64(&h->w, BYTES_OF(h->act_leaf[act])));
    bool entered = world_propose(&h->w, people[who].hand, "ratify", detail);
    compare(h, "ratify", entered, model_ratify(&h->m, people[who].person, act, h->w.now));
    subject_keep(h, entered, NULL);
    hurry(h, entered && below(h, 2) == 0);
}

static void certificate_make(struct history *h, int path)
{
    uint8_t proposal[32];
    struct world *w = &h->w;
    accepted(w, world_propose(w, ENGINEER, "issuance",
                              world_issuance_detail(w, &h->keys[path], "private", paths[path],
                                                    paths[path], 90 * 86400)));
    memcpy(proposal, w->leaf, sizeof proposal);
    accepted(w, world_approve(w, OFFICER_3, proposal));
    accepted(w, world_approve(w, APPROVER_1, proposal));
    accepted(w, world_issue(w, proposal));
    accepted(w, world_enter(w, "certificate", world_certificate_body(w, w->leaf, &w->ca)));
}

/* What is revoked for good is replaced: the key, or only its certificate. */
static void act_replace(struct history *h)
{
    int path = 0;
    while (path < PATHS && !model_hopeless(&h->m, path))
        path++;
    if (path == PATHS)
        return;
    if (h->m.targets[2 * path + 1].revocation == 0) {
        certificate_make(h, path);
    } else {
        world_key_done(&h->keys[path]);
        world_key_make(&h->w, &h->keys[path], paths[path]);
    }
    model_replace(&h->m, path);
    (void)model_expire(&h->m, h->w.now); /* found by one of these entries */
    h->replacements++;
}

static bool path_listed(const struct distrust *list, const char *id)
{
    for (uint32_t i = 0; i < list->path_count; i++)
        if (bytes_is(list->paths[i].id, id))
            return true;
    return false;
}

/* The list says just what the model says is revoked. */
static void list_compare(struct history *h)
{
    AUTO_VALUE(arena) arena = DISTRUST_ARENA;
    struct distrust list;
    struct err e;
    int64_t effective;
    struct bytes file = world_published(&h->w, 0, &h->list);
    ok_call(distrust_open(&list, file, &arena, &e), e);
    for (int i = 0; i < PATHS; i++) {
        const struct target_model *path = &h->m.targets[2 * i];
        const struct target_model *key = &h->m.targets[2 * i + 1];
        uint64_t number = (uint64_t)atoi(world_number(&h->w, &h->keys[i]));
        assert_int_equal(distrust_key(&list, h->keys[i].id, &effective), key->revocation != 0);
        assert_int_equal(distrust_certificate(&list, number, &effective),
                         key->certificate != 0 ? DISTRUST_LISTED : DISTRUST_ABSENT);
        assert_int_equal(path_listed(&list, paths[i]), path->revocation != 0);
    }
}

static void act_status(struct history *h)
{
    bool due = rules_status_due(h->w.state, h->w.now);
    bool entered = world_status(&h->w);
    if (entered)
        model_status(&h->m);
    compare(h, "status", entered, true);
    list_compare(h);
    assert_false(due && rules_status_due(h->w.state, h->w.now));
}

static void act_resume(struct history *h)
{
    int target = (int)below(h, 2 * PATHS);
    size_t who = person_pick(h);
    struct bytes detail =
        world_format(&h->w, "{\"subject\":\"%s\",\"id\":\"%s\",\"suspension\":\"%s\"}",
                     target % 2 == 0 ? "path" : "key", target_id(h, target),
                     world_base64(&h->w, BYTES_OF(h->suspension_leaf[target])));
    int number = h->m.targets[target].suspension;
    bool entered = world_propose(&h->w, people[who].hand, "resume", detail);
    compare(h, "resume", entered,
            model_resume(&h->m, people[who].person, target, number, h->w.now));
    subject_keep(h, entered, NULL);
    hurry(h, entered && below(h, 2) == 0);
}

static void act_approve(struct history *h)
{
    approve(h, subject_pick(h), person_pick(h));
}

static void act_reject(struct history *h)
{
    size_t subject = subject_pick(h);
    size_t who = person_pick(h);
    const struct subject_model *s = &h->m.subjects[subject];
    bool unbound =
        s->kind == GRANT && s->path == DESKTOP && s->stage == OPEN && model_unbound(s) > 0;
    bool entered = world_reject(&h->w, people[who].hand, h->leaves[subject]);
    bool allowed = model_reject(&h->m, subject, people[who].person, h->w.now);
    h->findings = allowed && unbound;
    compare(h, "rejection", entered, allowed);
}

/* Takes the place of the grant's session in the world. */
static bool session_take(struct history *h, size_t subject)
{
    h->w.session = h->sessions[subject];
    memcpy(h->w.grant, h->leaves[subject], 32);
    return h->w.session != NULL;
}

static void act_request(struct history *h)
{
    size_t subject = grant_pick(h);
    int count = 1 + (int)below(h, 3) / 2 * (int)(1 + below(h, 2));
    int contents[3];
    struct request_item items[3];
    if (!session_take(h, subject))
        return;
    int path = h->m.subjects[subject].path;
    int key = below(h, 8) == 0 ? (int)below(h, PATHS) : path;
    for (int i = 0; i < count; i++) {
        contents[i] = (int)below(h, CONTENTS);
        items[i] = (struct request_item){.digest = path == CONTAINER ? h->hashes[contents[i]]
                                                                     : h->files[contents[i]].digest,
                                         .artifact = -1};
    }
    bool entered = world_sign_items(&h->w, &h->keys[key], items, (size_t)count);
    bool allowed = model_request(&h->m, subject, key, contents, count, h->w.now);
    compare(h, "request", entered, allowed);
    assert_int_equal(h->w.out.job_count, allowed ? count : 0);
    h->signatures += h->w.out.job_count;
}

static void act_bind(struct history *h)
{
    size_t subject = grant_pick(h);
    if (!session_take(h, subject) || h->m.subjects[subject].path == CONTAINER)
        return;
    int content = (int)below(h, CONTENTS);
    int shown = below(h, 4) == 0 ? (int)below(h, CONTENTS) : content;
    int artifact = below(h, 4) == 0 ? (int)below(h, CONTENTS) : content;
    const struct signed_file *file = &h->files[shown];
    bool entered = world_bind(&h->w, &h->keys[h->m.subjects[subject].path],
                              h->files[content].digest, artifact, file->preimages, 1);
    compare(h, "binding", entered, model_bind(&h->m, subject, content, shown, artifact, h->w.now));
}

static void act_close(struct history *h)
{
    size_t subject = grant_pick(h);
    if (!session_take(h, subject))
        return;
    const struct subject_model *s = &h->m.subjects[subject];
    bool unbound = s->path == DESKTOP && model_unbound(s) > 0;
    bool entered = world_close(&h->w);
    bool allowed = model_close(&h->m, subject, h->w.now);
    h->findings = allowed && unbound;
    compare(h, "close", entered, allowed);
}

/* The body of an old entry once more, now or at a time to come: never accepted. */
static void act_replay(struct history *h)
{
    AUTO_VALUE(arena) arena = ARENA(1 << 24);
    struct entry entry;
    struct err e;
    char type[LIMIT_ID + 1] = {0};
    int64_t now = h->w.now;
    ok_call(entry_read(&entry, h->w.entries[below(h, h->w.count)], &arena, &e), e);
    memcpy(type, entry.type.data, entry.type.size);
    h->w.now += below(h, 2) == 0 ? 0 : (int64_t)below(h, 3 * (uint64_t)DAY);
    compare(h, "replay", world_enter(&h->w, type, world_copy(&h->w, entry.body)), false);
    h->w.now = now;
}

static void (*const acts[])(struct history *) = {
    act_grant,   act_grant,   act_grant,   act_grant,   act_grant,   act_key,
    act_suspend, act_resume,  act_resume,  act_approve, act_approve, act_approve,
    act_approve, act_approve, act_approve, act_approve, act_approve, act_reject,
    act_request, act_request, act_request, act_request, act_request, act_request,
    act_bind,    act_bind,    act_bind,    act_close,   act_replay,  act_revoke,
    act_lift,    act_lift,    act_ratify,  act_status,  act_replace, act_replace,
};

static void replayed(struct history *h)
{
    struct rules_state *fresh;
    uint8_t digest[32];
    struct err e;
    ok_call(rules_new(&fresh, &e), e);
    for (size_t i = 0; i < h->w.count; i++) {
        AUTO_VALUE(arena) arena = ARENA(1 << 24);
        AUTO_VALUE(outcome) out;
        struct entry entry;
        outcome_init(&out);
        ok_call(entry_read(&entry, h->w.entries[i], &arena, &e), e);
        ok_call(rules_apply(fresh, &entry, RULES_JUDGE, &out, &e), e);
    }
    ok_call(rules_digest(fresh, digest, &e), e);
    assert_memory_equal(digest, h->w.digest, sizeof digest);
    rules_state_free(fresh);
}

static void run(uint64_t seed)
{
    static struct history h;
    history_begin(&h, seed);
    act_key(&h);
    for (size_t i = 0; i < STEPS; i++) {
        h.w.now += (int64_t)below(&h, below(&h, 64) == 0 ? 4 * (uint64_t)HOUR : 20000);
        h.late = i > STEPS - STEPS / 5;
        acts[below(&h, sizeof acts / sizeof acts[0])](&h);
    }
    replayed(&h);
    print_message("seed %llu: %zu accepted, %zu refused, %zu signatures, %zu revocations, %zu "
                  "lifts proposed, %zu replacements\n",
                  (unsigned long long)seed, h.accepted_count, h.refused_count, h.signatures,
                  h.revocations, h.lifts, h.replacements);
    assert_true(h.accepted_count > STEPS / 6);
    assert_true(h.refused_count > STEPS / 6);
    assert_true(h.signatures > 15 && h.revocations > 10 && h.lifts > 10 && h.replacements > 5);
    history_done(&h);
}

static void a_first_history_is_as_the_model_says(void **state)
{
    (void)state;
    run(1);
}

static void a_second_history_is_as_the_model_says(void **state)
{
    (void)state;
    run(20270115);
}

static void a_third_history_is_as_the_model_says(void **state)
{
    (void)state;
    run(0xfeedface);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_history_is_as_the_model_says),
        cmocka_unit_test(a_second_history_is_as_the_model_says),
        cmocka_unit_test(a_third_history_is_as_the_model_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
