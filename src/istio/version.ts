import { IsthmusError } from '../base/error.ts';

/** What the renderer on this machine is. */
export interface IstioVersion {
  /** As it states itself, e.g. `1.31.0`. */
  readonly version: string;
  /** What it is and where it was found, for messages: `the istioctl at /usr/bin/istioctl`. */
  readonly source: string;
}

/** True where a version answers what a mesh file asks for: "1.31" takes every 1.31.x, "1.31.0" only itself. */
export function satisfies(found: string, wanted: string): boolean {
  if (found === wanted) return true;
  const isMinor = wanted.split('.').length === 2;
  return isMinor && (found.startsWith(`${wanted}.`) || found.startsWith(`${wanted}-`));
}

/** The Istio that a document asks for. */
export interface VersionWish {
  /** `1.31`, or with the patch. */
  readonly version: string;
  /** The cluster whose MeshCluster asks for it; left out where the Mesh does. */
  readonly cluster?: string | undefined;
}

/** Throws `renderer-version` where none of the renderers is of the version that is wanted. */
export function requireVersion(found: readonly IstioVersion[], wish: VersionWish): void {
  if (!found.some(({ version }) => satisfies(version, wish.version))) throw unfitVersions(found, wish);
}

/** None of the renderers is of the version that is wanted. */
export function unfitVersions(found: readonly IstioVersion[], { version: wanted, cluster }: VersionWish): IsthmusError {
  const [wisher, document] = cluster === undefined ? ['the mesh', 'Mesh'] : [`cluster ${cluster}`, 'MeshCluster'];
  const stated = found.map(({ source, version }) => `${source} is version ${version}`);
  return new IsthmusError('renderer-version', `${wisher} wants Istio ${wanted}, but ${stated.join(' and ')}`, {
    remedy: `give a renderer of that version too, or change spec.istio.version of the ${document}`,
  });
}

/** True for `1.<minor>` and everything after it. A version that is not of the form 1.x counts as older. */
export function isAtLeastMinor(version: string, minor: number): boolean {
  const found = /^1\.(\d+)/.exec(version)?.[1];
  return found !== undefined && Number(found) >= minor;
}

/**
 * True where a version has what was fixed in these releases, the first of each minor version: a later patch of one of
 * them, or a minor version after all of them. A minor version without its patch may be one from before.
 */
export function isFixed(version: string, fixedIn: readonly string[]): boolean {
  const [minor, patch] = numbersOf(version);
  const fixes = fixedIn.map(numbersOf);
  const [, since] = fixes.find(([of]) => of === minor) ?? [];
  if (since === undefined) return fixes.length > 0 && fixes.every(([of]) => of < minor);
  return since === 0 || patch >= since;
}

/** Minor version and patch; -1 for what is not stated. */
function numbersOf(version: string): readonly [minor: number, patch: number] {
  const [, minor = '-1', patch = '-1'] = /^1\.(\d+)(?:\.(\d+)$)?/.exec(version) ?? [];
  return [Number(minor), Number(patch)];
}

/** True for a release and every later one, by minor version and patch. What states no patch counts as the first of its minor version. */
export function isAtLeast(version: string, release: string): boolean {
  const [minor, patch] = numbersOf(version);
  const [ofMinor, ofPatch] = numbersOf(release);
  return minor > ofMinor || (minor === ofMinor && Math.max(0, patch) >= ofPatch);
}
