import { timeOf } from '../base/clock.ts';
import { asIsthmusError, IsthmusError } from '../base/error.ts';
import { diagnose } from '../diagnose/causes/diagnose.ts';
import { createFleet, type Fleet } from '../fleet/fleet.ts';
import { istioNamespace } from '../istio/names.ts';
import { parseRemoteSecret } from '../istio/remote-secret.ts';
import { multiClusterLabel } from '../objects/multi-cluster.ts';
import { podRangesOf } from '../objects/pod-ranges.ts';
import { readHeld } from '../observe/held-endpoints.ts';
import { istiodPlace } from '../observe/istiod.ts';
import type { BundleFacts, DoctorReport } from '../report/doctor.ts';
import { bundleFiles, writeBundle } from '../snapshot/bundle.ts';
import { snapshotFiles } from '../snapshot/folder.ts';
import { takeSnapshot } from '../snapshot/take.ts';
import type { ResolvedMesh } from '../topology/resolved-mesh.ts';
import { type DoctorReading, evidenceOf, type MemberReading } from './doctor-evidence.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import { splitFleet } from './mesh-fleet.ts';
import { openClusters } from './open-clusters.ts';
import type { DoctorOptions } from './options.ts';
import { readOnce } from './read-once.ts';
import { lookUp } from './read-snapshot.ts';
import { doctorReport } from './reporting/doctor.ts';
import { chosenClusters, meshOf, type SessionState } from './session.ts';
import { readWhole } from './snapshot.ts';
import { statusUseCase } from './status.ts';
import { trustUseCase } from './trust.ts';
import { sendRequests } from './verify.ts';

/** How long one cluster may take to answer all that is asked of it, in milliseconds. */
const clusterLimitMs = 60_000;
/** That a way works shows at few of them. */
const requestsPerPair = 5;

/**
 * Finds what is wrong and what follows from what. It judges nothing itself: `status`, `trust` and the model read and
 * check, each cluster once, and the folding of src/diagnose/causes orders what they found.
 */
export async function doctorUseCase(state: SessionState, options: DoctorOptions): Promise<DoctorReport> {
  const mesh = meshOf(state);
  chosenClusters(mesh, options.clusters);
  const isLive = state.source.stored === undefined;
  if (!isLive && options.active === 'Requests') throw new IsthmusError('usage', 'a snapshot answers no requests');
  const reading = isLive ? await readLive(state, mesh, options) : await readStored(state, options);
  const report = doctorReport(mesh, reading.status, diagnose(evidenceOf(mesh, reading)));
  if (options.bundle === undefined) return report;
  return { ...report, bundle: await bundled(options.bundle, report, reading.whole) };
}

/** Writes the report with what it was made from. Where that could not be read, the report alone says why. */
async function bundled(file: string, report: DoctorReport, whole: DoctorReading['whole']): Promise<BundleFacts> {
  const isKnown = whole !== undefined && !(whole instanceof IsthmusError);
  const files = bundleFiles(report, isKnown ? snapshotFiles(whole.stored, whole.documents) : []);
  await writeBundle(file, files);
  return { file, files: files.map(({ path }) => path) };
}

async function readLive(state: SessionState, mesh: ResolvedMesh, options: DoctorOptions): Promise<DoctorReading> {
  await using fleet = await openClusters(state, mesh, { operation: 'doctor', carries: 'NoKeys' });
  const limit = AbortSignal.timeout(options.clusterTimeoutMs ?? clusterLimitMs);
  const shared = sharing(state, fleet, limit);
  const { clusters, timeoutMs } = options;
  const asked = { clusters, timeoutMs };
  const [status, trust, model, members, whole] = await Promise.all([
    statusUseCase(shared, { ...asked, istioctl: options.istioctl, helm: options.helm, drift: options.drift }),
    settled(state, () => trustUseCase(shared, asked)),
    settled(state, () => readModel(shared, mesh, options)),
    readMembers(shared, mesh, options),
    options.bundle === undefined ? undefined : settled(state, () => readWhole(shared, asked)),
  ]);
  // The pods of the requests are in no reading.
  const { probeImage } = options;
  const probed =
    options.active === 'Requests'
      ? await settled(state, () => sendRequests(state, { ...asked, probeImage, requests: requestsPerPair }))
      : undefined;
  return { readAt: timeOf(state.ports.clock), status, trust, model, members, whole, probed };
}

