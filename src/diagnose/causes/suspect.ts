import type { Finding } from '../../base/finding.ts';

/** A finding among others of a mesh, with what it touches: enough to tell which of them follows from which. */
export interface Suspect {
  readonly finding: Finding;
  /** Of requests that are lost: the calling clusters; empty for other findings. */
  readonly callers: ReadonlySet<string>;
  /** The clusters whose endpoints the callers lack or reach in vain; empty where nobody knows. */
  readonly servers: ReadonlySet<string>;
  /** The hosts that are called. */
  readonly hosts: ReadonlySet<string>;
  /** The flows that are lost, one key each. */
  readonly flows: ReadonlySet<string>;
}

const none: ReadonlySet<string> = new Set();

/** A finding of a check, which loses no requests by itself. */
export function suspectOf(finding: Finding): Suspect {
  return { finding, callers: none, servers: none, hosts: none, flows: none };
}

/** True for what the model says of requests. */
export function isOfRequests({ callers }: Suspect): boolean {
  return callers.size > 0;
}
