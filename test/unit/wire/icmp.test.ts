/** ICMP and ICMPv6, beside what Linux sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum, dataViewOf, icmp, icmpEcho } from '../../../src/wire/index.js';
import { annotated } from '../../support/annotated.js';

test('an echo request of ping, and its checksum', () => {
  const captured = annotated(`
    08 00             echo request
    d600              checksum
    488a 0001         identifier, sequence number
    6e736b0000000000  data`);
  const fields = { type: 8, code: 0, checksum: 0xd600, identifier: 0x488a, sequence: 1 };
  assert.deepEqual(icmpEcho.parse(captured), fields);
  assert.ok(checksum.isIntact(checksum.addBytes(0, dataViewOf(captured), 0, captured.length)));
  const written = captured.slice();
  icmpEcho.write(dataViewOf(written), 0, fields);
  assert.deepEqual(written, captured);
});

test('an unreachable port, with the datagram that did not reach it', () => {
  const captured = annotated(`
    03 03                                     destination unreachable: port
    0c16                                      checksum
    00000000                                  unused
    45 00 0021 8e8c 4000 40 11 283d           the datagram's IP header
    c0000201 c0000201                         from and to 192.0.2.1
    9c40 829a 000d 8421                       UDP 40000 to 33434
    6e736b6974                                nskit`);
  assert.deepEqual(icmp.parse(captured), { type: 3, code: 3, checksum: 0x0c16, rest: 0 });
  assert.ok(checksum.isIntact(checksum.addBytes(0, dataViewOf(captured), 0, captured.length)));
});

test('an ICMPv6 error is summed with the pseudo header of what carries it', () => {
  const captured = annotated(`
    20010db8000000000000000000000001  from 2001:db8::1
    20010db8000000000000000000000001  to itself
    80 00 0241                        echo request, checksum
    488b 0001                         identifier, sequence number
    6e736b0000000000                  data`);
  const view = dataViewOf(captured);
  const length = captured.length - 32;
  const pseudo = checksum.pseudoHeaderSum(view, 0, 16, { protocol: 58, length });
  assert.ok(checksum.isIntact(checksum.addBytes(pseudo, view, 32, length)));
});
