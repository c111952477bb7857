/** Messages by chance. */
import fc from 'fast-check';
import { dns, formatIPv6 } from '../../../../src/wire/index.js';

const { classes, types } = dns;

const u8 = fc.nat(255);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);

/** Labels of any bytes; few enough to fit into a name. */
export const anyName = fc.array(fc.uint8Array({ minLength: 1, maxLength: 63 }), { maxLength: 3 });

/** Texts of names with a few common endings, so that there is something to compress. */
const label = fc.oneof(
  fc.constantFrom('www', 'WWW', 'example', 'test', 'a'),
  fc.stringMatching(/^[a-zA-Z0-9_-]{1,12}$/),
);
export const plainName = fc
  .array(label, { minLength: 1, maxLength: 6 })
  .map((labels) => labels.join('.'));

export const nameText = fc.oneof(
  plainName,
  fc.constant('.'),
  anyName
    .filter((labels) => labels.length > 0)
    .map((labels) => labels.map(dns.labelText).join('.')),
);

export const ipv6Text = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIPv6);

const someBytes = fc.uint8Array({ maxLength: 40 });

/** The data of records, by type, of names that `name` makes. */
function dataOf(name: fc.Arbitrary<string>): Record<number, fc.Arbitrary<dns.RecordData>> {
  const named = fc.record({ kind: fc.constant('name' as const), name });
  return {
    [types.A]: fc.record({ kind: fc.constant('address' as const), address: fc.ipV4() }),
    [types.AAAA]: fc.record({ kind: fc.constant('address' as const), address: ipv6Text }),
    [types.NS]: named,
    [types.CNAME]: named,
    [types.PTR]: named,
    [types.DNAME]: named,
    [types.MX]: fc.record({ kind: fc.constant('mx' as const), preference: u16, exchange: name }),
    [types.TXT]: fc.record({
      kind: fc.constant('txt' as const),
      strings: fc.array(someBytes, { minLength: 1, maxLength: 4 }),
    }),
    [types.SRV]: fc.record({
      ...{ kind: fc.constant('srv' as const), priority: u16, weight: u16, port: u16, target: name },
    }),
    [types.SOA]: fc.record({
      ...{ kind: fc.constant('soa' as const), primary: name, mailbox: name },
      ...{ serial: u32, refresh: u32, retry: u32, expire: u32, minimum: u32 },
    }),
    [types.HTTPS]: fc.record({ kind: fc.constant('opaque' as const), bytes: someBytes }),
    65_280: fc.record({ kind: fc.constant('opaque' as const), bytes: someBytes }),
  };
}

export function recordsOf(name: fc.Arbitrary<string>): fc.Arbitrary<dns.ResourceRecord> {
  const kinds = Object.entries(dataOf(name)).map(([type, data]) =>
    fc.record({
      name,
      type: fc.constant(Number(type)),
      class: fc.constant(classes.IN),
      ttl: u32,
      data,
    }),
  );
  return fc.oneof(...kinds);
}

export function questionsOf(name: fc.Arbitrary<string>): fc.Arbitrary<dns.Question> {
  return fc.record({
    name,
    type: fc.integer({ min: 1, max: 255 }),
    class: fc.constant(classes.IN),
  });
}

const flags = fc.record(
  Object.fromEntries(Object.keys(dns.flagBits).map((flag) => [flag, fc.boolean()])),
) as unknown as fc.Arbitrary<dns.Flags>;

const edns = fc.record({
  udpPayloadSize: u16,
  version: u8,
  dnssecOk: fc.boolean(),
  options: fc.array(fc.record({ code: u16, data: someBytes }), { maxLength: 3 }),
});

export function messagesOf(name: fc.Arbitrary<string>): fc.Arbitrary<dns.Message> {
  const records = fc.array(recordsOf(name), { maxLength: 5 });
  const common = {
    id: u16,
    opcode: fc.nat(15),
    flags,
    questions: fc.array(questionsOf(name), { maxLength: 2 }),
    ...{ answers: records, authorities: records, additionals: records },
  };
  return fc.oneof(
    fc.record({ ...common, rcode: fc.nat(15) }),
    fc.record({ ...common, rcode: fc.nat(0xfff), edns }),
  );
}