/** A snapshot holds what status and the model go by, and nothing of what running proxies trust. */
async function readStored(state: SessionState, { bundle }: DoctorOptions): Promise<DoctorReading> {
  const status = await statusUseCase(state, {});
  const model = state.source.stored?.snapshot;
  const whole = bundle === undefined ? undefined : await readWhole(state, {});
  return { readAt: status.readAt, status, trust: undefined, model, members: [], whole };
}

/** A part of the evidence, or why it could not be read: that is a finding, and costs nothing else. */
async function settled<T>({ ports }: SessionState, read: () => Promise<T>): Promise<T | IsthmusError> {
  try {
    return await read();
  } catch (thrown) {
    ports.signal?.throwIfAborted();
    const error = asIsthmusError(thrown);
    if (error.code === 'internal') throw thrown;
    return error;
  }
}

/** The session with the clusters of this fleet, each of which answers every question once. */
function sharing(state: SessionState, fleet: Fleet, limit: AbortSignal): SessionState {
  const members = fleet.members.map((member) =>
    member.state === 'Open' ? { ...member, client: readOnce(member.client, { limit }) } : member,
  );
  const { connections } = state;
  const open = async ({ names }: ResolvedMesh): Promise<Fleet> => ({
    ...createFleet(members.filter(({ name }) => names.some((one) => one === name))),
    // The whole fleet is closed once, at the end.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const { ports } = state;
  // What is not checked of a server's certificate was reported when the fleet was opened.
  const onEvent: SessionState['ports']['onEvent'] = (event) => {
    if (event.type !== 'Unverified') ports.onEvent?.(event);
  };
  return { ...state, ports: { ...ports, onEvent }, connections: Object.assign(Object.create(connections), { open }) };
}

/** What may not be read of Secrets and istiods a status says already. */
async function readMembers(
  state: SessionState,
  mesh: ResolvedMesh,
  options: DoctorOptions,
): Promise<readonly MemberReading[]> {
  await using fleet = await openClusters(state, mesh, { operation: 'doctor', carries: 'NoKeys' });
  const wanted = new Set(chosenClusters(mesh, options.clusters));
  const signal = limitedSignal(state.ports, timeoutOf(options));
  const open = splitFleet(fleet).clients;
  const clients = [...open].flatMap(([name, client]) => (wanted.has(name) ? [client] : []));
  const heldIn = async (cluster: string): Promise<MemberReading['held']> => {
    const topology = mesh.topology.clusters.find(({ name }) => name === cluster);
    const place = topology === undefined ? undefined : istiodPlace(topology, (name) => open.get(name));
    if (topology === undefined || place === undefined || topology.peers.length === 0) return [];
    return await readHeld(place, topology.peers, signal);
  };
  return await Promise.all(
    clients.map(async (client): Promise<MemberReading> => {
      const { cluster } = client;
      const selected = { namespace: istioNamespace, labelSelector: `${multiClusterLabel}=true`, signal };
      const [nodes, secrets, held] = await Promise.all([
        settled(state, () => client.list({ apiVersion: 'v1', kind: 'Node' }, { signal })),
        settled(state, () => client.list({ apiVersion: 'v1', kind: 'Secret' }, selected)),
        settled(state, () => heldIn(cluster)),
      ]);
      return {
        cluster,
        held: held instanceof IsthmusError ? [] : held,
        podRanges: nodes instanceof IsthmusError ? nodes : nodes.flatMap(podRangesOf),
        remoteSecrets:
          secrets instanceof IsthmusError
            ? []
            : secrets.map((secret) => ({
                cluster,
                name: `${secret.metadata.namespace}/${secret.metadata.name}`,
                remotes: parseRemoteSecret(secret),
              })),
      };
    }),
  );
}

async function readModel(
  state: SessionState,
  mesh: ResolvedMesh,
  options: DoctorOptions,
): Promise<DoctorReading['model']> {
  await using fleet = await openClusters(state, mesh, { operation: 'doctor', carries: 'NoKeys' });
  const { clients, failures } = splitFleet(fleet);
  const wanted = new Set(chosenClusters(mesh, options.clusters));
  const taken = await takeSnapshot(
    [...clients].flatMap(([name, client]) => (wanted.has(name) ? [client] : [])),
    {
      clock: state.ports.clock,
      signal: limitedSignal(state.ports, timeoutOf(options)),
      unreachable: new Map([...failures].filter(([name]) => wanted.has(name))),
      resolve: lookUp,
    },
  );
  return taken.snapshot;
}
