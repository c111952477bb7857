/**
 * The rules as a whole: whether a flow may go where it wants to. Rules of the user's and default
 * ones lie in one table, where the most specific decides; some addresses are closed before that.
 */
import type { FamilySettings } from '../../stack/index.js';
import type { RejectReason } from '../flow.js';
import { closedTable, gatewayRule, metadataRules } from './defaults.js';
import { embeddedIPv4, isMapped } from './embedded.js';
import { isOnHostLoopback } from './host-addresses.js';
import { parseHostPorts, parsePlaces, type Rule } from './rule.js';
import { RuleTable, type Destination } from './rule-table.js';

export interface AccessOptions {
  /** Ports of the host's loopback that are reached at the gateway's address: 5432, '53/udp'. */
  readonly allowHost?: readonly (number | string)[] | undefined;
  /** All of them. */
  readonly allowHostLoopback?: boolean | undefined;
  /** CIDR, CIDR:PORT, [CIDR]:PORT, `all`. */
  readonly allow?: readonly string[] | undefined;
  readonly deny?: readonly string[] | undefined;
}

export class Access {
  readonly #closed = closedTable();
  readonly #table: RuleTable;

  /** Throws ERR_USAGE for a rule that cannot be read. */
  constructor(families: readonly FamilySettings[], options: AccessOptions = {}) {
    this.#table = new RuleTable([
      ...metadataRules(),
      ...families.map((family) => gatewayRule(family)),
      ...families.flatMap((family) => hostRules(family, options)),
      ...rulesOf('allow', options.allow),
      ...rulesOf('deny', options.deny),
    ]);
  }

  /** Why not, or undefined when it may. */
  refusal(destination: Destination): RejectReason | undefined {
    const reason = this.#refusalOf(destination);
    if (reason !== undefined) return reason;
    const address = embeddedIPv4(destination.address);
    return address === undefined ? undefined : this.#refusalOf({ ...destination, address });
  }

  /** Of what `refusal` refuses: which rule it was, for people. */
  why(destination: Destination): string {
    const address = embeddedIPv4(destination.address);
    const isAsItIs = address === undefined || this.#refusalOf(destination) !== undefined;
    return this.#whyOf(isAsItIs ? destination : { ...destination, address });
  }

  /** Addresses that no rule and no hook opens: by way of the network they can mean only harm. */
  isClosed(address: Uint8Array): boolean {
    if (isMapped(address)) return true;
    return this.#closed.find({ protocol: 'tcp', address, port: 0 }) !== undefined;
  }

  #refusalOf(destination: Destination): RejectReason | undefined {
    if (this.isClosed(destination.address)) return 'unreachable';
    const rule = this.#table.find(destination);
    if (rule?.action === 'deny') return rule.reason ?? 'prohibited';
    // As the gateway: only a rule about this very address opens it.
    const isNamed = rule?.prefixLength === 8 * destination.address.length;
    return !isNamed && isOnHostLoopback(destination.address) ? 'refused' : undefined;
  }

  #whyOf(destination: Destination): string {
    if (this.isClosed(destination.address)) return CLOSED;
    const rule = this.#table.find(destination);
    if (rule?.action !== 'deny') return HOST_LOOPBACK;
    if (rule.text !== undefined) return `by --deny ${rule.text}`;
    return rule.reason === 'prohibited' ? 'by default: credentials of clouds' : HOST_LOOPBACK;
  }
}

const CLOSED = 'by what is always closed';
const HOST_LOOPBACK = 'because the host’s loopback is closed: see --allow-host';

function rulesOf(action: Rule['action'], texts: readonly string[] = []): Rule[] {
  return texts.flatMap((text) => parsePlaces(text).map((place) => ({ ...place, action, text })));
}

function hostRules(family: FamilySettings, options: AccessOptions): Rule[] {
  const { allowHost = [], allowHostLoopback = false } = options;
  const place = { network: family.gateway, prefixLength: 8 * family.gateway.length };
  const all = allowHostLoopback ? [{}] : [];
  return [...allowHost.map(parseHostPorts), ...all].map((ports) => ({
    ...place,
    ...ports,
    action: 'allow',
  }));
}
