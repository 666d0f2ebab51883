import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Printed, runProgram } from '../../base/child.ts';
import type { InTurn } from '../../base/concurrency.ts';
import { IsthmusError } from '../../base/error.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject, mergeJson, valueAt } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import { istioNamespace } from '../names.ts';
import type { IstioVersion } from '../version.ts';
import { keptText, noticesOf, objectsOf } from './manifests.ts';
import { findProgram, type Program } from './program.ts';
import { createMemory } from './remember.ts';
import type { RenderCache, Renderer, RenderOptions } from './renderer.ts';

export interface HelmOptions {
  /** A chart repository's URL, or a folder with the charts `base`, `istiod` and `gateway`. */
  readonly charts: string;
  /** The Istio version that the mesh names: which charts a repository gives. */
  readonly version: string;
  /** The program as the user named it. Left out: `ISTHMUS_HELM`, then the first `helm` on `PATH`. */
  readonly path?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
  readonly inTurn?: InTurn | undefined;
}

/** Istio's own chart repository (https://istio.io/latest/docs/setup/install/helm/). */
export const istioCharts = 'https://istio-release.storage.googleapis.com/charts';

/** A repository is asked over the network. */
const defaultTimeoutMs = 120_000;

const chartAnswer = z.looseObject({ appVersion: z.string().min(1) });

/** The renderer that runs `helm template` on this machine; nothing of Helm's is kept in a cluster. */
export function createHelm(options: HelmOptions): Renderer {
  const remembered = createMemory(options.cache, options.inTurn);
  return {
    async version(call: RenderOptions = {}): Promise<IstioVersion> {
      const { file } = await findHelm(options);
      const { output } = await run(file, ['show', 'chart', ...(await chartArgs('istiod', options))], {
        ...call,
        input: '',
      });
      const answer = chartAnswer.safeParse(parse(output, { prettyErrors: false, logLevel: 'error' }));
      if (!answer.success) throw failed(`the chart istiod of ${options.charts} does not state a version`);
      return { version: answer.data.appVersion, source: `the chart istiod of ${options.charts}` };
    },
    async render(operator: JsonObject, call: RenderOptions = {}): Promise<readonly KubeObject[]> {
      const { file, identity } = await findHelm(options);
      const rendered = await Promise.all(
        releasesOf(operator).map(async ({ chart, name, values }) => {
          const input = canonicalJson(values);
          const args = [name, ...(await chartArgs(chart, options))];
          const key = [identity, await chartsIdentity(chart, options), ...args, input].join('\n');
          const text = await remembered(key, async () => {
            const flags = ['--namespace', istioNamespace, '--include-crds', '--values', '-'];
            const printed = await run(file, ['template', ...args, ...flags], { ...call, input });
            return keptText(printed, 'helm');
          });
          for (const notice of noticesOf(text)) call.onNotice?.(notice);
          return objectsOf(text);
        }),
      );
      return rendered.flat();
    },
  };
}

interface Release {
  readonly chart: 'base' | 'istiod' | 'gateway';
  readonly name: string;
  readonly values: JsonObject;
}

/** An IstioOperator document as the charts that stand for it and their values. */
export function releasesOf(operator: JsonObject): readonly Release[] {
  const { gateways, pilot, ...values } = objectAt(operator, ['spec', 'values']);
  const profile = valueAt(operator, ['spec', 'profile']);
  // istioctl hands the values below `pilot` to the chart as its own (operator/pkg/helm); Helm users write them so.
  const istiod = mergeJson(values, isJsonObject(pilot) ? pilot : {});
  const meshConfig = objectAt(operator, ['spec', 'meshConfig']);
  const revision = valueAt(operator, ['spec', 'revision']);
  const shared = withoutUndefined({ revision, profile: profile === 'remote' ? profile : undefined });
  const ofGateway = gatewayReleases(operator, objectAt({ gateways }, ['gateways', 'istio-ingressgateway']));
  if (profile === 'empty') return ofGateway;
  return [
    // istioctl leaves the default webhook out unless it is asked for, the chart has it unless it is refused.
    { chart: 'base', name: 'istio-base', values: { defaultRevision: '', ...values, ...shared } },
    { chart: 'istiod', name: 'istiod', values: { ...istiod, ...shared, meshConfig } },
    ...ofGateway,
  ];
}

