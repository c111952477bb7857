export { NskitError, errorCodes, type ErrorCode } from './nskit-error.js';
export { SyscallError, type SyscallFailure } from './syscall-error.js';
export { hintFor } from './hints.js';
export { DecodeError, type DecodeFailure } from './decode-error.js';
export { NetlinkError, type NetlinkFailure } from './netlink-error.js';
