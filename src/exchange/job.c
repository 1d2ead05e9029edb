/* The memory of a job: made, joined, and how its workers wake each other. Drawn in job.h. */
#include "exchange/job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/io_error.h"
#include "base/share.h"
#include "ouzel/io.h"

enum { VERSION = 3 };
static const char magic[8] = "ouzeljob";

_Static_assert(sizeof(ozi_block) <= OZI_BLOCK_SIZE, "the slots lie behind it");

/* ---- layout ---------------------------------------------------------------------------------- */

static size_t
round_up(size_t size)
{
    return (size + 4095) & ~(size_t)4095;
}

static size_t
pairs_at(uint32_t seats)
{
    return OZI_BLOCK_SIZE + round_up(seats * sizeof(ozi_slot));
}

static size_t
size_of(uint32_t seats)
{
    return pairs_at(seats) + (size_t)seats * seats * OZI_PAIR_BYTES;
}

oz_status
ozi_job_divide(oz_job *job, uint32_t count, oz_error *error)
{
    if (count > OZI_EXCHANGES_MAX) {
        return oz_error_set(error, OZ_INVALID,
                            "the rows of %u streams would go from worker to worker; %d can", count,
                            OZI_EXCHANGES_MAX);
    }
    uint64_t room = OZI_PAIR_BYTES;
    uint64_t room_max = job->room_max > 0 ? job->room_max : OZI_PAIR_BYTES;
    while (room > room_max || (room + sizeof(ozi_lane)) * count > OZI_PAIR_BYTES) {
        room /= 2;
    }
    job->lanes = count;
    job->lane_room = room;
    return OZ_OK;
}

ozi_lane *
ozi_job_lane(const oz_job *job, uint32_t from, uint32_t to, uint32_t exchange)
{
    char *pair = job->pairs + ((size_t)from * job->seats + to) * OZI_PAIR_BYTES;
    return (ozi_lane *)(void *)(pair + exchange * (sizeof(ozi_lane) + job->lane_room));
}