function gatewayReleases(operator: JsonObject, values: JsonObject): readonly Release[] {
  const components = valueAt(operator, ['spec', 'components', 'ingressGateways']);
  const wanted = (Array.isArray(components) ? components : []).filter(isJsonObject);
  const { env, ports, secretVolumes, serviceAnnotations, type, autoscaleEnabled, replicaCount } = values;
  return wanted.flatMap(({ name, enabled, label }): readonly Release[] =>
    enabled !== true || typeof name !== 'string'
      ? []
      : [
          {
            chart: 'gateway',
            name,
            values: {
              labels: label,
              env,
              ...withoutUndefined({ revision: valueAt(operator, ['spec', 'revision']) }),
              service: withoutUndefined({ ports, type, annotations: serviceAnnotations }),
              // It gives the right to read every Secret of the namespace; this gateway needs none (rendered.ts).
              rbac: { enabled: false },
              ...(autoscaleEnabled === false ? { autoscaling: { enabled: false } } : {}),
              ...(replicaCount === undefined ? {} : { replicaCount }),
              ...(Array.isArray(secretVolumes) ? mounted(secretVolumes.filter(isJsonObject)) : {}),
            },
          },
        ],
  );
}

/** istioctl's chart has both in one list. */
function mounted(volumes: readonly JsonObject[]): JsonObject {
  return {
    volumes: volumes.map(({ name, secretName }) => withoutUndefined({ name, secret: { secretName, optional: true } })),
    volumeMounts: volumes.map(({ name, mountPath }) => withoutUndefined({ name, mountPath, readOnly: true })),
  };
}

function withoutUndefined(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

function objectAt(value: Json, path: readonly string[]): JsonObject {
  const found = valueAt(value, path);
  return isJsonObject(found) ? found : {};
}

/** How a chart is named to `helm`: a folder, or a name with the repository and a version. */
async function chartArgs(chart: Release['chart'], { charts, version }: HelmOptions): Promise<readonly string[]> {
  if (!isRepository(charts)) return [await chartFolder(chart, charts)];
  // `~1.31.0` takes the latest patch of a minor version.
  const wanted = version.split('.').length === 2 ? `~${version}.0` : version;
  return [chart, '--repo', charts, '--version', wanted];
}

function isRepository(charts: string): boolean {
  return /^(https?|oci):\/\//.test(charts);
}

/** Absolute, so that helm takes it for nothing else than a path. */
async function chartFolder(chart: Release['chart'], charts: string): Promise<string> {
  const folder = join(resolve(charts), chart);
  if (await isFile(join(folder, 'Chart.yaml'))) return folder;
  throw failed(`there is no chart in ${folder}`);
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** Differs where a chart in a folder may be another one; a version of a repository never changes. */
async function chartsIdentity(chart: Release['chart'], { charts }: HelmOptions): Promise<string> {
  if (isRepository(charts)) return '';
  const folder = join(resolve(charts), chart);
  const found = await Promise.all(['Chart.yaml', 'values.yaml', 'templates'].map((name) => stat(join(folder, name))));
  return found.map(({ size, mtimeMs }) => `${size} ${mtimeMs}`).join('\n');
}

function findHelm({ path, environment }: HelmOptions): Promise<Program> {
  return findProgram({
    name: 'helm',
    path,
    option: 'helm',
    variable: 'ISTHMUS_HELM',
    environment,
    notFound: 'helm-not-found',
    page: 'https://helm.sh/docs/intro/install/',
  });
}

async function run(
  file: string,
  args: readonly string[],
  { input, timeoutMs = defaultTimeoutMs, signal }: RenderOptions & { readonly input: string },
): Promise<Printed> {
  const result = await runProgram({ file, args, input, timeoutMs, signal });
  if (result.outcome === 'Done') return result;
  throw failed(`helm ${args.slice(0, 2).join(' ')} failed: ${result.reason}`);
}

function failed(message: string): IsthmusError {
  return new IsthmusError('helm-failed', message, {
    remedy: 'check spec.istio of the Mesh (charts, version, values) and of the MeshCluster',
  });
}
