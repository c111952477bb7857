/** Answers who has an address of ours, and nobody else's (RFC 826). */
import {
  ARPHRD_ETHER,
  ARPOP_REPLY,
  ARPOP_REQUEST,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  arp,
  ethernet,
  ipv4,
  virtioNet,
  type StructValue,
} from '../wire/index.js';
import type { Addresses } from './addresses.js';
import type { DropReason } from './drops.js';
import type { Outgoing } from './outgoing.js';
import type { Packet } from './packet.js';
import type { StackSettings } from './settings.js';

const ARP_AT = virtioNet.size + ethernet.size;
const ADDRESS_LENGTH = ipv4.offset.destination - ipv4.offset.source;

interface Parts {
  readonly outgoing: Outgoing;
  readonly settings: StackSettings;
  readonly addresses: Addresses;
}

export class ArpResponder {
  readonly #outgoing: Outgoing;
  readonly #mac: Uint8Array;
  readonly #addresses: Addresses;

  constructor({ outgoing, settings, addresses }: Parts) {
    this.#outgoing = outgoing;
    this.#mac = settings.mac;
    this.#addresses = addresses;
  }

  onFrame({ bytes, view, ipAt, frameEnd }: Packet): DropReason | undefined {
    if (frameEnd - ipAt < arp.size) return 'arp: malformed';
    const message = arp.parse(bytes, ipAt);
    if (!isIpv4OverEthernet(message)) return 'arp: malformed';
    if (this.#addresses.isOurIpv4(view, ipAt + arp.offset.senderAddress)) {
      return 'arp: sender address';
    }
    const isAsked =
      message.operation === ARPOP_REQUEST &&
      this.#addresses.isOurIpv4(view, ipAt + arp.offset.targetAddress);
    if (isAsked) this.#answer(message);
    return undefined;
  }

  #answer({ senderMac, senderAddress, targetAddress }: StructValue<typeof arp>): void {
    const { bytes, view } = this.#outgoing;
    bytes.fill(0, 0, virtioNet.size);
    ethernet.write(view, virtioNet.size, {
      destination: senderMac,
      source: this.#mac,
      type: ETHERTYPE_ARP,
    });
    arp.write(view, ARP_AT, {
      hardwareType: ARPHRD_ETHER,
      protocolType: ETHERTYPE_IPV4,
      hardwareLength: this.#mac.length,
      protocolLength: ADDRESS_LENGTH,
      operation: ARPOP_REPLY,
      senderMac: this.#mac,
      senderAddress: targetAddress,
      targetMac: senderMac,
      targetAddress: senderAddress,
    });
    this.#outgoing.sendRaw(0, ARP_AT + arp.size);
  }
}

function isIpv4OverEthernet(message: StructValue<typeof arp>): boolean {
  return (
    message.hardwareType === ARPHRD_ETHER &&
    message.protocolType === ETHERTYPE_IPV4 &&
    message.hardwareLength === 6 &&
    message.protocolLength === ADDRESS_LENGTH
  );
}
