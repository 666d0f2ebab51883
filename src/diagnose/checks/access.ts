import type { IsthmusError } from '../../base/error.ts';
import type { Finding } from '../../base/finding.ts';
import { kubectl, remedy, runOn } from '../../base/remedy.ts';
import { firstOf, messageOf, type Reading, seen } from '../facts/reading.ts';

type Failed = Pick<IsthmusError, 'code' | 'message' | 'remedy'>;

/** A cluster that could not be connected to; `at` is RFC 3339. */
export function accessFinding(cluster: string, { code, message, remedy: hint }: Failed, at: string): Finding {
  return {
    code: 'access-failed',
    severity: 'error',
    category: 'Reach',
    cluster,
    message: messageOf(cluster, message),
    remedy: hint ?? `check spec.access of MeshCluster ${cluster}, and that its API server runs`,
    evidence: seen(`${message} [${code}]`, `API server of ${cluster}`, at),
  };
}

/** A home cluster that is not there, so that nothing is applied anywhere; `at` is RFC 3339. */
export function homeFinding(cluster: string, error: Failed, at: string): Finding {
  const found = accessFinding(cluster, error, at);
  return { ...found, code: 'home-absent', message: `${found.message}; ${withoutHome}` };
}

/** Why the whole apply stops where one cluster is not there. */
export const withoutHome =
  "it is the mesh's home, which keeps the issuer and the lock: without it nothing is applied anywhere";

/** Rights that an account lacks, each as a sentence names it, and the first as it is asked for. */
export interface DeniedRights {
  readonly cluster: string;
  /** Undefined where the server does not say. */
  readonly user: string | undefined;
  readonly rights: readonly string[];
  /** The command that needs them. */
  readonly command: 'apply' | 'plan' | 'trust renew';
  readonly first: { readonly verb: string; readonly resource: string };
}

/** Rights that an account lacks in a cluster. */
export function rightsFinding(
  { cluster, user, rights, first, command }: DeniedRights,
  { at, context }: Reading,
): Finding {
  const more = rights.length > shownRights ? `; and ${rights.length - shownRights} more` : '';
  const check = kubectl('--context', context, 'auth', 'can-i', first.verb, first.resource);
  return {
    code: 'access-rights',
    severity: 'error',
    category: 'Security',
    cluster,
    message: `${user ?? 'this user'} may not ${rights.slice(0, shownRights).join('; ')}${more}`,
    remedy: remedy`use a context with these rights, or have them granted: ${runOn(command, 'rbac')} prints the roles; check one right with ${check}`,
    evidence: seen(`refused: ${firstOf(rights)}`, `SelfSubjectAccessReview of ${cluster}`, at),
  };
}

const shownRights = 5;
