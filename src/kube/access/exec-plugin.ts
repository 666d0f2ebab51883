import { execFile } from 'node:child_process';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { withoutCredentials } from '../../base/conceal.ts';
import { IsthmusError } from '../../base/error.ts';
import type { Json, JsonObject } from '../../base/json.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { ClusterAccess, Environment, ExecPlugin } from './access.ts';

/** What a credential plug-in prints (client.authentication.k8s.io/v1 and v1beta1, ExecCredential). */
const execCredential = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.looseObject({
    token: z.string().min(1).optional(),
    clientCertificateData: z.string().min(1).optional(),
    clientKeyData: z.string().min(1).optional(),
    expirationTimestamp: z.iso.datetime({ offset: true }).optional(),
  }),
});

export interface PluginCredential {
  readonly token: string | undefined;
  readonly certificate: { readonly certificate: string; readonly privateKey: string } | undefined;
  /** Milliseconds since the epoch; undefined where the plug-in gives no expiry. */
  readonly expiresAt: number | undefined;
}

/** How a plug-in ended. `problem` is `NotFound` where there is no such program. */
export interface PluginRun {
  readonly problem: 'NotFound' | 'NotExecutable' | 'TimedOut' | 'Failed' | undefined;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell and without standard input. */
export type RunPlugin = (
  command: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly timeoutMs: number },
) => Promise<PluginRun>;

/** A plug-in may open a connection to an identity provider, but never wait for a person. */
const pluginTimeoutMs = 30_000;
const outputLimit = 1024 * 1024;

/** Runs plug-ins in the given environment, to which the kubeconfig's own variables are added. */
export function pluginRunner(environment: Environment): RunPlugin {
  return (command, args, { env, timeoutMs }) =>
    new Promise((resolvePromise) => {
      const options = {
        env: { ...environment, ...env },
        timeout: timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: outputLimit,
        windowsHide: true,
      } as const;
      const child = execFile(command, [...args], options, (error, stdout, stderr) => {
        if (error === null) return resolvePromise({ problem: undefined, exitCode: 0, stdout, stderr });
        const exitCode = typeof error.code === 'number' ? error.code : undefined;
        resolvePromise({ problem: problemOf(error), exitCode, stdout: '', stderr });
      });
      // The terminal's input belongs to us: a plug-in that asks there reads the end of input.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end();
    });
}

function problemOf(error: { readonly code?: unknown; readonly killed?: boolean }): PluginRun['problem'] {
  if (error.code === 'ENOENT') return 'NotFound';
  if (error.code === 'EACCES') return 'NotExecutable';
  return error.killed === true ? 'TimedOut' : 'Failed';
}

export interface PluginContext {
  readonly cluster: string;
  readonly access: ClusterAccess;
  readonly authorityText: string | undefined;
  readonly run: RunPlugin;
  readonly clock: Clock;
}

/** Which plug-in was asked for which cluster, for messages. */
interface PluginOfCluster {
  readonly plugin: ExecPlugin;
  readonly cluster: string;
}

/** Asks the plug-in once. Fails with `authentication-failed`, without showing anything that could be a secret. */
export async function askPlugin(plugin: ExecPlugin, context: PluginContext): Promise<PluginCredential> {
  const asked: PluginOfCluster = { plugin, cluster: context.cluster };
  if (plugin.interactiveMode === 'Always') {
    throw failed(
      asked,
      'needs a terminal, and Isthmus gives plug-ins none',
      'set interactiveMode to IfAvailable in the kubeconfig',
    );
  }
  const env = { ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin, context)) };
  const run = await context.run(plugin.command, plugin.args, { env, timeoutMs: pluginTimeoutMs });
  if (run.problem !== undefined || run.exitCode !== 0) throw runFailure(asked, run);
  return parseCredential(asked, run.stdout);
}

function execInfo(plugin: ExecPlugin, { access, authorityText }: PluginContext): JsonObject {
  const spec: Record<string, Json | undefined> = { interactive: false };
  if (plugin.provideClusterInfo) {
    spec.cluster = {
      server: access.server,
      'tls-server-name': access.tlsServerName,
      'insecure-skip-tls-verify': access.skipVerification ? true : undefined,
      'certificate-authority-data':
        authorityText === undefined ? undefined : Buffer.from(authorityText).toString('base64'),
      'proxy-url': access.proxy,
      config: plugin.clusterConfig,
    };
  }
  return { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec };
}

function parseCredential(asked: PluginOfCluster, stdout: string): PluginCredential {
  const parsed = execCredential.safeParse(parseJson(stdout));
  if (!parsed.success) {
    throw failed(asked, 'printed something else than an ExecCredential', 'run it by hand and look at its output');
  }
  const { apiVersion, status } = parsed.data;
  if (apiVersion !== asked.plugin.apiVersion) {
    const problem = `answered in ${apiVersion}, the kubeconfig says ${asked.plugin.apiVersion}`;
    throw failed(asked, problem, 'give the same apiVersion in the kubeconfig');
  }
  const { token, clientCertificateData: certificate, clientKeyData: privateKey } = status;
  if ((certificate === undefined) !== (privateKey === undefined)) {
    throw failed(asked, 'gave only one of certificate and key', 'update the plug-in');
  }
  if (token === undefined && certificate === undefined) {
    throw failed(asked, 'gave neither a token nor a certificate', 'log in again with the tool it belongs to');
  }
  const expiry = status.expirationTimestamp;
  return {
    token,
    certificate: certificate === undefined || privateKey === undefined ? undefined : { certificate, privateKey },
    expiresAt: expiry === undefined ? undefined : Date.parse(expiry),
  };
}

function runFailure(asked: PluginOfCluster, run: PluginRun): IsthmusError {
  switch (run.problem) {
    case 'NotFound':
      return failed(asked, 'is not installed', installRemedy(asked.plugin));
    case 'NotExecutable':
      return failed(asked, 'may not be executed', 'correct the permissions of the file');
    case 'TimedOut':
      return failed(asked, `gave no answer within ${pluginTimeoutMs / 1000} s`, 'log in with its own tool first');
    default: {
      const said = redacted(run.stderr);
      const problem = `ended with exit code ${run.exitCode ?? 'unknown'}${said === '' ? '' : `: ${said}`}`;
      return failed(asked, problem, 'log in again with the tool it belongs to');
    }
  }
}

/** The kubeconfig's own words, where it has any. */
function installRemedy({ installHint }: ExecPlugin): string {
  const hint = installHint?.trim() ?? '';
  return hint === '' ? 'install it, or add it to PATH' : `install it; the kubeconfig says: ${hint}`;
}

/** How much of a plug-in's complaint is looked at, and how much is shown. */
const complaintLimits = { read: 4000, shown: 600 } as const;

/** The first lines of a plug-in's complaint as one, which name the cause, without anything that may be a credential. */
function redacted(stderr: string): string {
  const lines = stderr.trim().replaceAll(/\s+/g, ' ');
  const { read, shown } = complaintLimits;
  // A cut may leave a part of a secret that no longer looks like one: the last word before it is not shown.
  const start = lines.length > read ? lines.slice(0, read).replace(/\S*$/, '') : lines;
  const safe = withoutCredentials(start);
  return safe.length > shown ? `${safe.slice(0, shown).trimEnd()} …` : safe;
}

function failed({ plugin, cluster }: PluginOfCluster, problem: string, remedy: string): IsthmusError {
  const message = `cluster ${cluster}: the credential plug-in ${plugin.command} ${problem}`;
  return new IsthmusError('authentication-failed', message, { cluster, remedy });
}
