/** mountSequence(): in a program of its own namespaces, all or nothing. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import {
  describeProgram,
  mountProgram,
  mountSequence,
  namespaces,
  type HeldNamespaces,
  type MountStep,
} from '../../src/index.js';
import { text } from 'node:stream/consumers';

const all: string[] = [];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nskit-mounts-'));
  all.push(folder);
});
after(() => {
  for (const one of all) rmSync(one, { recursive: true, force: true });
});

async function inside(held: HeldNamespaces, script: string): Promise<string> {
  const child = held.spawn(['sh', '-c', `cd ${folder}; ${script}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = await text(child.stdout ?? assert.fail());
  await child.exit;
  return output;
}

const look = `find . -path ./a/in -prune -print -o -not -name . -not -path './a/in/*' -print | sort; awk -v f="$PWD/" 'index($5, f) == 1 { sub(f, "", $5); print "mount", $5 }' /proc/self/mountinfo`;

const steps = (): MountStep[] => [
  {
    mount: join(folder, 'a'),
    type: 'tmpfs',
    make: 'directory',
    flags: ['nosuid', 'nodev'],
    data: 'size=64k',
  },
  { makeDirectory: join(folder, 'a/in'), mode: 0o755 },
  { mount: join(folder, 'a/in'), source: '/etc', flags: ['bind', 'rdonly'], remount: true },
  { mount: join(folder, 'file'), source: '/etc/hostname', flags: ['bind'], make: 'file' },
  { symlink: join(folder, 'link'), to: 'a/in' },
];

test('mounts, folders, files and links in the namespaces that are given, and nowhere else', async () => {
  await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
  await mountSequence(steps(), { inside: held });
  const script = `${look}; grep -c " $PWD/a/in ro," /proc/self/mountinfo; cat file | head -c1 | wc -c`;
  const lines = (await inside(held, script)).trim().split('\n');
  for (const one of ['mount a', 'mount a/in', 'mount file', './link', '1'])
    assert.ok(lines.includes(one), one);
  await using other = await namespaces.create({ kinds: ['user', 'mnt'] });
  assert.doesNotMatch(await inside(other, look), /^mount/m);
});

describe('a step that fails', () => {
  const failing: [title: string, step: () => MountStep, error: object][] = [
    [
      'a mount',
      () => ({ mount: join(folder, 'x'), type: 'no-such-fs', make: 'directory' }),
      { code: 'ENODEV', syscall: 'mount' },
    ],
    [
      'a symbolic link in the way',
      () => ({ makeDirectory: join(folder, 'link/x') }),
      { code: 'ELOOP' },
    ],
    ['a folder that is there', () => ({ makeDirectory: folder }), { code: 'EEXIST' }],
    ['an unmount of nothing', () => ({ unmount: folder }), { code: 'EINVAL', syscall: 'umount' }],
    [
      'a place that must be new',
      () => ({ mount: join(folder, 'a'), type: 'tmpfs', make: 'directory', mustBeNew: true }),
      { code: 'EEXIST' },
    ],
  ];
  for (const [title, step, error] of failing) {
    test(`${title}: everything before it is taken back`, async () => {
      await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
      await assert.rejects(mountSequence([...steps(), step()], { inside: held }), error);
      assert.equal(await inside(held, look), '');
    });
  }

  test('whichever it is: of each sequence cut short, nothing stays', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    for (let count = 0; count < 5; count++) {
      const cut = [...steps().slice(0, count), { unmount: '/' }];
      await assert.rejects(mountSequence(cut, { inside: held }), { code: 'EINVAL' });
      assert.equal(await inside(held, look), '', String(count));
    }
  });

  test('what was there before stays as it was', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    mkdirSync(join(folder, 'mine/full'), { recursive: true });
    mkdirSync(join(folder, 'empty'));
    const before = await inside(held, look);
    const attempt = [
      { mount: join(folder, 'empty'), type: 'tmpfs', make: 'directory' as const },
      { makeDirectory: join(folder, 'mine'), mayExist: true, mode: 0o777 },
      { unmount: '/no/such' },
    ];
    await assert.rejects(mountSequence(attempt, { inside: held }), { code: 'ENOENT' });
    assert.equal(await inside(held, look), before);
  });

  test('an unmount is put back, with what lay below', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    const base: MountStep[] = [
      { mount: join(folder, 'a'), type: 'tmpfs', make: 'directory' },
      { mount: join(folder, 'a/b'), type: 'tmpfs', make: 'directory' },
      { makeDirectory: join(folder, 'a/b/c') },
    ];
    await mountSequence(base, { inside: held });
    const before = await inside(held, look);
    const attempt: MountStep[] = [
      { unmount: join(folder, 'a'), flags: ['detach'] },
      { unmount: '/no/such' },
    ];
    await assert.rejects(mountSequence(attempt, { inside: held }), { code: 'ENOENT' });
    assert.equal(await inside(held, look), before);
  });

  test('relative paths are undone where they were meant, and a move goes back', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    await mountSequence([{ mount: join(folder, 'from'), type: 'tmpfs', make: 'directory' }], {
      inside: held,
    });
    const before = await inside(held, look);
    const attempt: MountStep[] = [
      { changeDirectory: folder },
      { makeDirectory: 'x' },
      { mount: 'to', make: 'directory', source: join(folder, 'from'), flags: ['move'] },
      { changeDirectory: 'x' },
      { makeDirectory: 'y' },
      { mount: 'y', type: 'tmpfs' },
      { unmount: '/no/such' },
    ];
    await assert.rejects(mountSequence(attempt, { inside: held }), { code: 'ENOENT' });
    assert.equal(await inside(held, look), before);
  });

  test('unless it is not to be undone', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    const attempt = [...steps().slice(0, 2), { unmount: '/no/such' }];
    await assert.rejects(mountSequence(attempt, { inside: held, undo: false }), { code: 'ENOENT' });
    assert.match(await inside(held, look), /\.\/a\/in\n[^]*mount a\n/);
  });
});

describe('symbolic links', () => {
  test('are followed where a step says so', async () => {
    await using held = await namespaces.create({ kinds: ['user', 'mnt'] });
    mkdirSync(join(folder, 'real'));
    symlinkSync('real', join(folder, 'link'));
    const target = join(folder, 'link');
    await assert.rejects(mountSequence([{ mount: target, type: 'tmpfs' }], { inside: held }), {
      code: 'ELOOP',
    });
    await mountSequence([{ mount: target, type: 'tmpfs', followLinks: true }], { inside: held });
    assert.match(await inside(held, look), /^mount real$/m);
    const source = { mount: join(folder, 'real'), source: target, flags: ['bind'] as const };
    await assert.rejects(mountSequence([source], { inside: held }), { code: 'ELOOP' });
  });
});

test('a flag that there is not is ERR_USAGE, before anything is done', async () => {
  const wrong = { mount: '/', flags: ['read-only' as 'rdonly'] };
  await assert.rejects(mountSequence([{ makeDirectory: join(folder, 'a') }, wrong]), {
    code: 'ERR_USAGE',
  });
  assert.deepEqual(
    describeProgram(mountProgram([{ sync: true }])).map(({ sentence }) => sentence),
    ['write everything to disk', 'exit'],
  );
});
