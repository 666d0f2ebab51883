import type { KubeconfigPorts } from '../src/fleet/ports.ts';
import type { Environment } from '../src/kube/access/access.ts';
import { nodePorts } from '../src/node-ports.ts';

/** What a client of a bench takes from its process, with further variables. */
export function processPorts(further: Environment = {}): KubeconfigPorts {
  return nodePorts({ ...process.env, ...further });
}
