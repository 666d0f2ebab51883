import { isAtLeast, isFixed } from './version.ts';

/** What an istiod does wrong until the release that mends it. */
export interface Advisory {
  /** Where it was reported. */
  readonly issue: string;
  /** The release that brought it; left out where every older one has it. */
  readonly introduced?: string;
  /** The first release of each minor version that has the fix; every later minor version has it too. */
  readonly fixedIn: readonly string[];
  /** When it happens, as the start of a sentence about istiod: `istiod 1.30.2 …`. */
  readonly symptom: string;
  /** What an istiod then lacks of another cluster, by which it shows. */
  readonly lacks: 'Endpoints' | 'Gateways';
}

/**
 * What istiods do wrong when the token changes with which they read another cluster. Each release is that of the release notes that name
 * the issue; a patch that is not in them counts as one without the fix. No notes name #49349: its release is the first after its change
 * was merged.
 */
export const tokenAdvisories: readonly Advisory[] = [
  {
    issue: 'istio/istio#49349',
    fixedIn: ['1.30.0'],
    symptom: 'forgets all that it knows of a cluster when its token changes, until it has read the cluster again',
    lacks: 'Endpoints',
  },
  {
    issue: 'istio/istio#60612',
    introduced: '1.30.0',
    fixedIn: ['1.30.3', '1.31.0'],
    symptom: 'may not take a changed token into use until it is restarted',
    lacks: 'Endpoints',
  },
  {
    issue: 'istio/istio#60920',
    introduced: '1.30.0',
    fixedIn: ['1.30.4', '1.31.0'],
    symptom: 'may lose the gateways of other networks when a token changes or a cluster leaves, until it is restarted',
    lacks: 'Gateways',
  },
  {
    issue: 'istio/istio#61043',
    introduced: '1.30.0',
    fixedIn: ['1.30.4', '1.31.0'],
    symptom: 'may lose the endpoints of a cluster when its token changes, until it is restarted',
    lacks: 'Endpoints',
  },
];

/** Those that an istiod of this version is older than; none for a version that is not of the form 1.x.y. */
export function advisoriesFor(version: string | undefined, advisories = tokenAdvisories): readonly Advisory[] {
  if (version === undefined || !/^1\.\d+\.\d+/.test(version)) return [];
  return advisories.filter(
    ({ introduced, fixedIn }) =>
      (introduced === undefined || isAtLeast(version, introduced)) && !isFixed(version, fixedIn),
  );
}

/** `istiod 1.30.2 may lose … (istio/istio#61043, fixed in 1.30.4 and 1.31.0)` */
export function advisoryText(version: string, { issue, fixedIn, symptom }: Advisory): string {
  return `istiod ${version} ${symptom} (${issue}, fixed in ${fixedIn.join(' and ')})`;
}
