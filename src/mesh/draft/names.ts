import { clusterName, meshName, networkName } from '../../api/name.ts';

/** The nearest name that a MeshCluster may have: contexts of cloud providers hold slashes, colons and underscores. */
export function asClusterName(text: string): string {
  if (clusterName.safeParse(text).success) return text;
  // `arn:aws:eks:eu-west-1:1:cluster/shop` and `user@shop.eu` end with what tells clusters apart.
  const label = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const short = label.length > 63 ? label.slice(-63) : label;
  return short.replaceAll(/^-+|-+$/g, '') || 'cluster';
}

/** The name as a mesh may have it, or undefined. */
export function meshNameIn(text: string): string | undefined {
  return meshName.safeParse(text).success ? text : undefined;
}

/** The name as a network may have it, or undefined. */
export function networkNameIn(text: string): string | undefined {
  return networkName.safeParse(text).success ? text : undefined;
}

/** `1.31` of a tag such as `1.31.0-distroless`; undefined where it names no version. */
export function minorOf(version: string): string | undefined {
  return /^1\.[0-9]+(?=$|[.-])/.exec(version)?.[0];
}
