/*
 * Keeps descriptors for a process that may be killed, and gives them to the next one that asks:
 * entries of a key, a note that nobody here reads, and descriptors. Nothing here knows what they
 * are for, and nothing is allocated but one growing piece of memory.
 */
#include "keep.h"
#include "sys.h"

#include <asm/errno.h>
#include <linux/mman.h>
#include <asm/mman.h>
#include <stddef.h>

/* Of unix(7), recvmsg(2) and sendmsg(2); their structures are libc's. */
#define SCM_RIGHTS_ 1
#define SOL_SOCKET_ 1
#define MSG_CTRUNC_ 0x8
#define MSG_TRUNC_ 0x20
#define MSG_NOSIGNAL_ 0x4000
#define MSG_CMSG_CLOEXEC_ 0x40000000
/* The kernel takes no more in one message. */
#define FDS_MAX 253

#define FIRST_SIZE (256 * 1024)
#define ROUND_UP(n) (((n) + 7) & ~(uint64_t)7)

struct vector {
	void *base;
	uint64_t length;
};

struct message_header {
	void *name;
	uint32_t name_length;
	struct vector *vectors;
	uint64_t vector_count;
	void *control;
	uint64_t control_length;
	uint32_t flags;
};

struct control {
	uint64_t length;
	int32_t level, type;
	int32_t fds[FDS_MAX + 1];
};

/* The note lies behind it, then the descriptors as they are numbered here. */
struct entry {
	uint64_t size;
	uint64_t key;
	uint32_t note_size;
	uint32_t fd_count;
	char note[];
};

#define ENTRY_MAX (sizeof(struct entry) + KEEP_NOTE_MAX + ROUND_UP(FDS_MAX * sizeof(int32_t)))

static int32_t *fds_of(struct entry *entry)
{
	return (int32_t *)(entry->note + ROUND_UP(entry->note_size));
}

static void close_all(const int32_t *fds, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		sys1(__NR_close, fds[i]);
}

