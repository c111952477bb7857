/** Whatever dies, and wherever it dies: the next command finds the truth and puts things in order. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { namespaces, type AddOptions } from '../../src/index.js';
import { makeProgram, newRecord, stateDirectory } from '../../src/namespaces/index.js';
import { announceRecord } from '../../src/namespaces/record.js';
import { runProgramAsync } from '../../src/native/index.js';
import { killed, randomFrom, startKilled } from '../support/crash.js';
import { nskit, nskitPath, start, waiting } from '../support/nskit.js';
import { ended, leaveNothing, onOwnMachine, ownHome, pausePid } from '../support/own-home.js';

const here = ownHome();
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
});
after(() => leaveNothing(here));

const names = (): string[] => namespaces.list().map(({ name }) => name);

/** A listed name works; one that is not listed can be made. Then it is gone. */
async function worksOrCanBeMade(name: string, options: AddOptions = {}): Promise<void> {
  if (!names().includes(name)) await namespaces.add(name, options);
  const child = await namespaces.get(name).spawnAsync(['true'], { stdio: 'ignore' });
  assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
  await namespaces.get(name).delete();
  assert.ok(!names().includes(name));
  for (const folder of ['names', 'programs', 'inits', 'etc']) {
    assert.deepEqual(readdirSync(join(here.state, folder)), [], folder);
  }
}

/** The pause process ends, and everything begins anew. */
async function forget(): Promise<void> {
  const pause = pausePid(here.state);
  rmSync(here.state, { recursive: true, force: true });
  if (pause !== undefined) await ended(pause);
}

const kindSets = [[], ['pid', 'uts', 'ipc']] as const;

describe('killed while a name is made', () => {
  for (const kinds of kindSets) {
    const what = kinds.length === 0 ? 'a plain name' : 'a name of every kind';

    test(`${what}: after each step, add itself leaves nothing`, async () => {
      const options = { kinds };
      for (let killAfter = 0; ; killAfter++) {
        const made = await namespaces.add('step', { ...options, killAfter }).catch(() => undefined);
        assert.deepEqual(names(), made === undefined ? [] : ['step'], `after step ${killAfter}`);
        await worksOrCanBeMade('step', options);
        if (made !== undefined) break;
      }
    });

    test(`${what}: after each step, the next command cleans up when nskit died too`, async () => {
      await worksOrCanBeMade('step');
      const state = stateDirectory();
      const record = newRecord('step', { kinds });
      for (let killAfter = 0, isWhole = false; !isWhole; killAfter++) {
        announceRecord(state, record);
        const { program, fds } = makeProgram(state, record);
        isWhole = await runProgramAsync(program, { in: 'child', killAfter }).then(
          () => true,
          () => false,
        );
        fds.forEach((fd) => {
          closeSync(fd);
        });
        // It has its pins, and still is no name: nskit died before it said so.
        assert.deepEqual(names(), [], `after step ${killAfter}`);
        assert.throws(() => namespaces.get('step'), { code: 'ERR_NAME_UNKNOWN' });
        await worksOrCanBeMade('step', { kinds });
      }
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    for (const isFirst of [false, true]) {
      const when = isFirst ? 'the first nskit add' : 'nskit add';
      test(`${signal} to ${when} at any point leaves a whole name or none`, async () => {
        const folders = ['names', 'programs', 'inits'].map((name) => join(here.state, name));
        const args = ['add', 'any', '--pid'];
        for (let changes = 0, inTime = true; inTime; changes++) {
          if (isFirst) await forget();
          const end = await killed(args, { signal, changes, folders });
          inTime = end.inTime;
          if (inTime) assert.equal(end.signal ?? end.code, end.code === 0 ? 0 : signal);
          else assert.equal(end.code, 0);
          await worksOrCanBeMade('any');
        }
      });
    }
  }
});

describe('killed while a program runs', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    test(`${signal} to nskit run at any point leaves no process, not even a daemon`, async () => {
      const file = join(here.scratch, 'up');
      const program = ['sh', '-c', `setsid sleep 1000 & setsid sleep 1000 & echo >${file}; wait`];
      for (let changes = 0, more = true; more; changes++) {
        const stdio = ['ignore', 'pipe', 'ignore'] as const;
        const point = { signal, changes, file };
        const { child, inTime } = startKilled(['run', '--', ...program], point, [...stdio]);
        // The pipe ends when no process holds it any more.
        if (child.stdout !== null) await once(child.stdout.resume(), 'end');
        more = inTime;
        rmSync(file, { force: true });
      }
    });
  }

  test('a killed nskit exec of a name with a pid namespace takes its program with it', async () => {
    await namespaces.add('own', { kinds: ['pid'] });
    const child = spawn(nskitPath, ['exec', 'own', ...waiting], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child.stdout.resume(), 'end');
    assert.deepEqual(namespaces.get('own').processes(), []);
  });
});

