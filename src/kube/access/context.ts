import { resolve, sep } from 'node:path';
import type { IsthmusError } from '../../base/error.ts';
import { nearMatch } from '../../base/near-match.ts';
import { type Action, kubectl, remedy } from '../../base/remedy.ts';
import type { ClusterAccess, ExecPlugin, Impersonation, TextSource } from './access.ts';
import { failure, invalid, type Where } from './entry-error.ts';
import type { Kubeconfig, Placed } from './kubeconfig.ts';
import type { ClusterEntry, ExecEntry, UserEntry } from './kubeconfig-schema.ts';
import { namedFileProblem } from './named-file.ts';
import { requireSafeWay, type ServerPart, serverPart } from './server-part.ts';
import { textOnlyProblem } from './text-only.ts';
import { fileSource, folderOf, source } from './text-source.ts';

/** The extension of a cluster entry that is handed on to credential plug-ins. */
const execExtension = 'client.authentication.k8s.io/exec';

/**
 * The access that a context of the kubeconfig describes; left out, the current context.
 * Fails with `context-not-found` (listing the contexts there are) or `invalid-kubeconfig`, also where a text that may
 * only be a text names a file or a program.
 */
export function accessOfContext(config: Kubeconfig, cluster: string, context?: string): ClusterAccess {
  const name = context ?? config.currentContext;
  if (name === undefined) {
    const choose = kubectl('config', 'use-context', 'NAME');
    throw failure('invalid-kubeconfig', `${config.origins.join(', ')} has no current context`, {
      cluster,
      remedy: remedy`give its current-context; ${choose} sets it in a file`,
    });
  }
  const found = config.contexts.get(name);
  if (found === undefined) throw contextNotFound(config, cluster, name);
  const clusterEntry = config.clusters.get(found.entry.cluster);
  if (clusterEntry === undefined) throw missing(cluster, name, { found, what: 'cluster', named: found.entry.cluster });
  const userName = found.entry.user ?? '';
  const userEntry = userName === '' ? { entry: {}, origin: found.origin } : config.users.get(userName);
  if (userEntry === undefined) throw missing(cluster, name, { found, what: 'user', named: userName });
  const where: Where = { cluster, entry: `cluster ${found.entry.cluster}`, origin: clusterEntry.origin };
  const whose: Where = { cluster, entry: `user ${userName}`, origin: userEntry.origin };
  requireLeave(clusterEntry.entry, where);
  requireLeave(userEntry.entry, whose);
  const access: ClusterAccess = {
    origin: `context ${name} in ${found.origin.name}`,
    ...('policy' in found.origin ? {} : { context: name }),
    ...serverPart(clusterEntry, where),
    ...userPart(userEntry, whose, clusterEntry.entry),
  };
  requireSafeWay(access, where);
  return access;
}

/** What an entry may do depends on who can have written it. */
function requireLeave(entry: ClusterEntry | UserEntry, where: Where): void {
  const problem = problemOf(entry, where);
  if (problem !== undefined) throw invalid(where, problem.message, problem.remedy);
}

function problemOf(entry: ClusterEntry | UserEntry, { origin }: Where): ReturnType<typeof namedFileProblem> {
  if ('policy' in origin) return textOnlyProblem(entry);
  return origin.namedBy === 'MeshFile' ? namedFileProblem(entry) : undefined;
}

type UserPart = Omit<ClusterAccess, keyof ServerPart | 'origin'>;

function userPart({ entry }: Placed<UserEntry>, where: Where, cluster: ClusterEntry): UserPart {
  if (entry.username !== undefined || entry['auth-provider'] !== undefined) {
    const what = entry.username === undefined ? 'auth-provider' : 'a user name and password';
    throw invalid(where, `uses ${what}, which Kubernetes has removed`, 'use a client certificate, a token or exec');
  }
  const certificate = source(where, {
    field: 'client-certificate',
    data: entry['client-certificate-data'],
    path: entry['client-certificate'],
  });
  const privateKey = source(where, {
    field: 'client-key',
    data: entry['client-key-data'],
    path: entry['client-key'],
  });
  if ((certificate === undefined) !== (privateKey === undefined)) {
    throw invalid(where, 'has only one of client-certificate and client-key', 'give both or neither');
  }
  return {
    certificate,
    privateKey,
    token: tokenSource(entry, where),
    exec: entry.exec === undefined ? undefined : execPlugin(entry.exec, where, cluster),
    impersonate: impersonation(entry),
  };
}

