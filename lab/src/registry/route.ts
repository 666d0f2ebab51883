/** What a request asks a registry for, after the OCI distribution specification's end-1 to end-3. */
export type Route =
  | { readonly kind: 'version' }
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly digest: string }
  | { readonly kind: 'unknown' };

const repositoryPattern = '[a-z0-9]+(?:[._/-]+[a-z0-9]+)*';
const digestPattern = /^sha256:[0-9a-f]{64}$/;
const manifestPath = new RegExp(`^/v2/(${repositoryPattern})/manifests/([A-Za-z0-9_][A-Za-z0-9._:-]{0,127})$`);
const blobsPath = new RegExp(`^/v2/${repositoryPattern}/blobs/([^/]+)$`);

/** The route of a request's path. A digest that is not one leads nowhere, so no path of a file is ever made from it. */
export function parseRoute(path: string): Route {
  if (path === '/v2/' || path === '/v2') return { kind: 'version' };
  const manifest = manifestPath.exec(path);
  if (manifest?.[1] !== undefined && manifest[2] !== undefined) {
    return { kind: 'manifest', repository: manifest[1], reference: manifest[2] };
  }
  const digest = blobsPath.exec(path)?.[1];
  return digest !== undefined && digestPattern.test(digest) ? { kind: 'blob', digest } : { kind: 'unknown' };
}

/** A full image name in its parts; undefined where it has no registry or no tag. */
export function parseImageName(
  name: string,
): { readonly registry: string; readonly repository: string; readonly tag: string } | undefined {
  const parts = /^([^/]+)\/(.+):([^:/]+)$/.exec(name);
  if (parts?.[1] === undefined || parts[2] === undefined || parts[3] === undefined) return undefined;
  return { registry: parts[1], repository: parts[2], tag: parts[3] };
}
