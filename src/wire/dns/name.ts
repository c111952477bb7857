/**
 * Domain names as text (RFC 1035 section 5.1): labels with dots between them and none at the end,
 * `.` for the root. A byte of a label that is no printable ASCII character is `\DDD`; a dot or a
 * backslash in it is `\.` or `\\`. So any name has a text, and no two have the same.
 */

/** RFC 1035 section 2.3.4: of a label, and of a name with its length bytes. */
export const LABEL_MAX = 63;
export const NAME_MAX = 255;

export const ROOT = '.';

const DOT = 0x2e;
const BACKSLASH = 0x5c;

export function labelText(label: Uint8Array): string {
  let text = '';
  for (const byte of label) {
    if (byte === DOT || byte === BACKSLASH) text += `\\${String.fromCharCode(byte)}`;
    else if (byte > 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${byte.toString().padStart(3, '0')}`;
  }
  return text;
}

const encoder = new TextEncoder();

/**
 * The labels of a name, without the root's empty one; a dot at the end may be there. Characters
 * outside ASCII stand for their UTF-8. Throws RangeError when the text is no name.
 */
export function parseName(text: string): Uint8Array[] {
  if (text === ROOT) return [];
  const labels = splitLabels(text).map(labelBytes);
  const size = labels.reduce((sum, label) => sum + 1 + label.length, 1);
  const isSound = labels.every(({ length }) => length > 0 && length <= LABEL_MAX);
  if (!isSound || size > NAME_MAX) throw noName(text);
  return labels;
}

function splitLabels(text: string): string[] {
  const name = withoutDot(text);
  if (!name.includes('\\')) return name.split('.');
  const labels: string[] = [];
  let label = '';
  for (const [piece] of name.matchAll(PIECES)) {
    if (piece === '.') labels.push(label);
    label = piece === '.' ? '' : label + piece;
  }
  return [...labels, label];
}

/** An escape, or a character. A backslash that escapes nothing stands alone at the end. */
const PIECES = /\\\d{3}|\\.|[^\\]|\\$/gsu;

function labelBytes(text: string): Uint8Array {
  if (!text.includes('\\')) return encoder.encode(text);
  const bytes: number[] = [];
  for (const [piece] of text.matchAll(PIECES)) {
    if (/^\\\d{3}$/.test(piece)) bytes.push(escapedByte(piece));
    else if (piece === '\\') throw noName(text);
    else bytes.push(...encoder.encode(piece.replace(/^\\/, '')));
  }
  return Uint8Array.from(bytes);
}

function escapedByte(escape: string): number {
  const byte = Number(escape.slice(1));
  if (byte > 255) throw noName(escape);
  return byte;
}

function noName(text: string): RangeError {
  return new RangeError(`${JSON.stringify(text)} is no domain name`);
}

/** The form in which two names are equal when they are the same name (RFC 4343): in small letters. */
export function foldName(text: string): string {
  const small = text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  return small === ROOT ? ROOT : withoutDot(small);
}

/** Whether a folded name is the other folded one or lies below it. */
export function isWithin(name: string, ancestor: string): boolean {
  if (name === ancestor || ancestor === ROOT) return true;
  return name.endsWith(`.${ancestor}`) && !isEscaped(name, name.length - ancestor.length - 1);
}

function withoutDot(text: string): string {
  return text.endsWith('.') && !isEscaped(text, text.length - 1) ? text.slice(0, -1) : text;
}

/** A character with an odd number of backslashes in front belongs to the last of them. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
