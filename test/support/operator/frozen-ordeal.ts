import { expect } from 'vitest';
import { eventually } from '../eventually.ts';
import { serverOf } from '../truth/fault.ts';
import type { Ordeal } from './ordeal.ts';
import { awayFor } from './remote-ordeals.ts';
import { home, inSystem, type Site } from './site.ts';

const patience = { timeoutMs: 360_000, everyMs: 2_000 };
const inSample = ['-n', 'sample'] as const;

interface Role {
  readonly rules: readonly { readonly resources: readonly string[] }[];
}

/** From its next request on, which an API server that was away brings about, istiod may read no endpoints of east. */
async function takeEndpointsAway(site: Site): Promise<void> {
  const { lab } = site;
  const { rules } = await lab.objects<Role>('east', 'get', 'clusterrole', 'isthmus-reader');
  const index = rules.findIndex(({ resources }) => resources.includes('endpointslices'));
  const patch = JSON.stringify([{ op: 'remove', path: `/rules/${index}` }]);
  await lab.kubectl('east', 'patch', 'clusterrole', 'isthmus-reader', '--type=json', '-p', patch);
  await awayFor(site, 'east', 0);
}

const server = `deployment/${serverOf('east')}`;

/** Also where an earlier fault has added one: the number itself says nothing to an istiod. */
async function scaledUp(site: Site): Promise<void> {
  const before = await site.lab.kubectl('east', ...inSample, 'get', server, '-o', 'jsonpath={.spec.replicas}');
  await scaled(site, Number(before) + 1);
}

async function scaled({ lab }: Site, replicas: number): Promise<void> {
  await lab.kubectl('east', ...inSample, 'scale', server, `--replicas=${replicas}`);
  await lab.kubectl('east', ...inSample, 'rollout', 'status', server, '--timeout=240s');
}

async function untilDiscovered({ condition }: Site, pattern: RegExp): Promise<string> {
  const discovered = async (): Promise<string> => {
    const found = await condition(home, 'Discovered');
    return `${found?.status} ${found?.reason} ${found?.message}`;
  };
  await eventually(async () => {
    const found = await discovered();
    return pattern.test(found) ? undefined : found;
  }, patience);
  return await discovered();
}

async function pause({ lab }: Site, words: string): Promise<void> {
  await lab.kubectl(home, ...inSystem, 'annotate', 'meshcluster', 'east', `isthmus.dev/paused${words}`);
}

/** An istiod that stops following a peer calls it synced all the same. */
export const frozen: Ordeal = {
  name: 'istiod no longer follows the endpoints of the other cluster',
  fault: async (site) => {
    await takeEndpointsAway(site);
    await scaledUp(site);
  },
  around: async (keeping, fault) => {
    const { site } = keeping;
    await untilDiscovered(site, /^True Confirmed /);
    // So that the operator does not put the right back.
    await pause(site, '=true');
    await fault();
    // Endpoints of a node that is not ready for a while, after its API server was away, may be named first.
    const found = await untilDiscovered(site, /^False EndpointsFrozen .*(only-east|helloworld)/);
    expect(found).toContain('east');
    expect(found).toMatch(/istiod-\S+/);
    await pause(site, '-');
    await untilDiscovered(site, /^True Confirmed /);
    await scaled(site, 1);
  },
};
