/**
 * Rules, the most specific one first: the first that fits decides. So the order in which they were
 * given does not matter.
 */
import { isWithin } from '../../wire/index.js';
import type { Rule } from './rule.js';

/** What a rule is about. */
export interface Destination {
  readonly protocol: 'tcp' | 'udp' | 'echo';
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

export class RuleTable {
  readonly #rules: Record<4 | 16, readonly Rule[]>;

  constructor(rules: Iterable<Rule>) {
    const sorted = [...rules].sort(moreSpecificFirst);
    this.#rules = {
      4: sorted.filter(({ network }) => network.length === 4),
      16: sorted.filter(({ network }) => network.length === 16),
    };
  }

  /** The rule that decides, or none. */
  find(destination: Destination): Rule | undefined {
    const rules = this.#rules[destination.address.length === 4 ? 4 : 16];
    for (const rule of rules) if (fits(rule, destination)) return rule;
    return undefined;
  }
}

/**
 * A longer prefix is more specific; then fewer ports; then one protocol. Of equals the user's comes
 * before the default, and the one that denies before the one that allows.
 */
export function moreSpecificFirst(a: Rule, b: Rule): number {
  return (
    b.prefixLength - a.prefixLength ||
    portCount(a) - portCount(b) ||
    Number(b.protocol !== undefined) - Number(a.protocol !== undefined) ||
    Number(a.isDefault ?? false) - Number(b.isDefault ?? false) ||
    Number(a.action === 'allow') - Number(b.action === 'allow')
  );
}

function portCount({ ports }: Rule): number {
  return ports === undefined ? 0x1_0000 : ports.last - ports.first;
}

export function fits(rule: Rule, { protocol, address, port }: Destination): boolean {
  const { ports } = rule;
  if (rule.protocol !== undefined && rule.protocol !== protocol) return false;
  if (ports !== undefined) {
    if (protocol === 'echo' || port < ports.first || port > ports.last) return false;
  }
  return isWithin(address, rule.network, rule.prefixLength);
}
