import type { EffectObstacle } from '../../base/service-effect.ts';
import type { ExcludedEndpoint } from '../../discovery/values/answer.ts';
import type { IstiodView, Service } from '../../discovery/values/model.ts';
import { deliver } from '../request/delivery.ts';
import type { Inquiry } from '../request/inquiry.ts';
import { openByRemotes } from '../request/missing-cluster.ts';
import type { PathProblemCode } from '../request/path.ts';
import type { Caller } from '../world/caller.ts';
import type { Found } from './rules.ts';
import type { Steering } from './steering.ts';

/** Users' policies may let nobody in, which is then what they want. */
const policies: ReadonlySet<PathProblemCode> = new Set([
  'policy-denies',
  'policy-not-decided',
  'strict-refuses-plaintext',
]);

/** Whether each cluster that is to answer the caller has endpoints that its requests reach. */
export function answeringFor(
  inquiry: Inquiry,
  view: IstiodView,
  { caller, service, steering }: { readonly caller: Caller; readonly service: Service; readonly steering: Steering },
): Found {
  const { host } = service;
  const ports = service.ports.filter(({ protocol }) => protocol !== 'UDP').map(({ port }) => port);
  const shares = Object.entries(steering.split ?? {}).filter(([, share]) => share > 0);
  const found = ports.flatMap((port) => [
    ...shares.flatMap(([cluster, share]) => ofSubset(inquiry, view, caller, { host, port, cluster, share })),
    ...withoutStandby(inquiry, view, caller, { host, port, standbys: steering.failsOverTo }),
  ]);
  const remotes = openByRemotes(inquiry.world.snapshot, view, { host, what: host });
  if (found.length > 0 && remotes !== undefined) return { obstacles: [], open: [remotes] };
  return { obstacles: found, open: [] };
}

interface Part {
  readonly host: string;
  readonly port: number;
  readonly cluster: string;
  readonly share: number;
}

/** What keeps a cluster from getting its share, if anything does. */
function ofSubset(
  inquiry: Inquiry,
  view: IstiodView,
  caller: Caller,
  { host, port, cluster, share }: Part,
): readonly EffectObstacle[] {
  const { answer, hops } = deliver(inquiry, view, caller, { host, port, subset: cluster, mode: 'outbound' });
  const lost = `${share}% of the requests fail`;
  const from = `${caller.cluster}/${caller.namespace}/${caller.workload}`;
  const request = { from, to: `${host}:${port}` };
  if (answer.outcome === 'None') {
    return [
      { code: 'lost', message: `${lost}, meant for ${cluster}: ${answer.explanation.replace(/\.$/, '')}`, request },
    ];
  }
  if (hops.length === 0) {
    const message = `${cluster} has no endpoint of ${host}:${port}, and ${lost}${whyOf(answer.excluded)}`;
    return [{ code: 'no-endpoint', message }];
  }
  const problems = hops.flatMap(({ leg }) => leg.paths.flatMap(({ problem }) => problem ?? []));
  const problem = problems.find(({ code }) => !policies.has(code));
  if (problem === undefined) return [];
  const message = `requests fail of the ${share}% that are meant for ${cluster}: ${problem.explanation.replace(/\.$/, '')}`;
  return [{ code: 'lost', message, request }];
}

/** Why endpoints that there are do not count: a port of another name, no gateway on the way, no sidecar. */
function whyOf(excluded: readonly ExcludedEndpoint[]): string {
  const why = excluded.find(({ reason }) => reason !== 'subset-mismatch')?.explanation;
  return why === undefined ? '' : `: ${why.replace(/\.$/, '')}`;
}

/** A cluster without an endpoint answers nobody, whatever fails elsewhere. */
function withoutStandby(
  inquiry: Inquiry,
  view: IstiodView,
  caller: Caller,
  { host, port, standbys }: { readonly host: string; readonly port: number; readonly standbys: readonly string[] },
): readonly EffectObstacle[] {
  if (standbys.length === 0) return [];
  const answer = inquiry.ask(view, caller.proxy, { host, port, subset: '', mode: 'outbound' });
  const { endpoints, excluded } = answer.outcome === 'Answer' ? answer : { endpoints: [], excluded: [] };
  const having = new Set(endpoints.map(({ cluster }) => cluster));
  return standbys
    .filter((cluster) => !having.has(cluster))
    .map((cluster) => ({
      code: 'no-endpoint',
      message: `${cluster} has no endpoint of ${host}:${port} to fail over to${whyOf(excluded.filter((one) => one.cluster === cluster))}`,
    }));
}
