/* The sender, beside a server of the test's own that loses its first connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka.h needs the headers above it. */
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codecs/sequenced.h"
#include "ouzel/client.h"

typedef struct server {
    int listener;
    uint16_t port;
    int hellos;
    uint64_t last; /* the last record of the last connection */
    char text[256];
} server;

static void
listen_there(server *to)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *to = (server){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(to->listener, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(to->listener, 5), 0);
    assert_int_equal(getsockname(to->listener, (struct sockaddr *)&address, &size), 0);
    to->port = ntohs(address.sin_port);
}

static void
answer(int peer, const oz_bytes *bytes)
{
    (void)!send(peer, bytes->data + bytes->begin, oz_bytes_size(bytes), MSG_NOSIGNAL);
}

/* Takes a frame; what it answers. False: the connection is at its end. */
static bool
take_frame(server *to, int peer, ozi_frame frame)
{
    ozi_hello hello;
    oz_bytes out = {.alloc = oz_alloc_default()};
    bool goes_on = true;
    if (ozi_take_hello(frame, &hello)) {
        to->hellos++;
        (void)!ozi_put_welcome(&out, 0, 1 << 20);
    } else if (frame.kind == OZI_FRAME_RECORDS) {
        uint64_t first = 0;
        uint32_t count = 0;
        goes_on = to->hellos > 1 && ozi_take_u64(&frame, &first) && ozi_take_u32(&frame, &count);
        to->last = first + count - 1;
        memcpy(to->text, frame.body, frame.size < sizeof to->text ? frame.size : 0);
        (void)!ozi_put_number(&out, OZI_FRAME_ACK, to->last);
    } else {
        (void)!ozi_put_number(&out, OZI_FRAME_ACK, to->last + 1);
    }
    if (goes_on) {
        answer(peer, &out);
    }
    oz_bytes_free(&out);
    return goes_on && frame.kind != OZI_FRAME_END;
}

static void *
serve(void *argument)
{
    server *to = argument;
    while (to->hellos < 2) {
        int peer = accept(to->listener, NULL, NULL);
        oz_bytes in = {.alloc = oz_alloc_default()};
        bool goes_on = peer >= 0;
        while (goes_on) {
            ozi_frame frame;
            size_t taken = 0;
            size_t needed = 0;
            if (ozi_frame_take(in.data + in.begin, oz_bytes_size(&in), 4096, &frame, &taken,
                               &needed) != OZ_OK) {
                break;
            }
            if (taken > 0) {
                goes_on = take_frame(to, peer, frame);
                oz_bytes_drop(&in, taken);
                continue;
            }
            (void)!oz_bytes_reserve(&in, 4096);
            ssize_t size = recv(peer, in.data + in.end, 4096, 0);
            goes_on = size > 0;
            in.end += size > 0 ? (size_t)size : 0;
        }
        oz_bytes_free(&in);
        (void)close(peer);
    }
    return NULL;
}

/* The first connection ends with the records unanswered: they come again on the second. */
static void
test_sends_again(void **state)
{
    (void)state;
    server to;
    pthread_t thread;
    oz_error error;
    oz_sender *sender = NULL;
    listen_there(&to);
    assert_int_equal(pthread_create(&thread, NULL, serve, &to), 0);
    const oz_sender_options options = {.host = "127.0.0.1", .port = to.port, .stream = "s"};
    assert_int_equal(oz_sender_open(&options, &sender, &error), OZ_OK);
    assert_int_equal(oz_sender_acknowledged(sender), 0);
    assert_int_equal(oz_sender_send(sender, "the", 3, &error), OZ_OK);
    assert_int_equal(oz_sender_send(sender, "cat", 3, &error), OZ_OK);
    assert_int_equal(oz_sender_last(sender), 2);
    assert_int_equal(oz_sender_wait(sender, -1, &error), OZ_OK);
    assert_int_equal(oz_sender_acknowledged(sender), 2);
    assert_int_equal(to.hellos, 2);
    assert_memory_equal(to.text, "\3\0\0\0the\3\0\0\0cat", 14);
    assert_int_equal(oz_sender_end(sender, -1, &error), OZ_OK);
    assert_int_equal(oz_sender_end(sender, 0, &error), OZ_OK);
    assert_int_equal(oz_sender_send(sender, "x", 1, &error), OZ_CLOSED);
    oz_sender_close(&sender);
    assert_null(sender);
    oz_sender_close(&sender);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(to.listener);
}

static void
test_nobody_there(void **state)
{
    (void)state;
    server to;
    oz_error error;
    oz_sender *sender = NULL;
    listen_there(&to);
    (void)close(to.listener);
    const oz_sender_options options = {.host = "127.0.0.1",
                                       .port = to.port,
                                       .stream = "s",
                                       .patience_ns = 1};
    assert_int_equal(oz_sender_open(&options, &sender, &error), OZ_IO);
    assert_null(sender);
    assert_non_null(strstr(error.text, "stream 's': no connection to 127.0.0.1:"));
    const oz_sender_options unnamed = {.host = "127.0.0.1", .port = to.port};
    assert_int_equal(oz_sender_open(&unnamed, &sender, &error), OZ_INVALID);
    assert_string_equal(error.text, "the name of a stream has 1 to 255 bytes, not 0");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sends_again),
        cmocka_unit_test(test_nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
