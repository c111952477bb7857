/**
 * What nskit itself refuses or cannot find. Every code has an entry in docs/errors.md, and a test
 * holds the two lists together.
 */
export const errorCodes = [
  'ERR_PLATFORM',
  'ERR_NATIVE_MISSING',
  'ERR_NAME_INVALID',
  'ERR_NAME_EXISTS',
  'ERR_NAME_UNKNOWN',
  'ERR_NAME_BUSY',
  'ERR_BASE_UNREACHABLE',
  'ERR_BASE_START',
  'ERR_STATE_DIRECTORY',
  'ERR_NO_SUBORDINATE_IDS',
  'ERR_ID_MAP',
  'ERR_NOT_A_NAMESPACE',
  'ERR_WRONG_KIND',
  'ERR_USAGE',
  'ERR_NEEDS_ROOT',
  'ERR_NO_SUCH_USER',
  'ERR_FILE_OPTION',
  'ERR_FORWARD_UNKNOWN',
  'ERR_INTERCEPTED',
  'ERR_UPLINK_EXISTS',
  'ERR_UPLINK_UNKNOWN',
  'ERR_UPLINK_PROCESS',
  'ERR_ABORTED',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export class NskitError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'NskitError';
    this.code = code;
    this.hint = options.hint;
  }
}
