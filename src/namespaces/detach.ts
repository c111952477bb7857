/** What a process leaves behind that outlives whoever started it. */
import { forgiving, kernel, step, type Program, type Step } from '../native/index.js';

/** A session of its own, and no folder of anybody's kept busy. */
export function detach(): Program {
  return [step('leave the session', 'setsid', []), step('go to /', 'chdir', ['/'])];
}

/** Above those that are kept; no higher, because a low limit of open files would refuse it. */
const COPY_FROM = 7;

/** No fd but these, by the number each is to have (3 to 6), and /dev/null as standard streams. */
export function keepOnly(kept: ReadonlyMap<number, Step | number>): Program {
  const sentence = 'keep only the fds that are needed';
  const null_ = step(sentence, 'openat', [kernel.AT_FDCWD, '/dev/null', kernel.O_RDWR, 0]);
  const copies = [...kept].map(([to, fd]) => ({
    fd: step(sentence, 'fcntl', [fd, kernel.F_DUPFD_CLOEXEC, COPY_FROM]),
    to,
  }));
  return [
    ...copies.map(({ fd }) => fd),
    null_,
    ...[0, 1, 2].map((fd) => forgiving(step(sentence, 'dup3', [null_, fd, 0]))),
    step(sentence, 'close_range', [3, 0xffff_ffff, kernel.CLOSE_RANGE_CLOEXEC]),
    ...copies.map(({ fd, to }) => step(sentence, 'dup3', [fd, to, 0])),
  ];
}
