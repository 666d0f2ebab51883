import type { Remedy } from '../../base/remedy.ts';
import type { ClusterEntry, UserEntry } from './kubeconfig-schema.ts';

/** Fields that run a program, or send what a file of this machine holds to a server that the kubeconfig chooses. */
const powers: Readonly<Record<string, string>> = {
  exec: 'runs a credential plug-in',
  'client-certificate': 'reads its certificate from a file',
  'client-key': 'reads its key from a file',
  tokenFile: 'reads its token from a file',
};

/**
 * What a kubeconfig that a mesh file names may do only where the user says so: the file may have come with the mesh file,
 * from whoever proposed a change of it. Undefined where it does nothing of it.
 */
export function namedFileProblem(
  entry: ClusterEntry | UserEntry,
): { readonly message: string; readonly remedy: Remedy } | undefined {
  const field = Object.keys(powers).find((name) => entry[name] !== undefined);
  if (field === undefined) return undefined;
  return {
    message: `${powers[field]} (${field}), and a kubeconfig that the mesh file names may not do that by itself`,
    remedy:
      'reach the cluster by a context of your own kubeconfig; docs/plan.md says how to lend the other one that power after you looked at it',
  };
}
