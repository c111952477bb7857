/** RTA_MULTIPATH: struct rtnexthop, each with attributes of its own, one after the other. */
import { DecodeError } from '../../../errors/index.js';
import { le16, sle32, u8 } from '../../fields.js';
import { struct } from '../../struct.js';
import { attribute, attributes, type Codec, type TableValue } from '../attributes.js';
import { bytes, ip, u16, u32, wrongLength } from '../codecs.js';

const rtnexthop = struct('rtnexthop', 8, { length: le16, flags: u8, hops: u8, index: sle32 });

export interface Via {
  readonly family: number;
  readonly address: string;
}

/** RTA_VIA: a next hop of another family than the destination's. */
export const via: Codec<Via> = {
  name: 'via',
  parse: (payload) => {
    if (payload.length < 2) throw wrongLength('rtvia', payload);
    const family = (payload[0] ?? 0) | ((payload[1] ?? 0) << 8);
    return { family, address: ip.parse(payload.subarray(2)) };
  },
  write: (writer, { family, address }) => {
    writer.append(Uint8Array.of(family & 255, family >> 8));
    ip.write(writer, address);
  },
};

export const nextHopAttributes = attributes({
  gateway: attribute('RTA_GATEWAY', 5, ip),
  flow: attribute('RTA_FLOW', 11, u32),
  via: attribute('RTA_VIA', 18, via),
  encapsulationType: attribute('RTA_ENCAP_TYPE', 21, u16),
  encapsulation: attribute('RTA_ENCAP', 22, bytes),
});

export interface NextHopMessage {
  readonly flags: number;
  /** The weight, less one. */
  readonly hops: number;
  readonly index: number;
  readonly attributes: TableValue<typeof nextHopAttributes>;
}

export const nextHops: Codec<readonly NextHopMessage[]> = {
  name: 'nextHops',
  parse: (payload) => {
    const found: NextHopMessage[] = [];
    for (let at = 0; payload.length - at >= rtnexthop.size;) {
      const { length, flags, hops, index } = rtnexthop.parse(payload, at);
      if (length < rtnexthop.size || at + length > payload.length) {
        const where = { struct: 'rtnexthop', offset: at, bytes: payload };
        throw new DecodeError(`a length of ${length}`, where);
      }
      const own = payload.subarray(at + rtnexthop.size, at + length);
      found.push({ flags, hops, index, attributes: nextHopAttributes.parse(own) });
      at += (length + 3) & ~3;
    }
    return found;
  },
  write: (writer, values) => {
    for (const { flags, hops, index, attributes: own } of values) {
      const at = writer.reserve(rtnexthop.size);
      nextHopAttributes.write(writer, own);
      rtnexthop.write(writer.view, at, { length: writer.length - at, flags, hops, index });
    }
  },
};
