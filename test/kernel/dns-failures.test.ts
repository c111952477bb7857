/** Servers of the host that are dead, slow, wrong or forged, and clients that ask for much. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import packet from 'dns-packet';
import { describe, test } from 'node:test';
import { checkOpenFiles, digShort, digStatus, makeDnsLab } from '../support/dns-lab.js';
import {
  address,
  answerTo,
  failing,
  saying,
  silent,
  type Behaviour,
} from '../support/dns-server.js';

const SERVFAIL = 2;
const REFUSED = 5;

checkOpenFiles();

describe('the next server answers when the first', () => {
  test('is not there', async () => {
    await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
    // Nobody listens at this address of loopback.
    await lab.setServers('127.53.0.99', '127.53.0.1');
    for (const via of ['+notcp', '+tcp']) {
      assert.deepEqual(await digShort(lab, via, 'a.test'), ['192.0.2.1'], via);
    }
  });

  test('is silent, and from then on it is asked first', async () => {
    await using lab = await makeDnsLab({ servers: [silent, saying('192.0.2.1')] });
    assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
    assert.deepEqual(await digShort(lab, 'b.test'), ['192.0.2.1']);
    const [first, second] = lab.servers.map(({ asked }) => asked.map(({ name }) => name));
    assert.deepEqual(first, ['a.test']);
    assert.deepEqual(second, ['a.test', 'b.test']);
  });

  for (const rcode of [SERVFAIL, REFUSED]) {
    test(`says that it cannot, RCODE ${rcode}`, async () => {
      await using lab = await makeDnsLab({ servers: [failing(rcode), saying('192.0.2.1')] });
      assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
      assert.deepEqual(await digShort(lab, '+tcp', 'a.test'), ['192.0.2.1']);
    });
  }

  test('hangs up instead of answering', async () => {
    const hangUp: Behaviour = (asked) => {
      asked.hangUp();
      return undefined;
    };
    await using lab = await makeDnsLab({ servers: [hangUp, saying('192.0.2.1')] });
    assert.deepEqual(await digShort(lab, '+tcp', 'a.test'), ['192.0.2.1']);
  });
});

test('a slow answer counts although the next server has been asked meanwhile', async () => {
  await using lab = await makeDnsLab({ servers: [silent, silent] });
  const [first, second] = lab.servers;
  assert.ok(first && second);
  second.behave = () => {
    const [asked] = first.asked;
    asked?.reply(answerTo(asked, [address(asked.name, '192.0.2.1')]));
    return undefined;
  };
  assert.deepEqual(await digShort(lab, 'slow.test'), ['192.0.2.1']);
});

describe('what is no answer to the question is left out', () => {
  const truth = saying('192.0.2.1');
  const lie = (asked: Parameters<Behaviour>[0], change: (message: Buffer) => void): Buffer => {
    const message = answerTo(asked, [address(asked.name, '192.0.2.66')]);
    change(message);
    return message;
  };
  const lies: Record<string, (message: Buffer) => void> = {
    'another id': (message) => void message.writeUInt16BE(message.readUInt16BE(0) ^ 1, 0),
    'a query': (message) => void message.writeUInt8(message.readUInt8(2) & 0x7f, 2),
    'another name': (message) => void message.write('b', 13),
    'another type': (message) => void message.writeUInt16BE(28, 20),
    'a name that leads to itself': (message) => void message.writeUInt16BE(0xc00c, 12),
  };
  for (const [title, change] of Object.entries(lies)) {
    test(title, async () => {
      const behave: Behaviour = (asked) => {
        asked.reply(lie(asked, change));
        return truth(asked);
      };
      await using lab = await makeDnsLab({ servers: [behave] });
      assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
    });
  }

  test('from another port and another address', async () => {
    const forger = createSocket('udp4');
    forger.bind(0, '127.53.0.77');
    await once(forger, 'listening');
    const behave: Behaviour = (asked) => {
      const forged = answerTo(asked, [address(asked.name, '192.0.2.66')]);
      forger.send(forged, asked.port, '127.0.0.1', () => {
        asked.reply(answerTo(asked, [address(asked.name, '192.0.2.1')]));
      });
      return undefined;
    };
    await using lab = await makeDnsLab({ servers: [behave] });
    assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
    forger.close();
  });
});

test('ids and ports toward the server are chosen by chance', async () => {
  await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
  const socket = createSocket('udp4');
  socket.connect(lab.port, '127.0.0.1');
  await once(socket, 'connect');
  const [server] = lab.servers;
  assert.ok(server);
  for (let id = 0; id < 64; id++) {
    const questions = [{ type: 'A', name: `n${id}.test` } as const];
    socket.send(packet.encode({ type: 'query', id, questions }));
    await once(socket, 'message');
  }
  socket.close();
  const { asked } = server;
  const steps = (numbers: number[]): number =>
    new Set(numbers.map((number, i) => number - (numbers[i - 1] ?? 0))).size;
  // Of 64 numbers by chance nearly all differ, and their differences too.
  for (const numbers of [asked.map(({ id }) => id), asked.map(({ port }) => port)]) {
    assert.ok(new Set(numbers).size > 48, numbers.join(' '));
    assert.ok(steps(numbers) > 48, numbers.join(' '));
  }
});

describe('SERVFAIL comes at once', () => {
  test('when nobody listens where resolv.conf says', async () => {
    await using lab = await makeDnsLab();
    await lab.setServers('127.53.0.98', '127.53.0.99');
    assert.equal((await digStatus(lab, 'a.test'))[0], 'SERVFAIL');
    assert.equal((await digStatus(lab, '+tcp', 'a.test'))[0], 'SERVFAIL');
  });

  test('when there is no resolv.conf, until there is one', async () => {
    await using lab = await makeDnsLab({ servers: [saying('192.0.2.1')] });
    const resolvConf = join(lab.folder, 'resolv.conf');
    await lab.changed(() => unlinkSync(resolvConf));
    assert.equal((await digStatus(lab, 'a.test'))[0], 'SERVFAIL');
    await lab.changed(() => writeFileSync(resolvConf, 'nameserver 127.53.0.1\n'));
    assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
  });
});
