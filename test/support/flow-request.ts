/** Flows that want to begin, as text. */
import assert from 'node:assert/strict';
import type { FlowRequest } from '../../src/uplink/decision.js';
import { parseIp } from '../../src/wire/index.js';

const bytes = (text: string): Uint8Array => parseIp(text) ?? assert.fail(text);

/** `tcp 192.0.2.1 80`, from the namespace's own address. */
export function flowRequest(text: string): FlowRequest {
  const [protocol, address = '', port = '0'] = text.split(' ');
  const remoteAddress = bytes(address);
  const version = remoteAddress.length === 4 ? 4 : 6;
  return {
    protocol: protocol as FlowRequest['protocol'],
    ends: {
      version,
      namespaceAddress: bytes(version === 4 ? '10.0.2.100' : 'fd00::100'),
      namespacePort: 40_000,
      remoteAddress,
      remotePort: Number(port),
    },
  };
}
