#ifndef NSKIT_BINDING_H
#define NSKIT_BINDING_H

#include <node_api.h>

napi_value nskit_create_poller(napi_env env, napi_callback_info info);
napi_value nskit_transfer(napi_env env, napi_callback_info info);
napi_value nskit_read_frames(napi_env env, napi_callback_info info);
napi_value nskit_address_of(napi_env env, napi_callback_info info);
napi_value nskit_hold_signals(napi_env env, napi_callback_info info);
napi_value nskit_pass_signals(napi_env env, napi_callback_info info);

#endif
