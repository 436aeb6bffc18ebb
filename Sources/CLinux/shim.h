#pragma once
// What `import Glibc` hides. <sys/socket.h> stays out: it would make SOCK_STREAM ambiguous between modules.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

// Declared only under _GNU_SOURCE, which Swift's importer doesn't set. The names are our own, so that no other
// declaration of the same function can conflict; the symbols are glibc's.
int linux_accept4(int socket, void *address, unsigned int *length, int flags) __asm__("accept4");
int linux_pthread_setname_np(unsigned long thread, const char *name) __asm__("pthread_setname_np");

// poll(2): the peer has closed its writing half. The value is the same on every architecture but sparc.
static const short LINUX_POLLRDHUP = 0x2000;
