/** What one program inside finds of name services; its resolv.conf follows the host's while it runs. */
import { LiveTexts, hideFolders, liveTextsProgram, type Namespaces } from '../namespaces/index.js';
import type { Program } from '../native/index.js';
import type { UplinkOptions } from '../uplink/index.js';
import { nameFilesOf, resolvConfOf } from './name-files.js';

export class LiveNameFiles implements Disposable {
  readonly #options: UplinkOptions;
  readonly #texts: LiveTexts;
  readonly #hidden: readonly string[];

  private constructor(options: UplinkOptions, texts: LiveTexts, hidden: readonly string[]) {
    this.#options = options;
    this.#texts = texts;
    this.#hidden = hidden;
  }

  /** Undefined when the uplink has no DNS server. Throws SyscallError; then nothing is left. */
  static async make(held: Namespaces, options: UplinkOptions): Promise<LiveNameFiles | undefined> {
    const files = nameFilesOf(options);
    if (files === undefined) return undefined;
    const texts = await LiveTexts.make(held.way(), files.etc);
    return new LiveNameFiles(options, texts, files.hidden);
  }

  /** Steps in the program's own mount namespace. */
  lay(): Program {
    return [...this.#texts.lay(), ...hideFolders(this.#hidden)];
  }

  /** The host's resolv.conf has changed. */
  readonly follow = (host: string | undefined): void => {
    for (const [path, text] of Object.entries(resolvConfOf(this.#options, host))) {
      this.#texts.set(path, text);
    }
  };

  [Symbol.dispose](): void {
    this.#texts[Symbol.dispose]();
  }
}

/** All steps, for those who only want to know. */
export function liveNameFilesProgram(options: UplinkOptions): Program {
  const files = nameFilesOf(options);
  return files === undefined ? [] : [...liveTextsProgram(files.etc), ...hideFolders(files.hidden)];
}
