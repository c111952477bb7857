/** Classic BPF programs (linux/filter.h): of seccomp filters, and of socket filters. */
import { Block } from './block.js';

/** struct sock_filter: the operation, how far to jump if so and if not, the operand. */
export type BpfInstruction = readonly [code: number, jt: number, jf: number, k: number];

const INSTRUCTION_SIZE = 8;
/** struct sock_fprog: how many, and where. */
const FPROG_SIZE = 16;
const FPROG_FILTER = 8;

/** struct sock_fprog, with what it points to. */
export function bpfProgram(filter: readonly BpfInstruction[]): Block {
  const code = new DataView(new ArrayBuffer(INSTRUCTION_SIZE * filter.length));
  filter.forEach(([operation, jt, jf, k], i) => {
    code.setUint16(INSTRUCTION_SIZE * i, operation, true);
    code.setUint8(INSTRUCTION_SIZE * i + 2, jt);
    code.setUint8(INSTRUCTION_SIZE * i + 3, jf);
    code.setUint32(INSTRUCTION_SIZE * i + 4, k, true);
  });
  const head = new Uint8Array(FPROG_SIZE);
  new DataView(head.buffer).setUint16(0, filter.length, true);
  const target = new Block(new Uint8Array(code.buffer));
  return new Block(head, [{ at: FPROG_FILTER, target }]);
}
