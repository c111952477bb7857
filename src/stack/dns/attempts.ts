/** Whom to ask for one query, in which order. */
import type { Via } from './client.js';

export interface Attempt {
  readonly upstream: string;
  readonly via: Via;
}

/** When resolv.conf does not say (RES_DFLRETRY of <resolv.h>). */
const ATTEMPTS = 2;

/**
 * Every server, then every server again. What came by TCP is asked by TCP, because its answer is
 * expected to be large; by UDP at last, for servers that have no TCP.
 */
export function planAttempts(
  upstreams: readonly string[],
  via: Via,
  attempts = ATTEMPTS,
): Attempt[] {
  const all = (by: Via): Attempt[] => upstreams.map((upstream) => ({ upstream, via: by }));
  if (via === 'tcp') return [...all('tcp'), ...all('udp')];
  return Array.from({ length: attempts }, () => all('udp')).flat();
}