describe('the pause process', () => {
  test('killed: the names are gone, programs inside live on, and add starts afresh', async () => {
    await namespaces.add('lost');
    await namespaces.add('lost-too', { kinds: ['pid', 'ipc'] });
    const program = await start(nskitPath, ['exec', 'lost', ...waiting]);
    const pause = pausePid(here.state) ?? 0;
    process.kill(pause, 'SIGKILL');
    await ended(pause);
    assert.deepEqual(names(), []);
    assert.equal(nskit(['list', '--json']).stdout, '[]\n');
    const gone = nskit(['exec', 'lost', 'true']);
    assert.equal(gone.status, 125);
    assert.match(gone.stderr, /^nskit: there is no namespace lost\n/);
    assert.equal(nskit(['delete', 'lost']).status, 1);
    await namespaces.add('lost');
    assert.deepEqual(names(), ['lost']);
    assert.notEqual(pausePid(here.state), pause);
    assert.deepEqual(namespaces.get('lost').processes(), []);
    assert.equal(namespaces.identify(program.pid), undefined);
    process.kill(program.pid, 0);
    assert.deepEqual(readdirSync(join(here.state, 'inits')), []);
    await program[Symbol.asyncDispose]();
  });

  test('ends when the runtime directory is removed, as at logout', async () => {
    await namespaces.add('lab', { kinds: ['pid'] });
    const pause = pausePid(here.state) ?? 0;
    assert.ok(pause > 0);
    rmSync(here.state, { recursive: true });
    await ended(pause);
    assert.deepEqual(names(), []);
    await worksOrCanBeMade('lab');
  });

  const ways = [
    [
      'emptied and unmounted, as systemd does at logout',
      'rm -rf "$T/runtime/nskit"; umount -l "$T"',
    ],
    ['unmounted as it is', 'umount -l "$T"'],
    ['unmounted with all that is above it', 'umount -l "$above"'],
  ] as const;
  for (const [title, unmount] of ways) {
    for (const propagation of ['shared', 'private']) {
      test(`ends when the runtime directory, a ${propagation} mount, is ${title}`, () => {
        const { status, stdout, stderr } = onOwnMachine(
          here,
          `above=$(dirname "$T"); mount --bind "$above" "$above"; mount -t tmpfs none "$T"
          mkdir -m 700 "$T/runtime"; mount --make-r${propagation} "$above"
          nskit add lab; nskit add own --pid
          pause=$(nskit path lab | cut -d/ -f3); init=$(pgrep -f '^nskit-init own')
          cd /; ${unmount}
          /usr/bin/python3 -c '${awaitEnds}' "$pause" "$init"; echo ended`,
        );
        assert.equal(stdout, 'ended\n', stderr);
        assert.equal(status, 0);
      });
    }
  }

  test('stays when something else is unmounted', () => {
    const { status, stdout, stderr } = onOwnMachine(
      here,
      `mkdir "$T/other"; mount -t tmpfs none "$T/other"; nskit add lab; nskit add own --pid
      umount -l "$T/other"; nskit exec lab echo lab; nskit exec own echo own`,
    );
    assert.deepEqual([stdout, status], ['lab\nown\n', 0], stderr);
  });
});

