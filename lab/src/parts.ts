import { IsthmusError } from '../../src/base/error.ts';
import { clusterSite } from './cluster/site.ts';
import { startPart } from './cluster/start.ts';
import { runningLab } from './lab.ts';
import { endProcess } from './process/background.ts';
import { isAlive, type ProcessId, procReader } from './process/proc.ts';
import { type ClusterState, type LabState, nodeParts, type Part } from './state/schema.ts';
import { changeLabState } from './state/store.ts';

/** Time that a part gets to end by itself: 3 s, then it is killed. */
const graceMs = 3_000;

/** A cluster of the lab by its name; a usage error with the known names otherwise. */
export function clusterOf(state: LabState, name: string): ClusterState {
  const cluster = state.clusters.find((candidate) => candidate.name === name);
  if (cluster !== undefined) return cluster;
  const known = state.clusters.map((candidate) => candidate.name).join(', ');
  throw new IsthmusError('usage', `the lab ${state.name} has no cluster "${name}"`, {
    remedy: `its clusters: ${known}`,
  });
}

function checkPart(state: LabState, part: Part): void {
  if (!state.controlPlaneOnly || !nodeParts.some((name) => name === part)) return;
  throw new IsthmusError('usage', `the lab ${state.name} was started without nodes, so it has no ${part}`);
}

function withPart(
  state: LabState,
  { cluster, part }: { cluster: string; part: Part },
  id: ProcessId | undefined,
): LabState {
  return {
    ...state,
    clusters: state.clusters.map((candidate) => {
      if (candidate.name !== cluster) return candidate;
      const { [part]: _, ...parts } = candidate.parts;
      return { ...candidate, parts: id === undefined ? parts : { ...parts, [part]: id } };
    }),
  };
}

/** Ends a part of a running lab's cluster: SIGTERM, and SIGKILL after three seconds. */
export async function stopClusterPart(lab: string, cluster: string, part: Part): Promise<'stopped' | 'not-running'> {
  const state = runningLab(lab);
  checkPart(state, part);
  const id = clusterOf(state, cluster).parts[part];
  const running = id !== undefined && isAlive(id, procReader);
  if (running) await endProcess(id, graceMs);
  changeLabState(lab, (before) => withPart(before, { cluster, part }, undefined));
  return running ? 'stopped' : 'not-running';
}

/** Starts a stopped part of a running lab's cluster, with the settings it had. It may take a moment to be ready. */
export function startClusterPart(lab: string, cluster: string, part: Part): 'started' | 'running' {
  const state = runningLab(lab);
  checkPart(state, part);
  const entry = clusterOf(state, cluster);
  const id = entry.parts[part];
  if (id !== undefined && isAlive(id, procReader)) return 'running';
  const started = startPart(clusterSite(state, entry), part);
  changeLabState(lab, (before) => withPart(before, { cluster, part }, started));
  return 'started';
}
