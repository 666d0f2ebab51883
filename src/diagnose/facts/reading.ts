import type { Evidence } from '../../base/finding.ts';

/** When facts about a cluster were read, and how a command reaches that cluster. */
export interface Reading {
  /** RFC 3339. */
  readonly at: string;
  /** The kubeconfig context that leads to the cluster. */
  readonly context: string;
}

/** One thing that was seen, as the only evidence of a finding. */
export function seen(fact: string, source: string, at: string): readonly Evidence[] {
  return [{ fact, source, at }];
}

/** The first names of a list, and how many more there are. */
export function firstOf(names: readonly string[], shown = 5): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}

/** The message of an error without its cluster, which a finding states in a field of its own. */
export function messageOf(cluster: string, message: string): string {
  const place = `cluster ${cluster}: `;
  return message.startsWith(place) ? message.slice(place.length) : message;
}
