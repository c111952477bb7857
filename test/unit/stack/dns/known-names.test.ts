/** Which name an address was given for. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KnownNames } from '../../../../src/stack/index.js';
import { dns } from '../../../../src/wire/index.js';
import { message, record } from '../../wire/dns/samples.js';

const { classes, types } = dns;

function answer(name: string, answers: readonly dns.ResourceRecord[]): dns.Message {
  const questions = [{ name, type: types.A, class: classes.IN }];
  return message({ flags: { response: true }, questions, answers });
}

function address(name: string, text: string): dns.ResourceRecord {
  return record(name, types.A, { kind: 'address', address: text });
}

describe('names of addresses', () => {
  test('the name that was asked for counts, whatever aliases there are, in whatever order', () => {
    const known = new KnownNames();
    const alias = (name: string, target: string): dns.ResourceRecord =>
      record(name, types.CNAME, { kind: 'name', name: target });
    known.learn(
      answer('WWW.test', [
        address('c.test', '192.0.2.1'),
        alias('b.test', 'C.test'),
        alias('www.TEST', 'b.test'),
      ]),
      0,
    );
    assert.deepEqual(known.get('192.0.2.1', 1), { name: 'www.test', expiresAt: 300_000 });
  });

  test('records of other names teach nothing, and aliases in a circle do no harm', () => {
    const known = new KnownNames();
    const circle = record('a.test', types.CNAME, { kind: 'name', name: 'a.test' });
    known.learn(answer('a.test', [circle, address('bank.test', '192.0.2.1')]), 0);
    assert.equal(known.get('192.0.2.1', 1), undefined);
  });

  test('the last name counts, as long as its record lives, a minute at least', () => {
    const known = new KnownNames();
    known.learn(answer('a.test', [address('a.test', '192.0.2.1')]), 0);
    const brief = { ...address('b.test', '192.0.2.1'), ttl: 0 };
    known.learn(answer('b.test', [brief]), 10);
    assert.equal(known.get('192.0.2.1', 60_009)?.name, 'b.test');
    assert.equal(known.get('192.0.2.1', 60_010), undefined);
  });

  test('there are so many, and the one learnt first goes', () => {
    const known = new KnownNames(2);
    for (const end of [1, 2, 1, 3]) {
      known.learn(answer('a.test', [address('a.test', `192.0.2.${end}`)]), 0);
    }
    assert.equal(known.size, 2);
    assert.equal(known.get('192.0.2.2', 1), undefined);
    assert.ok(known.get('192.0.2.1', 1) && known.get('192.0.2.3', 1));
  });

  test('a query teaches nothing', () => {
    const known = new KnownNames();
    const query = answer('a.test', [address('a.test', '192.0.2.1')]);
    known.learn({ ...query, flags: { ...query.flags, response: false } }, 0);
    assert.equal(known.size, 0);
  });
});
