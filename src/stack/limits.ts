import type { FlowAllowance } from './flow-budget.js';
import type { TcpLimits } from './tcp/index.js';

/** What a namespace can make the stack keep. */
export interface StackLimits extends FlowAllowance {
  /** Each has a socket on the host. Beside these, `flows` counts them all. */
  readonly udpFlows: number;
  readonly echoFlows: number;
  /** Of unfinished packets, in bytes. */
  readonly fragmentBytes: number;
  readonly tcp?: Partial<TcpLimits> | undefined;
}

export const defaultLimits: StackLimits = {
  udpFlows: 4096,
  echoFlows: 256,
  fragmentBytes: 4 << 20,
};
