/** Every command: a line of help, and where it is. */
import type { Command } from 'commander';

/** What each file in commands/ exports. */
export interface CommandModule {
  /** Adds arguments, options, help and the action. */
  define(command: Command): void;
}

export interface CommandEntry {
  readonly summary: string;
  /** It runs a program: our own failures exit with 125 to 127. */
  readonly runsProgram?: boolean;
  readonly load: () => Promise<CommandModule>;
}

export const commandTable: Readonly<Record<string, CommandEntry>> = {
  run: {
    summary: 'run a program in fresh namespaces of which nothing is left behind',
    runsProgram: true,
    load: () => import('./commands/run.js'),
  },
  add: {
    summary: 'make a network namespace with a name',
    load: () => import('./commands/add.js'),
  },
  exec: {
    summary: 'run a program in a named namespace',
    runsProgram: true,
    load: () => import('./commands/exec.js'),
  },
  shell: {
    summary: 'start a shell in a named namespace, or in the base namespaces',
    runsProgram: true,
    load: () => import('./commands/shell.js'),
  },
  listen: {
    summary: 'open sockets in a named namespace for a program outside',
    runsProgram: true,
    load: () => import('./commands/listen.js'),
  },
  connect: {
    summary: 'join standard input and output to a connection made in a named namespace',
    load: () => import('./commands/connect.js'),
  },
  forward: {
    summary: 'pass connections on from one namespace, or the host, to another',
    load: () => import('./commands/forward.js'),
  },
  uplink: {
    summary: 'give a namespace the internet, through a process that all of them share',
    load: () => import('./commands/uplink.js'),
  },
  publish: {
    summary: 'let ports of the host lead into a named namespace, or list them',
    load: () => import('./commands/publish.js'),
  },
  unpublish: {
    summary: 'let a port of the host lead into it no longer',
    load: () => import('./commands/unpublish.js'),
  },
  flows: {
    summary: 'show what the uplink of a namespace carries',
    load: () => import('./commands/flows.js'),
  },
  capture: {
    summary: 'write what crosses the device of an uplink to a pcapng file',
    load: () => import('./commands/capture.js'),
  },
  intercept: {
    summary: 'see, answer, or pass on what programs in a namespace connect to',
    load: () => import('./commands/intercept.js'),
  },
  link: {
    summary: 'list, add, change and delete the devices of a named namespace, like ip link',
    load: () => import('./commands/link.js'),
  },
  addr: {
    summary: 'list, add and delete its addresses, like ip address',
    load: () => import('./commands/addr.js'),
  },
  route: {
    summary: 'list, add and delete its routes, like ip route',
    load: () => import('./commands/route.js'),
  },
  list: {
    summary: 'list the named namespaces',
    load: () => import('./commands/list.js'),
  },
  show: {
    summary: 'show all about a named namespace',
    load: () => import('./commands/show.js'),
  },
  pids: {
    summary: 'list the processes in a named namespace',
    load: () => import('./commands/pids.js'),
  },
  identify: {
    summary: 'say which named namespace a process is in',
    load: () => import('./commands/identify.js'),
  },
  monitor: {
    summary: 'print a line whenever a name comes or goes',
    load: () => import('./commands/monitor.js'),
  },
  path: {
    summary: 'print a path by which other tools can open a named namespace',
    load: () => import('./commands/path.js'),
  },
  attach: {
    summary: 'give a name to the network namespace of a process',
    load: () => import('./commands/attach.js'),
  },
  delete: {
    summary: 'delete named namespaces',
    load: () => import('./commands/delete.js'),
  },
  unshare: {
    summary: 'run a program in new namespaces, like unshare(1)',
    runsProgram: true,
    load: () => import('./commands/unshare.js'),
  },
  enter: {
    summary: 'run a program in namespaces of a process, like nsenter(1)',
    runsProgram: true,
    load: () => import('./commands/enter.js'),
  },
  doctor: {
    summary: 'find out what works here, and how to repair what does not',
    load: () => import('./commands/doctor.js'),
  },
};
