import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startLab, stopLab } from '../lab/src/lab.ts';
import { labPaths } from '../lab/src/state/paths.ts';
import { isthmusImageFor } from '../lab/src/tools/prepared-images.ts';
import { toolPaths } from '../lab/src/tools/tool-paths.ts';
import type { Ground } from './run.ts';

/** Of the lab that each run has for itself. Whatever an interrupted benchmark left is removed by the next. */
const labName = 'bench';

/**
 * A kubelet that was started less than a probe's period ago begins that probe after a random part of the period
 * (worker.run in pkg/kubelet/prober/worker.go). The gateway's period is 15 s, and the nodes of a real cluster are old:
 * without this pause the faster contender would be thrown back by chance.
 */
const settlingMs = 20_000;

export interface FreshLab {
  readonly clusters: number;
  readonly istioctl: string;
  /** Each API server writes down every request. */
  readonly audit?: boolean;
  readonly signal: AbortSignal;
}

/** Starts empty clusters for `use`, and removes them however it ends. */
export async function onFreshLab<T>(request: FreshLab, use: (ground: Ground) => Promise<T>): Promise<T> {
  const { signal, istioctl, audit = false } = request;
  const clusters = Array.from({ length: request.clusters }, (_, index) => `c${index + 1}`);
  const work = await mkdtemp(join(tmpdir(), 'isthmus-bench-'));
  try {
    const requests = clusters.map((name) => ({ name, network: name }));
    const lab = await startLab({ name: labName, clusters: requests, audit, signal });
    try {
      // verify's probes run the build itself; every other image is on the nodes already, for all contenders.
      await isthmusImageFor(await toolPaths(), labPaths(labName).isthmusImage);
      await pause(settlingMs, undefined, { signal });
      return await use({ lab, clusters, work, istioctl, signal });
    } finally {
      await stopLab(labName);
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