/* Room for one more behind the others, or NULL. Memory that nobody writes to costs nothing. */
static struct entry *room(struct nskit_store *store)
{
	uint64_t size = store->size ? store->size : FIRST_SIZE;
	int64_t at;
	while (size - store->used < ENTRY_MAX)
		size *= 2;
	if (!store->size)
		at = sys6(__NR_mmap, 0, (int64_t)size, PROT_READ | PROT_WRITE,
		          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	else if (size > store->size)
		at = sys4(__NR_mremap, PTR(store->entries), (int64_t)store->size, (int64_t)size,
		          MREMAP_MAYMOVE);
	else
		at = PTR(store->entries);
	if (at < 0 && at >= -4095)
		return NULL;
	store->entries = (char *)(intptr_t)at;
	store->size = size;
	return (struct entry *)(store->entries + store->used);
}

static struct entry *find(struct nskit_store *store, uint64_t key)
{
	for (uint64_t at = 0; at < store->used;) {
		struct entry *entry = (struct entry *)(store->entries + at);
		if (entry->key == key)
			return entry;
		at += entry->size;
	}
	return NULL;
}

static void drop(struct nskit_store *store, struct entry *entry)
{
	/* Volatile, because a compiler may make a call to memmove of it, which is not there. */
	volatile uint64_t *to = (volatile uint64_t *)entry;
	const uint64_t *from = (const uint64_t *)((char *)entry + entry->size);
	const uint64_t *end = (const uint64_t *)(store->entries + store->used);

	close_all(fds_of(entry), entry->fd_count);
	store->used -= entry->size;
	store->count--;
	while (from < end)
		*to++ = *from++;
}

static void clear(struct nskit_store *store)
{
	while (store->used)
		drop(store, (struct entry *)store->entries);
	if (store->size)
		sys2(__NR_munmap, PTR(store->entries), (int64_t)store->size);
	store->entries = NULL;
	store->size = 0;
}

static int64_t send_message(int64_t socket, struct nskit_keep_message *message, struct entry *entry)
{
	struct vector vectors[2] = { { message, sizeof(*message) }, { NULL, 0 } };
	struct message_header header = { .vectors = vectors, .vector_count = 1 };
	struct control control;

	if (entry) {
		vectors[1] = (struct vector){ entry->note, entry->note_size };
		header.vector_count = 2;
	}
	if (entry && entry->fd_count) {
		control.length = offsetof(struct control, fds) + entry->fd_count * sizeof(int32_t);
		control.level = SOL_SOCKET_;
		control.type = SCM_RIGHTS_;
		for (uint32_t i = 0; i < entry->fd_count; i++)
			control.fds[i] = fds_of(entry)[i];
		header.control = &control;
		header.control_length = ROUND_UP(control.length);
	}
	for (;;) {
		int64_t sent = sys3(__NR_sendmsg, socket, PTR(&header), MSG_NOSIGNAL_);
		if (sent != -EINTR)
			return sent;
	}
}

static int64_t hand_out(struct nskit_store *store, int64_t socket)
{
	struct nskit_keep_message done = { .kind = KEEP_DONE };
	for (uint64_t at = 0; at < store->used;) {
		struct entry *entry = (struct entry *)(store->entries + at);
		struct nskit_keep_message message = { .kind = KEEP_PUT, .key = entry->key };
		int64_t sent = send_message(socket, &message, entry);
		if (sent < 0)
			return sent;
		at += entry->size;
	}
	return send_message(socket, &done, NULL);
}

/* What lies in the room behind the others is one of them from now on, instead of what had its key. */
static void put(struct nskit_store *store, struct entry *entry)
{
	struct entry *before = find(store, entry->key);
	store->used += entry->size;
	store->count++;
	if (before)
		drop(store, before);
}

/* An errno, or 0. The descriptors are closed unless they are kept. */
static int32_t obey(struct nskit_store *store, const struct nskit_keep_message *message,
                    struct entry *entry)
{
	struct entry *found = find(store, message->key);
	if (message->kind == KEEP_PUT) {
		put(store, entry);
		return 0;
	}
	close_all(fds_of(entry), entry->fd_count);
	if (message->kind == KEEP_CLEAR)
		clear(store);
	else if (message->kind == KEEP_DROP && found)
		drop(store, found);
	else
		return message->kind == KEEP_DROP ? ENOENT : EINVAL;
	return 0;
}

static uint64_t fd_count_of(const struct message_header *header, const struct control *control)
{
	uint64_t start = offsetof(struct control, fds);
	if (header->control_length <= start || control->type != SCM_RIGHTS_)
		return 0;
	return (control->length - start) / sizeof(int32_t);
}

/* One message, waited for, and the answer to it; 0 when there is nobody any more to send one. */
static int serve(struct nskit_store *store, int64_t socket)
{
	struct entry *entry = room(store);
	struct nskit_keep_message message = { 0 }, answer = { .kind = KEEP_DONE };
	struct control control;
	struct vector vectors[2] = { { &message, sizeof(message) }, { NULL, 0 } };
	struct message_header header = {
		.vectors = vectors,
		.vector_count = 2,
		.control = &control,
		.control_length = sizeof(control),
	};
	if (entry)
		vectors[1] = (struct vector){ entry->note, KEEP_NOTE_MAX };

	int64_t got = sys3(__NR_recvmsg, socket, PTR(&header), MSG_CMSG_CLOEXEC_);
	if (got == -EINTR)
		return 1;
	if (got <= 0)
		return 0;

	uint64_t fd_count = fd_count_of(&header, &control);
	answer.key = message.key;
	if (header.flags & MSG_CTRUNC_)
		answer.error = EMFILE;
	else if (header.flags & MSG_TRUNC_)
		answer.error = entry ? EMSGSIZE : ENOMEM;
	else if (!entry)
		answer.error = ENOMEM;
	else if (got < (int64_t)sizeof(message))
		answer.error = EINVAL;

	if (answer.error) {
		close_all(control.fds, fd_count);
	} else {
		entry->key = message.key;
		entry->note_size = (uint32_t)(got - (int64_t)sizeof(message));
		entry->fd_count = (uint32_t)fd_count;
		for (uint64_t i = 0; i < fd_count; i++)
			fds_of(entry)[i] = control.fds[i];
		entry->size = sizeof(*entry) + ROUND_UP(entry->note_size) +
		              ROUND_UP(fd_count * sizeof(int32_t));
		answer.error = obey(store, &message, entry);
	}
	return send_message(socket, &answer, NULL) >= 0;
}

int64_t nskit_keep(struct nskit_store *store, int64_t socket)
{
	if (hand_out(store, socket) >= 0)
		while (serve(store, socket))
			;
	return (int64_t)store->count;
}
