import { readFile } from 'node:fs/promises';
import { IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';

/** The variables of a process: KUBECONFIG, HTTPS_PROXY, PATH. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A text given in place or kept in a file that may be replaced while we run (a mounted token, a renewed certificate). */
export type TextSource =
  | { readonly kind: 'Text'; readonly text: string }
  | { readonly kind: 'File'; readonly path: string };

/** A credential plug-in as the kubeconfig describes it (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string | undefined;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always';
  /** The cluster's extension `client.authentication.k8s.io/exec`, handed on unread. */
  readonly clusterConfig: Json | undefined;
}

export interface Impersonation {
  readonly user: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** How one API server is reached and who we are there: a kubeconfig context with everything resolved. */
export interface ClusterAccess {
  /** Where this comes from, for messages: `context west in /home/me/.kube/config`. */
  readonly origin: string;
  /** The kubeconfig context that reaches the same cluster with kubectl; left out where there is none. */
  readonly context?: string;
  /** The API server's URL, without a trailing slash; it may have a path. */
  readonly server: string;
  readonly authority: TextSource | undefined;
  /** The name expected in the server's certificate; left out, the host of `server`. */
  readonly tlsServerName: string | undefined;
  readonly skipVerification: boolean;
  readonly proxy: string | undefined;
  readonly certificate: TextSource | undefined;
  readonly privateKey: TextSource | undefined;
  readonly token: TextSource | undefined;
  readonly exec: ExecPlugin | undefined;
  readonly impersonate: Impersonation | undefined;
}

/** The text of a source. An unreadable file is `file-unreadable`, naming what the file was to hold. */
export async function readSource(source: TextSource, what: string, cluster: string): Promise<string> {
  if (source.kind === 'Text') return source.text;
  try {
    return await readFile(source.path, 'utf8');
  } catch (cause) {
    throw new IsthmusError(
      'file-unreadable',
      `cluster ${cluster}: ${what} in ${source.path} cannot be read: ${fileProblem(cause)}`,
      {
        cluster,
        cause,
        remedy: 'correct the path in the kubeconfig, or the permissions of the file',
      },
    );
  }
}

/** Why a file could not be read, in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'permission denied';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return code === '' ? 'unknown reason' : code;
  }
}
