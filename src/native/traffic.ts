/**
 * The calls of the packet path. Answers are the kernel's own: a count or a negative errno; nothing
 * throws, nothing allocates. A crossing costs some 50 ns, the system call itself three times that.
 */
import { binding, type Binding } from './binding.js';

export type TrafficCalls = Pick<Binding, 'transfer' | 'readFrames' | 'addressOf' | 'syscall'>;

/** To be looked up once, not for each packet. */
export function trafficCalls(): TrafficCalls {
  return binding();
}
