/** `counters`: what was dropped, by every reason there is, and what failed, by errno. Sorted. */
import { dropReasons } from '../../../uplink/index.js';
import type { Method } from './method.js';

export const counters: Method = ({ attachments, words }) => {
  const { drops, failures } = attachments.get(words['inode']).uplink.counters;
  const all = dropReasons.map((reason) => [reason, drops[reason] ?? 0] as const);
  return { counters: { drops: sorted(all), failures: sorted(Object.entries(failures)) } };
};

function sorted(counted: readonly (readonly [string, number])[]): Record<string, number> {
  return Object.fromEntries([...counted].sort(([one], [other]) => (one < other ? -1 : 1)));
}