bool
ozi_job_lanes_are_empty(const oz_job *job)
{
    for (uint32_t from = 0; from < job->workers; from++) {
        for (uint32_t to = 0; to < job->workers; to++) {
            for (uint32_t i = 0; from != to && i < job->lanes; i++) {
                ozi_lane *lane = ozi_job_lane(job, from, to, i);
                if (atomic_load(&lane->tail) != atomic_load(&lane->head) &&
                    atomic_load(&lane->is_closed) == 0) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* ---- making and joining ---------------------------------------------------------------------- */

static oz_job *
allocate(const oz_alloc *alloc, uint32_t seats)
{
    oz_job *job = ozi_alloc_zero(alloc, sizeof *job);
    if (job == NULL) {
        return NULL;
    }
    job->alloc = alloc;
    job->seats = seats;
    job->worker = UINT32_MAX;
    job->file = -1;
    job->bells = ozi_alloc_new(alloc, seats * sizeof *job->bells);
    if (job->bells == NULL) {
        ozi_alloc_free(alloc, job, sizeof *job);
        return NULL;
    }
    for (uint32_t i = 0; i < seats; i++) {
        job->bells[i] = -1;
    }
    return job;
}

static oz_status
map(oz_job *job, oz_error *error)
{
    job->size = size_of(job->seats);
    char *memory = ozi_share_map(job->file, job->size);
    if (memory == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "no room for the memory that the workers share");
    }
    job->block = (ozi_block *)(void *)memory;
    job->slots = (ozi_slot *)(void *)(memory + OZI_BLOCK_SIZE);
    job->pairs = memory + pairs_at(job->seats);
    return OZ_OK;
}

static oz_status
make(oz_job *job, uint32_t workers, oz_error *error)
{
    const oz_io *io = oz_io_system();
    job->file = ozi_share_memory(size_of(job->seats));
    if (job->file < 0) {
        return ozi_io_error(error, job->file, "make", "the memory that the workers share");
    }
    for (uint32_t i = 0; i < job->seats; i++) {
        job->bells[i] = ozi_share_bell();
        if (job->bells[i] < 0) {
            return ozi_io_error(error, job->bells[i], "make", "the bell of a worker");
        }
    }
    OZ_TRY(map(job, error));
    memcpy(job->block->magic, magic, sizeof magic);
    job->block->version = VERSION;
    job->block->seats = job->seats;
    job->workers = workers;
    atomic_store(&job->block->workers, workers);
    atomic_store(&job->block->present, workers);
    job->block->seed = io->random(io->self);
    return OZ_OK;
}

oz_status
oz_job_new(const oz_alloc *alloc, uint32_t workers, uint32_t seats, oz_job **out, oz_error *error)
{
    *out = NULL;
    seats = seats == 0 ? workers : seats;
    if (workers < 1 || workers > OZ_WORKERS_MAX) {
        return oz_error_set(error, OZ_INVALID, "a job has 1 to %d workers, not %u", OZ_WORKERS_MAX,
                            workers);
    }
    if (seats < workers || seats > OZ_WORKERS_MAX) {
        return oz_error_set(error, OZ_INVALID,
                            "the most workers that a job of %u may ever have are %u to %d, not %u",
                            workers, workers, OZ_WORKERS_MAX, seats);
    }
    alloc = alloc != NULL ? alloc : oz_alloc_default();
    oz_job *job = allocate(alloc, seats);
    if (job == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    job->is_host = true;
    oz_status status = make(job, workers, error);
    if (status != OZ_OK) {
        oz_job_free(&job);
        return status;
    }
    *out = job;
    return OZ_OK;
}

/* The number of workers that such a memory has room for; 0: it is none. */
static uint32_t
seats_of(int64_t file)
{
    int64_t size = ozi_share_size(file);
    ozi_block *block = size < OZI_BLOCK_SIZE ? NULL : ozi_share_map(file, OZI_BLOCK_SIZE);
    uint32_t seats = 0;
    if (block != NULL) {
        bool is_job = memcmp(block->magic, magic, sizeof magic) == 0 && block->version == VERSION;
        seats = is_job && block->seats <= OZ_WORKERS_MAX ? block->seats : 0;
        ozi_share_unmap(block, OZI_BLOCK_SIZE);
    }
    return seats > 0 && (size_t)size == size_of(seats) ? seats : 0;
}

oz_status
oz_job_join(const oz_alloc *alloc, int64_t file, const int64_t *bells, uint32_t worker,
            oz_job **out, oz_error *error)
{
    *out = NULL;
    uint32_t seats = seats_of(file);
    if (worker >= seats) {
        return oz_error_set(error, OZ_INVALID,
                            "descriptor %lld is not the memory of a job with a worker %u",
                            (long long)file, worker);
    }
    alloc = alloc != NULL ? alloc : oz_alloc_default();
    oz_job *job = allocate(alloc, seats);
    if (job == NULL) {
        return oz_error_set(error, OZ_NO_MEMORY, "out of memory");
    }
    job->worker = worker;
    job->file = file;
    memcpy(job->bells, bells, seats * sizeof *bells);
    oz_status status = map(job, error);
    if (status != OZ_OK) {
        oz_job_free(&job);
        return status;
    }
    ozi_slot *slot = ozi_job_slot(job);
    atomic_store(&slot->fingerprint, 0); /* of one that was there before, and has left */
    atomic_store(&slot->at_rest, 0);
    atomic_store(&slot->has_ended, 0);
    atomic_store(&slot->waits_since_ns, 0);
    job->workers = atomic_load(&job->block->workers);
    *out = job;
    return OZ_OK;
}

void
oz_job_free(oz_job **job_pointer)
{
    oz_job *job = *job_pointer;
    *job_pointer = NULL;
    if (job == NULL) {
        return;
    }
    if (job->block != NULL) {
        ozi_share_unmap(job->block, job->size);
    }
    for (uint32_t i = 0; job->is_host && i < job->seats; i++) {
        if (job->bells[i] >= 0) {
            ozi_share_close(job->bells[i]);
        }
    }
    if (job->is_host && job->file >= 0) {
        ozi_share_close(job->file);
    }
    ozi_alloc_free(job->alloc, job->bells, job->seats * sizeof *job->bells);
    ozi_alloc_free(job->alloc, job, sizeof *job);
}

/* ---- waking ---------------------------------------------------------------------------------- */

void
ozi_job_wake(const oz_job *job, uint32_t worker)
{
    ozi_slot *slot = &job->slots[worker];
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&slot->is_asleep, memory_order_relaxed) != 0 &&
        atomic_exchange(&slot->is_asleep, 0) != 0) {
        ozi_share_ring(job->bells[worker]);
    }
}

void
ozi_job_tell(const oz_job *job)
{
    atomic_fetch_add(&job->block->told, 1);
    for (uint32_t i = 0; i < job->seats; i++) {
        if (i != job->worker) {
            ozi_job_wake(job, i);
        }
    }
}

bool
ozi_job_was_told(oz_job *job)
{
    uint64_t told = atomic_load(&job->block->told);
    bool is_new = told != job->told;
    job->told = told;
    return is_new;
}

/* ---- what a host asks and sees --------------------------------------------------------------- */

uint32_t
oz_job_workers(const oz_job *job)
{
    return atomic_load(&job->block->workers);
}

uint32_t
oz_job_seats(const oz_job *job)
{
    return job->seats;
}

int64_t
oz_job_file(const oz_job *job)
{
    return job->file;
}

int64_t
oz_job_bell(const oz_job *job, uint32_t worker)
{
    return worker < job->seats ? job->bells[worker] : -1;
}

void
oz_job_fail(oz_job *job, const char *message)
{
    ozi_slot *slot = ozi_job_slot(job);
    (void)snprintf(slot->message, sizeof slot->message, "%s", message);
    atomic_store(&slot->phase, OZ_WORKER_FAILED);
    ozi_job_tell(job);
}

void
oz_job_stop(oz_job *job)
{
    atomic_store(&job->block->must_stop, 1);
    ozi_job_tell(job);
}

oz_status
oz_job_scale(oz_job *job, uint32_t workers, oz_error *error)
{
    if (workers < 1 || workers > job->seats) {
        return oz_error_set(error, OZ_INVALID, "this job can have 1 to %u workers, not %u",
                            job->seats, workers);
    }
    for (uint32_t i = atomic_load(&job->block->present); i < workers; i++) {
        atomic_store(&job->slots[i].phase, OZ_WORKER_STARTING); /* one that has left was done */
    }
    atomic_store(&job->block->wanted, workers);
    ozi_job_tell(job);
    return OZ_OK;
}

void
oz_job_moves(const oz_job *job, oz_moves *out)
{
    const ozi_block *block = job->block;
    *out = (oz_moves){.workers = atomic_load(&block->workers),
                      .present = atomic_load(&block->present),
                      .made = atomic_load(&block->moved),
                      .lost = atomic_load(&block->lost_moves)};
    if (out->lost > 0) {
        memcpy(out->failure, block->move_failure, sizeof out->failure);
        out->failure[sizeof out->failure - 1] = '\0';
    }
    for (uint32_t i = 0; i < job->seats; i++) {
        int64_t paused_ns = atomic_load(&job->slots[i].paused_ns);
        out->paused_ns = paused_ns > out->paused_ns ? paused_ns : out->paused_ns;
        out->entries += atomic_load(&job->slots[i].gave);
    }
}

void
oz_job_checkpoint(oz_job *job)
{
    atomic_store(&job->block->is_asked, 1);
    ozi_job_tell(job);
}

uint64_t
oz_job_epoch(const oz_job *job)
{
    return atomic_load(&job->block->epoch);
}

/* ---- records that kill ----------------------------------------------------------------------- */

/* The entry of a record; a new one when there is none. NULL: all there may be are known to kill. */
static ozi_blamed *
blamed_at(ozi_block *block, uint32_t node, uint64_t hash)
{
    ozi_blamed *free = NULL;
    for (uint32_t i = 0; i < OZI_BLAMED_MAX; i++) {
        ozi_blamed *blamed = &block->blamed[i];
        if (blamed->node == node && blamed->hash == hash) {
            return blamed;
        }
        if (free == NULL && blamed->deaths < OZI_DEATHS_MAX) {
            free = blamed; /* or it was there by chance */
        }
    }
    if (free != NULL) {
        *free = (ozi_blamed){.node = node, .hash = hash};
    }
    return free;
}

bool
oz_job_blame(oz_job *job, uint32_t worker)
{
    const ozi_trace *trace = &job->slots[worker < job->seats ? worker : 0].trace;
    if (trace->depth == 0 || trace->rows != 1 || trace->record[0] == '\0') {
        return false;
    }
    ozi_blamed *blamed = blamed_at(job->block, trace->node, trace->hash);
    uint64_t place = ozi_hash_pair(ozi_hash_bytes(0, trace->origin, strlen(trace->origin)),
                                   (uint64_t)trace->position, atomic_load(&job->block->epoch));
    if (blamed != NULL && blamed->place != place && blamed->deaths < OZI_DEATHS_MAX) {
        blamed->place = place;
        blamed->deaths = 0;
    }
    return blamed != NULL && ++blamed->deaths >= OZI_DEATHS_MAX;
}

bool
ozi_job_blames(const oz_job *job, uint32_t node, const uint64_t *hash)
{
    for (uint32_t i = 0; i < OZI_BLAMED_MAX; i++) {
        const ozi_blamed *blamed = &job->block->blamed[i];
        if (blamed->deaths >= OZI_DEATHS_MAX && blamed->node == node &&
            (hash == NULL || blamed->hash == *hash)) {
            return true;
        }
    }
    return false;
}

void
oz_job_follow(oz_job *job, const oz_job *last)
{
    memcpy(job->block->blamed, last->block->blamed, sizeof job->block->blamed);
}

/* ---- where a worker was ---------------------------------------------------------------------- */

/* The records of the batch, as "at line 7 of in.txt", or "within lines 7 to 1030 of it". */
static void
print_records(const ozi_trace *trace, char *text, size_t size)
{
    const char *record = trace->record;
    if (trace->rows == 0 || (trace->position < 0 && record[0] == '\0')) {
        text[0] = '\0';
    } else if (trace->position < 0) {
        (void)snprintf(text, size, ", at the record %.95s", record);
    } else if (trace->rows == 1) {
        (void)snprintf(text, size, ", at %.15s %" PRId64 " of %.95s%s%.95s", trace->unit,
                       trace->position, trace->origin, record[0] != '\0' ? ", the record " : "",
                       record);
    } else {
        (void)snprintf(text, size, ", within %u records from %.15s %" PRId64 " of %.95s on",
                       trace->rows, trace->unit, trace->position, trace->origin);
    }
}

static void
print_place(const ozi_slot *slot, char *text, size_t size)
{
    ozi_trace trace = slot->trace;
    char records[384];
    if (trace.node == 0 || trace.node > OZI_NAMED_STEPS_MAX) {
        return;
    }
    print_records(&trace, records, sizeof records);
    (void)snprintf(text, size, "%.127s%s", slot->steps[trace.node - 1], records);
}

/* By the clock of the system, which all processes have. */
static int64_t
waited_by(const ozi_slot *slot)
{
    const oz_io *io = oz_io_system();
    int64_t waited_ns = atomic_load(&slot->waited_ns);
    int64_t since_ns = atomic_load(&slot->waits_since_ns);
    return since_ns == 0 ? waited_ns : waited_ns + io->now_ns(io->self) - since_ns;
}

void
oz_job_status(const oz_job *job, uint32_t worker, oz_worker_status *out)
{
    const ozi_slot *slot = &job->slots[worker < job->seats ? worker : 0];
    *out = (oz_worker_status){.phase = (oz_worker_phase)atomic_load(&slot->phase)};
    out->moves = atomic_load(&slot->moves);
    out->calls = slot->trace.calls;
    out->waited_ns = waited_by(slot);
    out->is_busy = slot->trace.depth > 0;
    if (out->phase == OZ_WORKER_FAILED) {
        memcpy(out->message, slot->message, sizeof out->message);
        out->message[sizeof out->message - 1] = '\0';
    }
    print_place(slot, out->place, sizeof out->place);
}
