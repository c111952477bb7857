/*
 * Readiness of many fds through one epoll fd under one uv_poll: half the cost of a handle each.
 * createPoller(onEvents, events: Int32Array) -> { epoll, again(), ref(), unref(), close() }:
 * TypeScript adds fds by epoll_ctl itself; onEvents(count) finds pairs of a tag (the fd, or what it
 * chose) and an event mask in `events`, and again() fills it once more without waiting.
 */
#include "binding.h"
#include "sys.h"
#include "uv_abi.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define BATCH 256

struct poller {
	napi_env env;
	napi_ref on_events;
	napi_ref array;
	napi_async_context context;
	int32_t *pairs;
	int epoll;
	uv_handle_t *handle;
};

/* How many pairs there are now; none once it is closed. */
static int32_t take_ready(struct poller *poller)
{
	struct epoll_event ready[BATCH];
	int64_t n = sys6(__NR_epoll_pwait, poller->epoll, PTR(ready), BATCH, 0, 0, 8);
	for (int64_t i = 0; i < n; i++) {
		poller->pairs[2 * i] = ready[i].data.fd;
		poller->pairs[2 * i + 1] = (int32_t)ready[i].events;
	}
	return n < 0 ? 0 : (int32_t)n;
}

static void on_ready(uv_handle_t *handle, int status, int events)
{
	(void)status;
	(void)events;
	struct poller *poller = uv_handle_get_data(handle);
	napi_env env = poller->env;
	int32_t n = take_ready(poller);
	if (n == 0)
		return;

	napi_handle_scope scope;
	napi_value receiver, callback, count, result;
	napi_open_handle_scope(env, &scope);
	napi_get_global(env, &receiver);
	napi_get_reference_value(env, poller->on_events, &callback);
	napi_create_int32(env, n, &count);
	/* The callback may close the poller. */
	if (napi_make_callback(env, poller->context, receiver, callback, 1, &count, &result) ==
	    napi_pending_exception) {
		napi_value error;
		napi_get_and_clear_last_exception(env, &error);
		napi_fatal_exception(env, error);
	}
	napi_close_handle_scope(env, scope);
}

static struct poller *poller_of(napi_env env, napi_callback_info info)
{
	void *poller;
	napi_get_cb_info(env, info, NULL, NULL, NULL, &poller);
	return poller;
}

static napi_value poller_ref(napi_env env, napi_callback_info info)
{
	struct poller *poller = poller_of(env, info);
	if (poller->epoll >= 0)
		uv_ref(poller->handle);
	return NULL;
}

static napi_value poller_unref(napi_env env, napi_callback_info info)
{
	struct poller *poller = poller_of(env, info);
	if (poller->epoll >= 0)
		uv_unref(poller->handle);
	return NULL;
}

static napi_value poller_again(napi_env env, napi_callback_info info)
{
	napi_value count;
	napi_create_int32(env, take_ready(poller_of(env, info)), &count);
	return count;
}

/* The handle goes with the loop's next turn; the poller when nothing in JavaScript holds it. */
static void free_handle(uv_handle_t *handle)
{
	free(handle);
}

static void stop(struct poller *poller)
{
	if (poller->epoll < 0)
		return;
	/* Before the fd is closed, because the loop's own epoll still watches it. */
	uv_close(poller->handle, free_handle);
	sys1(__NR_close, poller->epoll);
	poller->epoll = -1;
}

static void clean_up(void *data)
{
	stop(data);
}

static napi_value poller_close(napi_env env, napi_callback_info info)
{
	struct poller *poller = poller_of(env, info);
	if (poller->epoll < 0)
		return NULL;
	napi_remove_env_cleanup_hook(env, clean_up, poller);
	napi_delete_reference(env, poller->on_events);
	napi_delete_reference(env, poller->array);
	stop(poller);
	return NULL;
}

static void forget(napi_env env, void *data, void *hint)
{
	(void)hint;
	struct poller *poller = data;
	if (poller->epoll >= 0) {
		napi_remove_env_cleanup_hook(env, clean_up, poller);
		stop(poller);
	}
	napi_async_destroy(env, poller->context);
	free(poller);
}

static void set_function(napi_env env, napi_value object, const char *name, napi_callback function,
                         void *data)
{
	napi_value value;
	napi_create_function(env, name, NAPI_AUTO_LENGTH, function, data, &value);
	napi_set_named_property(env, object, name, value);
}

napi_value nskit_create_poller(napi_env env, napi_callback_info info)
{
	size_t argc = 2;
	napi_value argv[2], object, name, epoll;
	uv_loop_t *loop;
	struct poller *poller = calloc(1, sizeof(*poller));

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	poller->env = env;
	poller->epoll = (int)sys1(__NR_epoll_create1, EPOLL_CLOEXEC);
	poller->handle = calloc(1, uv_handle_size(UV_POLL_TYPE));
	napi_create_reference(env, argv[0], 1, &poller->on_events);
	napi_create_reference(env, argv[1], 1, &poller->array);
	napi_get_typedarray_info(env, argv[1], NULL, NULL, (void **)&poller->pairs, NULL, NULL);
	napi_create_string_utf8(env, "nskit", NAPI_AUTO_LENGTH, &name);
	napi_async_init(env, NULL, name, &poller->context);
	napi_get_uv_event_loop(env, (struct uv_loop_s **)&loop);
	napi_create_object(env, &object);

	int error = poller->epoll < 0 ? poller->epoll
	                              : uv_poll_init(loop, poller->handle, poller->epoll);
	if (error) {
		free(poller->handle);
		free(poller);
		napi_create_int32(env, error, &epoll);
		napi_set_named_property(env, object, "epoll", epoll);
		return object;
	}
	uv_handle_set_data(poller->handle, poller);
	uv_poll_start(poller->handle, UV_READABLE_EVENT, on_ready);
	uv_unref(poller->handle);
	napi_add_env_cleanup_hook(env, clean_up, poller);

	napi_create_int32(env, poller->epoll, &epoll);
	napi_set_named_property(env, object, "epoll", epoll);
	napi_wrap(env, object, poller, forget, NULL, NULL);
	set_function(env, object, "again", poller_again, poller);
	set_function(env, object, "ref", poller_ref, poller);
	set_function(env, object, "unref", poller_unref, poller);
	set_function(env, object, "close", poller_close, poller);
	return object;
}
