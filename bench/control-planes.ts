import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab, stopLab } from '../lab/src/lab.ts';

/** Many clusters without nodes, and a folder of the run. */
export interface ControlPlanes {
  readonly lab: Lab;
  /** The clusters' names, which are their contexts. */
  readonly clusters: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
}

export interface ControlPlanesRequest {
  /** Of the lab; whatever an interrupted run left of it goes first. */
  readonly name: string;
  readonly clusters: number;
  readonly signal: AbortSignal;
}

/** Starts the control planes for `use`, and removes them however it ends. */
export async function onControlPlanes(
  { name, clusters: count, signal }: ControlPlanesRequest,
  use: (ground: ControlPlanes) => Promise<void>,
): Promise<void> {
  const clusters = Array.from({ length: count }, (_, index) => `c${index + 1}`);
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-'));
  try {
    await stopLab(name);
    const requests = clusters.map((cluster) => ({ name: cluster, network: cluster }));
    await using lab = await startLab({ name, clusters: requests, controlPlaneOnly: true, signal });
    await use({ lab, clusters, folder, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
