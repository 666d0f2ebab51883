import { join } from 'node:path';
import { stopClusterPart } from '../../lab/src/parts.ts';
import { clusterName } from '../../src/api/name.ts';
import { applyMesh } from '../../src/apply/apply.ts';
import type { ApplyRequest, MeshPorts, Scope } from '../../src/apply/options.ts';
import type { ApplyReport } from '../../src/apply/run/report.ts';
import { systemClock } from '../../src/base/system-clock.ts';
import { lockRef } from '../../src/fleet/lock.ts';
import type { Limits } from '../../src/fleet/ports.ts';
import { createIstioctl } from '../../src/istio/render/istioctl.ts';
import type { Renderer } from '../../src/istio/render/renderer.ts';
import { renderersAmong } from '../../src/istio/render/renderers.ts';
import { type ClusterAccess, readSource } from '../../src/kube/access/access.ts';
import { accessOfContext } from '../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../src/kube/access/kubeconfig.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type ConnectOptions, connect } from '../../src/kube/connect.ts';
import { testPorts } from '../../src/kube/testing/ports.ts';
import type { DeclaredMesh } from '../../src/mesh/declared.ts';
import { readText } from '../../src/mesh/text/read-text.ts';
import type { ObjectRef } from '../../src/objects/object.ts';
import type { RootFiles } from '../../src/pki/schema.ts';
import { resolveMesh } from '../../src/topology/resolved-mesh.ts';
import type { RootStore } from '../../src/trust/root-store.ts';
import { type Etcd, openEtcd, type Stored } from './etcd.ts';
import { type FaultProxy, startFaultProxy, type Upstream } from './fault-proxy.ts';
import { startTestLab, type TestLab } from './lab.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

export const west = clusterName.parse('west');

/** A real API server with a proxy before it, without nodes or controllers: applies to it end, and start over at will. */
export interface OneCluster extends AsyncDisposable {
  readonly lab: TestLab;
  /** Past the proxy, as its admin. */
  readonly admin: ClusterAccess;
  readonly direct: KubeClient;
  readonly proxy: FaultProxy;
  /** For another proxy before the same API server. */
  readonly upstream: Upstream;
  readonly etcd: Etcd;
  readonly standIn: StandIn;
  readonly renderer: Renderer;
  /** What the cluster stores before anything was applied. */
  readonly empty: Stored;
  /** Through the proxy. */
  readonly access: ClusterAccess;
  connect(options?: Partial<ConnectOptions> & { readonly access?: Partial<ClusterAccess> }): Promise<KubeClient>;
}

/** `prepare` is done while the cluster has its controllers. */
export async function startOneCluster(
  name: string,
  prepare: (client: KubeClient) => Promise<void> = async () => undefined,
): Promise<OneCluster> {
  await using started = new AsyncDisposableStack();
  const lab = started.use(
    await startTestLab({ name, clusters: [{ name: west, network: 'us' }], controlPlaneOnly: true }),
  );
  const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
  const admin = accessOfContext(config, west, west);
  const direct = started.use(await connect(admin, { ...testPorts, cluster: west }));
  await lab.kubectl(west, 'create', 'namespace', 'sample');
  await prepare(direct);
  // They would go on working on what is taken away under them when the cluster is put back into an earlier state.
  for (const part of ['controller-manager', 'scheduler'] as const) await stopClusterPart(name, west, part);
  const etcd = started.use(await openEtcd({ lab: name, cluster: west, folder: lab.folder }));
  const upstream = await upstreamOf(admin);
  const proxy = started.use(await startFaultProxy(upstream));
  const access: ClusterAccess = {
    ...admin,
    server: proxy.server,
    authority: undefined,
    certificate: undefined,
    privateKey: undefined,
  };
  const standIn = started.use(startStandIn(direct));
  const empty = await etcd.read();
  const owned = started.move();
  return {
    lab,
    admin,
    direct,
    proxy,
    upstream,
    etcd,
    standIn,
    empty,
    access,
    renderer: createIstioctl({ path: join(lab.lab.bin, 'istioctl'), environment: {} }),
    connect: ({ access: other, ...options } = {}) =>
      connect({ ...access, ...other }, { ...testPorts, cluster: west, ...options }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export async function upstreamOf(admin: ClusterAccess): Promise<Upstream> {
  const { server, authority, certificate, privateKey } = admin;
  if (authority === undefined || certificate === undefined || privateKey === undefined)
    throw new Error('the lab gives its admin a certificate');
  const [ca, cert, key] = await Promise.all(
    [authority, certificate, privateKey].map((source) => readSource(source, 'the lab', west)),
  );
  return { server, authority: ca ?? '', certificate: cert ?? '', privateKey: key ?? '' };
}

/** The lock of that mesh. */
export const leaseRef: ObjectRef = lockRef('shop');

/** A mesh of that one cluster; `spec` is that of the MeshCluster. */
export function meshOf(spec = '{network: us, injectNamespaces: [sample]}'): DeclaredMesh {
  const { declared, findings } = readText(meshText(spec), 'mesh.yaml');
  if (declared === undefined) throw new Error(JSON.stringify(findings));
  return declared;
}

export function meshText(spec = '{network: us, injectNamespaces: [sample]}'): string {
  return `apiVersion: isthmus.dev/v1alpha1
kind: Mesh
metadata: {name: shop}
spec: {istio: {version: "1.31"}}
---
apiVersion: isthmus.dev/v1alpha1
kind: MeshCluster
metadata: {name: ${west}}
spec: ${spec}
`;
}

/** A user's folder with the root, in memory. */
export function memoryRoots(): RootStore {
  const kept = new Map<string, RootFiles>();
  return {
    create: 'IfMissing',
    read: async (mesh) => kept.get(mesh),
    write: async (mesh, files) => void kept.set(mesh, files),
    folder: () => 'memory',
  };
}

/** What is different in an apply of that mesh. */
export interface ApplyOptions extends Partial<MeshPorts>, Scope, Partial<Limits> {
  readonly declared?: DeclaredMesh;
}

/** An apply of that mesh by one user, as the command line runs it. */
export async function applyAs(
  one: Pick<OneCluster, 'renderer'>,
  client: KubeClient,
  options: ApplyOptions = {},
): Promise<ApplyReport> {
  return await applyMesh(requestOf(one, client, options));
}

/** The request of such an apply, or of a plan of it. */
export function requestOf(
  { renderer }: Pick<OneCluster, 'renderer'>,
  client: KubeClient,
  options: ApplyOptions = {},
): ApplyRequest {
  const { declared = meshOf(), timeoutMs = 180_000, only, maxDelete, approved, homeDocuments, ...given } = options;
  const ports: MeshPorts = {
    clients: new Map([[west, client]]),
    unreachable: new Map(),
    renderers: renderersAmong([renderer]),
    roots: memoryRoots(),
    crypto: globalThis.crypto,
    clock: systemClock,
    signal: AbortSignal.timeout(timeoutMs + 5_000),
    holder: 'ann',
    onEvent: () => undefined,
    ...given,
  };
  const scope = { only, maxDelete, approved, homeDocuments };
  return { mesh: resolveMesh(declared), ports, scope, limits: { timeoutMs } };
}
