/* The table of the real world: see io_system.h for its parts. */
#include "base/io_system.h"

const oz_io *
oz_io_system(void)
{
    static const oz_io table = {
        .now_ns = ozi_system_now,
        .wall_ns = ozi_system_wall,
        .random = ozi_system_random,
        .open = ozi_system_open,
        .read = ozi_system_read,
        .write = ozi_system_write,
        .sync = ozi_system_sync,
        .size = ozi_system_size,
        .seek = ozi_system_seek,
        .close = ozi_system_close,
        .rename = ozi_system_rename,
        .unlink = ozi_system_unlink,
        .truncate = ozi_system_truncate,
        .folder = ozi_system_folder,
        .lock = ozi_system_lock,
        .glob = ozi_system_glob,
        .listen = ozi_system_listen,
        .accept = ozi_system_accept,
        .connect = ozi_system_connect,
        .connected = ozi_system_connected,
        .receive = ozi_system_receive,
        .send = ozi_system_send,
        .shut = ozi_system_shut,
        .port = ozi_system_port,
        .poller = ozi_system_poller,
        .watch = ozi_system_watch,
        .alarm = ozi_system_alarm,
        .wait = ozi_system_wait,
        .wake = ozi_system_wake,
        .unpoll = ozi_system_unpoll,
        .aside = ozi_system_aside,
        .join = ozi_system_join,
    };
    return &table;
}
