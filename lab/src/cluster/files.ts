import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type KubeconfigEntry, kubeconfig } from './kubeconfig.ts';
import { nodeFiles } from './node-files.ts';
import { type ClientName, type ClusterPki, makePki } from './pki.ts';
import type { ClusterSite } from './site.ts';

async function write(path: string, text: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode });
  await chmod(path, mode);
}

/** The administrator's way into a cluster. */
export function adminEntry(site: ClusterSite, pki: ClusterPki): KubeconfigEntry {
  return entryFor(site, pki, 'admin');
}

function entryFor(site: ClusterSite, pki: ClusterPki, client: ClientName): KubeconfigEntry {
  return {
    name: site.name,
    server: `https://${site.addresses.wan}:6443`,
    authority: pki.authority.certificate,
    client: pki.clients[client],
  };
}

function pkiFiles(site: ClusterSite, pki: ClusterPki): Readonly<Record<string, string>> {
  return {
    'ca.crt': pki.authority.certificate,
    'ca.key': pki.authority.key,
    'apiserver-server.crt': pki.apiServer.certificate,
    'apiserver-server.key': pki.apiServer.key,
    'apiserver.crt': pki.clients.apiserver.certificate,
    'apiserver.key': pki.clients.apiserver.key,
    'sa.key': pki.serviceAccounts.privateKey,
    'sa.pub': pki.serviceAccounts.publicKey,
    ...Object.fromEntries(
      (['admin', 'controller-manager', 'scheduler', 'kubelet', 'kube-proxy'] as const).map((name) => [
        `${name}.kubeconfig`,
        kubeconfig([entryFor(site, pki, name)]),
      ]),
    ),
  };
}

/** Makes the keys of a cluster and writes every file that its programs read. */
export async function writeClusterFiles(site: ClusterSite, now: Date): Promise<ClusterPki> {
  const { addresses, paths } = site;
  const pki = await makePki({
    cluster: site.name,
    nodeName: site.nodeName,
    addresses: ['127.0.0.1', addresses.wan, addresses.serviceApi],
    now,
  });
  const secret = Object.entries(pkiFiles(site, pki)).map(([name, text]) => write(join(paths.pki, name), text, 0o600));
  const open = Object.entries(nodeFiles(site)).map(([path, text]) => write(path, text, 0o644));
  const folders = [paths.logs, paths.podLogs, paths.run, site.shims, join(paths.cni, 'ipam')];
  await Promise.all([...secret, ...open, ...folders.map((folder) => mkdir(folder, { recursive: true }))]);
  return pki;
}
