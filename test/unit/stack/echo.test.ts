import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { dataViewOf, icmp, icmpEcho } from '../../../src/wire/index.js';
import { endsText } from '../../support/stack/fake-hosts.js';
import { address, echoRequest } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';

const data = Uint8Array.from({ length: 56 }, (_, i) => i);

/** As a ping socket gives it: the kernel has put an identifier of its own in. */
function replyTo(request: Uint8Array, type: number): Uint8Array {
  const reply = request.slice();
  dataViewOf(reply).setUint8(0, type);
  dataViewOf(reply).setUint16(icmpEcho.offset.identifier, 0xbeef);
  return reply;
}

for (const [version, from, to, gateway, reply, unreachable] of [
  [4, '10.0.2.100', '1.1.1.1', '10.0.2.2', 0, [3, 1]],
  [6, 'fd00::100', '2606:4700::1111', 'fd00::2', 129, [1, 3]],
] as const) {
  const ends = { from, to };

  describe(`echo over IPv${version}`, () => {
    test('a request is sent by the host, and the reply comes back with its identifier', () => {
      const guest = new Guest();
      guest.sends(echoRequest(ends, 77, 1, data));
      const socket = guest.hosts.echo.last;
      assert.equal(endsText(socket.ends), `${from}:77 ${to}:0`);
      const [sent] = socket.sent;
      assert.ok(sent);
      socket.gets(replyTo(sent, reply));
      const got = guest.takesOne();
      assert.deepEqual([got.from, got.to], [to, from]);
      const { type, code, identifier, sequence } = icmpEcho.parse(got.payload);
      assert.deepEqual([type, code, identifier, sequence], [reply, 0, 77, 1]);
      assert.deepEqual(got.payload.subarray(icmpEcho.size), data);
    });

    test('the gateway and the name server do not answer themselves: the host is asked', () => {
      const guest = new Guest();
      guest.sends(echoRequest({ from, to: gateway }, 77, 1, data)).takesNothing();
      assert.equal(guest.hosts.echo.last.sent.length, 1);
    });

    test('requests with another identifier are another flow', () => {
      const guest = new Guest();
      for (const [id, sequence] of [
        [77, 1],
        [77, 2],
        [78, 1],
      ] as const) {
        guest.sends(echoRequest(ends, id, sequence, data));
      }
      assert.deepEqual(
        guest.hosts.echo.sockets.map(({ sent }) => sent.length),
        [2, 1],
      );
    });

    test('a large reply comes in fragments', () => {
      const guest = new Guest();
      guest.sends(echoRequest(ends, 77, 1, data));
      guest.hosts.echo.last.gets(new Uint8Array(4000));
      assert.deepEqual(
        guest.takes().map(({ isFragment }) => isFragment),
        [true, true, true],
      );
    });

    test('an error that the host got names its reporter and the request that it is about', () => {
      const guest = new Guest();
      guest.sends(echoRequest(ends, 77, 1, data)).sends(echoRequest(ends, 77, 2, data));
      const [first] = guest.hosts.echo.last.sent;
      assert.ok(first);
      const reporter = address(version === 4 ? '192.0.2.1' : '2001:db8::1');
      const type = version === 4 ? 11 : 3;
      guest.hosts.echo.last.events.unreachable({ type, code: 0, reporter, quoted: first });
      const error = guest.takesOne();
      assert.equal(error.from, version === 4 ? '192.0.2.1' : '2001:db8::1');
      assert.deepEqual([...error.payload.subarray(0, 2)], [type, 0]);
      const quoted = error.payload.subarray(icmp.size + (version === 4 ? 20 : 40));
      const { identifier, sequence } = icmpEcho.parse(quoted);
      assert.deepEqual([identifier, sequence], [77, 1]);
      assert.deepEqual(quoted.subarray(icmpEcho.size), data);
    });

    test('a refused request is answered by an unreachable host', () => {
      const guest = new Guest();
      guest.hosts.echo.refusal = { kind: 'refused' };
      guest.sends(echoRequest(ends, 77, 1, data));
      assert.deepEqual([...guest.takesOne().payload.subarray(0, 2)], unreachable);
    });

    test('a flow ends after a minute without requests', () => {
      const guest = new Guest();
      guest.sends(echoRequest(ends, 77, 1, data)).pass(40_000);
      guest.sends(echoRequest(ends, 77, 2, data)).pass(59_000);
      assert.equal(guest.hosts.echo.last.isOpen, true);
      guest.pass(2000);
      assert.equal(guest.hosts.echo.last.isOpen, false);
    });

    test('a request whose checksum is wrong is dropped', () => {
      const guest = new Guest();
      const request = echoRequest(ends, 77, 1, data);
      const broken = request.slice();
      broken[broken.length - 1] = 255;
      guest.sends(broken).drops('icmp: checksum').takesNothing();
      assert.equal(guest.hosts.echo.sockets.length, 0);
    });
  });
}
