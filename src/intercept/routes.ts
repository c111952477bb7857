/**
 * What makes every destination local: in a table of its own a local route to everything, with a
 * source address on loopback, which is asked when no route of a device leads there. A table of its
 * own, because in the tables that there are the kernel would take every address for one of ours, and
 * let programs bind to them.
 */
import { Block, kernel, open, runProgram, step, textBlock, type Program } from '../native/index.js';
import type { Network } from '../netlink/index.js';
import type { FindInside } from '../sockets/index.js';
import {
  MARK_WITHOUT_TABLE,
  PRIORITY_MAIN,
  PRIORITY_TABLE,
  TABLE,
  type IpFamily,
} from './constants.js';

/** Of the addresses that the uplink would give it too. */
const sources = { inet: '10.0.2.100/32', inet6: 'fd00::100/128' } as const;

export interface Surroundings {
  readonly network: Network;
  readonly find: FindInside;
  readonly families: readonly IpFamily[];
}

export class LocalRoutes {
  readonly #in: Surroundings;
  #acceptedLocal: string | undefined;

  constructor(surroundings: Surroundings) {
    this.#in = surroundings;
  }

  /** What an interception left that was killed is replaced. */
  async add(): Promise<void> {
    const { network, families } = this.#in;
    await this.#removeRoutes();
    await network.links.up('lo');
    for (const family of families) {
      const source = sources[family];
      // The kernel makes an IPv6 address local a moment later than a route to its network, if there
      // is one: what is put on loopback in between would be lost.
      const options = { device: 'lo', nodad: true, noprefixroute: true };
      await network.addresses.replace(source, options);
      for (const rule of rulesOf(family)) await network.rules.add(rule);
      const [address = ''] = source.split('/');
      await network.routes.add('default', { ...routeOf(family), source: address });
    }
    this.#acceptedLocal = setAcceptLocal(this.#in.find, '1');
  }

  async remove(): Promise<void> {
    await this.#removeRoutes();
    if (this.#acceptedLocal !== undefined) setAcceptLocal(this.#in.find, this.#acceptedLocal);
  }

  async #removeRoutes(): Promise<void> {
    const { network } = this.#in;
    for (const family of ['inet', 'inet6'] as const) {
      await unlessMissing(network.routes.delete('default', routeOf(family)));
      for (const rule of rulesOf(family)) await unlessMissing(network.rules.delete(rule));
      await unlessMissing(network.addresses.delete(sources[family], { device: 'lo' }));
    }
  }
}

function routeOf(family: IpFamily) {
  return { family, type: 'local', device: 'lo', table: TABLE } as const;
}

function rulesOf(family: IpFamily) {
  const bit = { mark: MARK_WITHOUT_TABLE, markMask: MARK_WITHOUT_TABLE };
  return [
    // Networks of devices that there are, but not their default routes.
    { family, priority: PRIORITY_MAIN, table: 'main', suppressPrefixLength: 0 },
    { family, priority: PRIORITY_TABLE, table: TABLE, not: true, ...bit },
  ] as const;
}

/** Nothing was there, or IPv6 is switched off. */
async function unlessMissing(removal: Promise<void>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (!['ENOENT', 'ESRCH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) throw error;
  }
}

/** A packet that we put on loopback comes from an address of the namespace, and is meant to. */
const ACCEPT_LOCAL = '/proc/sys/net/ipv4/conf/lo/accept_local';

/** What it was before. Opened twice, because a setting is read and written from its beginning. */
function setAcceptLocal(find: FindInside, value: string): string {
  using inside = find();
  const sentence = 'let loopback take what we put on it';
  const [before, text] = [new Block(16), textBlock(value)];
  const reading = open(sentence, ACCEPT_LOCAL);
  const writing = open(sentence, ACCEPT_LOCAL, { flags: kernel.O_WRONLY });
  const steps: Program = [
    reading,
    step(sentence, 'read', [reading, before, before.bytes.length]),
    writing,
    step(sentence, 'write', [writing, text, text.bytes.length]),
  ];
  const outcome = runProgram([...inside.enter, ...steps], { in: 'child' });
  return new TextDecoder().decode(outcome.read(before)).replace(/\n.*$/s, '');
}
