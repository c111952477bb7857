/** A name with an uplink, a server on the host, and programs inside whose flows can be looked at. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { namespaces, type OwnedNamedNamespace } from '../../src/index.js';

/** A program inside that has said what it heard; disposing ends its input and waits for its end. */
export interface Client extends AsyncDisposable {
  readonly said: string;
}

export interface FlowLab extends AsyncDisposable {
  readonly name: OwnedNamedNamespace;
  /** Of the server on the host, which does what the first word of a connection says. */
  readonly port: number;
  /** Python; it prints one line first. */
  client(code: string): Promise<Client>;
  /** Connects, says the word, prints its port and what it heard, waits, and does what comes last. */
  connected(host: string, word: keyof typeof answers, last?: string): Promise<Client>;
  /** A program inside, to its good end. */
  run(argv: readonly string[]): Promise<void>;
}

const answers = {
  echo: (socket: Socket) => void socket.write('four'),
  end: (socket: Socket) => void socket.end('four'),
  reset: (socket: Socket) => void socket.resetAndDestroy(),
};

/** To be called before the library first looks for its state directory. */
export async function makeFlowLab(): Promise<FlowLab> {
  const folder = mkdtempSync(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'flows-'));
  process.env['XDG_RUNTIME_DIR'] = folder;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (word) => answers[word.toString() as keyof typeof answers](socket));
  });
  await once(server.listen(0, '::'), 'listening');
  const { port } = server.address() as AddressInfo;
  const uplink = { allowHost: [port, `${port}/udp`], deny: ['192.0.2.0/24'] };
  const name = await namespaces.add('lab', { uplink });
  const client = (code: string): Promise<Client> => clientIn(name, code);
  return {
    ...{ name, port, client },
    connected: (host, word, last = '') => client(connecting({ host, port, word, last })),
    run: async (argv) => {
      const child = await name.spawnAsync(argv, { stdio: ['ignore', 'ignore', 'inherit'] });
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    },
    [Symbol.asyncDispose]: async () => {
      await name[Symbol.asyncDispose]();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function connecting(what: { host: string; port: number; word: string; last: string }): string {
  const { host, port, word, last } = what;
  return `
s = socket.create_connection(("${host}", ${port}))
s.sendall(b"${word}")
try: heard = s.recv(9).decode()
except OSError as error: heard = error.strerror
print(s.getsockname()[1], heard, flush=True)
sys.stdin.read()
${last}`;
}

async function clientIn(name: OwnedNamedNamespace, code: string): Promise<Client> {
  const program = ['python3', '-c', `import socket, struct, sys\n${code}\n`];
  const child = await name.spawnAsync(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  assert.ok(child.stdout && child.stdin);
  const { stdin } = child;
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said = String((await lines.next()).value);
  return {
    said,
    [Symbol.asyncDispose]: async () => {
      stdin.end();
      assert.deepEqual(await child.exit, { exitCode: 0, signal: null });
    },
  };
}
