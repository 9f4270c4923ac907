#include "model.h"

#define PROPOSAL_AGE (INT64_C(24) * 3600 * 1000)

static const int officers = O1 | O2 | O3;
static const int approvers = A1 | A2 | O3;
static const int engineers = ENG | A1;
static const int certifiers = O1 | O2 | O3 | A1 | A2;
static const int owners = ENG | A2;

static int people_count(int set)
{
    int count = 0;
    for (; set != 0; set &= set - 1)
        count++;
    return count;
}

static bool is_waiting(const struct subject_model *s, int64_t now)
{
    return s->stage == WAITING && now < s->ends;
}

static bool is_open(const struct subject_model *s, int64_t now)
{
    return s->stage == OPEN && now < s->ends;
}

static int needed(const struct subject_model *s)
{
    if (s->kind != GRANT)
        return 2;
    int level = s->path == PACKAGE ? 0 : 1;
    return s->asker != NOBODY && level == 0 ? 1 : level;
}

static void subject_add(struct model *m, struct subject_model s, int64_t now)
{
    s.stage = WAITING;
    s.ends = now + PROPOSAL_AGE;
    if (needed(&s) == 0) {
        s.stage = OPEN;
        s.ends = now + s.window;
    }
    m->subjects[m->count++] = s;
}

bool model_grant(struct model *m, int asker, int path, int count, int64_t window, int64_t now)
{
    if (m->suspension[2 * path] != 0 || (asker != NOBODY && (asker & engineers) == 0) ||
        count > 16 || window > 3600 * 1000)
        return false;
    struct subject_model s = {
        .kind = GRANT, .asker = asker, .path = path, .count = count, .window = window};
    subject_add(m, s, now);
    return true;
}

bool model_key(struct model *m, int asker, int64_t now)
{
    subject_add(m, (struct subject_model){.kind = KEY, .asker = asker}, now);
    return true;
}

bool model_resume(struct model *m, int asker, int target, int suspension, int64_t now)
{
    if (m->suspension[target] == 0 || m->suspension[target] != suspension)
        return false;
    struct subject_model s = {
        .kind = RESUME, .asker = asker, .target = target, .suspension = suspension};
    subject_add(m, s, now);
    return true;
}

static int deciders(const struct subject_model *s)
{
    return s->kind == GRANT ? approvers : s->kind == KEY ? officers : certifiers;
}

/* Who may not approve, whatever team he is in. The acts of a suspension are forgotten with it. */
static int barred(const struct model *m, const struct subject_model *s)
{
    if (s->kind != RESUME)
        return s->asker;
    return m->suspension[s->target] == s->suspension ? m->suspender[s->target] : NOBODY;
}

static bool carry(struct model *m, struct subject_model *s, int64_t now)
{
    if (s->kind == KEY) {
        s->stage = APPROVED;
        return true;
    }
    if (s->kind == RESUME) {
        if (m->suspension[s->target] != s->suspension)
            return false;
        m->suspension[s->target] = 0;
        s->stage = OVER;
        return true;
    }
    if (m->suspension[2 * s->path] != 0)
        return false;
    s->stage = OPEN;
    s->ends = now + s->window;
    return true;
}

bool model_approve(struct model *m, size_t subject, int person, int64_t now)
{
    struct subject_model *s = &m->subjects[subject];
    if (!is_waiting(s, now) || (person & deciders(s)) == 0 || person == barred(m, s) ||
        (person & s->approvals) != 0)
        return false;
    int counting = s->approvals & ~barred(m, s);
    if (people_count(counting) + 1 >= needed(s) && !carry(m, s, now))
        return false;
    s->approvals |= person;
    return true;
}

bool model_reject(struct model *m, size_t subject, int person, int64_t now)
{
    struct subject_model *s = &m->subjects[subject];
    if (!is_waiting(s, now) && !is_open(s, now) && s->stage != APPROVED)
        return false;
    if ((person & (deciders(s) | certifiers | s->asker)) == 0)
        return false;
    s->stage = OVER;
    return true;
}

bool model_close(struct model *m, size_t subject, int64_t now)
{
    struct subject_model *s = &m->subjects[subject];
    if (s->kind != GRANT || !is_open(s, now))
        return false;
    s->stage = OVER;
    return true;
}

bool model_suspend(struct model *m, int target, int person)
{
    if (m->suspension[target] != 0 || (person & (certifiers | owners)) == 0)
        return false;
    m->suspension[target] = ++m->suspensions;
    m->suspender[target] = person;
    return true;
}

static struct use_model *use_find(struct subject_model *s, int content)
{
    for (int i = 0; i < s->used; i++)
        if (s->uses[i].content == content)
            return &s->uses[i];
    return 0;
}

int model_unbound(const struct subject_model *s)
{
    int unbound = 0;
    for (int i = 0; i < s->used; i++)
        unbound += !s->uses[i].bound;
    return unbound;
}

bool model_request(struct model *m, size_t subject, int key, const int *contents, int count,
                   int64_t now)
{
    struct subject_model *s = &m->subjects[subject];
    if (s->kind != GRANT || !is_open(s, now) || m->suspension[2 * s->path] != 0 || key != s->path ||
        m->suspension[2 * s->path + 1] != 0 || s->used + count > s->count)
        return false;
    if (s->path == DESKTOP && model_unbound(s) + count > 1)
        return false;
    for (int i = 0; i < count; i++) {
        if (use_find(s, contents[i]) != 0 || (s->path == CONTAINER && contents[i] >= DECLARED))
            return false;
        for (int n = 0; n < i; n++)
            if (contents[n] == contents[i])
                return false;
    }
    for (int i = 0; i < count; i++)
        s->uses[s->used++] =
            (struct use_model){.content = contents[i], .bound = s->path == CONTAINER};
    return true;
}

bool model_bind(struct model *m, size_t subject, int content, int shown, int artifact, int64_t now)
{
    struct subject_model *s = &m->subjects[subject];
    if (s->kind != GRANT || !is_open(s, now))
        return false;
    struct use_model *use = use_find(s, content);
    if (use == 0 || use->bound || shown != content || artifact != content || artifact >= DECLARED)
        return false;
    use->bound = true;
    return true;
}

int model_expire(struct model *m, int64_t now)
{
    int found = 0;
    for (size_t i = 0; i < m->count; i++) {
        struct subject_model *s = &m->subjects[i];
        if ((s->stage != WAITING && s->stage != OPEN) || now < s->ends)
            continue;
        found += s->stage == OPEN && s->path == DESKTOP && model_unbound(s) > 0;
        s->stage = OVER;
    }
    return found;
}
