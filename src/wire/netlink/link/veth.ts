/** VETH_INFO_*: the other end, described by a whole link message (linux/veth.h). */
import type { StructValue } from '../../struct.js';
import { attribute, attributes, type Codec } from '../attributes.js';
import type { ifinfomsg } from './header.js';

export interface Peer {
  readonly header: StructValue<typeof ifinfomsg>;
  /** As in a link of its own (LinkAttributes). */
  readonly attributes: Readonly<Record<string, unknown>>;
}

export function vethAttributes(peer: Codec<Peer>) {
  return attributes({ peer: attribute('VETH_INFO_PEER', 1, peer) });
}
