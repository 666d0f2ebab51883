import { delimiter } from 'node:path';
import type { InTurn } from '../../base/concurrency.ts';
import { IsthmusError } from '../../base/error.ts';
import { type IstioVersion, requireVersion, satisfies, unfitVersions, type VersionWish } from '../version.ts';
import { createIstioctl } from './istioctl.ts';
import type { RenderCache, Renderer, RenderOptions } from './renderer.ts';

/** Istio's renderers: one mesh may hold two versions of Istio, and each has its own. */
export interface Renderers {
  /**
   * The one of that version. Throws `renderer-version` where none is of that version or two are, and what a renderer's
   * `version` throws.
   */
  of(wish: VersionWish, options?: RenderOptions): Promise<Renderer>;
}

/** Renderers of which any version can be made, as a chart repository has them. */
export function renderersByVersion(make: (version: string) => Renderer): Renderers {
  const made = new Map<string, Renderer>();
  return {
    async of(wish, options = {}) {
      const renderer = made.get(wish.version) ?? make(wish.version);
      made.set(wish.version, renderer);
      requireVersion([await renderer.version(options)], wish);
      return renderer;
    },
  };
}

/** Renderers of which each has a version of its own, found by asking them. */
export function renderersAmong(renderers: readonly Renderer[]): Renderers {
  return {
    async of(wish, options = {}) {
      const found = await Promise.all(
        renderers.map(async (renderer) => ({ renderer, stated: await renderer.version(options) })),
      );
      const [first, second] = found.filter(({ stated }) => satisfies(stated.version, wish.version));
      if (first !== undefined && second !== undefined) throw twice(first.stated, second.stated, wish);
      if (first !== undefined) return first.renderer;
      const stated = found.map((one) => one.stated);
      throw unfitVersions(stated, wish);
    },
  };
}

export interface IstioctlsOptions {
  /** The programs as the user named them. Left out or none: those of `ISTHMUS_ISTIOCTL`, then the first on `PATH`. */
  readonly paths?: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cache?: RenderCache | undefined;
  readonly inTurn?: InTurn | undefined;
}

/** One renderer for each istioctl: those that the user named, those of `ISTHMUS_ISTIOCTL`, or the first on `PATH`. */
export function createIstioctls({ paths = [], environment, cache, inTurn }: IstioctlsOptions): readonly Renderer[] {
  const { ISTHMUS_ISTIOCTL: variable, ...rest } = environment;
  const of = (path: string | undefined, own: IstioctlsOptions['environment']): Renderer =>
    createIstioctl({ path, environment: own, cache, inTurn });
  if (paths.length > 0) return [...new Set(paths)].map((path) => of(path, environment));
  const named = [...new Set((variable ?? '').split(delimiter).filter((path) => path !== ''))];
  if (named.length === 0) return [of(undefined, rest)];
  return named.map((path) => of(undefined, { ...rest, ISTHMUS_ISTIOCTL: path }));
}

function twice(one: IstioVersion, other: IstioVersion, { version }: VersionWish): IsthmusError {
  return new IsthmusError(
    'renderer-version',
    `${one.source} (version ${one.version}) and ${other.source} (version ${other.version}) both render Istio ${version}`,
    { remedy: 'give one renderer for each version of Istio, or name the patch version in spec.istio.version' },
  );
}
