/**
 * Reads the table of native/layouts.c out of an object file, for any architecture: nothing of it
 * has to run, so the arm64 headers can be asked on x86-64.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFolder } from '../../src/index.js';

export type Architecture = 'x64' | 'arm64';
export type Layouts = ReadonlyMap<string, number>;

const crossCompilers = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' };

/** `CC` may carry arguments, as in `CC="ccache gcc"`. */
function compilerFor(arch: Architecture): string[] {
  if (arch !== process.arch) return [crossCompilers[arch]];
  return (process.env['CC'] ?? 'cc').split(' ');
}

/** Why the headers of an architecture cannot be asked here; undefined when they can. */
export function whyNotAsked(arch: Architecture): string | undefined {
  const [command = '', ...args] = compilerFor(arch);
  const { status } = spawnSync(command, [...args, '--version']);
  return status === 0 ? undefined : `${command} is not installed`;
}

export function layoutsOf(arch: Architecture, ...flags: string[]): Layouts {
  const folder = mkdtempSync(join(tmpdir(), 'nskit-layouts-'));
  const object = join(folder, 'layouts.o');
  const source = join(packageFolder(), 'native/layouts.c');
  const [command = '', ...first] = compilerFor(arch);
  try {
    const warnings = ['-std=gnu11', '-Wall', '-Wextra', '-Werror'];
    const args = [...first, ...warnings, ...flags, '-c', source, '-o', object];
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
    return entries(section(readFileSync(object), 'nskit_layouts'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Elf64_Ehdr and Elf64_Shdr (elf(5)), little-endian. */
function section(elf: Buffer, wanted: string): Buffer {
  const headersAt = Number(elf.readBigUInt64LE(40));
  const [size, count, namesIndex] = [58, 60, 62].map((at) => elf.readUInt16LE(at));
  const header = (index = 0): { name: number; at: number; size: number } => {
    const at = headersAt + index * (size ?? 0);
    const word = (offset: number): number => Number(elf.readBigUInt64LE(at + offset));
    return { name: elf.readUInt32LE(at), at: word(24), size: word(32) };
  };
  const names = header(namesIndex).at;
  for (let i = 0; i < (count ?? 0); i++) {
    const { name, at, size } = header(i);
    if (textAt(elf, names + name) === wanted) return elf.subarray(at, at + size);
  }
  throw new Error(`no section ${wanted}`);
}

/** struct layout: a name in 56 bytes, a number in 8. */
function entries(table: Buffer): Layouts {
  const layouts = new Map<string, number>();
  for (let at = 0; at < table.length; at += 64) {
    layouts.set(textAt(table, at), Number(table.readBigInt64LE(at + 56)));
  }
  return layouts;
}

function textAt(bytes: Buffer, at: number): string {
  return bytes.toString('latin1', at, bytes.indexOf(0, at));
}
