/*
 * The part of libuv that Node exports and the loop needs. Node's headers are not part of every
 * installation; these functions and numbers are libuv 1's stable ABI, and the handle is opaque.
 */
#ifndef NSKIT_UV_ABI_H
#define NSKIT_UV_ABI_H

#include <stddef.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_handle_s uv_handle_t;

#define UV_POLL_TYPE 8
#define UV_READABLE_EVENT 1

size_t uv_handle_size(int type);
int uv_poll_init(uv_loop_t *loop, uv_handle_t *handle, int fd);
int uv_poll_start(uv_handle_t *handle, int events, void (*callback)(uv_handle_t *, int, int));
void uv_close(uv_handle_t *handle, void (*callback)(uv_handle_t *));
void uv_ref(uv_handle_t *handle);
void uv_unref(uv_handle_t *handle);
void uv_handle_set_data(uv_handle_t *handle, void *data);
void *uv_handle_get_data(const uv_handle_t *handle);

#endif
