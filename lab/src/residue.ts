import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { groupFolders, groupProcesses } from './process/control-group.ts';
import { isAlive, procReader } from './process/proc.ts';
import { controlGroup, hostLinkName, labPaths, namespaceName, podNetworkName } from './state/paths.ts';
import { slotsOf } from './state/slots.ts';
import { readLabState } from './state/store.ts';

/** Everything of a lab that exists on this machine, by kind; all lists empty means that nothing is left. */
export interface Residue {
  readonly processes: readonly number[];
  readonly mounts: readonly string[];
  readonly controlGroups: readonly string[];
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  /** Folders, and single files that programs leave outside of them. */
  readonly files: readonly string[];
}

/** Where the kubelet links the logs of every container, whatever its own folders are. */
const containerLogs = '/var/log/containers';
/** Where the CNI library files the result of every network it set up. */
const networkResults = '/var/lib/cni/results';
const namespaceFolder = '/run/netns';

/** The names in a folder; none where it cannot be read. */
export function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

/** The mount points at or below the given folders in the text of a /proc/self/mountinfo, innermost and latest first. */
export function mountsBelow(mountinfo: string, folders: readonly string[]): string[] {
  return mountinfo
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, code: string) => decodeOctal(code)))
    .filter((path) => folders.some((folder) => isBelow(path, folder)))
    .reverse();
}

function decodeOctal(code: string): string {
  return String.fromCharCode(Number.parseInt(code, 8));
}

function recordedProcesses(lab: string): number[] {
  const state = readLabState(lab);
  if (state === undefined || state.bootId !== procReader.bootId()) return [];
  const ids = [
    ...state.clusters.flatMap((cluster) => Object.values(cluster.parts)),
    ...state.delayLines,
    ...(state.daemon === undefined ? [] : [state.daemon]),
  ];
  return ids.filter((id) => isAlive(id, procReader)).map((id) => id.pid);
}

/** The lab's namespaces: the WAN's, and those of clusters. */
export function labNamespaces(lab: string): string[] {
  const wan = namespaceName(lab);
  return list(namespaceFolder).filter((name) => name === wan || name.startsWith(`${wan}.`));
}

function foreignFiles(lab: string): string[] {
  const { state } = labPaths(lab);
  const logs = list(containerLogs)
    .map((name) => join(containerLogs, name))
    .filter((path) => isBelow(linkTarget(path), state));
  const prefix = podNetworkName(lab, '');
  const results = list(networkResults)
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(networkResults, name));
  return [...logs, ...results];
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Looks for everything that a lab of this name can have left on this machine. */
export function findResidue(lab: string): Residue {
  const { state, run } = labPaths(lab);
  const group = controlGroup(lab);
  const namespaces = labNamespaces(lab);
  const processes = new Set([...groupProcesses(group), ...recordedProcesses(lab)]);
  return {
    processes: [...processes],
    mounts: mountsBelow(readFileSync('/proc/self/mountinfo', 'utf8'), [state, run]),
    controlGroups: groupFolders(group),
    namespaces,
    links: existsSync(`/sys/class/net/${hostLinkName(lab)}`) ? [hostLinkName(lab)] : [],
    files: [
      ...[state, run].filter((path) => existsSync(path)),
      ...foreignFiles(lab),
      ...slotsOf(lab).map((slot) => `/var/lib/isthmus-lab/.slots/${slot}`),
    ],
  };
}

/** True where nothing is left. */
export function isClean(residue: Residue): boolean {
  return Object.values(residue).every((found: readonly unknown[]) => found.length === 0);
}

/** What is left of a lab, one line a thing, such as `mounts /run/isthmus-lab/...`; empty where nothing is. */
export function listResidue(lab: string): string[] {
  return Object.entries(findResidue(lab)).flatMap(([kind, found]: [string, readonly (string | number)[]]) =>
    found.map((thing) => `${kind} ${thing}`),
  );
}
