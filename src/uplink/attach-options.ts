/** What an uplink is made of, and what it counts. */
import type { FileDescriptor } from '../sockets/index.js';
import type { DropReason, Outcome } from '../stack/index.js';
import type { Decide } from './decision.js';
import type { JournalOptions } from './flows/journal.js';
import type { UplinkLimits } from './limits.js';
import type { Publishing } from './publish/request.js';
import type { SettingsOptions } from './stack-settings.js';
import type { OpenTap } from './tap-device.js';
import type { StreamKind } from './tcp-host.js';

export interface OpenOptions extends SettingsOptions {
  /** The device's name; tap0 when not said. */
  readonly device?: string | undefined;
  /** False: the device is made, and its settings are somebody else's business. */
  readonly configure?: boolean | undefined;
}

export interface AttachOptions extends OpenOptions {
  /** Every flow passes it. */
  readonly decide: Decide;
  /** The name that led to an address, for people. */
  readonly nameOf?: JournalOptions['nameOf'];
  /** Ports of the host's that lead inside: `8080:80`. */
  readonly publish?: readonly string[] | undefined;
  /** Hears of connections that the namespace did not accept. */
  readonly onPublishRefused?: ((publishing: Publishing, outcome: Outcome) => void) | undefined;
  /** How bytes for the namespace wait; as this kernel can when not said. */
  readonly streams?: StreamKind | undefined;
  readonly limits?: UplinkLimits | undefined;
}

/** A device inside that is configured, and what its settings were made of. */
export interface OpenUplink extends OpenTap {
  readonly ipv6IsDefault: boolean;
  /** A netlink socket of its namespace, by which its default route follows the host's. */
  readonly routes?: FileDescriptor | undefined;
}

export interface UplinkCounters {
  /** Frames and packets that went no further, by reason. */
  readonly drops: Partial<Record<DropReason, number>>;
  /** What kept flows from existing, by errno: ECONNREFUSED, EMFILE, ... */
  readonly failures: Readonly<Record<string, number>>;
}