/** A token file is read again and again, so it counts more than a token given in place (as in kubectl). */
function tokenSource(entry: UserEntry, where: Where): TextSource | undefined {
  if (entry.tokenFile !== undefined) return fileSource(where, entry.tokenFile);
  return entry.token === undefined ? undefined : { kind: 'Text', text: entry.token };
}

function impersonation(entry: UserEntry): Impersonation | undefined {
  if (entry.as === undefined) return undefined;
  return {
    user: entry.as,
    uid: entry['as-uid'],
    groups: entry['as-groups'] ?? [],
    extra: entry['as-user-extra'] ?? {},
  };
}

function execPlugin(entry: ExecEntry, where: Where, cluster: ClusterEntry): ExecPlugin {
  if (!/^client\.authentication\.k8s\.io\/v1(beta1)?$/.test(entry.apiVersion)) {
    throw invalid(
      where,
      `has a credential plug-in of version ${entry.apiVersion}`,
      'use client.authentication.k8s.io/v1 or v1beta1; newer releases of the plug-in offer it',
    );
  }
  const isPath = entry.command.includes('/') || entry.command.includes(sep);
  return {
    apiVersion: entry.apiVersion,
    command: isPath ? resolve(folderOf(where), entry.command) : entry.command,
    args: entry.args ?? [],
    env: Object.fromEntries((entry.env ?? []).map(({ name, value }) => [name, value])),
    installHint: entry.installHint,
    provideClusterInfo: entry.provideClusterInfo ?? false,
    interactiveMode: entry.interactiveMode ?? 'IfAvailable',
    clusterConfig: cluster.extensions?.find(({ name }) => name === execExtension)?.extension,
  };
}

function contextNotFound(config: Kubeconfig, cluster: string, name: string): IsthmusError {
  const names = [...config.contexts.keys()].sort();
  const where = config.origins.join(', ');
  if (names.length === 0) {
    return failure('context-not-found', `there is no context ${name}: ${where} has no contexts at all`, {
      cluster,
      remedy: 'set KUBECONFIG, or give spec.access.kubeconfig in the MeshCluster',
    });
  }
  const shown = names.length > 20 ? [...names.slice(0, 20), `and ${names.length - 20} more`] : names;
  const guess = nearest(name, names);
  const message = `there is no context ${name} in ${where}; there are: ${shown.join(', ')}`;
  const set: Action = {
    do: 'Set',
    field: 'spec.access.context',
    of: { kind: 'MeshCluster', name: cluster },
    ...(guess === undefined ? {} : { value: guess }),
  };
  return failure('context-not-found', message, { cluster, remedy: remedy`${set}` });
}

/** The candidate that `wanted` most likely means: a misspelling of it, or the only one that contains it. */
function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  const containing = candidates.filter((candidate) => candidate.includes(wanted));
  return nearMatch(wanted, candidates) ?? (containing.length === 1 ? containing[0] : undefined);
}

interface DanglingName {
  readonly found: Placed<unknown>;
  readonly what: 'cluster' | 'user';
  readonly named: string;
}

function missing(cluster: string, context: string, { found, what, named }: DanglingName): IsthmusError {
  const message = `context ${context} in ${found.origin.name} names the ${what} ${named}, which is not there`;
  return failure('invalid-kubeconfig', message, {
    cluster,
    remedy: remedy`add the ${what}, or correct its name; ${kubectl('config', `get-${what}s`)} lists those of a file`,
  });
}
