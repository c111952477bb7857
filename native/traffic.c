/*
 * The calls of the packet path: bytes at an offset of a typed array, many frames in one crossing,
 * and addresses of memory for the structs that TypeScript builds itself.
 */
#include "binding.h"
#include "sys.h"

#include <errno.h>

struct span {
	char *bytes;
	size_t size;
};

static struct span span_of(napi_env env, napi_value array)
{
	struct span span = { 0 };
	napi_get_typedarray_info(env, array, NULL, &span.size, (void **)&span.bytes, NULL, NULL);
	return span;
}

static int32_t number(napi_env env, napi_value value)
{
	int32_t n = 0;
	napi_get_value_int32(env, value, &n);
	return n;
}

static napi_value answer(napi_env env, int64_t result)
{
	napi_value value;
	napi_create_int32(env, (int32_t)result, &value);
	return value;
}

/*
 * transfer(nr, fd, bytes, at, length, flags): read, write, sendto or recvfrom of these bytes; a
 * negative errno for an error.
 */
napi_value nskit_transfer(napi_env env, napi_callback_info info)
{
	size_t argc = 6;
	napi_value argv[6];
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	struct span span = span_of(env, argv[2]);
	uint32_t at = (uint32_t)number(env, argv[3]), length = (uint32_t)number(env, argv[4]);
	if ((uint64_t)at + length > span.size)
		return answer(env, -EFAULT);
	return answer(env, sys6(number(env, argv[0]), number(env, argv[1]), PTR(span.bytes + at),
	                        length, number(env, argv[5]), 0, 0));
}

/*
 * readFrames(fd, arena, slot, lengths: Int32Array): reads until there is no more, one frame into
 * each slot of the arena. Answers how many; a negative errno when the first one failed.
 */
napi_value nskit_read_frames(napi_env env, napi_callback_info info)
{
	size_t argc = 4, count = 0;
	napi_value argv[4];
	int32_t *lengths = NULL;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	int32_t fd = number(env, argv[0]);
	struct span arena = span_of(env, argv[1]);
	uint32_t slot = (uint32_t)number(env, argv[2]);
	napi_get_typedarray_info(env, argv[3], NULL, &count, (void **)&lengths, NULL, NULL);

	size_t frames = 0;
	for (; frames < count && (frames + 1) * slot <= arena.size; frames++) {
		int64_t length = sys3(__NR_read, fd, PTR(arena.bytes + frames * slot), slot);
		if (length < 0 && frames == 0)
			return answer(env, length);
		if (length < 0)
			break;
		lengths[frames] = (int32_t)length;
	}
	return answer(env, (int64_t)frames);
}

/* addressOf(array): where its memory lies, for as long as the caller keeps the array. */
napi_value nskit_address_of(napi_env env, napi_callback_info info)
{
	size_t argc = 1;
	napi_value argv[1], value;
	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_create_int64(env, PTR(span_of(env, argv[0]).bytes), &value);
	return value;
}
