#include "keeper/jobs.h"

#include <stdlib.h>

void jobs_done(struct jobs *j)
{
    free(j->list);
    *j = (struct jobs){.list = NULL};
}

/* Moves what is left to the front before more room is asked for. */
static bool jobs_reserve(struct jobs *j, struct err *e)
{
    if (j->count < j->capacity)
        return true;
    if (j->first > j->capacity / 2) {
        memmove(j->list, j->list + j->first, (j->count - j->first) * sizeof *j->list);
        j->count -= j->first;
        j->first = 0;
        return true;
    }
    size_t capacity = j->capacity == 0 ? 256 : j->capacity * 2;
    struct job *list = reallocarray(j->list, capacity, sizeof *list);
    if (list == NULL)
        return err_set(e, ERR_MEMORY, "out of memory for jobs");
    j->list = list;
    j->capacity = capacity;
    return true;
}

bool jobs_add(struct jobs *j, uint64_t number, void *owner, size_t item, job_done *done,
              struct err *e)
{
    if (!jobs_reserve(j, e))
        return false;
    j->list[j->count++] =
        (struct job){.number = number, .owner = owner, .item = item, .done = done};
    return true;
}

static struct job *job_find(struct jobs *j, uint64_t number)
{
    size_t low = j->first;
    size_t high = j->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (j->list[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < j->count && j->list[low].number == number ? &j->list[low] : NULL;
}

bool jobs_step(struct jobs *j, struct pool *pool, struct keeper *k, struct err *e)
{
    struct pool_answer answer;
    while (pool_take(&answer, pool)) {
        struct job *found = job_find(j, answer.job);
        if (found == NULL || found->done == NULL)
            return err_set(e, ERR_INTERNAL, "the tokens answered a job that nobody asked for");
        struct job job = *found;
        found->done = NULL;
        while (j->first < j->count && j->list[j->first].done == NULL)
            j->first++;
        if (!job.done(k, job.owner, job.item, &answer, e))
            return false;
    }
    return true;
}
