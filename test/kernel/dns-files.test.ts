/** resolv.conf and hosts of the host, followed through everything that is done to such files. */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { FollowedFile } from '../../src/uplink/dns/followed-file.js';
import { pathSteps } from '../../src/uplink/dns/path-steps.js';
import { checkOpenFiles, digShort, makeDnsLab } from '../support/dns-lab.js';
import { saying } from '../support/dns-server.js';

checkOpenFiles();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-follow-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Following extends Disposable {
  readonly file: FollowedFile;
  /** Does something; settles when the text is another one, and is that text. */
  after(change: () => void): Promise<string | undefined>;
}

function follow(path: string): Following {
  let onText: (text: string | undefined) => void = () => undefined;
  const file = new FollowedFile(path, (text) => {
    onText(text);
  });
  // To follow a file keeps no process alive; this one is to wait.
  const alive = setInterval(() => undefined, 60_000);
  return {
    file,
    after: async (change) => {
      const text = new Promise<string | undefined>((resolve) => (onText = resolve));
      change();
      return await text;
    },
    [Symbol.dispose]: () => {
      file[Symbol.dispose]();
      clearInterval(alive);
    },
  };
}

/** As network managers do it. */
function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe('a followed file', () => {
  test('is written in place, replaced, removed and made again', async () => {
    const path = join(folder, 'file');
    writeFileSync(path, 'a');
    using followed = follow(path);
    assert.equal(followed.file.text, 'a');
    assert.equal(await followed.after(() => writeFileSync(path, 'b')), 'b');
    assert.equal(await followed.after(() => replace(path, 'c')), 'c');
    assert.equal(await followed.after(() => appendFileSync(path, 'd')), 'cd');
    assert.equal(await followed.after(() => unlinkSync(path)), undefined);
    assert.equal(await followed.after(() => writeFileSync(path, 'e')), 'e');
    for (let i = 0; i < 20; i++) {
      assert.equal(await followed.after(() => replace(path, `${i}`)), `${i}`);
    }
    assert.equal(followed.file.text, '19');
  });

  test('is reached through links, whose targets and which themselves change', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    for (const each of [one, two]) mkdirSync(each);
    writeFileSync(join(one, 'stub'), 'one');
    writeFileSync(join(two, 'stub'), 'two');
    symlinkSync('one', join(folder, 'current'));
    const path = join(folder, 'file');
    symlinkSync('./current/../current/stub', path);
    using followed = follow(path);
    assert.equal(followed.file.text, 'one');
    assert.equal(await followed.after(() => replace(join(one, 'stub'), 'other')), 'other');
    const turnTo = (target: string): void => {
      symlinkSync(target, join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'current'));
    };
    assert.equal(await followed.after(() => turnTo('two')), 'two');
    assert.equal(await followed.after(() => writeFileSync(join(two, 'stub'), 'three')), 'three');
    assert.equal(await followed.after(() => turnTo(one)), 'other');
    const becomeFile = (): void => replace(path, 'no link any more');
    assert.equal(await followed.after(becomeFile), 'no link any more');
    assert.equal(await followed.after(() => writeFileSync(path, 'four')), 'four');
  });

  test('comes with folders that were not there, which go and come back as others', async () => {
    const path = join(folder, 'run/systemd/resolve/stub');
    using followed = follow(path);
    assert.equal(followed.file.text, undefined);
    const appear = (text: string): void => {
      mkdirSync(join(folder, 'run/systemd/resolve'), { recursive: true });
      writeFileSync(path, text);
    };
    assert.equal(await followed.after(() => appear('a')), 'a');
    const vanish = (): void => rmSync(join(folder, 'run'), { recursive: true });
    assert.equal(await followed.after(vanish), undefined);
    assert.equal(await followed.after(() => appear('b')), 'b');
    const exchange = (): void => {
      renameSync(join(folder, 'run'), join(folder, 'old'));
      appear('c');
    };
    assert.equal(await followed.after(exchange), 'c');
    assert.equal(await followed.after(() => replace(path, 'd')), 'd');
  });

  test('in a folder that must not be read is looked at now and then', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    const path = join(closed, 'file');
    writeFileSync(path, 'a');
    // One may go through it, and that is all.
    chmodSync(closed, 0o300);
    using followed = follow(path);
    assert.equal(followed.file.text, 'a');
    assert.equal(await followed.after(() => replace(path, 'b')), 'b');
    chmodSync(closed, 0o700);
  });

  test('whose links go in a circle is as good as missing', () => {
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    using followed = follow(join(folder, 'a'));
    assert.equal(followed.file.text, undefined);
    assert.ok(pathSteps(join(folder, 'a')).length < 100);
  });

  test('is read once for changes that follow each other closely', async () => {
    const path = join(folder, 'file');
    using followed = follow(path);
    const writeAll = (): void => {
      for (const text of ['', 'first', 'second', 'last']) writeFileSync(path, text);
    };
    assert.equal(await followed.after(writeAll), 'last');
  });
});

test('a new resolv.conf and a new hosts count at once', async () => {
  await using lab = await makeDnsLab({ servers: [saying('192.0.2.1'), saying('192.0.2.2')] });
  assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
  await lab.setServers('127.53.0.2');
  assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.2']);
  const resolvConf = join(lab.folder, 'resolv.conf');
  await lab.changed(() => replace(resolvConf, 'nameserver 127.53.0.1\n'));
  assert.deepEqual(await digShort(lab, 'a.test'), ['192.0.2.1']);
  replace(join(lab.folder, 'hosts'), '192.0.2.9 a.test\n');
  const expected = '192.0.2.9';
  for (let found = ''; found !== expected;) [found = ''] = await digShort(lab, 'a.test');
});
