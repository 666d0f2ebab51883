import { apiVersion } from '../api/mesh.ts';
import { type MeshCluster, meshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import { remedy, run } from '../base/remedy.ts';
import { type FleetMember, openFleet } from '../fleet/fleet.ts';
import { createIstioctls } from '../istio/render/renderers.ts';
import type { Draft } from '../mesh/draft/draft.ts';
import { draftText } from '../mesh/draft/draft-text.ts';
import type { ClusterFacts } from '../mesh/draft/facts.ts';
import { draftFromClusters } from '../mesh/draft/from-clusters.ts';
import { draftFromSettings } from '../mesh/draft/from-settings.ts';
import { asClusterName, minorOf } from '../mesh/draft/names.ts';
import { readSettings } from '../mesh/draft/settings.ts';
import { readText } from '../mesh/text/read-text.ts';
import { surveyCluster } from '../observe/survey.ts';
import type { MeshDraft } from '../report/draft.ts';
import { limitedSignal, timeoutOf } from './limits.ts';
import type { DraftContext, DraftOptions, NamedText } from './options.ts';
import type { EnginePorts } from './ports.ts';
import { draftReport, type SurveyedMember } from './reporting/draft.ts';

/**
 * The text of a mesh file for clusters as they are, or for the settings of an Istio; nothing is written. With `contexts`
 * alone each cluster is asked what its network is and which Istio runs in it: one that does not answer is in the file with a
 * note. With `settings` no cluster is asked, and `leftOut` lists what a mesh file has no place for. Throws `usage` where no
 * cluster is named or two have one name, `context-not-found`, `cluster-identity-conflict`, and `invalid-config` where settings
 * cannot be read or the names that were given fit no mesh file.
 *
 * @example
 * const { text, notes } = await draftMesh({ name: 'shop', contexts: [{ context: 'west' }, { context: 'east' }] }, nodePorts());
 * console.log(`${text.split('\n---\n').length} documents, ${notes.length} notes`);
 */
export async function draftMesh(options: DraftOptions, ports: EnginePorts): Promise<MeshDraft> {
  return options.settings === undefined ? await ofClusters(options, ports) : ofSettings(options);
}

async function ofClusters(options: DraftOptions, ports: EnginePorts): Promise<MeshDraft> {
  const { contexts = [], name, istio } = options;
  if (contexts.length === 0)
    throw new IsthmusError('usage', 'no cluster is named', { remedy: 'name the contexts of the clusters' });
  const signal = limitedSignal(ports, timeoutOf(options));
  const surveyed = await survey(options, ports, signal);
  const facts = surveyed.map((one) => one.facts);
  const version =
    istio ?? (facts.some(({ istiods }) => (istiods ?? []).length > 0) ? undefined : await rendered(ports, signal));
  return finished(draftFromClusters(facts, { name, istio: version }), options, surveyed);
}

/** The minor version that the istioctl at hand renders, as the first apply will want it. */
async function rendered({ environment }: EnginePorts, signal: AbortSignal): Promise<string | undefined> {
  try {
    const [first] = createIstioctls({ environment });
    return first === undefined ? undefined : minorOf((await first.version({ signal })).version);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

async function survey(
  { contexts = [] }: DraftOptions,
  ports: EnginePorts,
  signal: AbortSignal,
): Promise<readonly SurveyedMember[]> {
  const standIns = contexts.map(standInOf);
  const names = standIns.map(({ metadata }) => metadata.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new IsthmusError('usage', `two of the clusters would be called ${twice}`, {
      remedy: 'give each of them a name of its own',
    });
  }
  await using fleet = await openFleet(standIns, { ...ports, signal });
  return await Promise.all(
    contexts.map(async (given, index): Promise<SurveyedMember> => {
      const member = fleet.members[index];
      if (member === undefined) throw new IsthmusError('internal', `no member for the context ${given.context}`);
      const { context, cluster: name, network } = given;
      const named = { context, name, network };
      if (member.state === 'Failed') return { facts: { ...named, ...nothing }, error: refused(member) };
      const { client, health } = member;
      return { facts: { ...named, kubernetes: health.version, ...(await surveyedFacts(client, signal)) } };
    }),
  );
}

const nothing = {
  podRanges: null,
  networkLabel: null,
  controlPlaneClusters: null,
  injectedAs: null,
  istiods: null,
  hosts: null,
  remotes: null,
} as const;

async function surveyedFacts(
  client: Parameters<typeof surveyCluster>[0],
  signal: AbortSignal,
): Promise<Omit<ClusterFacts, 'context'>> {
  const { istiods, ...survey } = await surveyCluster(client, signal);
  return {
    ...survey,
    istiods:
      istiods?.map(({ revision, version, cluster, proxies, trustDomain, heldBy }) => {
        return { revision, version, cluster, network: proxies.network, mesh: proxies.mesh, trustDomain, heldBy };
      }) ?? null,
  };
}

/** A context that does not exist, or that names no usable cluster, is the user's to correct; the rest may be out of reach today. */
function refused({ error }: Extract<FleetMember, { state: 'Failed' }>): IsthmusError {
  if (['context-not-found', 'invalid-kubeconfig', 'file-unreadable', 'internal'].includes(error.code)) throw error;
  return error;
}

/** What the fleet needs to know of a cluster whose document is not there yet. */
function standInOf({ context, cluster = asClusterName(context) }: DraftContext): MeshCluster {
  const standIn = meshCluster.safeParse({
    apiVersion,
    kind: 'MeshCluster',
    metadata: { name: cluster },
    spec: { access: { context }, network: 'unknown' },
  });
  if (standIn.success) return standIn.data;
  throw new IsthmusError('usage', `${cluster} cannot be the name of a cluster`, {
    remedy: 'give a name of lower-case letters, digits and dashes',
  });
}

function nothingFound(settings: readonly NamedText[]): IsthmusError {
  const ours = settings.find(({ text }) => /^kind:\s*["']?Mesh(?:Cluster)?\b/m.test(text));
  return ours === undefined
    ? new IsthmusError('invalid-config', 'there are neither an IstioOperator nor Helm values in the settings', {
        remedy: 'give the file from which Istio was installed',
      })
    : new IsthmusError('invalid-config', `${ours.name} is a mesh file already`, {
        remedy: remedy`see what an apply of it would do with ${run('plan')}`,
      });
}

function ofSettings(options: DraftOptions): MeshDraft {
  const { settings = [], contexts = [], name, istio } = options;
  const read = settings.map((text) => ({ ...readSettings(text), file: text.name }));
  const problem = read.flatMap(({ file, problems }) => problems.map((one) => ({ file, ...one })))[0];
  if (problem !== undefined) {
    const where = problem.line === undefined ? problem.file : `${problem.file}:${problem.line}`;
    throw new IsthmusError('invalid-config', `${where}: ${problem.message}`, { remedy: 'correct the file' });
  }
  const found = read.flatMap((one) => one.found);
  if (found.length === 0) throw nothingFound(settings);
  const named = contexts.map(({ cluster, context, network }) => ({ cluster: cluster ?? context, context, network }));
  const draft = draftFromSettings(found, { name, istio, contexts: named });
  const stray = named.find(
    ({ cluster }) => !draft.documents.some(({ value }) => textAt(value, ['metadata', 'name']) === cluster),
  );
  if (stray !== undefined) {
    throw new IsthmusError('usage', `the settings have no cluster ${stray.cluster}`, {
      remedy: 'give a context for a cluster that the settings name',
    });
  }
  return finished({ ...draft, leftOut: [...read.flatMap(({ leftOut }) => leftOut), ...draft.leftOut] }, options, []);
}

/** The report, once the reader of mesh files accepts the text. */
function finished(
  draft: Draft,
  { schema = 'schemas/MeshFile.json' }: DraftOptions,
  surveyed: readonly SurveyedMember[],
): MeshDraft {
  const text = draftText(draft, schema);
  const { declared, findings } = readText(text, 'the draft');
  if (declared === undefined || findings.length > 0) {
    throw new IsthmusError('invalid-config', 'the names that were given make no mesh file', {
      findings,
      remedy: 'give other names of the mesh, its clusters and networks',
    });
  }
  return draftReport(draft, { text, declared, surveyed });
}
