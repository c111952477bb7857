/** Bytes as hexadecimal digits, each line with what it means behind two spaces. */
export function annotated(lines: string): Uint8Array {
  const digits = lines.split('\n').map((line) => line.trim().replace(/ {2}.*/, ''));
  return Uint8Array.from(Buffer.from(digits.join('').replaceAll(' ', ''), 'hex'));
}
