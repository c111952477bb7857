/** Limits over all protocols: how many flows there may be, and how many may begin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtioNet } from '../../../src/wire/index.js';
import { echoRequest, gatewayMac, guestMac, udpPacket } from '../../support/stack/frames.js';
import { Guest } from '../../support/stack/guest.js';
import { frameOf } from '../../support/tcp/frames.js';
import { Lab, ipv4Ends } from '../../support/tcp/lab.js';
import { FlowBudget } from '../../../src/stack/flow-budget.js';

const ends = { from: '10.0.2.100', to: '1.1.1.1', toPort: 7 };
const data = new Uint8Array(8);

const datagram = (fromPort: number): Uint8Array => udpPacket({ ...ends, fromPort }, data);
const ping = (identifier: number): Uint8Array => echoRequest(ends, identifier, 1, data);
/** With this network's MAC addresses. */
function syn(namespacePort: number): Uint8Array {
  const bytes = frameOf({ ...ipv4Ends, namespacePort }, { flags: 'SYN', seq: 1 });
  bytes.set(gatewayMac, virtioNet.size);
  bytes.set(guestMac, virtioNet.size + 6);
  return bytes;
}

test('flows of all protocols count together', () => {
  const guest = new Guest({ limits: { flows: 4 } });
  for (const port of [1, 2, 3]) guest.sendsFrame(syn(port));
  guest.sends(datagram(1));
  guest.sends(ping(1)).drops('icmp: too many flows');
  guest.sendsFrame(syn(4)).drops('tcp: too many flows');
  assert.deepEqual([guest.hosts.udp.openCount, guest.hosts.echo.openCount], [1, 0]);
  assert.equal([...guest.stack.tcp.flows()].length, 3);
});

test('a datagram takes the place of one that nobody answered', () => {
  const guest = new Guest({ limits: { flows: 2 } });
  for (const port of [1, 2, 3]) guest.sends(datagram(port)).pass(1);
  assert.deepEqual(
    guest.hosts.udp.sockets.map(({ isOpen }) => isOpen),
    [false, true, true],
  );
});

test('so many may begin in a second, and each protocol counts what it drops', () => {
  const guest = new Guest({ limits: { newFlowsPerSecond: 6 } });
  for (const port of [1, 2]) guest.sends(datagram(port)).sends(ping(port)).sendsFrame(syn(port));
  for (const port of [3, 4]) guest.sends(datagram(port)).sends(ping(port)).sendsFrame(syn(port));
  guest.drops('udp: too many new flows', 2);
  guest.drops('icmp: too many new flows', 2);
  guest.drops('tcp: too many new flows', 2);
  guest.sends(datagram(1)).drops('udp: too many new flows', 2);
  assert.equal(guest.hosts.udp.sockets[0]?.sent.length, 2, 'what has begun goes on');
  guest.pass(500);
  for (const port of [5, 6, 7, 8]) guest.sends(datagram(port));
  assert.equal(guest.hosts.udp.asked, 5);
});

test('a connection in place of one in TIME-WAIT, or from outside, is a new one too', () => {
  const budget = new FlowBudget({ newFlowsPerSecond: 1 });
  const lab = new Lab({ budget });
  lab.sendSyn();
  const inbound = lab.tcp.open(lab.attempt.ends, () => assert.fail('no stream is made'), lab.now);
  assert.equal(inbound, undefined);
  lab.sendSyn({}, { ...ipv4Ends, namespacePort: 1 });
  assert.equal(lab.attempts.length, 1);
  assert.equal(lab.drops.of('tcp: too many new flows'), 1);
});
