import type { JsonObject } from '../../base/json.ts';
import type { KubeObject } from '../../objects/object.ts';
import type { IstioVersion } from '../version.ts';

export interface RenderOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default 60,000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Receives each line that the program logged beside the manifest, from the cache too. */
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** Istio's own renderer, wherever it runs. */
export interface Renderer {
  /** Throws `istioctl-not-found` or `istioctl-failed`. */
  version(options?: RenderOptions): Promise<IstioVersion>;
  /**
   * The objects that an IstioOperator document stands for, in no particular order, without asking any cluster.
   * Equal documents are rendered once; whoever asks while it is under way shares the first caller's signal and time
   * limit. Throws `istioctl-not-found` or `istioctl-failed`.
   */
  render(operator: JsonObject, options?: RenderOptions): Promise<readonly KubeObject[]>;
}

/** Keeps what was rendered from one run to the next. What it cannot give back unharmed it has not got. */
export interface RenderCache {
  get(key: string): Promise<string | undefined>;
  /** Never fails: what could not be kept is rendered again. */
  put(key: string, value: string): Promise<void>;
}
