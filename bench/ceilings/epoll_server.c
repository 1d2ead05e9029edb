/* The least a server costs that answers frames on TCP: one thread, one epoll loop, one read and one
 * write for whatever is there. An extension module, so that the same loop can call a Python
 * function:
 *
 *   epoll_server.serve(listener, spin)                      answers in C
 *   epoll_server.serve(listener, spin, key, step, init)     key(frame), then step(state of the key,
 * frame)
 *
 * `listener` is the descriptor of a listening socket; `spin` never sleeps. Ends when the last peer
 * has left. The messages are those of frames.h. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "frames.h"

#define EVENTS_MAX 64
#define IN_BYTES 65536

struct peer {
    int fd;
    size_t filled, answered;
    uint8_t in[IN_BYTES];
    uint8_t out[IN_BYTES]; /* an answer is shorter than its request */
};

struct server {
    int epoll, listener;
    bool spin;
    size_t peer_count;
    PyObject *key, *step, *init; /* NULL: answer in C */
    PyObject *states;
    uint64_t sums[FRAME_KEYS];
};

/* Writes the answer to one frame; -1 with a Python exception set. */
typedef int
answer_fn(struct server *server, const uint8_t *frame, uint8_t *answer);

static int
answer_native(struct server *server, const uint8_t *frame, uint8_t *answer)
{
    uint64_t *sum = &server->sums[frame_get(frame) % FRAME_KEYS];
    *sum += frame_get(frame + 16);
    memcpy(answer, frame, 16);
    frame_put(answer + 16, *sum);
    return 0;
}

/* The state of a key, made when it is new; a borrowed reference. */
static PyObject *
find_state(struct server *server, PyObject *frame)
{
    PyObject *key = PyObject_CallOneArg(server->key, frame);
    if (!key) {
        return NULL;
    }
    PyObject *state = PyDict_GetItemWithError(server->states, key);
    if (!state && !PyErr_Occurred()) {
        PyObject *fresh = PyObject_CallNoArgs(server->init);
        if (fresh && PyDict_SetItem(server->states, key, fresh) == 0) {
            state = fresh; /* the dict keeps it alive */
        }
        Py_XDECREF(fresh);
    }
    Py_DECREF(key);
    return state;
}

static int
answer_python(struct server *server, const uint8_t *frame, uint8_t *answer)
{
    int status = -1;
    PyObject *bytes = PyBytes_FromStringAndSize((const char *)frame, FRAME_REQUEST);
    PyObject *state = bytes ? find_state(server, bytes) : NULL;
    if (state) {
        PyObject *arguments[3] = {NULL, state, bytes};
        PyObject *result = PyObject_Vectorcall(server->step, arguments + 1,
                                               2 | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL);
        if (result && PyBytes_Check(result) && PyBytes_GET_SIZE(result) == FRAME_ANSWER) {
            memcpy(answer, PyBytes_AS_STRING(result), FRAME_ANSWER);
            status = 0;
        } else if (result) {
            PyErr_SetString(PyExc_ValueError, "the step must return 24 bytes");
        }
        Py_XDECREF(result);
    }
    Py_XDECREF(bytes);
    return status;
}

/* Answers all whole frames that were read and keeps the rest. */
static int
answer_frames(struct server *server, struct peer *peer, answer_fn *answer)
{
    size_t at = 0;
    peer->answered = 0;
    while (peer->filled - at >= FRAME_HEAD + FRAME_REQUEST) {
        const uint8_t *frame = peer->in + at;
        uint8_t *out = peer->out + peer->answered;
        if (frame_get_head(frame) != FRAME_REQUEST) {
            PyErr_SetString(PyExc_ValueError, "a frame of the wrong length");
            return -1;
        }
        frame_put_head(out, FRAME_ANSWER);
        if (answer(server, frame + FRAME_HEAD, out + FRAME_HEAD) < 0) {
            return -1;
        }
        at += FRAME_HEAD + FRAME_REQUEST;
        peer->answered += FRAME_HEAD + FRAME_ANSWER;
    }
    peer->filled -= at;
    memmove(peer->in, peer->in + at, peer->filled);
    return 0;
}

static void
drop_peer(struct server *server, struct peer *peer)
{
    close(peer->fd);
    PyMem_Free(peer);
    server->peer_count--;
}

static int
serve_peer(struct server *server, struct peer *peer)
{
    ssize_t got = recv(peer->fd, peer->in + peer->filled, IN_BYTES - peer->filled, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return 0;
    }
    if (got <= 0) {
        drop_peer(server, peer);
        return 0;
    }
    peer->filled += (size_t)got;
    if (answer_frames(server, peer, server->key ? answer_python : answer_native) < 0) {
        return -1;
    }
    for (size_t sent = 0; sent < peer->answered;) {
        ssize_t n = send(peer->fd, peer->out + sent, peer->answered - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            drop_peer(server, peer);
            return 0;
        }
        sent += n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static int
add_peer(struct server *server)
{
    int fd = accept(server->listener, NULL, NULL), one = 1;
    if (fd < 0) {
        return 0;
    }
    struct peer *peer = PyMem_Calloc(1, sizeof *peer);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    if (!peer) {
        close(fd);
        PyErr_NoMemory();
        return -1;
    }
    peer->fd = fd;
    server->peer_count++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        drop_peer(server, peer);
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    return 0;
}

static int
serve_all(struct server *server)
{
    struct epoll_event events[EVENTS_MAX], listening = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, server->listener, &listening) < 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return -1;
    }
    do {
        int ready;
        Py_BEGIN_ALLOW_THREADS
        do {
            ready = epoll_wait(server->epoll, events, EVENTS_MAX, server->spin ? 0 : -1);
        } while (ready == 0);
        Py_END_ALLOW_THREADS
        if (ready < 0 && (errno != EINTR || PyErr_CheckSignals() < 0)) {
            return -1;
        }
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            if ((peer ? serve_peer(server, peer) : add_peer(server)) < 0) {
                return -1;
            }
        }
    } while (server->peer_count > 0);
    return 0;
}

static PyObject *
serve(PyObject *module, PyObject *arguments)
{
    (void)module;
    static struct server server;
    int spin;
    if (!PyArg_ParseTuple(arguments, "ip|OOO", &server.listener, &spin, &server.key, &server.step,
                          &server.init)) {
        return NULL;
    }
    server.spin = spin;
    server.epoll = epoll_create1(EPOLL_CLOEXEC);
    server.states = PyDict_New();
    if (server.epoll < 0 || !server.states) {
        return server.epoll < 0 ? PyErr_SetFromErrno(PyExc_OSError) : NULL;
    }
    int status = serve_all(&server);
    close(server.epoll);
    Py_CLEAR(server.states);
    if (status < 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"serve", serve, METH_VARARGS,
     "serve(listener, spin[, key, step, init]): until the last peer left."},
    {0},
};

static PyModuleDef module_def = {
    PyModuleDef_HEAD_INIT,
    .m_name = "epoll_server",
    .m_methods = module_methods,
};

PyMODINIT_FUNC
PyInit_epoll_server(void)
{
    return PyModuleDef_Init(&module_def);
}
