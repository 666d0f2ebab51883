import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MeshCluster } from '../api/mesh-cluster.ts';
import { IsthmusError } from '../base/error.ts';
import { openMesh } from '../engine/open-mesh.ts';
import { createFake } from '../kube/testing/fake.ts';
import { clusterText, meshText, stream } from '../mesh/testing/mesh-text.ts';
import type { StatusReport } from '../report/status.ts';
import type { Shown } from './messages.ts';
import type { Dashboard } from './run.ts';
import { ask, askRaw, enter, eventsUntil } from './testing/client.ts';
import { dashboardOf, ports, storedSession } from './testing/dashboards.ts';

let dashboard: Dashboard;
beforeEach(async () => {
  dashboard = await dashboardOf(await storedSession());
});
afterEach(async () => {
  await dashboard[Symbol.asyncDispose]();
});

const questions = [
  '/api/about',
  '/api/events?topics=MeshStatus',
  '/api/trace?from=a&to=b:1',
  '/api/facts',
  '/api/plan',
  '/api/moment?at=a',
  '/api/differences?from=a&to=b',
  '/api/none',
];

describe('the way in', () => {
  test('is the key of the link, which is good for one use', async () => {
    const headers = await enter(dashboard);
    expect(await ask(dashboard, '/api/about', { headers })).toMatchObject({ status: 200 });
    const second = await enter(dashboard);
    expect(await ask(dashboard, '/api/about', { headers: second })).toMatchObject({ status: 401 });
  });

  test('is closed to a body that is no key, however long', async () => {
    const { origin } = new URL(dashboard.link);
    for (const body of ['', 'x', 'x'.repeat(100_000)]) {
      expect(await ask(dashboard, '/entry', { method: 'POST', headers: { origin }, body })).toMatchObject({
        status: 403,
      });
    }
    const chunked = { origin, 'transfer-encoding': 'chunked' };
    expect(await ask(dashboard, '/entry', { method: 'POST', headers: chunked, body: 'x' })).toMatchObject({
      status: 403,
    });
  });

  test.each(questions)('without the cookie, %s says nothing', async (path) => {
    expect(await ask(dashboard, path)).toMatchObject({ status: 401, body: 'open the link of the command\n' });
  });

  test('a cookie that is stolen from another site is of no use there', async () => {
    const headers = await enter(dashboard);
    const refused = [
      { ...headers, host: 'evil.example' },
      { ...headers, origin: 'https://evil.example' },
      { ...headers, 'sec-fetch-site': 'cross-site' },
    ];
    for (const path of questions) {
      for (const one of refused) expect(await ask(dashboard, path, { headers: one })).toMatchObject({ status: 403 });
    }
  });
});

