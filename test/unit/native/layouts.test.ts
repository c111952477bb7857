/** Every number that TypeScript writes down, beside the C headers of both architectures. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageFolder } from '../../../src/index.js';
import {
  Block,
  FLOCK_PID,
  FLOCK_SIZE,
  Place,
  blockSignals,
  bringUpLoopback,
  callersArguments,
  callersEnvironment,
  jump,
  label,
  link,
  operations,
  setDisposition,
  step,
  storedProgram,
  syscallNumber,
  waitUntilReady,
  wholeFileLock,
  type Argument,
  type Program,
  type Step,
} from '../../../src/native/index.js';
import { STEP_MAX, STEP_REMEMBERS, STEP_SIZE } from '../../../src/native/link.js';
import { parseCaller, restoreCaller } from '../../../src/namespaces/caller.js';
import { CLD_EXITED, SIGINFO_SIZE, SI_CODE, SI_STATUS } from '../../../src/namespaces/child.js';
import { installFilter } from '../../../src/namespaces/isolated/filter.js';
import { STX_MTIME } from '../../../src/namespaces/etc-files.js';
import { pauseProgram } from '../../../src/namespaces/keeper.js';
import { innerClone } from '../../../src/namespaces/spawn.js';
import { layoutsOf, whyNotAsked, type Architecture, type Layouts } from '../../support/layouts.js';
import type { Facts } from '../../support/layout-facts.js';
import { run } from '../../support/nskit.js';

/** Linux has it in no header that programs may include; a kernel test looks at the kernel. */
const inNoHeader = ['INITIAL_USER_NAMESPACE_INODE'];
/** Younger than the headers of some distributions that nskit is built on. */
const inNewHeaders =
  /^(MFD_EXEC|TUN_F_USO[46]|LANDLOCK_(SCOPE_.*|ACCESS_FS_(TRUNCATE|IOCTL_DEV)))$/;

const factsProgram = fileURLToPath(new URL('../../support/layout-facts.js', import.meta.url));

function factsOf(arch: Architecture): Facts {
  const { stdout, stderr } = run(process.execPath, [factsProgram, arch]);
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Facts;
}

const operationNames: Record<keyof typeof operations, string> = {
  expectEqual: 'OP_EXPECT_EQ',
  expectNotEqual: 'OP_EXPECT_NE',
  load32: 'OP_LOAD32',
  load64: 'OP_LOAD64',
  store32: 'OP_STORE32',
  store64: 'OP_STORE64',
  decimal: 'OP_DECIMAL',
  jump: 'OP_JUMP',
  getenv: 'OP_GETENV',
  execvpe: 'OP_EXECVPE',
  supervise: 'OP_SUPERVISE',
  defer: 'OP_DEFER',
  changeEnvironment: 'OP_CHANGE_ENV',
  reportTo: 'OP_REPORT_TO',
  keepDescriptors: 'OP_KEEP',
};

/** The only block of a step, or of the one step of a program that makes this call. */
function blockOf(program: Program, call: string): Block {
  const found = program.find((item): item is Step => 'call' in item && item.call === call);
  const block = found?.args.find((argument) => argument instanceof Block);
  assert.ok(block, `${call} takes no block`);
  return block;
}

/** The arguments of the first step of a stored program that makes this call. */
function argumentsOf(file: Uint8Array, nr: number, c: Layouts): number[] {
  const header = c.get('sizeof struct nskit_file') ?? 0;
  const field = (name: string): number => c.get(`struct nskit_step.${name}`) ?? 0;
  for (let at = header; at < file.length; at += STEP_SIZE) {
    if (view(file).getInt32(at + field('nr'), true) !== nr) continue;
    const argsAt = at + field('args');
    return [0, 1, 2, 3, 4, 5].map((i) => Number(view(file).getBigInt64(argsAt + 8 * i, true)));
  }
  throw new Error(`no step makes call ${nr}`);
}

/** A word of 32 bits that C or JavaScript took for a signed one. */
const unsigned = (word: number): number => (word < 0 ? word + 2 ** 32 : word);

const view = ({ buffer, byteOffset, length }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, length);

