/** A switch. */
import type { netlink as wire } from '../../wire/index.js';

export interface BridgeOptions {
  /** The spanning tree protocol; off when not said. */
  readonly stp?: boolean;
  /** How long a port listens and learns first; it matters only with stp. */
  readonly forwardDelayMs?: number;
  readonly helloTimeMs?: number;
  readonly maxAgeMs?: number;
  /** How long a learnt address is remembered. */
  readonly ageingTimeMs?: number;
  readonly priority?: number;
  readonly vlanFiltering?: boolean;
  readonly vlanDefaultPvid?: number;
  readonly multicastSnooping?: boolean;
}

export function bridgeData(options: BridgeOptions): wire.BridgeData {
  const { stp, vlanFiltering, multicastSnooping, priority, vlanDefaultPvid } = options;
  return {
    forwardDelay: hundredths(options.forwardDelayMs),
    helloTime: hundredths(options.helloTimeMs),
    maxAge: hundredths(options.maxAgeMs),
    ageingTime: hundredths(options.ageingTimeMs),
    stpState: bit(stp),
    priority,
    vlanFiltering: bit(vlanFiltering),
    vlanDefaultPvid,
    multicastSnooping: bit(multicastSnooping),
  };
}

/** USER_HZ. */
function hundredths(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds / 10);
}

function bit(value: boolean | undefined): number | undefined {
  return value === undefined ? undefined : Number(value);
}
