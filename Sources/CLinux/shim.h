#pragma once
// What `import Glibc` hides. <sys/socket.h> stays out: it would make SOCK_STREAM ambiguous between modules.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
