import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DoctorReport } from '../../src/report/doctor.ts';
import { jsonOf } from '../support/cli.ts';
import { clustersOf, installByHand, type Page, pages } from '../support/doctor/istio-by-hand.ts';
import { causeText, silent } from '../support/doctor/seen.ts';
import { eventually } from '../support/eventually.ts';
import { startTestLab, type TestLab } from '../support/lab.ts';
import { say } from './seed.ts';

const byContexts = ['west', 'east'].flatMap((name) => ['--context', name]);
const settlesWithinMs = 60_000;

interface Break {
  readonly what: string;
  readonly at: 'west' | 'east';
  readonly inject: readonly string[];
  readonly heal: readonly string[];
  readonly cause: string;
}

const inSystem = ['-n', 'istio-system'];

function gatewayAway(at: Break['at'], cluster: string): Break {
  const scaled = (replicas: number): readonly string[] => [
    ...[...inSystem, 'scale', 'deployment/istio-eastwestgateway', `--replicas=${replicas}`],
  ];
  const cause = `${cluster}: gateway-not-ready`;
  return { what: `the gateway of ${cluster} scaled to 0`, at, inject: scaled(0), heal: scaled(1), cause };
}

function secretUnread(at: Break['at'], reader: string, read: string): Break {
  const label = (value: string): readonly string[] => [
    ...[...inSystem, 'label', 'secret', `istio-remote-secret-${read}`, `istio/multiCluster${value}`],
  ];
  return {
    what: `the remote secret for ${read} without its label`,
    at,
    inject: label('-'),
    heal: label('=true'),
    cause: `${reader}: peer-secret`,
  };
}

const otherNetwork: Break = {
  what: 'istio-system of cluster2 labelled with a network of its own',
  at: 'east',
  inject: ['label', 'namespace', 'istio-system', 'topology.istio.io/network=other'],
  heal: ['label', 'namespace', 'istio-system', 'topology.istio.io/network-'],
  cause: 'cluster2: network-names',
};

const breaks: Readonly<Record<Page, readonly Break[]>> = {
  'multi-primary_multi-network': [gatewayAway('east', 'cluster2'), secretUnread('east', 'cluster2', 'cluster1')],
  'multi-primary': [otherNetwork, secretUnread('east', 'cluster2', 'cluster1')],
  'primary-remote_multi-network': [gatewayAway('east', 'cluster2'), secretUnread('west', 'cluster1', 'cluster2')],
  'primary-remote': [gatewayAway('west', 'cluster1'), otherNetwork],
};

describe.each(pages)('a mesh made by the page %s of Istio', (page) => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await startTestLab({ name: 'soak-doctor7', clusters: clustersOf(page) });
    await installByHand(lab, page);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  async function doctor(...flags: readonly string[]): Promise<DoctorReport> {
    return jsonOf<DoctorReport>(await lab.isthmus.run(['doctor', ...byContexts, '-o', 'json', ...flags]));
  }

  async function answers(namespace: string, url: string, wanted: readonly string[]): Promise<void> {
    const client = ['-n', namespace, 'exec', 'deploy/client', '-c', 'client', '--'];
    await eventually(
      async () => {
        const said = await lab.kubectl('west', ...client, 'lab-curl', '-m', '2', '-n', '20', url);
        return wanted.every((one) => said.includes(one)) ? undefined : said;
      },
      { timeoutMs: settlesWithinMs },
    );
  }

  /** Waits until clients get answers of both clusters. */
  async function requestsCross(): Promise<void> {
    await answers('sample', 'http://helloworld.sample:5000/hello', ['version: v1', 'version: v2']);
    const parts = ['"reviews"', '"version":"v1"', '"version":"v3"', '"pages"', '"missing":[]'];
    await answers('bookinfo', 'http://productpage:9080/productpage', parts);
  }

  async function isSilent(): Promise<void> {
    await eventually(
      async () => {
        const { code, stdout } = await lab.isthmus.run([...silent, ...byContexts]);
        return code === 0 ? undefined : stdout;
      },
      { timeoutMs: settlesWithinMs },
    );
  }

  test('the doctor finds nothing, and knows its names', async () => {
    await requestsCross();
    await isSilent();
    const report = await doctor();
    expect(report).toMatchObject({ mesh: 'mesh1', verdict: 'Yes', findings: [] });
    expect(report.pairs.map(({ from, to, firstFailed }) => [from, to, firstFailed])).toEqual([
      ['cluster1', 'cluster2', undefined],
      ['cluster2', 'cluster1', undefined],
    ]);
  });

  test('it finds nothing by requests either', async () => {
    expect(await doctor('--active')).toMatchObject({ verdict: 'Yes', findings: [] });
  });

  test.each(breaks[page])('it names $what, and is silent afterwards', async ({ what, at, inject, heal, cause }) => {
    await lab.kubectl(at, ...inject);
    try {
      await eventually(
        async () => {
          const { findings } = await doctor();
          return findings.map(causeText).join() === cause ? undefined : JSON.stringify(findings, null, 1);
        },
        { timeoutMs: settlesWithinMs },
      );
    } finally {
      await lab.kubectl(at, ...heal);
    }
    await requestsCross();
    await isSilent();
    say(`${page}: ${what}: ${cause}`);
  });
});
