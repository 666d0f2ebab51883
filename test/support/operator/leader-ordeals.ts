import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { tokenEndAnnotation } from '../../../src/istio/renewed-token.ts';
import { accessOfContext } from '../../../src/kube/access/context.ts';
import { loadKubeconfig } from '../../../src/kube/access/kubeconfig.ts';
import { endedWith } from '../cli.ts';
import { eventually } from '../eventually.ts';
import { startFaultProxy } from '../fault-proxy.ts';
import type { TestLab } from '../lab.ts';
import { upstreamOf } from '../one-cluster.ts';
import type { RunningProgram } from '../program.ts';
import { leads, waits } from './operators.ts';
import { type Keeping, type Ordeal, replaceLeader } from './ordeal.ts';
import { otherBuild } from './other-build.ts';
import { awayFor } from './remote-ordeals.ts';
import { home, type Site } from './site.ts';

const clusters = ['west', 'east'] as const;

/** What most ordeals have of a fault: objects go that no request needs. */
export async function loseEverywhere(site: Site): Promise<void> {
  await Promise.all(clusters.map((name) => site.lose(name)));
}

/** What is lost is there again. */
async function loseAndAwait(site: Site): Promise<void> {
  const before = await Promise.all(clusters.map((name) => site.expendable(name)));
  await loseEverywhere(site);
  await Promise.all(clusters.map((name, index) => site.back(name, before[index])));
}

export const suspended: Ordeal = {
  name: 'the leader stands still, another takes over, the first one wakes',
  fault: loseEverywhere,
  around: async (keeping, fault) => {
    const { site, operators, leader } = keeping;
    const second = operators.start();
    await second.said(waits);
    leader.kill('SIGSTOP');
    await second.said(leads);
    keeping.leader = second;
    const before = await site.expendable('east');
    await fault();
    await site.back('east', before);
    const restored = await site.expendable('east');
    leader.kill('SIGCONT');
    expect(await leader.result).toMatchObject({ code: 1, stdout: expect.stringContaining('the leadership was lost') });
    expect(await site.expendable('east')).toBe(restored);
  },
};

const roundsOfCommands = 3;

/** A plan that is applied, or refused because another run was faster. */
async function applyPlan({ lab, mesh }: Site): Promise<void> {
  const file = join(lab.folder, 'plan.json');
  endedWith(0, await lab.isthmus.run(['plan', '-f', mesh, '--out', file]));
  const result = await lab.isthmus.run(['apply', file]);
  expect([0, 5], result.stdout + result.stderr).toContain(result.code);
}

/** The mesh file, which waits for the other run or is refused where an operator does not lead. */
async function applyFile({ lab, mesh }: Site): Promise<void> {
  const result = await lab.isthmus.run(['apply', '-f', mesh]);
  expect([0, 5], result.stdout + result.stderr).toContain(result.code);
}

export const commandsBeside: Ordeal = {
  name: 'mesh file and plan files are applied by hand while objects go',
  fault: async (site) => {
    for (let round = 0; round < roundsOfCommands; round += 1) {
      await loseEverywhere(site);
      await Promise.all([applyPlan(site), applyFile(site), site.lose('east')]);
    }
  },
};

/** A kubeconfig with which the home cluster is reached at another place, where nobody asks who comes. */
async function proxiedKubeconfig({ file }: TestLab, server: string): Promise<string> {
  const context = { name: home, context: { cluster: home, user: home } };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: home, cluster: { server } }],
    users: [{ name: home, user: {} }],
    contexts: [context],
    'current-context': home,
  };
  return await file('proxied', JSON.stringify(kubeconfig));
}

/** The statuses of the leader before do not tell whether this one has listed everything yet: an event of a watch does. */
async function untilWatched(site: Site, leader: RunningProgram): Promise<void> {
  const event = leader.said(/"what":"Added PodDisruptionBudget istiod"[^\n]*"cluster":"west"/).then(() => true);
  do await loseAndAwait(site);
  while (!(await Promise.race([event, Promise.resolve(false)])));
  await site.whole();
}

