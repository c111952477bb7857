/*
 * Node-API glue: turns typed arrays into pointers and back. src/native/binding.ts has the types.
 */
#include "binding.h"
#include "program.h"
#include "sys.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* run(place, starts, steps, relocations, data, results, outcome[, callback]) */
enum {
	ARG_PLACE,
	ARG_STARTS,
	ARG_STEPS,
	ARG_RELOCATIONS,
	ARG_DATA,
	ARG_RESULTS,
	ARG_OUTCOME,
	ARG_CALLBACK
};
#define RUN_ARRAYS 5

struct job {
	int32_t place;
	bool starts;
	struct nskit_program program;
	const struct nskit_relocation *relocations;
	size_t relocation_count;
	int32_t *outcome;
	napi_async_work work;
	napi_ref callback;
	napi_ref arrays[RUN_ARRAYS];
};

extern char **environ;

static void *bytes_of(napi_env env, napi_value value, size_t *length)
{
	void *bytes = NULL;
	napi_get_typedarray_info(env, value, NULL, length, &bytes, NULL, NULL);
	return bytes;
}

static void read_job(napi_env env, napi_value *argv, struct job *job)
{
	size_t step_bytes = 0, relocation_words = 0;
	napi_get_value_int32(env, argv[ARG_PLACE], &job->place);
	napi_get_value_bool(env, argv[ARG_STARTS], &job->starts);
	job->program.steps = bytes_of(env, argv[ARG_STEPS], &step_bytes);
	job->program.count = (uint32_t)(step_bytes / sizeof(struct nskit_step));
	job->relocations = bytes_of(env, argv[ARG_RELOCATIONS], &relocation_words);
	job->relocation_count = relocation_words / 2;
	job->program.data = bytes_of(env, argv[ARG_DATA], NULL);
	job->program.results = bytes_of(env, argv[ARG_RESULTS], NULL);
	job->outcome = bytes_of(env, argv[ARG_OUTCOME], NULL);
}

static void perform(struct job *job)
{
	job->program.envp = environ;
	nskit_relocate(job->program.data, job->relocations, (uint32_t)job->relocation_count);
	struct nskit_outcome outcome = nskit_run_in((enum nskit_place)job->place, job->starts, &job->program);
	memcpy(job->outcome, &outcome, sizeof(outcome));
}

static void on_execute(napi_env env, void *data)
{
	(void)env;
	perform(data);
}

static void on_complete(napi_env env, napi_status status, void *data)
{
	(void)status;
	struct job *job = data;
	napi_value callback, global;

	for (int i = 0; i < RUN_ARRAYS; i++)
		napi_delete_reference(env, job->arrays[i]);
	napi_get_reference_value(env, job->callback, &callback);
	napi_delete_reference(env, job->callback);
	napi_delete_async_work(env, job->work);
	free(job);
	napi_get_global(env, &global);
	napi_call_function(env, global, callback, 0, NULL, NULL);
}

static napi_value run(napi_env env, napi_callback_info info)
{
	size_t argc = ARG_CALLBACK;
	napi_value argv[ARG_CALLBACK];
	struct job job = { 0 };
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	read_job(env, argv, &job);
	perform(&job);
	return NULL;
}

/* The same on a thread of the pool; the arrays stay alive until the callback. */
static napi_value run_async(napi_env env, napi_callback_info info)
{
	size_t argc = ARG_CALLBACK + 1;
	napi_value argv[ARG_CALLBACK + 1], name;
	struct job *job = calloc(1, sizeof(*job));
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	read_job(env, argv, job);
	for (int i = 0; i < RUN_ARRAYS; i++)
		napi_create_reference(env, argv[ARG_STEPS + i], 1, &job->arrays[i]);
	napi_create_reference(env, argv[ARG_CALLBACK], 1, &job->callback);
	napi_create_string_utf8(env, "nskit", NAPI_AUTO_LENGTH, &name);
	napi_create_async_work(env, NULL, name, on_execute, on_complete, job, &job->work);
	napi_queue_async_work(env, job->work);
	return NULL;
}

/* A pointer when it is a typed array, else a number. */
static int64_t syscall_argument(napi_env env, napi_value value)
{
	int64_t number = 0;
	void *bytes = NULL;
	if (napi_get_value_int64(env, value, &number) == napi_ok)
		return number;
	napi_get_typedarray_info(env, value, NULL, NULL, &bytes, NULL, NULL);
	return PTR(bytes);
}

/* syscall(nr, ...up to six): the kernel's answer, a negative errno for an error. */
static napi_value do_syscall(napi_env env, napi_callback_info info)
{
	size_t argc = 7;
	napi_value argv[7], result;
	int64_t a[7] = { 0 };
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	for (size_t i = 0; i < argc && i < 7; i++)
		a[i] = syscall_argument(env, argv[i]);
	napi_create_int64(env, sys6(a[0], a[1], a[2], a[3], a[4], a[5], a[6]), &result);
	return result;
}

static void export_function(napi_env env, napi_value exports, const char *name, napi_callback function)
{
	napi_value value;
	napi_create_function(env, name, NAPI_AUTO_LENGTH, function, NULL, &value);
	napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT()
{
	export_function(env, exports, "run", run);
	export_function(env, exports, "runAsync", run_async);
	export_function(env, exports, "syscall", do_syscall);
	export_function(env, exports, "createPoller", nskit_create_poller);
	export_function(env, exports, "transfer", nskit_transfer);
	export_function(env, exports, "readFrames", nskit_read_frames);
	export_function(env, exports, "addressOf", nskit_address_of);
	export_function(env, exports, "holdSignals", nskit_hold_signals);
	export_function(env, exports, "passSignals", nskit_pass_signals);
	return exports;
}
