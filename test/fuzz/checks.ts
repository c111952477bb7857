/** What must hold for every frame that comes out, whatever went in. */
import { Packet } from '../../src/stack/packet.js';
import { Segment } from '../../src/stack/tcp/segment.js';
import {
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  checksum,
  dataViewOf,
  ethernet,
  tcp,
  udp,
  virtioNet,
} from '../../src/wire/index.js';
import { gatewayMac } from '../support/stack/frames.js';
import { require } from './hosts.js';

export class FrameChecks {
  readonly packet = new Packet();
  readonly #segment = new Segment();
  readonly #mtu: number;

  constructor(mtu: number) {
    this.#mtu = mtu;
  }

  /** The segment in the frame, if there is one. */
  check(frame: Uint8Array): Segment | undefined {
    const { packet } = this;
    const view = dataViewOf(frame);
    const fault = packet.read(frame, view, 0, frame.length);
    require(fault === undefined, `a frame went out: ${fault}`);
    const sourceAt = virtioNet.size + ethernet.offset.source;
    const isOurs = gatewayMac.every((byte, i) => frame[sourceAt + i] === byte);
    require(isOurs, 'a frame from another MAC address went out');
    if (packet.version === 0) return undefined;
    require(packet.end === frame.length, 'a frame went out with bytes behind its packet');
    const isCut = packet.gsoSize > 0;
    const length = packet.end - packet.ipAt;
    require(isCut || length <= this.#mtu, 'a packet larger than the MTU went out');
    if (packet.fragmentAt < 0) this.#checkTransport();
    if (packet.protocol !== PROTOCOL_TCP || packet.fragmentAt >= 0) return undefined;
    require(this.#segment.read(packet) === undefined, 'a malformed segment went out');
    return this.#segment;
  }

  #checkTransport(): void {
    const { view, payloadAt, end, protocol, checksumIsPartial } = this.packet;
    const pseudo = protocol === PROTOCOL_ICMP ? 0 : this.packet.pseudoHeaderSum();
    if (!checksumIsPartial) {
      const sum = checksum.addBytes(pseudo, view, payloadAt, end - payloadAt);
      require(checksum.isIntact(sum), 'a wrong checksum went out');
    } else {
      const field = protocol === PROTOCOL_UDP ? udp.offset.checksum : tcp.offset.checksum;
      const sum = view.getUint16(payloadAt + field);
      require(sum === checksum.fold(pseudo), 'a wrong pseudo-header sum went out');
    }
    if (protocol === PROTOCOL_UDP) {
      const length = view.getUint16(payloadAt + udp.offset.length);
      require(length === end - payloadAt, 'a datagram of the wrong length went out');
    }
  }
}