export const silentWatch: Ordeal = {
  name: 'the watches of the home cluster go silent',
  fault: loseEverywhere,
  around: async (keeping, fault) => {
    const { site } = keeping;
    const { lab } = site;
    const config = await loadKubeconfig({ path: lab.lab.kubeconfig, environment: {}, homeFolder: '/' });
    await using proxy = await startFaultProxy(await upstreamOf(accessOfContext(config, home, home)));
    const KUBECONFIG = await proxiedKubeconfig(lab, proxy.server);
    const leader = await replaceLeader(keeping, { network: 'Machine', env: { KUBECONFIG }, logLevel: 'debug' });
    await site.whole();
    await untilWatched(site, leader);
    proxy.begin(({ verb }) => (verb === 'watch' ? { kind: 'Silence' } : { kind: 'Pass' }));
    const before = await site.expendable(home);
    await fault();
    await site.back(home, before);
    // By a list and by no event, after as long as a watch may be silent.
    await leader.said(/"what":"listed PodDisruptionBudget"/);
    proxy.begin();
    await replaceLeader(keeping);
  },
};

async function credentials({ lab }: Site): Promise<readonly string[]> {
  const held = clusters.map(async (name) => {
    const secrets = ['get', 'secrets', '-n', 'istio-system', 'cacerts'] as const;
    const certificate = await lab.kubectl(name, ...secrets, '-o', 'jsonpath={.data}');
    const peer = clusters.find((one) => one !== name);
    const remote = ['get', 'secret', '-n', 'istio-system', `istio-remote-secret-${peer}`] as const;
    const data = certificate + (await lab.kubectl(name, ...remote, '-o', 'jsonpath={.data}'));
    // What a failure shows is no key.
    return createHash('sha256').update(data).digest('hex');
  });
  return await Promise.all(held);
}

/** An operator puts tokens that end in the place of those of an apply, soon after it first led. */
async function untilRenewed({ lab }: Site): Promise<void> {
  const query = ['get', 'secrets', '-n', 'istio-system', '-l', 'istio/multiCluster=true'] as const;
  const ends = [
    '-o',
    `jsonpath={.items[*].metadata.annotations.${tokenEndAnnotation.replaceAll('.', '\\.')}}`,
  ] as const;
  for (const name of clusters) {
    const look = async (): Promise<string | undefined> =>
      (await lab.kubectl(name, ...query, ...ends)).trim() === ''
        ? `${name} reads with a token that never ends`
        : undefined;
    await eventually(look, { timeoutMs: 120_000 });
  }
}

/** How far the clock of an operator is off, by the times in its log, in minutes. */
async function minutesOff({ leader }: Keeping): Promise<number> {
  leader.kill('SIGTERM');
  const { stdout } = await leader.result;
  const [last] = [...stdout.matchAll(/"time":"([^"]+)"/g)].slice(-1);
  return Math.round((Date.parse(last?.[1] ?? '') - Date.now()) / 60_000);
}

/** The clock of the operator, and of nothing else, is an hour ahead and then an hour behind. */
export function clockOff(libfaketime: string): Ordeal {
  return {
    name: "the operator's clock is an hour ahead, then an hour behind",
    fault: loseEverywhere,
    around: async (keeping, fault) => {
      const { site, operators } = keeping;
      await untilRenewed(site);
      const before = await credentials(site);
      await fault();
      for (const [offset, minutes] of [
        ['+1h', 60],
        ['-1h', -60],
      ] as const) {
        // Fake monotonic time would differ from what the kernel's timers go by.
        const env = { LD_PRELOAD: libfaketime, FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
        await replaceLeader(keeping, { env });
        await loseAndAwait(site);
        await site.whole();
        expect(await minutesOff(keeping)).toBe(minutes);
        keeping.leader = operators.start();
        await keeping.leader.said(leads);
      }
      expect(await credentials(site)).toEqual(before);
    },
  };
}

export const builds: Ordeal = {
  name: 'another build, to which every object differs, takes over half-done work and gives it back',
  fault: loseEverywhere,
  around: async (keeping, fault) => {
    const { site, operators } = keeping;
    const other = await otherBuild(site.lab);
    const before = await site.expendable('east');
    await fault();
    keeping.leader.kill('SIGKILL');
    const second = operators.start({ package: other });
    await second.said(leads);
    await site.back('east', before);
    // In the midst of writing all objects its way.
    second.kill('SIGKILL');
    keeping.leader = operators.start();
    await keeping.leader.said(leads);
    await site.whole();
    await replaceLeader(keeping, { package: other });
    await loseAndAwait(site);
    await replaceLeader(keeping);
  },
};

export function homeAway(minutes: number): Ordeal {
  return {
    name: `the API server of the home cluster is away for ${minutes} minute${minutes === 1 ? '' : 's'}`,
    fault: async (site) => await awayFor(site, home, minutes * 60_000),
    around: async (keeping, fault) => {
      const kept = keeping.operators.keepUp(keeping.leader);
      await fault();
      keeping.leader = await kept();
      await loseAndAwait(keeping.site);
    },
  };
}
