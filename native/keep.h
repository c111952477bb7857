#ifndef NSKIT_KEEP_H
#define NSKIT_KEEP_H

#include <stdint.h>

/* What is kept: entries one behind the other. All zero at first. */
struct nskit_store {
	char *entries;
	uint64_t size, used, count;
};

/* How each message begins, in both directions; the note follows, descriptors go with it. */
struct nskit_keep_message {
	uint32_t kind;
	int32_t error; /* of an answer: an errno, or 0 */
	uint64_t key;
};

enum nskit_keep_kind {
	KEEP_PUT = 1,   /* an entry: to us, to be kept, in place of what had its key; from us, as it is kept */
	KEEP_DROP = 2,  /* to us: the entry with this key is closed */
	KEEP_CLEAR = 3, /* to us: all of them are */
	KEEP_DONE = 4,  /* from us: with key 0, that was all; with another, the answer to it */
};

/* Longer ones are refused. */
#define KEEP_NOTE_MAX (128 * 1024)

/*
 * Sends all that is kept over a socket (SOCK_SEQPACKET), then does what comes over it, until its
 * other end is closed: its process has ended. How many entries there are then.
 */
int64_t nskit_keep(struct nskit_store *store, int64_t socket);

#endif
