import type { ClusterEntry, UserEntry } from './kubeconfig-schema.ts';

/** Fields of a kubeconfig that reach beyond its text, and what takes their place. */
const beyondText: Readonly<Record<string, string>> = {
  'certificate-authority': 'give certificate-authority-data in its place',
  'client-certificate': 'give client-certificate-data in its place',
  'client-key': 'give client-key-data in its place',
  tokenFile: 'give token in its place',
  exec: 'give a token, or client-certificate-data and client-key-data, in its place',
  'auth-provider': 'give a token, or client-certificate-data and client-key-data, in its place',
  'proxy-url': 'take it out; a proxy is set by HTTPS_PROXY where Isthmus runs',
};

/**
 * What a kubeconfig that others may have written must not hold: it would read files of the machine that Isthmus runs on,
 * run programs there, or lead requests through a proxy of the writer's choice. Undefined where it holds nothing of it.
 */
export function textOnlyProblem(
  entry: ClusterEntry | UserEntry,
): { readonly message: string; readonly remedy: string } | undefined {
  const field = Object.keys(beyondText).find((name) => entry[name] !== undefined);
  if (field === undefined) return undefined;
  const message = `has ${field}, and a kubeconfig that is not a file of yours may name no files, programs or proxies`;
  return { message, remedy: beyondText[field] ?? '' };
}
