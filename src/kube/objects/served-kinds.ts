import { z } from 'zod';
import { asIsthmusError, type IsthmusError } from '../../base/error.ts';
import type { Json } from '../../base/json.ts';
import type { KindRef } from '../../objects/object.ts';
import type { CallOptions, KubeClient } from '../client.ts';
import type { Resource } from './built-in-kinds.ts';

/** A kind that a cluster serves, in one version. */
export interface ServedKind extends KindRef, Resource {
  /** `list`, `delete` and so on. */
  readonly verbs: readonly string[];
}

export interface ServedKinds {
  /** Each kind once: in the group's preferred version where that has it. */
  readonly kinds: readonly ServedKind[];
  /** Group versions that are registered and do not answer: their objects cannot be seen. */
  readonly silent: readonly SilentGroup[];
}

export interface SilentGroup {
  readonly groupVersion: string;
  readonly problem: string;
}

const groupList = z.looseObject({
  groups: z.array(
    z.looseObject({
      versions: z.array(z.looseObject({ groupVersion: z.string() })),
      preferredVersion: z.looseObject({ groupVersion: z.string() }).optional(),
    }),
  ),
});

const resourceList = z.looseObject({
  resources: z
    .array(
      z.looseObject({
        name: z.string(),
        namespaced: z.boolean(),
        kind: z.string(),
        verbs: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

/**
 * Every kind that a cluster serves now, asked group by group: unlike the aggregated form of discovery this shows which
 * groups do not answer.
 */
export async function servedKinds(client: KubeClient, options: CallOptions = {}): Promise<ServedKinds> {
  const groups = parsed(groupList, await client.raw({ ...options, method: 'GET', path: '/apis' }))?.groups ?? [];
  const versions = [
    'v1',
    ...groups.flatMap(({ versions: all, preferredVersion }) => {
      const names = all.map(({ groupVersion }) => groupVersion);
      const first = preferredVersion?.groupVersion;
      return first === undefined ? names : [first, ...names.filter((name) => name !== first)];
    }),
  ];
  const answers = await Promise.all(versions.map((groupVersion) => readVersion(client, groupVersion, options)));
  const kinds = new Map<string, ServedKind>();
  for (const kind of answers.flatMap((answer) => answer.kinds)) {
    const key = `${kind.apiVersion.split('/').slice(0, -1).join('/')} ${kind.plural}`;
    if (!kinds.has(key)) kinds.set(key, kind);
  }
  return {
    kinds: [...kinds.values()],
    silent: answers.flatMap(({ silent }) => (silent === undefined ? [] : [silent])),
  };
}

interface VersionAnswer {
  readonly kinds: readonly ServedKind[];
  readonly silent?: SilentGroup;
}

async function readVersion(client: KubeClient, groupVersion: string, options: CallOptions): Promise<VersionAnswer> {
  const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
  let answer: Json;
  try {
    answer = await client.raw({ ...options, method: 'GET', path });
  } catch (thrown) {
    const error = asIsthmusError(thrown);
    // A version that went away between the two questions has no objects left.
    if (error.code === 'not-found') return { kinds: [] };
    if (!isSilence(error)) throw error;
    return { kinds: [], silent: { groupVersion, problem: error.message } };
  }
  const resources = parsed(resourceList, answer)?.resources ?? [];
  return {
    kinds: resources.flatMap(({ name, namespaced, kind, verbs }) =>
      // A slash marks a subresource.
      name.includes('/') ? [] : [{ apiVersion: groupVersion, kind, plural: name, namespaced, verbs: verbs ?? [] }],
    ),
  };
}

/** An aggregated API server that is gone answers 503 through the cluster's own. */
function isSilence({ code }: IsthmusError): boolean {
  return code === 'kubernetes-error' || code === 'timeout';
}

function parsed<T extends z.ZodType>(schema: T, answer: Json): z.output<T> | undefined {
  return schema.safeParse(answer).data;
}
