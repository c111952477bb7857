/** Single system calls on the calling thread, typed, with errors as exceptions. */
import { binding } from './binding.js';
import { errnoCode } from './errno.js';
import { SyscallError, hintFor } from '../errors/index.js';
import { syscallNumber, type SyscallName } from './syscall-numbers.js';

export type CallArgument = number | ArrayBufferView;

/** The kernel's answer as it is: a negative errno for an error. */
export function tryCall(name: SyscallName, ...args: readonly CallArgument[]): number {
  return binding().syscall(syscallNumber(name), ...args);
}

export interface CallContext {
  readonly step: string;
  readonly path?: string | undefined;
}

/** The kernel's answer, or a SyscallError. */
export function call(
  context: CallContext,
  name: SyscallName,
  ...args: readonly CallArgument[]
): number {
  const answer = tryCall(name, ...args);
  if (answer >= 0) return answer;
  throw callError(context, name, answer);
}

/** The error of a call that gave this answer, a negative errno. */
export function callError(context: CallContext, name: SyscallName, answer: number): SyscallError {
  const code = errnoCode(-answer);
  return new SyscallError({
    code,
    errno: answer,
    syscall: name,
    step: context.step,
    path: context.path,
    hint: hintFor(name, code),
  });
}
