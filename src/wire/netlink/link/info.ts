/** IFLA_LINKINFO: the kind of a device, and attributes whose table depends on the kind. */
import { type Writer } from '../../writer.js';
import {
  attribute,
  attributes,
  rawAttributes,
  type AttributeTable,
  type Codec,
  type Entries,
  type TableValue,
} from '../attributes.js';
import { bytes, nested, text } from '../codecs.js';
import { bridgeAttributes } from './bridge.js';
import { macvlanAttributes } from './macvlan.js';
import { tunAttributes } from './tun.js';
import { vethAttributes, type Peer } from './veth.js';
import { vlanAttributes } from './vlan.js';
import { vxlanAttributes } from './vxlan.js';

const IFLA_INFO_KIND = 1;

export type VethData = TableValue<ReturnType<typeof vethAttributes>>;
export type BridgeData = TableValue<typeof bridgeAttributes>;
export type MacvlanData = TableValue<typeof macvlanAttributes>;
export type VlanData = TableValue<typeof vlanAttributes>;
export type VxlanData = TableValue<typeof vxlanAttributes>;
export type TunData = TableValue<typeof tunAttributes>;

/** What a kind tells about itself; of a kind that has no table here, the bytes. */
export type LinkData =
  VethData | BridgeData | MacvlanData | VlanData | VxlanData | TunData | Uint8Array;

export interface LinkInfo {
  readonly kind?: string | undefined;
  readonly data?: LinkData | undefined;
  readonly xstats?: Uint8Array | undefined;
  /** The kind of the master, and what this device is to it. */
  readonly slaveKind?: string | undefined;
  readonly slaveData?: Uint8Array | undefined;
}

/** `peer` describes the other end of a veth pair: a link again, so the caller closes the circle. */
export function linkInfoCodec(peer: Codec<Peer>): Codec<LinkInfo> {
  const kinds = new Map<string, AttributeTable<Entries>>(
    Object.entries({
      veth: vethAttributes(peer),
      bridge: bridgeAttributes,
      macvlan: macvlanAttributes,
      macvtap: macvlanAttributes,
      vlan: vlanAttributes,
      vxlan: vxlanAttributes,
      tun: tunAttributes,
    }),
  );
  const tableFor = (kind: string | undefined): AttributeTable<Entries> =>
    infoTable(kinds.get(kind ?? ''));
  return {
    name: 'linkInfo',
    parse: (payload) => tableFor(kindIn(payload)).parse(payload),
    write: (writer: Writer, value) => {
      tableFor(value.kind).write(writer, { ...value });
    },
    inner: (payload) => ({ table: tableFor(kindIn(payload)), at: 0 }),
  };
}

function infoTable(kind: AttributeTable<Entries> | undefined): AttributeTable<Entries> {
  const data: Codec<unknown> = kind === undefined ? bytes : nested(kind);
  const table = attributes({
    kind: attribute('IFLA_INFO_KIND', IFLA_INFO_KIND, text),
    data: attribute('IFLA_INFO_DATA', 2, data),
    xstats: attribute('IFLA_INFO_XSTATS', 3, bytes),
    slaveKind: attribute('IFLA_INFO_SLAVE_KIND', 4, text),
    slaveData: attribute('IFLA_INFO_SLAVE_DATA', 5, bytes),
  });
  return table;
}

function kindIn(payload: Uint8Array): string | undefined {
  const found = rawAttributes(payload).find(({ type }) => type === IFLA_INFO_KIND);
  return found === undefined ? undefined : text.parse(found.payload);
}
