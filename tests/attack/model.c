#include "model.h"

#define PROPOSAL_AGE (INT64_C(24) * 3600 * 1000)
#define RATIFY (INT64_C(24) * 3600 * 1000)

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
        return s->kind == RATIFY ? 1 : 2;
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

static bool path_usable(const struct model *m, int path)
{
    return m->targets[2 * path].suspension == 0 && m->targets[2 * path].revocation == 0;
}

bool model_grant(struct model *m, int asker, int path, int count, int64_t window, int64_t now)
{
    if (!path_usable(m, path) || (asker != NOBODY && (asker & engineers) == 0) || count > 16 ||
        window > 3600 * 1000)
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
    if (m->targets[target].suspension == 0 || m->targets[target].suspension != suspension)
        return false;
    struct subject_model s = {.kind = RESUME, .asker = asker, .target = target, .act = suspension};
    subject_add(m, s, now);
    return true;
}

static bool lift_allowed(const struct target_model *t, int revocation)
{
    return t->revocation != 0 && t->revocation == revocation && !t->ratified && !t->worse;
}

bool model_lift(struct model *m, int asker, int target, int revocation, int64_t now)
{
    const struct target_model *t = &m->targets[target];
    if (!lift_allowed(t, revocation) || t->revoker == asker)
        return false;
    struct subject_model s = {.kind = LIFT, .asker = asker, .target = target, .act = revocation};
    subject_add(m, s, now);
    return true;
}

bool model_ratify(struct model *m, int asker, int act, int64_t now)
{
    if (act == 0 || !m->ratifications[act].waits)
        return false;
    subject_add(m, (struct subject_model){.kind = RATIFY, .asker = asker, .act = act}, now);
    return true;
}

static int deciders(const struct subject_model *s)
{
    if (s->kind == GRANT)
        return approvers;
    return s->kind == RESUME ? certifiers : officers;
}

/* Who did that, as long as something of it is in force. */
static int doer(const struct model *m, int act)
{
    for (int i = 0; i < 2 * PATHS; i++) {
        const struct target_model *t = &m->targets[i];
        if (act != 0 && t->revocation == act)
            return t->revoker;
        if (act != 0 && t->certificate == act)
            return t->certificate_revoker;
        if (act != 0 && t->suspension == act)
            return t->suspender;
    }
    return m->left[act];
}

/* Who may not approve, whatever team he is in. The acts of a suspension are forgotten with it. */
static int barred(const struct model *m, const struct subject_model *s)
{
    if (s->kind == GRANT || s->kind == KEY)
        return s->asker;
    return doer(m, s->act);
}

/* Deadlines come before the act that deals with them. */
static void ratification_end(struct model *m, int act, int64_t now)
{
    struct ratification_model *r = &m->ratifications[act];
    m->fired += r->waits && !r->overdue && r->deadline <= now;
    r->waits = false;
}

static bool carry_resume(struct model *m, struct target_model *t, const struct subject_model *s,
                         int64_t now)
{
    bool key = s->target % 2 == 1;
    if (t->suspension != s->act || (key && t->revocation != 0))
        return false;
    t->suspension = 0;
    ratification_end(m, s->act, now);
    return true;
}

static bool carry_lift(struct model *m, struct target_model *t, const struct subject_model *s,
                       int64_t now)
{
    if (!lift_allowed(t, s->act))
        return false;
    if (t->certificate == s->act && !t->certificate_published)
        t->certificate = 0;
    t->revocation = 0;
    ratification_end(m, s->act, now);
    return true;
}

static bool carry_ratify(struct model *m, const struct subject_model *s, int64_t now)
{
    if (!m->ratifications[s->act].waits)
        return false;
    ratification_end(m, s->act, now);
    for (int i = 0; i < 2 * PATHS; i++)
        if (m->targets[i].revocation == s->act)
            m->targets[i].ratified = true;
    return true;
}

static bool carry(struct model *m, struct subject_model *s, int64_t now)
{
    struct target_model *t = &m->targets[s->target];
    if (s->kind == KEY) {
        s->stage = APPROVED;
        return true;
    }
    if (s->kind == GRANT && path_usable(m, s->path)) {
        s->stage = OPEN;
        s->ends = now + s->window;
        return true;
    }
    if ((s->kind == RESUME && carry_resume(m, t, s, now)) ||
        (s->kind == LIFT && carry_lift(m, t, s, now)) ||
        (s->kind == RATIFY && carry_ratify(m, s, now))) {
        s->stage = OVER;
        return true;
    }
    return false;
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

static int act_add(struct model *m, int64_t now)
{
    m->ratifications[++m->acts] =
        (struct ratification_model){.deadline = now + RATIFY, .waits = true};
    return m->acts;
}

bool model_suspend(struct model *m, int target, int person, int64_t now)
{
    struct target_model *t = &m->targets[target];
    bool key = target % 2 == 1;
    if (t->suspension != 0 || (key && t->revocation != 0) || (person & (certifiers | owners)) == 0)
        return false;
    t->suspension = act_add(m, now);
    t->suspender = person;
    return true;
}

bool model_revoke(struct model *m, int target, int person, bool compromised, int64_t effective,
                  int64_t now)
{
    struct target_model *t = &m->targets[target];
    bool worse = t->revocation != 0;
    int before = t->revocation;
    if (effective > now || (person & (certifiers | owners)) == 0 ||
        (worse && (!compromised || t->compromised)))
        return false;
    if (worse)
        ratification_end(m, t->revocation, now);
    t->revocation = act_add(m, now);
    t->revoker = person;
    t->compromised = compromised;
    t->worse = worse && t->ratified;
    t->ratified = false;
    if (target % 2 == 1 && (t->certificate == 0 || t->certificate == before)) {
        t->certificate_published &= t->certificate != 0;
        t->certificate = t->revocation;
        t->certificate_revoker = person;
    }
    return true;
}

void model_status(struct model *m)
{
    for (int i = 0; i < 2 * PATHS; i++)
        m->targets[i].certificate_published |= m->targets[i].certificate != 0;
}

bool model_hopeless(const struct model *m, int path)
{
    const struct target_model *t = &m->targets[2 * path + 1];
    if (t->revocation != 0)
        return t->ratified || t->worse;
    return t->certificate != 0 && t->suspension == 0;
}

void model_replace(struct model *m, int path)
{
    struct target_model *t = &m->targets[2 * path + 1];
    m->left[t->revocation] = t->revoker;
    m->left[t->suspension] = t->suspender;
    m->left[t->certificate] = t->certificate_revoker;
    m->left[0] = NOBODY;
    *t = (struct target_model){.suspension = 0};
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
    const struct target_model *t = &m->targets[2 * s->path + 1];
    if (s->kind != GRANT || !is_open(s, now) || !path_usable(m, s->path) || key != s->path ||
        t->suspension != 0 || t->revocation != 0 || t->certificate != 0 ||
        s->used + count > s->count)
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
    int found = m->fired;
    m->fired = 0;
    for (int i = 1; i <= m->acts; i++) {
        struct ratification_model *r = &m->ratifications[i];
        bool due = r->waits && !r->overdue && r->deadline <= now;
        found += due;
        r->overdue |= due;
    }
    for (size_t i = 0; i < m->count; i++) {
        struct subject_model *s = &m->subjects[i];
        if ((s->stage != WAITING && s->stage != OPEN) || now < s->ends)
            continue;
        found += s->stage == OPEN && s->path == DESKTOP && model_unbound(s) > 0;
        s->stage = OVER;
    }
    return found;
}
