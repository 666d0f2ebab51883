import type { MeshCluster } from '../api/mesh-cluster.ts';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Logger } from '../base/logger.ts';
import type { KubeClient } from '../kube/client.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { RootStore } from '../trust/root-store.ts';
import type { EngineEvent } from './events.ts';

/** What an implementation of a port is made of. */
export type { KubeClient, RootStore };

/**
 * What the engine takes from its shell. Nothing below reads the process, the user's account or a clock by itself, so
 * that a command line, an operator in a pod and a test can each give their own.
 */
export interface EnginePorts {
  /** Variables by name: KUBECONFIG, proxies, XDG folders, PATH, ISTHMUS_ISTIOCTL and ISTHMUS_HELM. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `~` of a kubeconfig, of caches and of the root's folder is: an absolute path. */
  readonly homeFolder: string;
  readonly clock: Clock;
  /** From 0 to 1, as `Math.random`; spreads retries. */
  readonly random: () => number;
  /** Makes keys, serial numbers and the names of throw-away objects. */
  readonly crypto: WebCrypto;
  /** The version of Isthmus. It names the default image of throw-away pods where `image` does not. */
  readonly version: string;
  /** The image of throw-away pods, by its digest; left out where the build knows none. */
  readonly image?: string | undefined;
  /** Who writes, for the lock: shown to those who find it held. */
  readonly holder: string;
  /** Ends what is under way with `cancelled`, or `timeout` for a time limit; what was begun on an object is finished first. */
  readonly signal?: AbortSignal;
  /** Hears what happens while a function runs, one event at a time. It is called in line and should not throw. */
  readonly onEvent?: (event: EngineEvent) => void;
  /** Keeps the roots of meshes; left out, the user's state folder (XDG Base Directory Specification). */
  readonly roots?: RootStore;
  /** Told of requests, connections and their loss. */
  readonly logger?: Logger;
  /** Counts requests, reconnections and retries. */
  readonly counters?: Counters;
  /** Connects to a cluster; the client is disposed when a function ends. Left out, as `spec.access` says. */
  readonly connect?: (cluster: MeshCluster) => Promise<KubeClient>;
}
