/** `nskit intercept`: connections that leave a namespace, printed, or each given to a program. */
import type { Command } from 'commander';
import { spawn, type ChildProcess } from 'node:child_process';
import {
  NskitError,
  endText,
  intercept,
  namespaces,
  untilNameEnds,
  type FileDescriptor,
  type InterceptFamily,
  type InterceptHandler,
  type InterceptedFlow,
} from '../../index.js';
import { print } from '../print.js';
import { writeError } from '../report.js';
import { stopSignal } from '../stop-signal.js';

interface Flags {
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly json?: true;
}

export function define(command: Command): void {
  command
    .usage('[options] name [-- program [argument...]]')
    .argument('<name>')
    .argument('[program...]', 'started outside for each TCP connection')
    .option('-4, --ipv4', 'intercept IPv4')
    .option('-6, --ipv6', 'intercept IPv6')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help)
    .action(async (name: string, program: string[], flags: Flags) => {
      const place = namespaces.get(name);
      const details = place.details();
      const programs = new Programs(program);
      const stop = stopSignal();
      const shown = flags.json === true ? asJson : asText;
      const handler = program.length === 0 ? printing(shown) : programs.handler;
      const interception = await intercept(place, handler, {
        families: families(flags),
        onRefused: (flow, reason) => {
          if (program.length === 0) print(shown(flow, (reason as Error).message));
        },
        onError: (error) => {
          writeError(`nskit: ${(error as Error).message}`);
        },
      });
      const words = interception.families.map((family) => familyWords[family]);
      writeError(`nskit: intercepting ${words.join(' and ')} of ${name}`);
      const { name: gone } = await untilNameEnds([details], { signal: stop });
      programs.end();
      await interception.close();
      if (gone === undefined) return;
      throw new NskitError('ERR_NAME_UNKNOWN', `the namespace ${gone} was deleted`);
    });
}

function families({ ipv4, ipv6 }: Flags): readonly InterceptFamily[] | undefined {
  if (ipv4 !== true && ipv6 !== true) return undefined;
  return [
    ...(ipv4 === true ? (['inet'] as const) : []),
    ...(ipv6 === true ? (['inet6'] as const) : []),
  ];
}

const familyWords = { inet: 'IPv4', inet6: 'IPv6' } as const;

type Shown = (flow: InterceptedFlow, refused?: string) => string;

function printing(shown: Shown): InterceptHandler {
  return (flow) => {
    print(shown(flow));
    return flow.connect();
  };
}

const asText: Shown = ({ protocol, source, destination }, refused) => {
  const line = `${protocol} ${endText(source)} -> ${endText(destination)}`;
  return refused === undefined ? line : `${line} refused: ${refused}`;
};

const asJson: Shown = ({ protocol, source, destination }, refused) =>
  JSON.stringify({ protocol, source, destination, refused });

/** One program for each connection, which is its standard input and output. */
class Programs {
  readonly #argv: readonly string[];
  readonly #running = new Set<ChildProcess>();

  constructor(argv: readonly string[]) {
    this.#argv = argv;
  }

  readonly handler: InterceptHandler = (flow) =>
    flow.protocol === 'tcp'
      ? flow.take((socket) => {
          this.#start(flow, socket);
        })
      : flow.connect();

  end(): void {
    for (const child of this.#running) child.kill();
  }

  #start({ destination }: InterceptedFlow, socket: FileDescriptor): void {
    using ours = socket;
    const [file = '', ...args] = this.#argv;
    const env = { ...process.env, NSKIT_ORIGINAL_DESTINATION: endText(destination) };
    const child = spawn(file, args, { stdio: [ours.fd, ours.fd, 'inherit'], env });
    this.#running.add(child);
    child.on('error', ({ message }) => {
      writeError(`nskit: ${message}`);
    });
    child.on('close', () => this.#running.delete(child));
  }
}

const help = `
Whatever programs inside connect to outside of the namespace is printed, and connected on from here,
as is UDP. A destination that refuses, cannot be reached or is silent looks so from inside. With a
program, each TCP connection is given to one of it, as its standard input and output; it runs here,
outside, and NSKIT_ORIGINAL_DESTINATION says where the connection wanted to go.

It goes on until it is interrupted; then the namespace is as it was. Without --ipv4 and --ipv6 those
families are intercepted by which this machine has a default route. Loopback and networks that the
namespace has devices for are not intercepted; pings are not answered. Names are looked up inside: a
resolver that is not on loopback makes that possible (nskit add --file).

Exit status: 0; 1 when it failed, or the namespace was deleted meanwhile; 2 for bad usage.

Examples:
  nskit intercept lab
  nskit intercept --json lab | jq -r '.destination.address'
  nskit intercept lab -- sh -c 'echo "you wanted $NSKIT_ORIGINAL_DESTINATION"'
  nskit intercept -4 lab -- ./proxy`;
