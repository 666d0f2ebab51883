import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RightsCommand } from '../../src/rights/commands.ts';
import { endedWith } from './cli.ts';
import { eventually } from './eventually.ts';
import type { TestLab } from './lab.ts';
import type { ProgramResult, RunningProgram } from './program.ts';

/** What `isthmus rbac` takes for each of its commands. */
const wordsOf: Readonly<Record<RightsCommand, readonly string[]>> = {
  init: ['init'],
  plan: ['plan'],
  apply: ['apply'],
  applyGuarded: ['apply', '--guard'],
  status: ['status'],
  doctor: ['doctor'],
  verify: ['verify'],
  verifySweep: ['verify', '--sweep'],
  trust: ['trust'],
  renewTrust: ['trust', 'renew'],
  services: ['service'],
  shift: ['shift'],
  drill: ['drill'],
  dashboard: ['dashboard'],
  trace: ['trace'],
  traceLive: ['trace', '--live'],
  whatif: ['whatif'],
  snapshot: ['snapshot'],
  join: ['join'],
  leave: ['leave'],
  uninstall: ['uninstall'],
  uninstallAnyIstio: ['uninstall', '--any-istio'],
  operator: ['operator'],
};

const everyCommand = Object.keys(wordsOf) as readonly RightsCommand[];

/** What a command asked an API server for, and how it was answered. */
export interface Asked {
  readonly command: RightsCommand;
  readonly cluster: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly status: number;
  /** Nothing was to be stored. */
  readonly isTrial: boolean;
}

/** Accounts of the clusters of a lab, one for each command, with its roles and nothing else. */
export interface Accounts {
  readonly commands: readonly RightsCommand[];
  /** Prints the roles for a mesh and gives each account its own, in each cluster those for this cluster. */
  give(mesh: string): Promise<void>;
  /** Runs `isthmus ARGS` as the account of a command. */
  run(command: RightsCommand, args: readonly string[]): Promise<ProgramResult>;
  /** The same of one that runs until it is interrupted. */
  start(command: RightsCommand, args: readonly string[]): RunningProgram;
  /** What the accounts asked for so far, without what everybody may ask; of a lab that keeps audit logs. */
  asked(): Promise<readonly Asked[]>;
}

export async function openAccounts(lab: TestLab, commands = everyCommand): Promise<Accounts> {
  const kubeconfigs = new Map(
    await Promise.all(commands.map(async (command) => [command, await kubeconfigOf(lab, userOf(command))] as const)),
  );
  const start: Accounts['start'] = (command, args) =>
    lab.isthmus.start(args, { env: { KUBECONFIG: kubeconfigs.get(command) } });
  return {
    commands,
    start,
    give: async (mesh) => {
      for (const { name } of lab.lab.clusters) await giveIn(lab, name, { mesh, commands });
    },
    run: (command, args) => start(command, args).result,
    asked: async () => (await Promise.all(lab.lab.clusters.map((cluster) => askedIn(lab, cluster)))).flat(),
  };
}

export function userOf(command: RightsCommand): string {
  return `isthmus:${command}`;
}

/** A copy of the lab's kubeconfig whose users act as another. */
async function kubeconfigOf(lab: TestLab, user: string): Promise<string> {
  const config = JSON.parse(await readFile(lab.lab.kubeconfig, 'utf8')) as { users: { user: object }[] };
  const acting = config.users.map((entry) => ({ ...entry, user: { ...entry.user, as: user } }));
  const name = `${user.replace(':', '-')}.kubeconfig`;
  return await lab.file(name, JSON.stringify({ ...config, users: acting }));
}

/** Those of a plan, an apply and a join bring the namespaces of the others, so they come first. */
async function giveIn(
  lab: TestLab,
  cluster: string,
  { mesh, commands }: { readonly mesh: string; readonly commands: readonly RightsCommand[] },
): Promise<void> {
  const texts: string[] = [];
  for (const command of commands) {
    const args = ['rbac', ...wordsOf[command], '-f', mesh, '--clusters', cluster, '--user', userOf(command)];
    texts.push(endedWith(0, await lab.isthmus.run(args)).stdout);
  }
  const brings = (text: string): number => Number(/^kind: Namespace$/m.test(text));
  texts.sort((a, b) => brings(b) - brings(a));
  const path = await lab.file(`${cluster}.roles.yaml`, texts.join('---\n'));
  await lab.kubectl(cluster, 'apply', '-f', path);
}

interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
}

interface LabCluster {
  readonly name: string;
  readonly logs: string;
}

/** The whole log: an answer is noted a moment after it was given, and after those before it. */
async function readLog(lab: TestLab, { name, logs }: LabCluster): Promise<readonly string[]> {
  const mark = `/version?mark=${randomUUID()}`;
  await lab.kubectl(name, 'get', '--raw', mark);
  let lines: readonly string[] = [];
  const look = async (): Promise<string | undefined> => {
    lines = (await readFile(join(logs, 'audit.log'), 'utf8')).split('\n').slice(0, -1);
    return lines.some((line) => line.includes(mark)) ? undefined : `${mark} is not in the log`;
  };
  await eventually(look, { timeoutMs: 30_000 });
  return lines;
}

async function askedIn(lab: TestLab, cluster: LabCluster): Promise<readonly Asked[]> {
  const byUser = new Map(everyCommand.map((command) => [userOf(command), command]));
  const lines = await readLog(lab, cluster);
  return lines.flatMap((line): readonly Asked[] => {
    const { verb, requestURI, impersonatedUser, objectRef, responseStatus } = JSON.parse(line) as AuditEvent;
    const command = byUser.get(impersonatedUser?.username ?? '');
    if (command === undefined || objectRef === undefined) return [];
    const { apiGroup: group = '', resource, subresource, namespace, name } = objectRef;
    // Everybody may ask who they are and what they may do.
    if (resource.startsWith('selfsubject')) return [];
    return [
      {
        command,
        cluster: cluster.name,
        verb,
        group,
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        // Of a namespace itself the log states its name as the place too.
        namespace: resource === 'namespaces' ? undefined : namespace,
        name,
        status: responseStatus?.code ?? 0,
        isTrial: requestURI.includes('dryRun=All'),
      },
    ];
  });
}

/** As `apply in west: create pods in istio-system`. */
export function describeAsked({ command, cluster, verb, group, resource, namespace, name }: Asked): string {
  const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}${name === undefined ? '' : ` ${name}`}`;
  return `${command} in ${cluster}: ${what}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
