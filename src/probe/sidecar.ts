import type { Clock } from '../base/clock.ts';
import { asIsthmusError } from '../base/error.ts';
import type { Json } from '../base/json.ts';
import { parseJson } from '../base/parse-json.ts';
import type { Wire } from './wire.ts';

/** Where a sidecar answers inside its own pod (Istio, "Ports used by Istio"). */
const adminPort = 15_000;
const healthPort = 15_021;
const localhost = 'localhost';

/**
 * Reads the clusters of the pod's own sidecar as they stood at `since` (monotonic milliseconds) or later: targets
 * that look at the same moment share one reading, which is large in a large mesh.
 * Rejects where the admin port does not answer.
 */
export type SidecarReader = (since: number) => Promise<Json>;

export function sidecarReader(wire: Wire, clock: Clock): SidecarReader {
  let last: { readonly at: number; readonly answer: Promise<Json> } | undefined;
  return (since) => {
    if (last === undefined || last.at < since) last = { at: clock.monotonic(), answer: readClusters(wire) };
    return last.answer;
  };
}

async function readClusters(wire: Wire): Promise<Json> {
  const path = '/clusters?format=json';
  const answer = await wire.get({ address: localhost, port: adminPort, path, timeoutMs: 5_000 });
  if (answer.status !== 200) throw new Error(`the sidecar's admin port answered ${answer.status}`);
  const clusters = parseJson(answer.body);
  if (clusters === undefined) throw new Error("the sidecar's admin port answered with something else than JSON");
  return clusters;
}

/** Whether the sidecar is ready to pass requests on, and otherwise what it says. */
export async function sidecarReadiness(wire: Wire): Promise<'Ready' | { readonly detail: string }> {
  try {
    const path = '/healthz/ready';
    const answer = await wire.get({ address: localhost, port: healthPort, path, timeoutMs: 1_000 });
    if (answer.status === 200) return 'Ready';
    return { detail: `the sidecar's health port answered ${answer.status}` };
  } catch (error) {
    return { detail: `the sidecar's health port does not answer: ${asIsthmusError(error).message}` };
  }
}
