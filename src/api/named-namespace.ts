/** A named network namespace, as a program holds it. It is found by its name each time. */
import {
  NamespaceFile,
  deleteName,
  processesOf,
  resolveName,
  spawn,
  spawnAsync,
  startInside,
  type Child,
  type DeleteOptions,
  type ResolvedName,
  type SpawnOptions,
} from '../namespaces/index.js';
import { insideOf, type Inside } from '../sockets/index.js';
import type { UplinkOptions } from '../uplink/index.js';
import { attachUplink, type Uplink } from './attach-uplink.js';
import { endUplinkOf } from './attached-uplinks.js';
import { openNamed, type HeldNamespaces } from './held-namespaces.js';
import { SharedUplink } from './shared-uplink/shared-uplink.js';
import { Networked } from './networked.js';

export class NamedNamespace extends Networked {
  readonly name: string;

  constructor(name: string) {
    super(
      () => insideOfName(name),
      () => openNetworkOf(name),
    );
    this.name = name;
  }

  /** What is known about it. Throws ERR_NAME_UNKNOWN once it is gone. */
  details(): ResolvedName {
    return resolveName(this.name);
  }

  /** Where other tools can open the network namespace while the pause process lives. */
  get path(): string {
    return this.details().path;
  }

  /** Starts a program inside, as `nskit exec` does; blocks until it has been executed. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): Child {
    const { state, record } = this.details();
    const start = startInside(state, record, argv);
    return spawn(start.way, start.argv, options);
  }

  /** The same, waiting on a thread of the pool. */
  async spawnAsync(argv: readonly string[], options: SpawnOptions = {}): Promise<Child> {
    const { state, record } = this.details();
    const start = startInside(state, record, argv);
    return await spawnAsync(start.way, start.argv, options);
  }

  /** Its user and network namespace, held open: they live on when the name is deleted. */
  open(): HeldNamespaces {
    return openNamed(this.details());
  }

  /** The internet inside, carried by this process until the uplink is disposed of. */
  attachUplink(options: UplinkOptions = {}): Promise<Uplink> {
    return attachUplink(this, options);
  }

  /** Its uplink in the process that all of the user's namespaces share. */
  get uplink(): SharedUplink {
    return new SharedUplink({ name: this.name });
  }

  /** The name may have been deleted and given to another namespace since. */
  protected override get networkInode(): number {
    return this.details().inode;
  }

  /** The pids inside that can be seen. */
  processes(): number[] {
    return processesOf(this.details());
  }

  /** Throws ERR_NAME_BUSY while processes are inside, unless told to kill them. */
  async delete(options: DeleteOptions = {}): Promise<void> {
    // Before the name goes, because our open socket would keep the namespace.
    this[Symbol.dispose]();
    const { inode } = this.details();
    await deleteName(this.name, options);
    await endUplinkOf(inode);
  }
}

/** A name that this program made: disposing deletes it and kills what is inside. */
export class OwnedNamedNamespace extends NamedNamespace implements AsyncDisposable {
  async [Symbol.asyncDispose](): Promise<void> {
    await this.delete({ kill: true });
  }
}

function openNetworkOf(name: string): NamespaceFile {
  return NamespaceFile.open(resolveName(name).path, 'net');
}

/** Found anew each time, as everything about a name is. */
function insideOfName(name: string): Inside {
  const held = openNamed(resolveName(name));
  const inside = insideOf(held);
  return {
    enter: inside.enter,
    // Without a mount namespace of its own, programs inside see the caller's files.
    holds: ['net', 'mnt'],
    [Symbol.dispose]: () => {
      inside[Symbol.dispose]();
      held[Symbol.dispose]();
    },
  };
}
