/**
 * Which versions of Istio and Kubernetes may meet in one mesh; docs/upgrades.md gives the sources of each rule.
 * Versions that are not of the form 1.x (a custom build) are not judged.
 */

/** An istiod and where it runs. */
export interface VersionedIstiod {
  readonly cluster: string;
  readonly revision: string;
  readonly version: string | undefined;
}

/** How many minor versions two istiods of one mesh may be apart. Istio states none (istio/istio.io#12971). */
const istiodsApart = 1;

/** How far the proxies of an istiod may be behind it; they may never be ahead of it. */
const proxiesBehind = 1;

/** The oldest Kubernetes minor version by Istio minor version (MinK8SVersion in istioctl/pkg/install/k8sversion). */
const oldestKubernetes: readonly (readonly [istio: number, kubernetes: number])[] = [[31, 32]];

/** An istiod whose version is too far from another one's. */
export interface SkewedIstiod {
  readonly cluster: string;
  /** `istiod`, or with its revision where that is not the default. */
  readonly name: string;
  readonly version: string;
  /** The minor version that lies between: `1.30`. */
  readonly between: string;
}

/** The istiods that are there and cannot be in one mesh with an istiod of version `wanted`. */
export function skewedIstiods(wanted: string, present: readonly VersionedIstiod[]): readonly SkewedIstiod[] {
  const minor = minorOf(wanted);
  if (minor === undefined) return [];
  return present.flatMap(({ cluster, revision, version }) => {
    const other = minorOf(version);
    if (version === undefined || other === undefined || Math.abs(minor - other) <= istiodsApart) return [];
    const name = revision === 'default' ? 'istiod' : `the istiod of revision ${revision}`;
    return [{ cluster, name, version, between: `1.${minor > other ? other + 1 : other - 1}` }];
  });
}

/** The same as a sentence for each istiod. */
export function istiodSkew(wanted: string, present: readonly VersionedIstiod[]): readonly string[] {
  return skewedIstiods(wanted, present).map(
    ({ cluster, name, version, between }) =>
      `${cluster}: ${name} is version ${version}, which is more than one minor version from ${wanted}: go through ${between}`,
  );
}

/** How a proxy does not go with its istiod; undefined where it does. */
export function proxySkew(istiod: string | undefined, proxy: string | undefined): 'TooOld' | 'TooNew' | undefined {
  const [control, data] = [minorOf(istiod), minorOf(proxy)];
  if (control === undefined || data === undefined) return undefined;
  if (data > control) return 'TooNew';
  return control - data > proxiesBehind ? 'TooOld' : undefined;
}

/** Why an Istio version does not support a Kubernetes version such as `v1.36.3`; undefined where it does. */
export function kubernetesSkew(istio: string | undefined, kubernetes: string): string | undefined {
  const [control, minor] = [minorOf(istio), minorOf(kubernetes.replace(/^v/, ''))];
  if (control === undefined || minor === undefined) return undefined;
  const oldest = oldestKubernetes.findLast(([since]) => since <= control)?.[1];
  return oldest !== undefined && minor < oldest
    ? `Istio ${istio} needs Kubernetes 1.${oldest} or later, and this is ${kubernetes}`
    : undefined;
}

function minorOf(version: string | undefined): number | undefined {
  const found = /^1\.(\d+)/.exec(version ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
