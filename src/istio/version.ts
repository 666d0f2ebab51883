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

/** Throws `renderer-version` where the renderer is not of the version that the mesh wants. */
export function requireVersion(found: IstioVersion, wanted: string): void {
  if (satisfies(found.version, wanted)) return;
  throw new IsthmusError(
    'renderer-version',
    `the mesh wants Istio ${wanted}, but ${found.source} is of ${found.version}`,
    {
      remedy: 'give a renderer of that version, or change spec.istio.version of the Mesh',
    },
  );
}

/** True for `1.<minor>` and everything after it. A version that is not of the form 1.x counts as older. */
export function isAtLeastMinor(version: string, minor: number): boolean {
  const found = /^1\.(\d+)/.exec(version)?.[1];
  return found !== undefined && Number(found) >= minor;
}
