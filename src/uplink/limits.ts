/** What one namespace may take of the process that carries its uplink. */
import type { StackLimits } from '../stack/index.js';
import { usage } from './policy/rule.js';

export interface UplinkLimits {
  /** Flows at once, of TCP, UDP and ping together; of each, the stack's own limits hold too. */
  readonly flows?: number | undefined;
  /** Flows that begin in a second, inside or by published ports. */
  readonly newFlowsPerSecond?: number | undefined;
  /**
   * Bytes from the namespace that wait here: data out of order or without room at the host, fragments.
   * What comes from the host waits in its socket; with `streams: 'ring'`, here, up to 4 MiB each.
   */
  readonly memoryBytes?: number | undefined;
  /** Sockets of the host's. `fair`: as many as are left for the other namespaces of the process. */
  readonly descriptors?: number | 'fair' | undefined;
}

/** Where one process serves namespaces that know nothing of each other. */
export const sharedLimits: UplinkLimits = {
  flows: 32_768,
  newFlowsPerSecond: 20_000,
  memoryBytes: 64 << 20,
  descriptors: 'fair',
};

const FRAGMENT_BYTES_MAX = 4 << 20;

/** Throws ERR_USAGE. */
export function checkLimits(limits: UplinkLimits = {}): void {
  for (const [name, value] of Object.entries(limits)) {
    const isFair = name === 'descriptors' && value === 'fair';
    if (value === undefined || isFair || (Number.isSafeInteger(value) && Number(value) > 0))
      continue;
    throw usage(`a limit is a whole number above 0, not ${name}: ${String(value)}`);
  }
}

/** What of them the stack keeps to. */
export function stackLimits(limits: UplinkLimits): Partial<StackLimits> {
  const { flows, newFlowsPerSecond, memoryBytes } = limits;
  const tcpFlows = flows === undefined ? {} : { flows };
  if (memoryBytes === undefined) return { flows, newFlowsPerSecond, tcp: tcpFlows };
  const fragmentBytes = Math.min(FRAGMENT_BYTES_MAX, Math.floor(memoryBytes / 16));
  const tcp = { ...tcpFlows, heldBytes: memoryBytes - fragmentBytes };
  return { flows, newFlowsPerSecond, fragmentBytes, tcp };
}
