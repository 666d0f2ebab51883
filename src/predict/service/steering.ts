import type { JsonObject } from '../../base/json.ts';

/** This folder holds what is declared for services against what the model says that proxies do. It needs `request/` and `world/`. */

/** What is declared for the requests to a service, or to all services that a pattern covers. */
export interface Steering {
  /** What the answers are filed under. */
  readonly key: string;
  /** A full host name, or a pattern. */
  readonly host: string;
  /** `namespace/name` of the objects that carry it out. */
  readonly object: string;
  /** The `spec` of the DestinationRule; undefined where none is needed. */
  readonly rule?: JsonObject | undefined;
  /** The percent of the requests that each subset is to get; undefined where endpoints decide. */
  readonly split?: Readonly<Record<string, number>> | undefined;
  /** The clusters that answer when the caller's own cannot. */
  readonly failsOverTo: readonly string[];
  /** Requests are never to leave the caller's cluster. */
  readonly staysInCluster: boolean;
}