describe('an answer', () => {
  test.each(['/', '/doctor', '/assets/page-abc.js', '/missing.js', '/api/about', '/api/none', '/entry'])(
    'of %s lets nothing come from elsewhere, and nobody else show it',
    async (path) => {
      const { headers } = await ask(dashboard, path, { headers: await enter(dashboard) });
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
        ),
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  test('is a file of the page and never another one', async () => {
    expect(await ask(dashboard, '/assets/page-abc.js')).toMatchObject({ status: 200, body: 'the script' });
    expect((await ask(dashboard, '/mesh/east')).body).toBe('<!doctype html>the page');
    const tries = [
      '/../package.json',
      '/assets/../../package.json',
      '/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
      '//etc/passwd.txt',
    ];
    for (const path of tries) {
      const [line] = await Promise.all([
        askRaw(dashboard, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${dashboard.port}\r\nConnection: close\r\n\r\n`),
      ]);
      expect(line).toBe('HTTP/1.1 404 Not Found');
    }
  });

  test('of a question is the report of the command, or why there is none', async () => {
    const headers = await enter(dashboard);
    const [caller, to] = ['west/sample/client', 'helloworld.sample:5000'];
    const trace = await ask(dashboard, `/api/trace?from=${caller}&to=${to}`, { headers });
    const session = await storedSession();
    const request = { from: caller, to: { host: 'helloworld.sample', port: 5000 } };
    expect(JSON.parse(trace.body)).toMatchObject({
      report: JSON.parse(JSON.stringify(await session.trace(request))),
    });
    expect(await ask(dashboard, '/api/trace?from=north/a/b&to=x:1', { headers })).toMatchObject({
      status: 422,
      body: expect.stringMatching(/^\{"code":"not-found","message":"[^"]*north/),
    });
    expect(await ask(dashboard, '/api/trace?from=west/a/b', { headers })).toMatchObject({ status: 422 });
    expect(await ask(dashboard, '/api/trace?from=west/a/b&to=x:0', { headers })).toMatchObject({ status: 422 });
  });
});

test('the model of the page gets what the command predicts from', async () => {
  const headers = await enter(dashboard);
  const { status, body } = await ask(dashboard, '/api/facts', { headers });
  expect(status).toBe(200);
  expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(await (await storedSession()).facts())));
});

test('a recorded moment is what the commands say of it, and differs in nothing from itself', async () => {
  const moments = [
    { name: 'first', folder: '/recorded/first', takenAt: '2026-11-29T16:18:57Z' },
    { name: 'second', folder: '/recorded/second' },
  ];
  const opened: string[] = [];
  const openMoment = async (folder: string) => {
    opened.push(folder);
    return await storedSession();
  };
  await using recorded = await dashboardOf(await storedSession(), { moments, openMoment });
  const headers = await enter(recorded);
  const about = await ask(recorded, '/api/about', { headers });
  expect(JSON.parse(about.body).moments).toEqual([
    { name: 'first', takenAt: '2026-11-29T16:18:57Z' },
    { name: 'second' },
  ]);
  const session = await storedSession();
  const moment = await ask(recorded, '/api/moment?at=second', { headers });
  expect(JSON.parse(moment.body).report).toEqual(
    JSON.parse(JSON.stringify({ status: await session.status({ drift: 'Leave' }), doctor: await session.doctor() })),
  );
  const differences = await ask(recorded, '/api/differences?from=second&to=first', { headers });
  expect(JSON.parse(differences.body).report).toMatchObject({ objects: [], traffic: { kind: 'WhatIf', changes: [] } });
  expect(opened).toEqual(['/recorded/second', '/recorded/first']);
  expect(await ask(recorded, '/api/moment?at=../second', { headers })).toMatchObject({ status: 422 });
});

describe('the stream', () => {
  test('has the reports of the commands, and tells who comes back nothing twice', async () => {
    const headers = await enter(dashboard);
    const topics = 'MeshStatus,ServiceReport';
    const events = await eventsUntil(dashboard, { topics, headers }, (all) => all.length === 2);
    const session = await storedSession();
    const reports = new Map(events.map(({ data }) => [data.topic, (data.shown as Shown<object>).report]));
    expect(reports.get('MeshStatus')).toEqual(JSON.parse(JSON.stringify(await session.status())));
    expect(reports.get('ServiceReport')).toEqual(JSON.parse(JSON.stringify(await session.services())));
    const back = { ...headers, 'last-event-id': events.at(-1)?.id ?? '' };
    const again = await eventsUntil(dashboard, { topics, headers: back }, (all) => all.length === 2);
    expect(again.map(({ event }) => event)).toEqual(['seen', 'seen']);
  });

  test('does not send a page of other topics what it has', async () => {
    const headers = await enter(dashboard);
    const [status] = await eventsUntil(dashboard, { topics: 'MeshStatus', headers }, (all) => all.length === 1);
    const topics = `MeshStatus,ServiceReport&has=${encodeURIComponent(status?.id ?? '')}`;
    const events = await eventsUntil(dashboard, { topics, headers }, (all) => all.length === 2);
    expect(events.map(({ event, data }) => [data.topic, event])).toEqual([
      ['MeshStatus', 'seen'],
      ['ServiceReport', 'look'],
    ]);
  });

  test('says why a report cannot be had, beside the others', async () => {
    const headers = await enter(dashboard);
    const [event] = await eventsUntil(dashboard, { topics: 'TrustReport', headers }, (all) => all.length === 1);
    expect(event?.data).toMatchObject({
      topic: 'TrustReport',
      problem: { code: 'usage', remedy: expect.stringMatching(/^in words: /) },
    });
  });
});

test('a cluster that is down makes its own part unknown', async () => {
  const text = stream(meshText, clusterText('west'), clusterText('east'));
  const connect = async ({ metadata: { name } }: MeshCluster) => {
    if (name === 'east')
      throw new IsthmusError('cluster-unreachable', 'cluster east: it does not answer', { cluster: name });
    return createFake({ cluster: name });
  };
  await using session = await openMesh({ text, name: 'mesh.yaml' }, { ...ports, connect });
  await using live = await dashboardOf(session);
  const headers = await enter(live);
  const [event] = await eventsUntil(live, { topics: 'MeshStatus', headers }, (all) => all.length === 1);
  const shown = event?.data.shown as Shown<StatusReport> | undefined;
  const { report, remedies } = shown ?? expect.fail('nothing was shown');
  expect(report.clusters).toMatchObject([
    { cluster: 'west', reachable: true },
    { cluster: 'east', reachable: false, error: { code: 'cluster-unreachable' } },
  ]);
  const findings = report.clusters.flatMap((one) => one.findings);
  expect(findings.length).toBeGreaterThan(0);
  for (const { remedy } of findings) expect(remedies[JSON.stringify(remedy)]).toMatch(/^in words: /);
});

test('a port that is taken is an error of use', async () => {
  const { port } = dashboard;
  await expect(dashboardOf(await storedSession(), { port })).rejects.toMatchObject({ code: 'usage' });
});

test('its end ends the streams that are open', async () => {
  const headers = await enter(dashboard);
  const read = eventsUntil(dashboard, { topics: 'MeshStatus', headers }, () => false);
  await eventsUntil(dashboard, { topics: 'MeshStatus', headers }, (all) => all.length === 1);
  await dashboard[Symbol.asyncDispose]();
  expect((await read.catch(() => [])).filter(({ event }) => event === 'beat')).toEqual([]);
  await expect(ask(dashboard, '/')).rejects.toThrow();
});
