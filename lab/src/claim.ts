import { mkdirSync } from 'node:fs';
import { IsthmusError } from '../../src/base/error.ts';
import type { ClusterRequest } from './names.ts';
import { procReader } from './process/proc.ts';
import { findResidue, isClean } from './residue.ts';
import { liveness } from './state/liveness.ts';
import { labPaths, stateRoot } from './state/paths.ts';
import { takeSlot } from './state/slots.ts';
import { LabRecord, readLabState } from './state/store.ts';
import { noteSysctls } from './state/sysctls.ts';
import { tearDown } from './teardown.ts';
import type { OtherIstio } from './tools/istios.ts';

/** Makes the name this process's own: an error where a living lab has it; what a stale one left is removed. */
export async function claimLab(name: string, report: (line: string) => void): Promise<void> {
  const state = readLabState(name);
  const worth = state === undefined ? 'stale' : liveness(state, procReader);
  if (worth === 'up') {
    throw new IsthmusError('conflict', `the lab ${name} is up already`, { remedy: `npx --no lab down --lab ${name}` });
  }
  if (worth === 'starting') throw heldBy(name, state?.owner.pid);
  if (!isClean(findResidue(name))) {
    report(`removing what an earlier lab ${name} left`);
    await tearDown(name);
  }
  mkdirSync(stateRoot, { recursive: true });
  try {
    mkdirSync(labPaths(name).state, { mode: 0o700 });
  } catch (error) {
    throw new IsthmusError('lock-held', `another process is starting the lab ${name} right now`, { cause: error });
  }
}

function heldBy(name: string, pid: number | undefined): IsthmusError {
  return new IsthmusError('lock-held', `process ${pid} is starting the lab ${name} right now`, {
    remedy: `wait for it, or npx --no lab down --lab ${name}`,
  });
}

export interface NewLab {
  readonly name: string;
  readonly clusters: readonly ClusterRequest[];
  readonly controlPlaneOnly: boolean;
  readonly fsync: boolean;
  readonly audit: boolean;
  readonly bin: string;
  readonly istios: readonly OtherIstio[];
}

/** The record of a lab of which nothing runs yet, written to disk. Its name must be claimed. */
export function newLabRecord(lab: NewLab): LabRecord {
  noteSysctls();
  const startTime = procReader.startTime(process.pid) ?? 0;
  return new LabRecord({
    version: 1,
    name: lab.name,
    index: takeSlot(lab.name),
    bootId: procReader.bootId(),
    createdAt: new Date().toISOString(),
    phase: 'starting',
    owner: { pid: process.pid, startTime },
    controlPlaneOnly: lab.controlPlaneOnly,
    fsync: lab.fsync,
    audit: lab.audit,
    bin: lab.bin,
    istios: [...lab.istios],
    clusters: lab.clusters.map(({ name, network }, index) => ({ name, network, index: index + 1, parts: {} })),
    cuts: [],
    delays: [],
    delayLines: [],
  });
}
