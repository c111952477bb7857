/**
 * A program of its own, because the tables of TypeScript follow `process.arch` when they are
 * loaded: prints what they say on the architecture that is its argument.
 */
Object.defineProperty(process, 'arch', { value: process.argv[2] });

const native = await import('../../src/native/index.js');
const { epollEvent } = await import('../../src/native/poller.js');
const uplink = await import('../../src/uplink/constants.js');
const sockets = await import('../../src/sockets/constants.js');

export interface Facts {
  readonly constants: Record<string, number>;
  readonly syscalls: Record<string, number>;
  readonly epollEvent: number[];
}

const facts: Facts = {
  constants: { ...native.kernel, ...uplink, ...sockets },
  syscalls: Object.fromEntries(native.syscallNames.map((n) => [n, native.syscallNumber(n)])),
  epollEvent: [...epollEvent(1, 2)],
};
console.log(JSON.stringify(facts));
