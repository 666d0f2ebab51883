import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { IsthmusError } from '../../base/error.ts';
import { parseJson } from '../../base/parse-json.ts';
import type { KindRef, KubeObject } from '../../objects/object.ts';
import { type Call, type Caller, isSuccess } from '../transport/caller.ts';
import { builtInResource, type Resource } from './built-in-kinds.ts';

/** One request for all groups (apidiscovery.k8s.io, APIGroupDiscoveryList; Kubernetes 1.26 and newer). */
const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

const groupList = z.looseObject({
  kind: z.literal('APIGroupDiscoveryList'),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string().optional() }).optional(),
      versions: z.array(
        z.looseObject({
          version: z.string(),
          resources: z
            .array(
              z.looseObject({
                resource: z.string(),
                scope: z.string().optional(),
                responseKind: z.looseObject({ kind: z.string() }).nullish(),
              }),
            )
            .nullish(),
        }),
      ),
    }),
  ),
});

const customResourceDefinition = z.looseObject({
  spec: z.looseObject({
    group: z.string(),
    names: z.looseObject({ kind: z.string(), plural: z.string() }),
    scope: z.enum(['Namespaced', 'Cluster']),
    versions: z.array(z.looseObject({ name: z.string() })),
  }),
});

/** What was discovered is asked for again at most this often while a kind stays unknown. */
const unknownRetryMs = 1_000;

/** Knows the path of each kind of one cluster. */
export interface Discovery {
  /** The resource of a kind, or undefined where the server does not know the kind. */
  resourceOf(kind: KindRef): Promise<Resource | undefined>;
  /** A CustomResourceDefinition that the server has stored tells the paths of its kind without asking. */
  learn(object: KubeObject): void;
}

export function createDiscovery(caller: Caller, cluster: string, clock: Clock): Discovery {
  let discovered: { readonly resources: ReadonlyMap<string, Resource>; readonly at: number } | undefined;
  let pending: Promise<ReadonlyMap<string, Resource>> | undefined;
  const learned = new Map<string, Resource>();

  const ask = async (): Promise<ReadonlyMap<string, Resource>> => {
    const parts = await Promise.all(['/api', '/apis'].map((path) => readGroups(caller, path, cluster)));
    const resources = new Map(parts.flat());
    discovered = { resources, at: clock.monotonic() };
    return resources;
  };

  return {
    async resourceOf(kind) {
      const key = keyOf(kind);
      const known = builtInResource(kind) ?? learned.get(key) ?? discovered?.resources.get(key);
      if (known !== undefined) return known;
      if (discovered !== undefined && clock.monotonic() - discovered.at < unknownRetryMs) return undefined;
      pending ??= ask().finally(() => {
        pending = undefined;
      });
      return (await pending).get(key);
    },
    learn(object) {
      if (object.kind !== 'CustomResourceDefinition') return;
      const { spec } = customResourceDefinition.safeParse(object).data ?? {};
      for (const version of spec?.versions ?? []) {
        if (spec === undefined) continue;
        const apiVersion = `${spec.group}/${version.name}`;
        const resource = { plural: spec.names.plural, namespaced: spec.scope === 'Namespaced' };
        learned.set(keyOf({ apiVersion, kind: spec.names.kind }), resource);
      }
    },
  };
}

function keyOf({ apiVersion, kind }: KindRef): string {
  return `${apiVersion} ${kind}`;
}

async function readGroups(
  caller: Caller,
  path: string,
  cluster: string,
): Promise<readonly (readonly [string, Resource])[]> {
  const call: Call = { method: 'GET', path, accept, action: 'list the kinds it serves', repeatable: true };
  const answer = await caller.send(call);
  if (!isSuccess(answer)) throw caller.refusal(answer, call);
  const parsed = groupList.safeParse(parseJson(answer.text));
  if (!parsed.success) {
    throw new IsthmusError('unexpected-response', `cluster ${cluster}: ${path} gave no APIGroupDiscoveryList`, {
      cluster,
      remedy: `update Kubernetes to 1.26 or newer, or correct the server address of ${caller.origin}`,
    });
  }
  return parsed.data.items.flatMap(({ metadata, versions }) =>
    versions.flatMap(({ version, resources }) => {
      const group = metadata?.name ?? '';
      const apiVersion = group === '' ? version : `${group}/${version}`;
      return (resources ?? []).flatMap(({ resource, scope, responseKind }) => {
        // A resource without a kind has only subresources.
        if (responseKind === null || responseKind === undefined || responseKind.kind === '') return [];
        const entry: Resource = { plural: resource, namespaced: scope === 'Namespaced' };
        return [[keyOf({ apiVersion, kind: responseKind.kind }), entry] as const];
      });
    }),
  );
}
