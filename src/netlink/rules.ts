/** Which routing table a packet is looked up in: `ip rule`. */
import { netlink as wire } from '../wire/index.js';
import type { Conversation } from './conversation.js';
import { nameOf, numberOf } from './names-of.js';
import { familyName, familyNumber, formatPrefix, parsePrefix, type Family } from './prefix.js';
import { CREATE } from './request.js';

export interface Rule {
  readonly family: Family;
  readonly priority: number;
  /** `all`, or where packets come from and go to. */
  readonly from: string;
  readonly to: string;
  readonly not: boolean;
  readonly table: number;
  readonly action: string;
  readonly mark: number | undefined;
  readonly markMask: number | undefined;
  readonly inputInterface: string | undefined;
  readonly outputInterface: string | undefined;
  readonly attributes: wire.RuleMessage['attributes'];
}

export interface RuleOptions {
  /** By default that of `from` and `to`, else IPv4. */
  readonly family?: Family;
  /** Without one the kernel puts the rule before all but the first. */
  readonly priority?: number;
  readonly from?: string;
  readonly to?: string;
  /** The packets that do not fit. */
  readonly not?: boolean;
  /** `main`, `local`, `default` or a number. */
  readonly table?: string | number;
  /** By default `lookup`, in the table. */
  readonly action?: wire.RuleAction;
  readonly mark?: number;
  readonly markMask?: number;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly uidRange?: { readonly start: number; readonly end: number };
  /** Routes whose prefix is this long or shorter do not count: 0 leaves default routes out. */
  readonly suppressPrefixLength?: number;
}

export class Rules {
  readonly #conversation: Conversation;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Like `ip rule show`; both families when none is said. */
  async list(family?: Family): Promise<Rule[]> {
    const header = { ...emptyHeader, family: familyNumber(family) };
    const replies = await this.#conversation.dump({
      type: wire.RTM_GETRULE,
      payload: wire.rule.emit({ header, attributes: {} }),
      step: 'list the rules',
      body: wire.rule,
    });
    return replies
      .map(({ payload }) => wire.rule.parse(payload))
      .filter(({ header: { family: of } }) => of === wire.AF_INET || of === wire.AF_INET6)
      .map(ruleOf);
  }

  /** Like `ip rule add from PREFIX table TABLE priority 100`. Throws NetlinkError, EEXIST. */
  async add(options: RuleOptions): Promise<void> {
    const { action = 'lookup' } = options;
    await this.#change(wire.RTM_NEWRULE, { ...options, action }, CREATE);
  }

  /** Like `ip rule delete ...`: the first that fits. Throws NetlinkError, ENOENT. */
  async delete(options: RuleOptions): Promise<void> {
    await this.#change(wire.RTM_DELRULE, options, 0);
  }

  async #change(type: number, options: RuleOptions, flags: number): Promise<void> {
    const verb = type === wire.RTM_NEWRULE ? 'add' : 'delete';
    await this.#conversation.request({
      type,
      flags,
      payload: wire.rule.emit(messageOf(options)),
      step: `${verb} a rule`,
      body: wire.rule,
    });
  }
}

const emptyHeader = {
  ...{ family: 0, destinationLength: 0, sourceLength: 0, tos: 0 },
  ...{ table: 0, action: 0, flags: 0 },
};

function messageOf(options: RuleOptions): wire.RuleMessage {
  const { action, not = false, table: named, priority, mark, markMask, uidRange } = options;
  const { inputInterface, outputInterface, suppressPrefixLength } = options;
  const family = options.family ?? familyFrom(options);
  const source = parsePrefix(options.from ?? 'all', family);
  const destination = parsePrefix(options.to ?? 'all', family);
  const table = named === undefined ? defaultTable(action) : tableNumber(named);
  return {
    header: {
      ...emptyHeader,
      family: familyNumber(family),
      destinationLength: destination.length,
      sourceLength: source.length,
      table: table < 256 ? table : 0,
      action: action === undefined ? 0 : wire.ruleActions[action],
      flags: not ? wire.FIB_RULE_INVERT : 0,
    },
    attributes: {
      ...{ priority, mark, markMask, inputInterface, outputInterface, uidRange },
      suppressPrefixLength,
      source: source.address,
      destination: destination.address,
      table: table < 256 ? undefined : table,
    },
  };
}

function familyFrom({ from, to }: RuleOptions): Family {
  return `${from ?? ''}${to ?? ''}`.includes(':') ? 'inet6' : 'inet';
}

function defaultTable(action: wire.RuleAction | undefined): number {
  return action === 'lookup' ? wire.routeTables.main : 0;
}

function tableNumber(table: string | number): number {
  return numberOf(wire.routeTables, table, 'table');
}

export function ruleOf({ header, attributes }: wire.RuleMessage): Rule {
  const { source, destination } = attributes;
  return {
    family: familyName(header.family),
    priority: attributes.priority ?? 0,
    from: source === undefined ? 'all' : formatPrefix(source, header.sourceLength),
    to: destination === undefined ? 'all' : formatPrefix(destination, header.destinationLength),
    not: (header.flags & wire.FIB_RULE_INVERT) !== 0,
    table: attributes.table ?? header.table,
    action: nameOf(wire.ruleActions, header.action),
    mark: attributes.mark,
    markMask: attributes.markMask,
    inputInterface: attributes.inputInterface,
    outputInterface: attributes.outputInterface,
    attributes,
  };
}
