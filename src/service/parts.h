/*
 * The parts of the daemon, for service.c and service_life.c alone.
 */
#ifndef SEALWARD_SERVICE_PARTS_H
#define SEALWARD_SERVICE_PARTS_H

#include "service/follow.h"
#include "service/service.h"

struct service {
    struct service_options options;
    struct buf index_path;
    struct metrics metrics;
    struct inbox inbox;
    bool inbox_made;
    struct link *link;
    struct replica *replica;
    struct catalog *catalog;
    struct search *search;
    struct publish *publish;
    struct status *status;
    struct unrecorded *unrecorded;
    struct waiters *waiters;
    struct intake *intake;
    struct follow *follow;
};

#endif
