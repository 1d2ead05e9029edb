/*
 * Sends so many records of 64 bytes: by a sender, whose records are acknowledged, or plain, each
 * behind its length, with a write for each 64 KiB.
 *
 *     sender PORT RECORDS acknowledged|plain
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ouzel/client.h"

enum { RECORD = 64, BUFFER = 64 * 1024 };

static int
send_acknowledged(uint16_t port, long records, const char *record)
{
    oz_error error = {.status = OZ_OK};
    oz_sender *sender = NULL;
    const oz_sender_options options = {.host = "127.0.0.1", .port = port, .stream = "bench"};
    oz_status status = oz_sender_open(&options, &sender, &error);
    for (long i = 0; i < records && status == OZ_OK; i++) {
        status = oz_sender_send(sender, record, RECORD, &error);
    }
    status = status == OZ_OK ? oz_sender_end(sender, -1, &error) : status;
    oz_sender_close(&sender);
    (void)fputs(error.text, stderr);
    return status != OZ_OK;
}

/* Waits until somebody listens. */
static int
connect_to(uint16_t port)
{
    const struct timespec pause = {0, 1000000};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < 10000; i++) {
        int peer = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(peer, (const struct sockaddr *)&address, sizeof address) == 0) {
            return peer;
        }
        (void)close(peer);
        (void)nanosleep(&pause, NULL);
    }
    return -1;
}

static int
send_plain(uint16_t port, long records, const char *record)
{
    static char buffer[BUFFER];
    int peer = connect_to(port);
    size_t used = 0;
    for (long i = 0; i < records && peer >= 0; i++) {
        const uint32_t size = RECORD;
        memcpy(buffer + used, &size, sizeof size);
        memcpy(buffer + used + sizeof size, record, RECORD);
        used += sizeof size + RECORD;
        if (used + sizeof size + RECORD <= BUFFER && i + 1 < records) {
            continue;
        }
        for (size_t done = 0; done < used;) {
            ssize_t result = write(peer, buffer + done, used - done);
            if (result <= 0) {
                return 1;
            }
            done += (size_t)result;
        }
        used = 0;
    }
    (void)close(peer);
    return peer < 0;
}

int
main(int count, char **words)
{
    char record[RECORD];
    if (count != 4) {
        return 2;
    }
    memset(record, 'x', sizeof record);
    uint16_t port = (uint16_t)atoi(words[1]);
    long records = atol(words[2]);
    return strcmp(words[3], "plain") == 0 ? send_plain(port, records, record)
                                          : send_acknowledged(port, records, record);
}
