/** `nskit listen`: sockets opened in a namespace for a program outside. */
import type { Command } from 'commander';
import {
  NskitError,
  becomeWithSockets,
  listenUrlOptions,
  namespaces,
  parseListenUrl,
  type ListenUrl,
} from '../../index.js';
import { printProgram } from '../dry-run.js';

interface Flags {
  readonly dryRun?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] name address... -- program [argument...]')
    .argument('<words...>', 'the name, the addresses, then the program and its arguments')
    .option('--dry-run', 'print the steps instead of taking them')
    .addHelpText('after', help)
    .action(async (words: string[], { dryRun }: Flags) => {
      const { name, addresses, program } = read(words);
      const place = namespaces.get(name);
      if (dryRun === true) {
        printProgram(place.listenProgram(addresses, program));
        return;
      }
      const opened = await place.openAll(addresses.map(({ opening }) => opening));
      const sockets = opened.map(({ descriptor }, i) => ({
        fd: descriptor.fd,
        name: addresses[i]?.name,
      }));
      becomeWithSockets(program, sockets);
    });
}

function read([name = '', ...words]: readonly string[]): {
  name: string;
  addresses: ListenUrl[];
  program: string[];
} {
  const dashes = words.indexOf('--');
  if (dashes < 0 || dashes === words.length - 1) {
    throw new NskitError('ERR_USAGE', 'listen needs a program to run', {
      hint: 'write it after "--": nskit listen lab tcp://[::]:80 -- node server.js',
    });
  }
  const addresses = words.slice(0, dashes).map((text) => parseListenUrl(text));
  if (addresses.length === 0) {
    throw new NskitError('ERR_USAGE', 'listen needs an address', {
      hint: 'for example tcp://[::]:80, or unix:///run/user/1000/web.sock',
    });
  }
  return { name, addresses, program: words.slice(dashes + 1) };
}

const help = `
The sockets are opened inside the namespace, in which no port needs root. The program runs outside,
where you are: it serves whoever is inside, and its own connections leave from the host. The sockets
are its fds from 3 on, as systemd hands them over (LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES); their
numbers are also in NSKIT_FD_0, NSKIT_FD_1 and so on. They go on when the name is deleted.

Addresses: tcp://HOST:PORT, udp://HOST:PORT, unix:///PATH, unix://@ABSTRACT, vsock://CID:PORT. After
a "?" options, joined by "&": ${listenUrlOptions.slice(0, 6).join(', ')},
${listenUrlOptions.slice(6).join(', ')}.

Exit status: the program's, 128+n when signal n ended it; 125 when nskit failed, 126 when the
program cannot be run, 127 when it cannot be found.

Examples:
  nskit listen lab tcp://[::]:80?backlog=4096 -- node server.js
  nskit listen lab 'tcp://:80?name=web&no-delay' tcp://:443?name=tls -- ./server
  nskit listen lab udp://0.0.0.0:53 unix://@control -- ./daemon
  nskit listen --dry-run lab tcp://127.0.0.1:80 -- ./server

In server.js: http.createServer(app).listen({ fd: Number(process.env.NSKIT_FD_0) }, 4096).`;
