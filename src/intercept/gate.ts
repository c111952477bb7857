/**
 * The gate: a packet socket on loopback that sees each SYN which the packet filter then drops, and
 * puts it back, or what refuses it.
 */
import { bpfProgram, call, step, tryCall, watch, type Watch } from '../native/index.js';
import { openOne, socketOpening, type FileDescriptor, type FindInside } from '../sockets/index.js';
import { emitSocketAddress } from '../wire/index.js';
import {
  ETH_P_ALL,
  LOOPBACK_INDEX,
  MARK_LEAVING,
  MARK_LET_IN,
  MSG_DONTWAIT,
  SOL_SOCKET,
  SO_ATTACH_FILTER,
} from './constants.js';
import { gateFilter } from './filter.js';
import { parseSyn, type Packet, type Syn } from './packets.js';

/** Of a packet only the headers matter, and a SYN has hardly more. */
const PACKET_BYTES = 2048;
/** In a row, before connections that exist have their turn. */
const TURN = 64;

export class Gate implements Disposable {
  readonly #socket: FileDescriptor;
  readonly #buffer = new Uint8Array(PACKET_BYTES);
  #watching: Watch | undefined;

  private constructor(socket: FileDescriptor) {
    this.#socket = socket;
  }

  static async open(find: FindInside): Promise<Gate> {
    const request = { domain: 'packet', type: 'dgram', nonBlocking: true } as const;
    // What it sends is let in. Of no protocol yet, it sees nothing before the filter is there.
    const mark = MARK_LEAVING | MARK_LET_IN;
    const opening = socketOpening({ ...request, options: { mark } });
    const program = bpfProgram(gateFilter());
    const args = [opening.fd, SOL_SOCKET, SO_ATTACH_FILTER, program, program.bytes.length];
    const attach = step('show the gate nothing but SYNs', 'setsockopt', args);
    const { descriptor } = await openOne(find, {
      ...opening,
      steps: [...opening.steps, attach],
    });
    return new Gate(descriptor);
  }

  start(onSyn: (syn: Syn) => void): void {
    const { fd } = this.#socket;
    this.#watching = watch(fd, () => {
      this.#receive(onSyn);
    });
    const address = loopback(ETH_P_ALL);
    call({ step: 'watch loopback' }, 'bind', fd, address, address.length);
  }

  /** Nothing happens when there is no room: whoever waits for it sends its SYN again. */
  send({ bytes, etherType }: Packet): void {
    const address = loopback(etherType);
    const { fd } = this.#socket;
    tryCall('sendto', fd, bytes, bytes.length, MSG_DONTWAIT, address, address.length);
  }

  [Symbol.dispose](): void {
    this.#watching?.[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
  }

  #receive(onSyn: (syn: Syn) => void): void {
    const { fd } = this.#socket;
    for (let turn = 0; turn < TURN; turn++) {
      const length = tryCall('recvfrom', fd, this.#buffer, PACKET_BYTES, MSG_DONTWAIT, 0, 0);
      if (length < 0) return;
      const syn = parseSyn(this.#buffer.slice(0, length));
      if (syn !== undefined) onSyn(syn);
    }
  }
}

function loopback(protocol: number): Uint8Array {
  const where = { family: 'packet', protocol, interfaceIndex: LOOPBACK_INDEX } as const;
  return emitSocketAddress({ ...where, hardwareAddress: new Uint8Array(6) });
}
