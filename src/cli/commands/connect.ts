/** `nskit connect`: standard input and output joined to a connection made inside, like nc(1). */
import type { Command } from 'commander';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  NskitError,
  namespaces,
  splitHostAndPort,
  type ConnectOptions,
  type VsockConnectOptions,
} from '../../index.js';

interface Flags {
  readonly timeout?: string;
}

export function define(command: Command): void {
  command
    .argument('<name>')
    .argument('<address>', 'HOST:PORT, unix:///PATH, unix://@ABSTRACT or vsock://CID:PORT')
    .option('-t, --timeout <seconds>', 'give up when there is no connection by then')
    .addHelpText('after', help)
    .action(async (name: string, address: string, flags: Flags) => {
      const to = vsockTarget(address) ?? target(address);
      const options = { ...timeLimit(flags), allowHalfOpen: true };
      const lab = namespaces.get(name);
      const socket =
        'vsock' in to
          ? await lab.connect({ ...to, ...options })
          : await lab.connect({ ...to, ...options });
      await join(socket);
    });
}

function vsockTarget(address: string): VsockConnectOptions | undefined {
  const [, cid, port] = /^vsock:\/\/(\d+):(\d+)$/.exec(address) ?? [];
  return cid === undefined ? undefined : { vsock: { cid: Number(cid), port: Number(port) } };
}

function target(address: string): ConnectOptions {
  const [, unix] = /^unix:\/\/(.+)$/s.exec(address) ?? [];
  if (unix !== undefined) return { path: unix.startsWith('@') ? `\0${unix.slice(1)}` : unix };
  const { host, port } = splitHostAndPort(address.replace(/^tcp:\/\//, ''));
  return host === undefined ? { port } : { host, port };
}

function timeLimit({ timeout }: Flags): { signal?: AbortSignal } {
  if (timeout === undefined) return {};
  const seconds = Number(timeout);
  if (!(seconds > 0 && seconds <= 86_400)) {
    throw new NskitError('ERR_USAGE', `--timeout is a number of seconds, not ${timeout}`);
  }
  return { signal: AbortSignal.timeout(1000 * seconds) };
}

/**
 * Each direction ends by itself: the end of our input is told to the other side, which may go on.
 * When the other side has ended we end, whatever is still typed.
 */
async function join(socket: Duplex): Promise<void> {
  const received = receive(socket);
  // A connection that breaks is told by `received`; input that ends early is the caller's wish.
  pipeline(process.stdin, socket).catch(() => undefined);
  try {
    await received;
  } finally {
    process.stdin.destroy();
    socket.destroy();
  }
}

async function receive(socket: Duplex): Promise<void> {
  // Whoever read our output has gone (head): there is nothing left to do.
  process.stdout.once('error', (error: Error) => socket.destroy(error));
  socket.on('data', (chunk: Buffer) => {
    if (process.stdout.write(chunk)) return;
    socket.pause();
    process.stdout.once('drain', () => socket.resume());
  });
  await once(socket, 'end');
}

const help = `
The end of input is told to the other side (half-close); the command ends when the other side does.
Names are looked up outside. "localhost" is the namespace's own.

Exit status: 0; 1 when there is no connection, or it breaks; 2 for bad usage.

Examples:
  nskit connect lab 127.0.0.1:80 < request
  nskit connect lab [::1]:5432
  nskit connect --timeout 2 lab 10.0.0.2:22
  nskit connect lab unix://@control`;