const awaitEnds = `
import os, select, sys
for pid in sys.argv[1:]:
    try: pidfd = os.pidfd_open(int(pid))
    except ProcessLookupError: continue
    select.select([pidfd], [], [], 20)[0] or sys.exit(pid + " lives")
`;

describe('two at once', () => {
  test('of several nskit add of one name, one wins and the others say why not', async () => {
    for (let round = 0; round < 8; round++) {
      if (round % 2 === 0) await forget();
      const ends = await Promise.all([1, 2, 3].map(() => addRace()));
      assert.deepEqual(ends.map(({ code }) => code).sort(), [0, 1, 1]);
      for (const { text } of ends.filter(({ code }) => code === 1)) {
        assert.match(text, /^nskit: there is a namespace race already/);
      }
      await worksOrCanBeMade('race');
    }
  });

  test('within one program, too', async () => {
    const tries = Array.from({ length: 8 }, () => namespaces.add('race'));
    const settled = await Promise.allSettled(tries);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    await worksOrCanBeMade('race');
  });
});

async function addRace(): Promise<{ code: number; text: string }> {
  const child = spawn(nskitPath, ['add', 'race'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [text, [code]] = await Promise.all([
    child.stderr.setEncoding('utf8').toArray(),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, text: text.join('') };
}

/** What runs in a name outlives the pause process, and could not be found by name any more. */
async function killPause(): Promise<void> {
  for (const { name } of namespaces.list()) {
    for (const pid of namespaces.get(name).processes()) process.kill(pid, 'SIGKILL');
  }
  const pause = pausePid(here.state);
  if (pause === undefined) return;
  process.kill(pause, 'SIGKILL');
  await ended(pause);
}

describe('at random', () => {
  test('after 200 operations with random kills every name works, and nothing is left', async () => {
    const seed = Number(process.env['NSKIT_TEST_SEED'] ?? 22404005);
    console.log(`NSKIT_TEST_SEED=${seed}`);
    const random = randomFrom(seed);
    const name = (): string => `n${random(4)}`;
    const signal = (): NodeJS.Signals =>
      (['SIGKILL', 'SIGTERM', 'SIGINT'] as const)[random(3)] ?? 'SIGKILL';
    const file = join(here.scratch, 'running');
    const long = ['sh', '-c', `setsid sleep 1000 & echo >${file}; exec sleep 1000`];
    const killedAtRandom = async (...args: readonly string[]): Promise<void> => {
      rmSync(file, { force: true });
      const folders = [join(here.state, 'names')];
      await killed(args, { signal: signal(), changes: random(9), folders, file });
    };
    const kinds = (): AddOptions => ({ kinds: kindSets[random(2)] ?? [] });
    const operations: (() => Promise<unknown>)[] = [
      () => namespaces.add(name(), kinds()),
      () => namespaces.add(name(), { ...kinds(), killAfter: random(30) }),
      () => killedAtRandom('add', name(), ...(random(2) === 0 ? [] : ['--pid', '--ipc'])),
      async () => namespaces.get(name()).delete({ kill: random(2) === 0 }),
      () => killedAtRandom('delete', '--kill', name()),
      () => killedAtRandom('exec', name(), ...long),
      () => killedAtRandom('run', '--', ...long),
      () => (random(4) === 0 ? killPause() : Promise.resolve()),
    ];
    for (let count = 0; count < 200; count++) {
      await operations[random(operations.length)]?.().catch(() => undefined);
      for (const listed of names()) {
        const { status, stderr } = nskit(['exec', listed, 'true']);
        assert.equal(status, 0, `operation ${count}: ${stderr}`);
      }
    }
  });
});
