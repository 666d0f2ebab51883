import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from '../../../src/base/json.ts';
import { callApi, type Wait, waitUntil } from '../cluster/api.ts';
import { type KubeconfigEntry, kubeconfig } from '../cluster/kubeconfig.ts';
import { makePki } from '../cluster/pki.ts';
import { startBackground } from '../process/background.ts';
import type { WatchedProgram } from '../process/patience.ts';
import { etcdAnswers, writeAll } from './etcd.ts';
import { customKinds, definition } from './kinds.ts';
import { apiAddress, apiServerCommand, etcdCommand, etcdPrefix, etcdUrl, keyFiles, type OracleSite } from './site.ts';

/** A way into one API server. */
export interface ApiServer {
  readonly server: string;
  /** With the administrator's rights. */
  readonly kubeconfig: string;
}

/** One authority, one server certificate for all addresses, and one administrator. */
async function writeKeys(site: OracleSite, slots: readonly number[]): Promise<readonly KubeconfigEntry[]> {
  const addresses = slots.map((slot) => apiAddress(site, slot));
  const pki = await makePki({ cluster: site.name, nodeName: site.name, addresses, now: new Date() });
  const texts: Readonly<Record<keyof typeof keyFiles, string>> = {
    authority: pki.authority.certificate,
    certificate: pki.apiServer.certificate,
    key: pki.apiServer.key,
    accountsPublic: pki.serviceAccounts.publicKey,
    accountsPrivate: pki.serviceAccounts.privateKey,
  };
  for (const [name, file] of Object.entries(keyFiles) as [keyof typeof keyFiles, string][]) {
    writeFileSync(join(site.folder, file), texts[name], { mode: 0o600 });
  }
  return addresses.map((address) => ({
    name: 'oracle',
    server: `https://${address}:6443`,
    authority: pki.authority.certificate,
    client: pki.clients.admin,
  }));
}

/** Starts etcd and the API servers, which know the custom kinds from their first moment, and waits until all are ready. */
export async function startApiServers(
  site: OracleSite,
  count: number,
  signal: AbortSignal | undefined,
): Promise<readonly ApiServer[]> {
  mkdirSync(site.logs, { recursive: true });
  const slots = Array.from({ length: count }, (_, slot) => slot);
  const start = (name: string, command: readonly [string, ...string[]]): WatchedProgram => {
    const logFile = join(site.logs, `${name}.log`);
    const { pid } = startBackground({ command, logFile, group: site.group, cwd: site.folder });
    return { pid, logFile };
  };
  const waitFor = (program: WatchedProgram, what: string): Wait => ({
    cluster: site.name,
    what,
    programs: [program],
    remedy: `see ${program.logFile}`,
    signal,
  });
  const etcd = start('etcd', etcdCommand(site));
  const entries = await writeKeys(site, slots);
  await waitUntil(waitFor(etcd, 'etcd did not answer'), () => etcdAnswers(etcdUrl(site)));
  await writeAll(etcdUrl(site), { puts: definitions(slots), deletes: [] });
  await Promise.all(
    entries.map((entry, slot) =>
      waitUntil(
        waitFor(start(`api${slot}`, apiServerCommand(site, slot)), `API server ${slot} was not ready`),
        async () => (await callApi(entry, { path: '/readyz' })).status === 200,
      ),
    ),
  );
  return entries.map((entry) => ({ server: entry.server, kubeconfig: kubeconfig([entry]) }));
}

function definitions(slots: readonly number[]): ReadonlyMap<string, string> {
  const folder = 'apiextensions.k8s.io/customresourcedefinitions';
  return new Map(
    slots.flatMap((slot) =>
      customKinds.map((kind) => [
        `${etcdPrefix(slot)}/${folder}/${kind.plural}.${kind.group}`,
        canonicalJson(definition(kind)),
      ]),
    ),
  );
}
