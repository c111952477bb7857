export { binding, launcherPath, packageFolder } from './binding.js';
export { Epoll } from './epoll.js';
export * from './block.js';
export { bpfProgram, type BpfInstruction } from './bpf.js';
export * from './calls-files.js';
export * from './calls-landlock.js';
export * from './calls-mounts.js';
export * from './calls-process.js';
export * as kernel from './constants.js';
export { errnoCode, errnoNumber } from './errno.js';
export { call, callError, tryCall } from './kernel.js';
export { link, type Linked, type LinkOptions } from './link.js';
export { MessageMemory } from './message-memory.js';
export { prepareToWatch, watch, type Watch } from './poller.js';
export { trafficCalls, type TrafficCalls } from './traffic.js';
export { requireLinux } from './platform.js';
export {
  nameOfCall,
  runProgram,
  runProgramAsync,
  stepError,
  type Outcome,
  type RunOptions,
} from './run.js';
export * from './seccomp.js';
export * from './step.js';
export {
  storedProgram,
  storedStatus,
  storedStep,
  type Entries,
  type FailureStatuses,
} from './stored.js';
export { syscallNumber, syscallNames, type SyscallName } from './syscall-numbers.js';
