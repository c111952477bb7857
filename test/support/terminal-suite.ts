/** What a program in a terminal is used to, wherever a command of ours has started it. */
import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, test } from 'node:test';
import { nskitPath } from './nskit.js';
import { Terminal } from './terminal.js';

/** `command`: the words of nskit before the program. */
export function terminalSuite(where: string, command: readonly string[]): void {
  describe(`a terminal in ${where}`, () => {
    const inside = (...argv: readonly string[]): Terminal =>
      new Terminal([nskitPath, ...command, ...argv]);

    test('is the program’s own, with its size and its exit status', async () => {
      const script = 'test -t 0 && test -t 1 && test -t 2 && stty size; tty >/dev/null && exit 7';
      const terminal = inside('sh', '-c', script);
      await terminal.sees(/42 137/);
      assert.equal(await terminal.end, 7);
    });

    test('sends ^C to the program, which may catch it', async () => {
      const terminal = inside('sh', '-c', 'trap "echo caught; exit 9" INT; echo ready; read line');
      await terminal.sees(/ready/);
      terminal.type('\x03');
      await terminal.sees(/caught/);
      assert.equal(await terminal.end, 9);
    });

    test('ends the program by ^C, and its caller sees the signal', async () => {
      const terminal = inside('sh', '-c', 'echo ready; exec cat');
      await terminal.sees(/ready/);
      terminal.type('\x03');
      assert.equal(await terminal.end, 128 + constants.signals.SIGINT);
    });

    test('has job control: ^Z stops the program in a shell outside, fg goes on with it', async () => {
      await using terminal = new Terminal(['/bin/bash', '--norc', '--noprofile', '-i']);
      terminal.type(
        `PS1='$ '; "${nskitPath}" ${command.join(' ')} sh -c 'echo rea''dy; read a; echo got $a'\n`,
      );
      await terminal.sees(/ready/);
      terminal.type('\x1a');
      await terminal.sees(/Stopped/);
      terminal.type('jobs -l; fg\n');
      await terminal.sees(/Stopped/);
      terminal.type('more\n');
      await terminal.sees(/got more/);
      terminal.type('exit $?\n');
      assert.equal(await terminal.end, 0);
    });

    test('has job control in a shell inside, too', async () => {
      await using terminal = inside('/bin/bash', '--norc', '--noprofile', '-i');
      terminal.type("PS1='$ '; sh -c 'echo rea''dy; read a; echo got $a'\n");
      await terminal.sees(/ready/);
      terminal.type('\x1a');
      await terminal.sees(/Stopped/);
      terminal.type('fg\n');
      terminal.type('more\n');
      await terminal.sees(/got more/);
      terminal.type('exit 5\n');
      assert.equal(await terminal.end, 5);
      assert.doesNotMatch(terminal.shown, /no job control|cannot set terminal/);
    });
  });
}
