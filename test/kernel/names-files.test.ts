/** What a program in a named namespace sees of the file system: files over /etc, /sys, mounts. */
import assert from 'node:assert/strict';
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { nskit, nskitPath, start, type Ended } from '../support/nskit.js';
import { leaveNothing, onOwnMachine, ownHome } from '../support/own-home.js';

const here = ownHome();
afterEach(() => {
  nskit(['delete', '--all', '--kill']);
  rmSync(here.netns, { recursive: true, force: true });
});
after(() => leaveNothing(here));

/** A file that appears over /etc in the names of this folder. */
function write(path: string, content: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

function add(...args: readonly string[]): void {
  const { status, stderr } = nskit(['add', ...args]);
  assert.equal(status, 0, stderr);
}

const cat = (name: string, ...files: readonly string[]): string =>
  nskit(['exec', name, 'cat', ...files]).stdout;

/** A script on a machine of its own, whose /etc it may write. */
function withOwnEtc(script: string): Ended {
  const ended = onOwnMachine(
    here,
    `mkdir "$T/etc"; cp /etc/passwd /etc/group "$T/etc"; mount --bind "$T/etc" /etc; ${script}`,
  );
  assert.equal(ended.status, 0, ended.stderr);
  return ended;
}

describe('files over /etc', () => {
  test('--file is a copy, which only this name sees', () => {
    const hosts = readFileSync('/etc/hosts', 'utf8');
    const source = write(join(here.scratch, 'hosts'), 'ours\n');
    add('lab', '--file', `${source}:/etc/hosts`, '--file', `${source}:/etc/nskit/deep/er`);
    add('other');
    write(source, 'changed\n');
    assert.equal(cat('lab', '/etc/hosts', '/etc/nskit/deep/er'), 'ours\nours\n');
    assert.equal(cat('other', '/etc/hosts'), hosts);
    assert.equal(readFileSync('/etc/hosts', 'utf8'), hosts);
    assert.equal(cat('lab', '/etc/passwd'), readFileSync('/etc/passwd', 'utf8'));
  });

  test('the user’s folder adds files that the host lacks, and --file lies on top of it', () => {
    write(join(here.netns, 'lab/hosts'), 'of the folder\n');
    write(join(here.netns, 'lab/nskit-new/file'), 'new\n');
    const source = write(join(here.scratch, 'top'), 'on top\n');
    add('lab', '--file', `${source}:/etc/hosts`);
    assert.equal(cat('lab', '/etc/hosts', '/etc/nskit-new/file'), 'on top\nnew\n');
  });

  test('a symbolic link in the folder leads where it leads outside', () => {
    const real = write(join(here.scratch, 'real'), 'linked\n');
    mkdirSync(join(here.netns, 'lab'), { recursive: true });
    symlinkSync(real, join(here.netns, 'lab/resolv.conf'));
    add('lab');
    assert.equal(cat('lab', '/etc/resolv.conf'), 'linked\n');
  });

  test('what comes and goes after the name was made counts from the next exec on', () => {
    const hosts = readFileSync('/etc/hosts', 'utf8');
    add('lab');
    assert.equal(cat('lab', '/etc/hosts'), hosts);
    write(join(here.netns, 'lab/hosts'), 'first\n');
    assert.equal(cat('lab', '/etc/hosts'), 'first\n');
    write(join(here.netns, 'lab/hosts'), 'second\n');
    assert.equal(cat('lab', '/etc/hosts'), 'second\n');
    rmSync(join(here.netns, 'lab'), { recursive: true });
    assert.equal(cat('lab', '/etc/hosts'), hosts);
  });

  test('a folder with separators of overlay options in its name works', () => {
    const config = join(here.scratch, 'a:b,c\\d e');
    write(join(config, 'nskit/netns/lab/hosts'), 'odd\n');
    const env = { ...process.env, XDG_CONFIG_HOME: config };
    assert.equal(nskit(['add', 'lab'], { env }).status, 0);
    assert.equal(nskit(['exec', 'lab', 'cat', '/etc/hosts'], { env }).stdout, 'odd\n');
  });

  test('one’s own uid sees them too', () => {
    write(join(here.netns, 'lab/hosts'), 'mine\n');
    add('lab');
    const { stdout } = nskit(['exec', '--map-current', 'lab', 'cat', '/etc/hosts']);
    assert.equal(stdout, 'mine\n');
  });

  test('/etc stays open to other users inside, though the folder is the user’s alone', () => {
    write(join(here.netns, 'lab/hosts'), 'mine\n');
    chmodSync(join(here.netns, 'lab'), 0o700);
    add('lab');
    const other = ['setpriv', '--reuid', '1', '--clear-groups', 'head', '-n', '1', '/etc/passwd'];
    const { stdout, stderr } = nskit(['exec', 'lab', ...other]);
    assert.match(stdout, /^root:/, stderr);
  });

  test('what --file cannot be leaves nothing behind', () => {
    const source = write(join(here.scratch, 'file'), '');
    for (const [file, status] of [
      ['/nowhere:/etc/hosts', 1],
      [`${here.scratch}:/etc/hosts`, 1],
      [`${source}:/usr/hosts`, 1],
      [`${source}:/etc/../usr/hosts`, 1],
      [source, 2],
    ] as const) {
      const ended = nskit(['add', 'none', '--file', file]);
      assert.equal(ended.status, status, `${file}: ${ended.stderr}`);
    }
    assert.deepEqual(readdirSync(join(here.state, 'names')), []);
  });
});

describe('on a host whose /etc changes', () => {
  test('a file is still there after the host has replaced its own by rename', () => {
    const { stdout } = withOwnEtc(`
      echo host >/etc/resolv.conf; mkdir -p "$HOME/.config/nskit/netns/lab"
      echo ours >"$HOME/.config/nskit/netns/lab/resolv.conf"
      mkfifo "$T/go" "$T/came"
      nskit add lab
      nskit exec lab sh -c 'cat /etc/resolv.conf; echo >"$T/came"; read x <"$T/go"
        cat /etc/resolv.conf' &
      read x <"$T/came"
      echo replaced >/etc/new; mv /etc/new /etc/resolv.conf
      echo >"$T/go"; wait $!; cat /etc/resolv.conf; nskit exec lab cat /etc/resolv.conf`);
    assert.equal(stdout, 'ours\nours\nreplaced\nours\n');
  });

  test('a link of the host that leads nowhere is covered, and stays as it is', () => {
    const { stdout } = withOwnEtc(`
      ln -s /nowhere/at/all /etc/resolv.conf; echo ours >"$T/file"
      nskit add lab --file "$T/file:/etc/resolv.conf"
      nskit exec lab cat /etc/resolv.conf; readlink /etc/resolv.conf`);
    assert.equal(stdout, 'ours\n/nowhere/at/all\n');
  });

  test('/etc/netns/NAME counts as ip-netns(8) has it, below the user’s own folder', () => {
    const { stdout } = withOwnEtc(`
      mkdir -p /etc/netns/lab "$HOME/.config/nskit/netns/lab"
      echo system >/etc/netns/lab/hosts; echo system >/etc/netns/lab/resolv.conf
      echo user >"$HOME/.config/nskit/netns/lab/hosts"
      nskit add lab; nskit exec lab cat /etc/hosts /etc/resolv.conf`);
    assert.equal(stdout, 'user\nsystem\n');
  });
});

describe('where files of /etc are mounts, as in containers', () => {
  /** Then `nskit` is in a user namespace that may not move these mounts. */
  const inContainer = (script: string): string =>
    withOwnEtc(`
      mkdir -p /etc/pki/certs "$T/given"; echo host >/etc/hosts; echo set >/etc/pki/settings
      echo cert >/etc/pki/certs/a; ln -s ../proc/self/mounts /etc/mtab; touch /etc/resolv.conf
      echo docker >"$T/resolv"; mount --bind "$T/resolv" /etc/resolv.conf
      ours="$HOME/.config/nskit/netns/lab"; mkdir -p "$ours"
      ${script}`).stdout;

  test('files are laid over them, and all else is still there', () => {
    const out = inContainer(`
      echo ours >"$ours/hosts"; echo new >"$ours/new"
      nskit add lab; nskit exec lab sh -c 'cd /etc; cat hosts new resolv.conf pki/settings
        readlink mtab; head -n 1 passwd; cat pki/certs/a'; cat /etc/hosts`);
    assert.equal(
      out,
      'ours\nnew\ndocker\nset\n../proc/self/mounts\nroot:x:0:0:root:/root:/bin/bash\ncert\nhost\n',
    );
  });

  test('so are files over the mounts themselves, given with --file too', () => {
    const out = inContainer(`
      echo ours >"$T/given/resolv"; nskit add lab --file "$T/given/resolv:/etc/resolv.conf"
      nskit exec lab cat /etc/resolv.conf /etc/hosts; cat /etc/resolv.conf`);
    assert.equal(out, 'ours\nhost\ndocker\n');
  });

  test('a folder of both shows what is in both', () => {
    const out = inContainer(`
      mkdir -p "$ours/pki/certs"; echo ours >"$ours/pki/certs/b"; nskit add lab
      nskit exec lab sh -c 'cat /etc/pki/certs/a /etc/pki/certs/b /etc/pki/settings'`);
    assert.equal(out, 'cert\nours\nset\n');
  });

  test('what comes and goes on either side counts from the next exec on', () => {
    const out = inContainer(`
      echo ours >"$ours/hosts"; nskit add lab; nskit exec lab cat /etc/hosts
      echo later >/etc/later; nskit exec lab cat /etc/later
      mkdir "$ours/pki"; echo more >"$ours/pki/more"
      nskit exec lab cat /etc/pki/more /etc/pki/settings
      rm /etc/later; nskit exec lab ls /etc/later 2>&1 || true
      echo replaced >/etc/new; mv /etc/new /etc/pki/settings
      nskit exec lab cat /etc/pki/settings; rm -r "$ours"; nskit exec lab cat /etc/hosts`);
    assert.match(out, /^ours\nlater\nmore\nset\nls: [^\n]*No such file[^\n]*\nreplaced\nhost\n$/);
  });

  test('it is open to everybody, whatever the umask is', () => {
    const out = inContainer(`
      echo ours >"$ours/hosts"; umask 077; nskit add lab; nskit exec lab stat -c %a /etc`);
    assert.equal(out, '755\n');
  });

  test('files in /etc/netns/NAME are laid over them too', () => {
    const out = inContainer(`
      mkdir -p /etc/netns/lab; echo system >/etc/netns/lab/resolv.conf; nskit add lab
      nskit exec lab cat /etc/resolv.conf /etc/hosts`);
    assert.equal(out, 'system\nhost\n');
  });
});

describe('mounts', () => {
  test('/sys shows this network namespace, and the cgroups of the host', () => {
    add('lab');
    const list = (folder: string): string[] =>
      nskit(['exec', 'lab', 'ls', folder]).stdout.trim().split('\n');
    assert.deepEqual(list('/sys/class/net'), ['lo']);
    assert.deepEqual(list('/sys/fs/cgroup'), readdirSync('/sys/fs/cgroup').sort());
  });

  test('the user is warned where a fresh sysfs is refused', () => {
    const { status, stdout, stderr } = onOwnMachine(
      here,
      `mount -t tmpfs none /sys/kernel; nskit add lab; nskit exec lab echo ran`,
    );
    assert.equal(status, 0);
    assert.equal(stdout, 'ran\n');
    assert.match(stderr, /^nskit: warning: \/sys shows the host's network devices/m);
  });

  test('mounts of the host come in, and mounts inside do not get out', () => {
    const { status, stdout, stderr } = onOwnMachine(
      here,
      `mkdir "$T/shared"; mount -t tmpfs none "$T/shared"; mount --make-shared "$T/shared"
      mkdir "$T/shared/host" "$T/shared/inside"; mkfifo "$T/go" "$T/came"
      nskit add lab
      nskit exec lab sh -ec 'mount -t tmpfs none "$T/shared/inside"; echo >"$T/shared/inside/file"
        echo >"$T/came"; read x <"$T/go"; ls "$T/shared/host" "$T/shared/inside"' &
      read x <"$T/came"
      mount -t tmpfs none "$T/shared/host"; echo >"$T/shared/host/came-in"; echo >"$T/go"; wait $!
      ls "$T/shared/inside"`,
    );
    assert.equal(status, 0, stderr);
    assert.match(stdout, /host:\ncame-in\n\n.*inside:\nfile\n$/);
  });

  test('the caller’s working directory stays', async () => {
    const folder = join(here.scratch, 'work');
    write(join(folder, 'file'), 'kept\n');
    add('lab');
    const { stdout } = nskit(['exec', 'lab', 'sh', '-c', 'pwd; cat file'], { cwd: folder });
    assert.equal(stdout, `${folder}\nkept\n`);
    await using program = await start(nskitPath, ['exec', 'lab', 'sh', '-c', 'pwd; read line']);
    assert.equal(program.firstLine, process.cwd());
  });
});
