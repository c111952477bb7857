/** `nskit flows --follow`: how flows start, change and end, and what becomes of those who follow. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import {
  namespaces,
  stateDirectory,
  uplinks,
  type FlowEvent,
  type FlowRecord,
} from '../../src/index.js';
import { makeFlowLab, type FlowLab } from '../support/flow-lab.js';
import { turn } from '../support/lab.js';
import { nskitPath, start, type Running } from '../support/nskit.js';

let lab: FlowLab;
before(async () => {
  lab = await makeFlowLab();
});
after(() => lab[Symbol.asyncDispose]());

/** Follows by the command; asks for the next event that is wanted. */
class Follower implements AsyncDisposable {
  readonly #running: Running;
  #next: string | undefined;

  private constructor(running: Running) {
    this.#running = running;
    this.#next = running.firstLine;
  }

  /** The flow of this ping is there, so that there is a first line. */
  static async start(): Promise<Follower> {
    await lab.run(['ping', '-c', '1', '10.0.2.2']);
    return new Follower(await start(nskitPath, ['flows', 'lab', '--follow', '--json']));
  }

  async event(
    wanted: (event: Exclude<FlowEvent, { event: 'lost' }>) => boolean,
  ): Promise<FlowRecord> {
    for (; this.#next !== undefined; this.#next = await this.#running.nextLine()) {
      const event = JSON.parse(this.#next) as FlowEvent;
      if (event.event !== 'lost' && wanted(event)) return event.flow;
    }
    return assert.fail('the events ended');
  }

  kill(): void {
    process.kill(this.#running.pid, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]();
  }
}

describe('following', () => {
  const reset = 's.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))';
  const endings = {
    fin: ['end', ''],
    'reset-by-host': ['reset', ''],
    'reset-by-namespace': ['echo', reset],
  } as const;
  for (const [end, [word, last]] of Object.entries(endings)) {
    test(`shows a flow from its start to its end: ${end}`, async () => {
      await using follower = await Follower.start();
      const held = await lab.connected('10.0.2.2', word, last);
      const from = Number(held.said.split(' ')[0]);
      const started = await follower.event(({ event, flow }) => {
        return event === 'start' && flow.namespace.port === from;
      });
      await held[Symbol.asyncDispose]();
      const ended = await follower.event(({ event, flow }) => {
        return event === 'end' && flow.id === started.id;
      });
      assert.equal(ended.end, end);
      assert.equal(ended.sentBytes, word.length);
      assert.ok(ended.endedAt !== undefined && ended.endedAt >= ended.beganAt);
      const past = await uplinks.flows({ name: 'lab' }, { ended: true });
      assert.deepEqual(
        past.find(({ id }) => id === started.id),
        ended,
      );
    });
  }

  test('shows who was refused, and who was rejected by which rule', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const closedPort = (closed.address() as AddressInfo).port;
    await new Promise((resolve) => closed.close(resolve));
    await using follower = await Follower.start();
    const attempt = async (host: string, to: number): Promise<void> => {
      const held = await lab.client(`
try: socket.create_connection(("${host}", ${to}))
except OSError as error: print(error.strerror, flush=True)`);
      await held[Symbol.asyncDispose]();
    };
    await attempt('192.0.2.1', 80);
    await attempt('10.0.2.2', closedPort);
    await attempt('127.0.0.1', 1);
    const rejected = await follower.event(({ event }) => event === 'end');
    assert.deepEqual(
      [rejected.remote.address, rejected.end, rejected.decision],
      ['192.0.2.1', 'rejected', 'rejected: prohibited by --deny 192.0.2.0/24'],
    );
    const loopback = await follower.event(
      ({ event, flow }) => event === 'end' && flow.id > rejected.id,
    );
    assert.match(loopback.decision, /^rejected: refused because the host’s loopback is closed/);
  });

  test('tells in words too, and what a flow has carried', async () => {
    const running = await start(nskitPath, ['flows', 'lab', '--follow']);
    await using held = await lab.connected('10.0.2.2', 'echo');
    const from = held.said.split(' ')[0] ?? '';
    const lines = [running.firstLine];
    const isSaid = (what: string): boolean => {
      return lines.some((line) => line.startsWith(what) && line.includes(`:${from} ->`));
    };
    while (!isSaid('change')) lines.push((await running.nextLine()) ?? assert.fail('it ended'));
    assert.ok(isSaid('start'));
    assert.ok(lines.at(-1)?.endsWith('sent 4 received 4 ESTABLISHED'), lines.at(-1));
    await running[Symbol.asyncDispose]();
  });

  test('slowly loses events, is told how many, and sees what there is afterwards', async () => {
    const controller = new AbortController();
    using _end = { [Symbol.dispose]: () => controller.abort() };
    const { signal } = controller;
    const events = uplinks.followFlows({ name: 'lab' }, { signal })[Symbol.asyncIterator]();
    await lab.run(['ping', '-c', '1', '10.0.2.2']);
    await events.next();
    // Each is a flow that starts, is rejected and ends: more than all buffers on the way hold.
    const many = await lab.client(`
for i in range(3000):
  with socket.socket() as s: s.connect_ex(("192.0.2.1", 1 + i))
print("sent", flush=True)`);
    await many[Symbol.asyncDispose]();
    let lost = 0;
    while (lost === 0) {
      const event = (await events.next()).value as FlowEvent;
      if (event.event === 'lost') lost = event.count;
    }
    await using held = await lab.connected('10.0.2.2', 'echo');
    const from = Number(held.said.split(' ')[0]);
    for (;;) {
      const event = (await events.next()).value as FlowEvent;
      if (event.event === 'start' && event.flow.namespace.port === from) break;
    }
    controller.abort();
    while ((await events.next()).done !== true);
  });

  test('that is killed leaves nothing in the process, and ends with the uplink', async () => {
    await using follower = await Follower.start();
    assert.ok(connections() > 0);
    follower.kill();
    while (connections() > 0) await turn();
    await using other = await namespaces.add('other', { uplink: {} });
    const events = uplinks.followFlows({ name: 'other' });
    const all = (async () => {
      for await (const _ of events);
    })();
    await other.uplink.stop();
    await all;
  });
});

/** What the process has accepted at its control socket (proc_net_unix: connected is 03). */
function connections(): number {
  const { path } = stateDirectory();
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.filter((line) => line.includes(` ${path}/`) && line.split(' ')[5] === '03').length;
}
