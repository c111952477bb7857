/**
 * A program that starts as the uplink process does and tries what that may not do: each call from the
 * main thread, and from the only thread of libuv's pool, which was there before the filter was. It says
 * to its starter what came of each, as JSON. Its arguments: whether to give up what the uplink process
 * gives up at the end, a file, and the pid of the test. The calls are made with arguments that the
 * kernel refuses with another error than the filter does.
 */
import { readFileSync, writeFileSync, writeSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { STARTER_FD, restrictForGood } from '../../src/namespaces/index.js';
import {
  Block,
  binding,
  kernel,
  runProgram,
  runProgramAsync,
  step,
  type Step,
} from '../../src/native/index.js';

export interface Tried {
  /** By what was tried: `done`, or an error's code. */
  readonly main: Record<string, string>;
  readonly pool: Record<string, string>;
}

const NOBODY = 0x7fff_fff0;
const { CLONE_NEWUSER, CLONE_NEWNET, CLONE_THREAD, SOCK_STREAM, SOCK_DGRAM } = kernel;
const CLONE_FS = 0x200;
const CLONE_SIGHAND = 0x800;

const call = (name: Step['call'], ...args: Step['args']): Step => step('try', name, args);
const two = new Block(8);

const calls: Record<string, Step> = {
  'enter a namespace': call('setns', -1, 0),
  'leave a namespace': call('unshare', 0),
  'trace a process': call('ptrace', 0, 0, 0, 0),
  'read the memory of a process': call('process_vm_readv', NOBODY, 0, 0, 0, 0, 1),
  'take a descriptor of a process': call('pidfd_getfd', -1, 0, 0),
  'signal a process by its pidfd': call('pidfd_send_signal', -1, 0, 0, 0),
  'signal a process': call('kill', NOBODY, 0),
  'change the limits of a process': call('prlimit64', NOBODY, 7, 0, 0),
  'execute a program': call('execve', 0, 0, 0),
  'execute a file that is open': call('execveat', -1, 'x', 0, 0, 0),
  'make a process': call('clone', CLONE_SIGHAND, 0, 0, 0, 0),
  'make a process in a user namespace': call('clone', CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0),
  'make a thread in a network namespace': call('clone', CLONE_NEWNET | CLONE_THREAD, 0, 0, 0, 0),
  'make a process by clone3': call('clone3', 0, 0),
  'change a mount': call('umount2', '/', 0x4000_0000),
  'open a mount': call('open_tree', -1, 'x', 0),
  'use keyrings': call('keyctl', 999),
  'use io_uring': call('io_uring_setup', 0, 0),
  'watch page faults': call('userfaultfd', -1),
  'make a Unix socket': call('socket', kernel.AF_UNIX, SOCK_STREAM, 0),
  'make a pair of datagram sockets': call('socketpair', kernel.AF_UNIX, SOCK_DGRAM, 0, two),
};

const allowed: Record<string, Step> = {
  'signal itself': call('kill', process.pid, 0),
  'make a TCP socket': call('socket', kernel.AF_INET6, SOCK_STREAM | kernel.SOCK_CLOEXEC, 0),
  'make a netlink socket': call('socket', kernel.AF_NETLINK, SOCK_DGRAM, 0),
  'make a pair of stream sockets': call('socketpair', kernel.AF_UNIX, SOCK_STREAM, 0, two),
};

async function attempt(action: () => unknown): Promise<string> {
  try {
    await action();
    return 'done';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const [how, file = '', testPid = ''] = process.argv.slice(2);
// The pool's thread, from before the filter.
await runProgramAsync([step('warm up', 'getpid', [])], { in: 'here' });
const scopes = {
  'signal the test': await attempt(() => process.kill(Number(testPid), 0)),
};
if (how === 'restricted') restrictForGood();

const tried: Tried = { main: { ...scopes }, pool: {} };
for (const [name, one] of Object.entries({ ...calls, ...allowed })) {
  tried.main[name] = await attempt(() => runProgram([one], { in: 'here' }));
  tried.pool[name] = await attempt(() => runProgramAsync([one], { in: 'here' }));
}
const files: Record<string, string> = {
  'read a file of the user': file,
  'read the environment of a process': `/proc/${testPid}/environ`,
  'read /etc': '/etc/hosts',
  'read its own status': '/proc/self/status',
};
for (const [name, path] of Object.entries(files)) {
  tried.main[name] = await attempt(() => readFileSync(path));
  tried.pool[name] = await attempt(() => readFile(path));
}
const state = `${process.env['XDG_RUNTIME_DIR']}/nskit`;
const written: Record<string, string> = {
  'make a stored program': `${state}/programs/evil`,
  'make a file over /etc of a name': `${state}/uplinks/lab/etc/ld.so.preload`,
  'change a file over /etc of a name': `${state}/uplinks/lab/etc/resolv.conf`,
};
for (const [name, path] of Object.entries(written)) {
  tried.main[name] = await attempt(() => writeFileSync(path, 'x'));
  tried.pool[name] = await attempt(() => writeFile(path, 'x'));
}
if (how === 'restricted' && process.arch === 'x64') {
  // Not in steps: fork, and a call of the x32 convention.
  tried.main['fork'] = String(binding().syscall(57));
  tried.main['call by x32'] = String(binding().syscall(0x4000_0000 + 39));
}
writeSync(STARTER_FD, JSON.stringify(tried));
