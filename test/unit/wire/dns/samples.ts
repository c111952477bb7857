/** Messages for tests, with what they leave out filled in. */
import { dns } from '../../../../src/wire/index.js';

export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

const noFlags = Object.fromEntries(
  Object.keys(dns.flagBits).map((name) => [name, false]),
) as dns.Flags;

type Given = Partial<Omit<dns.Message, 'flags'>> & { flags?: Partial<dns.Flags> };

export function message({ flags, ...given }: Given = {}): dns.Message {
  return {
    ...{ id: 0, opcode: dns.opcodes.QUERY, rcode: dns.rcodes.NOERROR },
    ...{ questions: [], answers: [], authorities: [], additionals: [] },
    ...given,
    flags: { ...noFlags, ...flags },
  };
}

export function record(name: string, type: number, data: dns.RecordData): dns.ResourceRecord {
  return { name, type, class: dns.classes.IN, ttl: 300, data };
}
