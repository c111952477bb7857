/** What `ip link add` and `ip link set` say about a device, as values. */
import {
  host,
  namespaces,
  type LinkSettings,
  type LinkSpec,
  type NetworkTarget,
  type VethPeer,
} from '../index.js';
import type { ReadTable, Words } from './words.js';

type Named = LinkSettings & { readonly name?: string };

/** Words that mean the same for every kind, and for both ends of a veth pair. */
export const settingsTable: ReadTable<Named> = {
  up: () => ({ up: true }),
  down: () => ({ up: false }),
  mtu: (words) => ({ mtu: words.number('the MTU') }),
  address: (words) => ({ address: words.next('the link-layer address') }),
  broadcast: (words) => ({ broadcast: words.next('the broadcast address') }),
  master: (words) => ({ master: words.next('the master device') }),
  nomaster: () => ({ master: null }),
  name: (words) => ({ name: words.next('the name') }),
  alias: (words) => ({ alias: words.next('the alias') }),
  txqueuelen: (words) => ({ txQueueLength: words.number('the length of the queue') }),
  group: (words) => ({ group: words.number('the group') }),
  arp: (words) => ({ arp: words.onOff('arp') }),
  multicast: (words) => ({ multicast: words.onOff('multicast') }),
  promisc: (words) => ({ promiscuous: words.onOff('promisc') }),
  carrier: (words) => ({ carrier: words.onOff('carrier') }),
  netns: (words) => ({ namespace: namespaceOf(words.next('the namespace')) }),
};

/** A name; a path; the pid of a process, as `ip link set netns` has it; our own network. */
export function namespaceOf(word: string): NetworkTarget {
  if (word.includes('/')) return { path: word };
  if (/^\d+$/.test(word)) return { pid: Number(word) };
  const isHost = word === 'host' && !namespaces.list().some(({ name }) => name === word);
  return isHost ? host : namespaces.get(word);
}

type Added = Named & { readonly parent?: string };

/** `[dev] NAME [link PARENT] [mtu 1400 ...] type KIND ...`, as `ip link add` has it. */
export function linkSpec(words: Words): LinkSpec {
  let before: Partial<Added> = {};
  while (!words.isEmpty && words.peek() !== 'type') {
    before = { ...before, ...oneSetting(words) };
  }
  if (!words.skip('type')) throw words.error('the type is missing', `one of ${kindList}`);
  const kind = ordinaryKind(words);
  const { name, parent, ...settings } = before;
  if (name === undefined) throw words.error('the name of the device is missing');
  const details = readKind(kind, words);
  const below = needsParent.has(kind) ? { parent: parentOf(words, parent) } : {};
  return { ...settings, ...below, ...details, name, kind } as LinkSpec;
}

function ordinaryKind(words: Words): (typeof kinds)[number] {
  const kind = words.oneOf('the type', allKinds);
  if (kind !== 'tun' && kind !== 'tap') return kind;
  throw words.error(`type ${kind} takes no more words`);
}

function oneSetting(words: Words): Partial<Added> {
  const word = words.next('a word');
  if (word === 'dev') return { name: words.next('the name of the device') };
  if (word === 'link') return { parent: words.next('the device below') };
  const reader = Object.hasOwn(settingsTable, word) ? settingsTable[word] : undefined;
  return reader === undefined ? { name: word } : reader(words, {});
}

const kinds = ['veth', 'bridge', 'macvlan', 'vlan', 'vxlan', 'dummy'] as const;
/** The last two are made in another way, by who reads these words. */
const allKinds = [...kinds, 'tun', 'tap'] as const;
const kindList = allKinds.join(', ');
const needsParent: ReadonlySet<string> = new Set(['macvlan', 'vlan']);

function parentOf(words: Words, parent: string | undefined): string {
  if (parent !== undefined) return parent;
  throw words.error('the device below is missing', 'give it before the type: link DEVICE');
}

type Details = Readonly<Record<string, unknown>>;

const kindTables: Readonly<Record<Exclude<(typeof kinds)[number], 'veth'>, ReadTable<Details>>> = {
  bridge: {
    stp_state: (words) => ({ stp: words.oneOf('stp_state', ['0', '1']) === '1' }),
    vlan_filtering: (words) => ({
      vlanFiltering: words.oneOf('vlan_filtering', ['0', '1']) === '1',
    }),
    forward_delay: (words) => ({ forwardDelayMs: 10 * words.number('forward_delay') }),
    ageing_time: (words) => ({ ageingTimeMs: 10 * words.number('ageing_time') }),
    mcast_snooping: (words) => ({
      multicastSnooping: words.oneOf('mcast_snooping', ['0', '1']) === '1',
    }),
  },
  macvlan: {
    mode: (words) => ({
      mode: words.oneOf('the mode', ['private', 'vepa', 'bridge', 'passthru', 'source']),
    }),
  },
  vlan: {
    id: (words) => ({ id: words.number('the id') }),
    protocol: (words) => ({ protocol: words.oneOf('the protocol', ['802.1Q', '802.1ad']) }),
  },
  vxlan: {
    id: (words) => ({ id: words.number('the id') }),
    remote: (words) => ({ remote: words.next('the remote address') }),
    group: (words) => ({ group: words.next('the group address') }),
    local: (words) => ({ local: words.next('the local address') }),
    dev: (words) => ({ device: words.next('the device') }),
    dstport: (words) => ({ port: words.number('the port') }),
    ttl: (words) => ({ ttl: words.number('the ttl') }),
    learning: () => ({ learning: true }),
    nolearning: () => ({ learning: false }),
  },
  dummy: {},
};

function readKind(kind: (typeof kinds)[number], words: Words): Details {
  if (kind === 'veth') return vethPeer(words);
  const read = words.readAll(kindTables[kind]);
  if ((kind === 'vlan' || kind === 'vxlan') && read['id'] === undefined) {
    throw words.error('the id is missing');
  }
  return read;
}

/** `peer [name] NAME [mtu 1400] [netns OTHER] ...`; without it the kernel names the other end. */
function vethPeer(words: Words): { peer?: VethPeer } {
  if (!words.skip('peer')) {
    words.end();
    return {};
  }
  return { peer: words.readAll<Named>(settingsTable, (name) => ({ name })) };
}