for (const arch of ['x64', 'arm64'] as const) {
  const skip = whyNotAsked(arch) ?? false;
  describe(`the headers of ${arch} agree with`, { skip }, () => {
    const c = skip === false ? layoutsOf(arch) : new Map<string, number>();
    const facts = factsOf(arch);
    const number = (name: string): number => {
      const value = c.get(name);
      assert.ok(value !== undefined, `layouts.c does not list ${name}`);
      return value;
    };

    test('every constant', () => {
      for (const [name, value] of Object.entries(facts.constants)) {
        if (inNoHeader.includes(name)) continue;
        if (inNewHeaders.test(name) && !c.has(name)) continue;
        assert.equal(unsigned(value), unsigned(number(name)), name);
      }
    });

    test('every system call number, and layouts.c lists no other', () => {
      const listed = [...c.keys()].flatMap((name) => /^__NR_(.*)/.exec(name)?.[1] ?? []);
      assert.deepEqual(listed.sort(), Object.keys(facts.syscalls).sort());
      for (const [name, value] of Object.entries(facts.syscalls)) {
        assert.equal(value, number(`__NR_${name}`), name);
      }
    });

    test('every operation of steps.h, and there is no other', () => {
      const listed = [...c.keys()].filter((name) => name.startsWith('OP_'));
      assert.deepEqual(listed.sort(), Object.values(operationNames).sort());
      const source = readFileSync(join(packageFolder(), 'native/steps.h'), 'utf8');
      assert.deepEqual([...new Set(source.match(/\bOP_\w+(?= =)/g))].sort(), listed);
      for (const [name, value] of Object.entries(operations)) {
        assert.equal(value, number(operationNames[name as keyof typeof operations]), name);
      }
    });

    test('the longest program', () => {
      assert.equal(STEP_MAX, number('STEP_MAX'));
    });

    test('struct nskit_step', () => {
      assert.equal(STEP_SIZE, number('sizeof struct nskit_step'));
      const field = (name: string): number => number(`struct nskit_step.${name}`);
      const [start, error, child] = [label('start'), label('error'), label('child')];
      const recovery = { goTo: error, only: 'EBUSY', remembers: true };
      const args = [1, 2n, 3, 4, 5, -6];
      const one = step('a call', 'close', args, { recovery, child });
      const { steps } = link([start, one, error, jump(start), child, jump(start)]);
      const at = view(steps);
      assert.equal(at.getInt32(field('nr'), true), syscallNumber('close'));
      assert.equal(at.getInt32(field('on_error'), true), 1);
      assert.equal(at.getInt32(field('on_errno'), true), 16);
      assert.equal(at.getInt32(field('on_zero'), true), 2);
      assert.equal(at.getUint32(field('flags'), true), number('STEP_REMEMBERS'));
      assert.equal(STEP_REMEMBERS, number('STEP_REMEMBERS'));
      const read = args.map((_, i) => Number(at.getBigInt64(field('args') + 8 * i, true)));
      assert.deepEqual(read, [1, 2, 3, 4, 5, -6]);
    });

    test('the kinds of arguments', () => {
      const kindOf = (argument: Argument): number => {
        const first = step('first', 'getpid', []);
        const { steps } = link([first, step('a call', 'close', [0, argument, first])]);
        const words = view(steps).getUint32(STEP_SIZE + number('struct nskit_step.kinds'), true);
        assert.equal((words >> 8) & 15, number('KIND_RESULT'));
        return (words >> 4) & 15;
      };
      assert.equal(kindOf(5), number('KIND_VALUE'));
      assert.equal(kindOf('text'), number('KIND_DATA'));
      assert.equal(kindOf(new Block(8)), number('KIND_DATA'));
      assert.equal(kindOf(new Place(new Block(8), 4)), number('KIND_DATA'));
      assert.equal(kindOf(callersArguments), number('KIND_ARGV'));
      assert.equal(kindOf(callersEnvironment), number('KIND_ENVP'));
    });

    test('struct nskit_file', () => {
      const [exec, shell] = [label('exec'), label('shell')];
      const text = new Block(8, [{ at: 0, target: 'a text' }]);
      const program = [step('a', 'close', [text]), exec, step('b', 'close', [1]), shell];
      const statuses = { failed: 1, cannotExecute: 2, notFound: 3 };
      const file = storedProgram(program, { exec, shell, statuses });
      const field = (name: string, plus = 0): number =>
        view(file).getUint32(number(`struct nskit_file.${name}`) + plus, true);
      assert.equal(field('magic'), number('PROGRAM_MAGIC'));
      assert.equal(field('version'), number('PROGRAM_VERSION'));
      assert.equal(field('step_count'), 2);
      assert.equal(field('relocation_count'), 1);
      assert.deepEqual([field('entries'), field('entries', 4)], [1, 2]);
      assert.deepEqual(
        [0, 4, 8].map((plus) => field('statuses', plus)),
        [1, 2, 3],
      );
      const before =
        number('sizeof struct nskit_file') +
        2 * STEP_SIZE +
        number('sizeof struct nskit_relocation');
      assert.equal(field('data_offset'), before);
      assert.equal(field('text_offset'), field('data_offset') + field('data_size'));
      assert.equal(field('file_size'), file.length);
    });

    test('struct flock', () => {
      assert.equal(FLOCK_SIZE, number('sizeof struct flock'));
      assert.equal(FLOCK_PID, number('struct flock.l_pid'));
      const type = view(wholeFileLock().bytes).getInt16(number('struct flock.l_type'), true);
      assert.equal(type, number('F_WRLCK'));
    });

    test('struct clone_args', () => {
      const { bytes } = blockOf([innerClone().clone], 'clone3');
      assert.equal(bytes.length, number('sizeof struct clone_args'));
      const flags = Number(view(bytes).getBigUint64(number('struct clone_args.flags'), true));
      assert.equal(flags, number('CLONE_PARENT') | number('CLONE_VFORK'));
    });

    test('struct ifreq', () => {
      const { bytes } = blockOf(bringUpLoopback(), 'ioctl');
      assert.equal(bytes.length, number('sizeof struct ifreq'));
      const flags = view(bytes).getInt16(number('struct ifreq.ifr_flags'), true);
      assert.equal(flags, number('IFF_UP') | number('IFF_RUNNING'));
    });

    test('siginfo_t', () => {
      assert.equal(SIGINFO_SIZE, number('sizeof siginfo_t'));
      assert.equal(SI_CODE, number('siginfo_t.si_code'));
      assert.equal(SI_STATUS, number('siginfo_t.si_status'));
      assert.equal(CLD_EXITED, number('CLD_EXITED'));
    });

    test('struct sigaction of the kernel, and its mask', () => {
      const { bytes } = blockOf([setDisposition(1, 'ignore')], 'rt_sigaction');
      assert.equal(bytes.length, number('sizeof struct kernel_sigaction'));
      const handlerAt = number('struct kernel_sigaction.sa_handler');
      assert.equal(view(bytes).getBigUint64(handlerAt, true), 1n);
      const mask = blockOf([blockSignals(new Block(8))], 'rt_sigprocmask');
      assert.equal(mask.bytes.length, number('sizeof kernel_sigset_t'));
    });

    test('struct statx, where a keeper looks at inode numbers, and a program at times', () => {
      assert.equal(STX_MTIME, number('struct statx.stx_mtime'));
      const file = pauseProgram({ lockFile: '/lock' });
      const [, , , , block = 0] = argumentsOf(file, syscallNumber('statx'), c);
      const [inode = 0] = argumentsOf(file, operations.load64, c);
      assert.equal(inode - block, number('struct statx.stx_ino'));
    });

    test('struct epoll_event', () => {
      const bytes = Uint8Array.from(facts.epollEvent);
      assert.equal(bytes.length, number('sizeof struct epoll_event'));
      assert.equal(view(bytes).getUint32(number('struct epoll_event.events'), true), 1);
      assert.equal(view(bytes).getInt32(number('struct epoll_event.data'), true), 2);
    });

    test('struct sock_fprog', () => {
      const program = blockOf(installFilter(), 'seccomp');
      assert.equal(program.bytes.length, number('sizeof struct sock_fprog'));
      const [filter] = program.pointers;
      assert.equal(filter?.at, number('struct sock_fprog.filter'));
      assert.ok(filter.target instanceof Block);
      const length = view(program.bytes).getUint16(0, true);
      assert.equal(filter.target.bytes.length, length * number('sizeof struct sock_filter'));
    });

    test('struct pollfd', () => {
      const { bytes } = blockOf(waitUntilReady('wait', [{ fd: 0, events: 9 }]), 'ppoll');
      assert.equal(bytes.length, number('sizeof struct pollfd'));
      assert.equal(view(bytes).getInt16(number('struct pollfd.events'), true), 9);
      assert.equal(number('struct pollfd.fd'), 0);
    });

    test('struct rlimit', () => {
      const program = restoreCaller(parseCaller('0:17'));
      const { bytes } = blockOf(program, 'prlimit64');
      assert.equal(bytes.length, number('sizeof struct rlimit'));
      assert.equal(view(bytes).getBigUint64(number('struct rlimit.rlim_cur'), true), 17n);
      assert.equal(number('struct rlimit.rlim_max'), 8);
      const [, which] = program.flatMap((s) =>
        'call' in s && s.call === 'prlimit64' ? s.args : [],
      );
      assert.equal(which, number('RLIMIT_NOFILE'));
    });

    test('libuv', () => {
      // Node's headers are not part of every installation: these two are libuv 1's stable ABI.
      const headers = join(dirname(dirname(process.execPath)), 'include/node');
      const libuv = existsSync(join(headers, 'uv.h'))
        ? layoutsOf(arch, '-DLAYOUTS_OF_LIBUV', '-I', headers)
        : new Map([
            ['UV_POLL_TYPE', 8],
            ['UV_READABLE_EVENT', 1],
          ]);
      for (const [name, value] of libuv) assert.equal(number(name), value, name);
    });
  });
}
