import { IsthmusError } from '../../base/error.ts';
import type { ReadMesh } from '../../snapshot/take.ts';
import { refused } from './predict.ts';

const labelForm = /^(?<key>[A-Za-z0-9][-\w./]*)=(?<value>[-\w.]*)$/;

/** `tier=front,team=shop` as labels that are all wanted. Throws `usage` for anything else. */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(',').map((part) => {
      const { key, value } = labelForm.exec(part)?.groups ?? {};
      if (key !== undefined && value !== undefined) return [key, value];
      throw new IsthmusError('usage', `"${text}" selects no services`, { remedy: 'write LABEL=VALUE,LABEL=VALUE' });
    }),
  );
}

/** The names of the services that any cluster has in a namespace, of those with the labels; sorted. Throws `shift-refused` where there is none. */
export function servicesIn(
  { clusters }: Pick<ReadMesh, 'clusters'>,
  namespace: string,
  selector: string | undefined,
): readonly string[] {
  const wanted = [...(selector === undefined ? [] : parseLabels(selector))];
  const names = clusters.flatMap(({ objects }) =>
    objects
      .filter(
        ({ kind, apiVersion, metadata }) =>
          kind === 'Service' && apiVersion === 'v1' && metadata.namespace === namespace,
      )
      .filter(({ metadata: { labels = {} } }) => wanted.every(([key, value]) => labels[key] === value))
      .map(({ metadata }) => metadata.name),
  );
  if (names.length > 0) return [...new Set(names)].toSorted();
  const which = selector === undefined ? '' : ` with ${selector}`;
  throw refused(`no cluster has a service of namespace ${namespace}${which}`, 'name a namespace that has services');
}
