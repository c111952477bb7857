/** A device, as it is listed. */
import { netlink as wire } from '../wire/index.js';

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly alternativeNames: readonly string[];
  readonly flags: readonly wire.InterfaceFlag[];
  /** Set up by its administrator; whether anything moves, `state` tells. */
  readonly up: boolean;
  readonly state: wire.OperationalState;
  readonly mtu: number;
  /** ARPHRD_*: 1 is Ethernet, 772 loopback. */
  readonly hardwareType: number;
  readonly address: string | undefined;
  readonly broadcast: string | undefined;
  /** `veth`, `bridge`, ...: undefined for a physical device and for loopback. */
  readonly kind: string | undefined;
  /** What the kind tells about itself. */
  readonly details: wire.LinkData | undefined;
  /** The index of the bridge or the like that it is a port of. */
  readonly master: number | undefined;
  /** The index of the device below, or of a veth's other end. */
  readonly link: number | undefined;
  /** This namespace's id for the one that `link` is in; undefined: the same. */
  readonly linkNamespaceId: number | undefined;
  readonly qdisc: string | undefined;
  readonly group: number;
  readonly txQueueLength: number;
  readonly alias: string | undefined;
  /** Everything the kernel told, unknown attributes too. */
  readonly attributes: wire.LinkAttributes;
}

export function linkOf({ header, attributes }: wire.LinkMessage): Link {
  const { name = '', alternativeNames = [], operationalState = 0, info } = attributes;
  return {
    index: header.index,
    name,
    alternativeNames,
    flags: wire.flagNames(header.flags),
    up: (header.flags & wire.interfaceFlags.UP) !== 0,
    state: wire.operationalStates[operationalState] ?? 'UNKNOWN',
    mtu: attributes.mtu ?? 0,
    hardwareType: header.type,
    address: attributes.address,
    broadcast: attributes.broadcast,
    kind: info?.kind,
    details: info?.data,
    master: attributes.master,
    link: attributes.link,
    linkNamespaceId: attributes.linkNetNsId,
    qdisc: attributes.qdisc,
    group: attributes.group ?? 0,
    txQueueLength: attributes.txQueueLength ?? 0,
    alias: attributes.alias,
    attributes,
  };
}
