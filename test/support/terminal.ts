/** A real terminal: a program as the session leader's foreground job on a pty, driven line by line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * Runs argv on a pty of its own and is the wire to it: what comes in is typed, what the terminal
 * shows goes out. Ends as the program ends.
 */
const wire = `
import fcntl, os, pty, select, struct, sys, termios
def resize(fd, rows, columns):
  fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
pid, terminal = pty.fork()
if pid == 0:
  resize(0, 42, 137)
  os.execvp(sys.argv[1], sys.argv[1:])
inputs = [0, 3, terminal]
while True:
  for fd in select.select(inputs, [], [])[0]:
    try: data = os.read(fd, 4096)
    except OSError: data = b''
    if fd == 0:
      if data: os.write(terminal, data)
      else: inputs.remove(0)
    elif fd == 3:
      if data: resize(terminal, *map(int, data.split()))
      else: inputs.remove(3)
    elif data: os.write(1, data)
    else:
      status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
      sys.exit(status if status >= 0 else 128 - status)
`;

export class Terminal implements AsyncDisposable {
  #shown = '';
  readonly #child: ChildProcess;
  /** The program's exit status, 128+n when signal n ended it. */
  readonly end: Promise<number>;

  constructor(argv: readonly string[]) {
    const child = spawn('/usr/bin/python3', ['-c', wire, ...argv], {
      stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    });
    this.end = once(child, 'close').then(([code]) => Number(code));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#shown += text));
    this.#child = child;
  }

  /** Everything shown so far, and not yet awaited. */
  get shown(): string {
    return this.#shown;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  resize(rows: number, columns: number): void {
    (this.#child.stdio[3] as Writable).write(`${rows} ${columns}\n`);
  }

  /** Waits until the terminal shows this; what comes before it counts as seen. */
  async sees(pattern: RegExp): Promise<string> {
    while (true) {
      const match = pattern.exec(this.#shown);
      if (match !== null) {
        this.#shown = this.#shown.slice(match.index + match[0].length);
        return match[0];
      }
      const ended = await Promise.race([
        once(this.#child.stdout ?? this.#child, 'data').then(() => false),
        this.end.then(() => true),
      ]);
      if (ended && !pattern.test(this.#shown)) {
        throw new Error(`the terminal ended without ${String(pattern)}: ${this.#shown}`);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.end;
  }
}
