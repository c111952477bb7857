/** What can be set of any device, when it is added and later. */
import { netlink as wire } from '../wire/index.js';
import { indexOf, type Device } from './devices.js';
import type { Conversation } from './conversation.js';
import { openTarget, type NetworkTarget, type OpenNetwork } from './target.js';

export interface LinkSettings {
  readonly up?: boolean;
  readonly mtu?: number;
  /** The link-layer address: `02:00:00:00:00:01`. */
  readonly address?: string;
  readonly broadcast?: string;
  /** The bridge it becomes a port of; null: of none. */
  readonly master?: Device | null;
  readonly alias?: string;
  readonly txQueueLength?: number;
  readonly group?: number;
  readonly arp?: boolean;
  readonly multicast?: boolean;
  readonly promiscuous?: boolean;
  readonly carrier?: boolean;
  /** Where the device is to be. */
  readonly namespace?: NetworkTarget;
}

/** A part of a link message. The namespaces it speaks of stay open until it has been sent. */
export interface LinkPart extends Disposable {
  readonly flags: number;
  readonly change: number;
  readonly attributes: wire.LinkAttributes;
}

export async function linkPart(
  conversation: Conversation,
  settings: LinkSettings,
): Promise<LinkPart> {
  const { master, namespace } = settings;
  const isChosen = master !== undefined && master !== null;
  const masterIndex = isChosen ? await indexOf(conversation, master) : 0;
  const opened: OpenNetwork | undefined =
    namespace === undefined ? undefined : openTarget(namespace);
  const { mtu, address, broadcast, alias, txQueueLength, group, carrier } = settings;
  return {
    ...flagsOf(settings),
    attributes: {
      ...{ mtu, address, broadcast, alias, txQueueLength, group },
      carrier: carrier === undefined ? undefined : Number(carrier),
      master: master === undefined ? undefined : masterIndex,
      netNsFd: opened?.file.fd,
    },
    [Symbol.dispose]: () => opened?.[Symbol.dispose](),
  };
}

function flagsOf({ up, arp, multicast, promiscuous }: LinkSettings) {
  const { UP, NOARP, MULTICAST, PROMISC } = wire.interfaceFlags;
  const wanted: [flag: number, set: boolean | undefined][] = [
    [UP, up],
    [NOARP, arp === undefined ? undefined : !arp],
    [MULTICAST, multicast],
    [PROMISC, promiscuous],
  ];
  let [flags, change] = [0, 0];
  for (const [flag, set] of wanted) {
    if (set !== undefined) change |= flag;
    if (set === true) flags |= flag;
  }
  return { flags, change };
}
