import { z } from 'zod';
import { IsthmusError } from '../base/error.ts';
import { parseJson } from '../base/parse-json.ts';

/** istiod's own index of endpoints, by service, namespace and the cluster that each came from. */
export const endpointShardsPath = '/debug/endpointShardz';

// pilot/pkg/model/endpointshards.go: the key of a shard is `PROVIDER/CLUSTER`.
const shards = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ Shards: z.record(z.string(), z.array(z.unknown()).nullable()).nullish() })),
);

/** The services of which an istiod still knows endpoints in a cluster; the answer of `/debug/endpointShardz`. */
export function servicesWithEndpointsIn(cluster: string, answer: string): readonly string[] {
  const parsed = shards.safeParse(parseJson(answer));
  if (!parsed.success) {
    throw new IsthmusError(
      'unexpected-response',
      `the answer of istiod ${endpointShardsPath} has a form that this version of Isthmus does not know`,
      { remedy: 'check that the Istio version is one that Isthmus supports', cause: parsed.error },
    );
  }
  return Object.entries(parsed.data)
    .filter(([, namespaces]) => Object.values(namespaces).some(({ Shards }) => hasEndpoints(Shards ?? {}, cluster)))
    .map(([service]) => service);
}

function hasEndpoints(found: Readonly<Record<string, readonly unknown[] | null>>, cluster: string): boolean {
  return Object.entries(found).some(
    ([key, endpoints]) => key.slice(key.indexOf('/') + 1) === cluster && (endpoints ?? []).length > 0,
  );
}
