/* Dialling: see dial.h. */
#include "connectors/dial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAUSE_FIRST_NS INT64_C(50000000)
#define PAUSE_LAST_NS INT64_C(5000000000)
#define TRY_NS INT64_C(10000000000)

void
ozi_address(char out[OZ_IO_ADDRESS_MAX], const char *host, int64_t port)
{
    bool bare = strchr(host, ':') != NULL && host[0] != '[';
    (void)snprintf(out, OZ_IO_ADDRESS_MAX, bare ? "[%.250s]:%d" : "%.250s:%d", host, (int)port);
}

void
ozi_dial_init(ozi_dial *dial, oz_context *context, const char *host, int64_t port,
              int64_t patience_ns, int64_t timer_id, uint64_t token)
{
    *dial = (ozi_dial){.io = oz_context_io(context),
                       .port = (uint16_t)port,
                       .patience_ns = patience_ns,
                       .timer_id = timer_id,
                       .token = token,
                       .socket = -1,
                       .since_ns = -1,
                       .pause_ns = PAUSE_FIRST_NS};
    (void)snprintf(dial->host, sizeof dial->host, "%s", host);
    ozi_address(dial->name, host, port);
}

void
ozi_dial_close(ozi_dial *dial)
{
    if (dial->io != NULL && dial->socket >= 0) {
        (void)dial->io->close(dial->io->self, dial->socket);
        dial->socket = -1;
    }
}

/* Sets the timer for the next try; the pause after that is longer. */
static oz_step
pause_then_try(ozi_dial *dial, oz_context *context)
{
    int64_t half = dial->pause_ns / 2;
    uint64_t draw = dial->io->random(dial->io->self) % (uint64_t)half;
    oz_status status =
        oz_timer_set(context, dial->timer_id, oz_now_ns(context) + half + (int64_t)draw);
    dial->pause_ns = dial->pause_ns * 2 < PAUSE_LAST_NS ? dial->pause_ns * 2 : PAUSE_LAST_NS;
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

/* A try has failed. */
static oz_step
try_failed(ozi_dial *dial, oz_context *context, int64_t why)
{
    ozi_dial_close(dial);
    if (why == -ENXIO && dial->tries == 1) {
        return oz_fail(context, OZ_NOT_FOUND, "cannot connect to %s: the host is not known",
                       dial->name);
    }
    int64_t waited_ns = oz_now_ns(context) - dial->since_ns;
    if (dial->patience_ns > 0 && waited_ns >= dial->patience_ns) {
        return oz_fail(context, OZ_IO, "no connection to %s within %g s: %s", dial->name,
                       (double)dial->patience_ns / 1e9,
                       why == OZ_IO_AGAIN ? "no answer" : strerror((int)-why));
    }
    return pause_then_try(dial, context);
}

oz_status
ozi_dial_start(ozi_dial *dial, oz_context *context)
{
    return oz_timer_set(context, dial->timer_id, oz_now_ns(context));
}

static oz_step
try_now(ozi_dial *dial, oz_context *context)
{
    if (dial->since_ns < 0) {
        dial->since_ns = oz_now_ns(context);
    }
    dial->tries++;
    int64_t socket =
        dial->io->connect(dial->io->self, dial->host, dial->port, (uint32_t)(dial->tries - 1));
    if (socket < 0) {
        return try_failed(dial, context, socket);
    }
    dial->socket = socket;
    oz_status status = oz_watch(context, socket, OZ_IO_WRITABLE, dial->token);
    if (status == OZ_OK) {
        status = oz_timer_set(context, dial->timer_id, oz_now_ns(context) + TRY_NS);
    }
    return status == OZ_OK ? OZ_NEED : oz_failed(context, status);
}

oz_step
ozi_dial_again(ozi_dial *dial, oz_context *context, int64_t lived_ns)
{
    if (lived_ns > PAUSE_LAST_NS) {
        dial->pause_ns = PAUSE_FIRST_NS;
    }
    dial->since_ns = oz_now_ns(context);
    return pause_then_try(dial, context);
}

static oz_status
unwatch(ozi_dial *dial, oz_context *context)
{
    return oz_watch(context, dial->socket, OZ_IO_NONE, dial->token);
}

oz_step
ozi_dial_timer(ozi_dial *dial, oz_context *context)
{
    if (dial->socket < 0) {
        return try_now(dial, context);
    }
    oz_status status = unwatch(dial, context);
    return status == OZ_OK ? try_failed(dial, context, OZ_IO_AGAIN) : oz_failed(context, status);
}

oz_step
ozi_dial_ready(ozi_dial *dial, oz_context *context, int64_t *connected)
{
    *connected = -1;
    if (dial->socket < 0) {
        return OZ_NEED;
    }
    int64_t result = dial->io->connected(dial->io->self, dial->socket);
    if (result == OZ_IO_AGAIN) {
        return OZ_NEED;
    }
    oz_status status = unwatch(dial, context);
    if (status != OZ_OK) {
        return oz_failed(context, status);
    }
    if (result < 0) {
        return try_failed(dial, context, result);
    }
    oz_timer_cancel(context, dial->timer_id);
    *connected = dial->socket;
    dial->socket = -1;
    dial->since_ns = -1;
    return OZ_NEED;
}
