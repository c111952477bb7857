/** A frame that crosses the device, as all captures of it show it: looked at no further than needed. */
import { pcapng } from '../../wire/index.js';
import { keyOf, packetEndsOf, type PacketEnds } from './packet-ends.js';

export class SeenFrame {
  readonly bytes: Uint8Array;
  readonly segment: number | undefined;
  readonly isFromNamespace: boolean;
  /** In microseconds since 1970. */
  readonly timestamp: bigint;
  #ends: PacketEnds | undefined;
  #key: string | undefined;
  #isRead = false;

  /** `frame` begins with a virtio-net header; its bytes may be used again. */
  constructor(frame: Uint8Array, isFromNamespace: boolean, timestamp: bigint) {
    const { bytes, segment } = pcapng.capturedFrame(frame);
    this.bytes = bytes;
    this.segment = segment;
    this.isFromNamespace = isFromNamespace;
    this.timestamp = timestamp;
  }

  /** Of the flow that it belongs to. */
  get ends(): PacketEnds | undefined {
    if (!this.#isRead) this.#ends = packetEndsOf(this.bytes, this.isFromNamespace);
    this.#isRead = true;
    return this.#ends;
  }

  get key(): string | undefined {
    const { ends } = this;
    return ends && (this.#key ??= keyOf(ends));
  }
}
