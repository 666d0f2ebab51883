import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@stricli/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { buildCli, parsedWords } from '../src/cli/shell/app.ts';
import type { CliContext } from '../src/cli/shell/context.ts';
import { exitCodes } from '../src/cli/shell/exit-code.ts';
import { readSnapshotFolder, type StoredSnapshot, writeSnapshotFolder } from '../src/snapshot/folder.ts';
import { recordedFaults, withFault } from './support/recorded-faults.ts';

/** The page leads from a symptom to a command: each is run on a recorded mesh that has such a fault. */

const recorded = join(import.meta.dirname, 'fixtures/doctor/two-networks');
const page = readFileSync(join(import.meta.dirname, '../docs/doctor.md'), 'utf8');
const section = /## From a symptom to its cause\n([\s\S]*?)\n## /.exec(page)?.[1] ?? '';
const rows = section
  .replaceAll('\n  ', ' ')
  .split('\n')
  .flatMap((line) => {
    const [, symptom = '', command = '', shown = ''] = /^- (.*?): `isthmus ([^`]+)` shows (.*)$/.exec(line) ?? [];
    return symptom === '' ? [] : [{ symptom, command, shown }];
  });

interface Played {
  readonly symptom: string;
  /** Of the recorded faults, or that an API server does not answer. */
  readonly fault: string;
  /** A code that the page names, or a pattern of what it describes. */
  readonly shows: string | RegExp;
  /** What the command's arguments are in the recorded mesh. */
  readonly words?: readonly string[];
}

const noAnswer = 'the API server of east does not answer in west';

const played: readonly Played[] = [
  { symptom: 'anything at all', fault: 'the gateway is scaled to 0', shows: /^! east: .*\[gateway-not-ready\]$/m },
  {
    symptom: 'a service answers from',
    fault: 'a remote secret is deleted',
    shows: /^FROM .* SECRET .*\nwest +east .* FAILS /m,
  },
  {
    symptom: 'a service answers from',
    fault: 'the port of a Service has another name',
    shows: /\[join-port-differs\]/,
  },
  { symptom: 'requests time out', fault: "the gateway's Service is deleted", shows: 'gateway-address' },
  { symptom: 'requests time out', fault: 'the gateway is scaled to 0', shows: 'gateway-not-ready' },
  {
    symptom: 'one request fails',
    fault: 'a DestinationRule turns TLS off',
    words: ['west/shop/client-west', 'only-east:80'],
    shows: /^- left out .*DestinationRule shop\/fault/m,
  },
  { symptom: 'a firewall between', fault: noAnswer, shows: /^FROM .* ANSWERS\nwest +east +API server .* NO$/m },
  { symptom: 'endpoints are out of date', fault: noAnswer, shows: /\[peer-answer\][\s\S]*^west +east +ok +FAILS/m },
  { symptom: 'new pods get no sidecar', fault: 'a namespace loses its injection label', shows: 'injection-label' },
  { symptom: 'new pods get no sidecar', fault: 'istiod is scaled to 0', shows: 'control-plane-not-ready' },
  { symptom: 'a finding that says nothing', fault: 'a remote secret is deleted', shows: /^How it is established: /m },
];

/** What only running proxies, or requests, show: `make test` and the soak put these faults into real meshes. */
const live = ['`503` with `TLS`', 'everything looks right'];

let folder: string;
let stored: StoredSnapshot;
let documents: readonly unknown[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'isthmus-symptoms-'));
  stored = await readSnapshotFolder(recorded);
  documents = parseAllDocuments(await readFile(join(recorded, 'mesh.yaml'), 'utf8')).map((one) => one.toJS());
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function broken(name: string): StoredSnapshot {
  if (name === noAnswer && stored.state !== undefined) {
    const answers = stored.state.answers.map((one) =>
      one.cluster === 'west'
        ? { ...one, peers: [{ peer: 'east', answers: 'No' as const, detail: 'no answer within 8 s' }] }
        : one,
    );
    return { ...stored, state: { ...stored.state, answers } };
  }
  const fault = recordedFaults.find((one) => one.name === name);
  if (fault === undefined) throw new Error(`there is no recorded fault "${name}"`);
  return withFault(stored, fault);
}

async function written(words: readonly string[]): Promise<string> {
  const texts: string[] = [];
  const stream = { write: (text: string) => texts.push(text) };
  const outcome: CliContext['outcome'] = { code: exitCodes.done };
  const process = { stdout: stream, stderr: stream, env: { HOME: '/nowhere', PATH: '/nowhere' } };
  const signal = new AbortController().signal;
  await run(buildCli('0.1.0'), parsedWords(words), { process, isTTY: false, signal, version: '0.1.0', outcome });
  return texts.join('');
}

test('every symptom of the page has a fault that is played, or needs a mesh that runs', () => {
  expect(rows.length).toBeGreaterThan(8);
  const known = [...played.map(({ symptom }) => symptom), ...live];
  expect(rows.map(({ symptom }) => symptom).filter((one) => !known.some((start) => one.startsWith(start)))).toEqual([]);
});

describe('the command shows the cause', () => {
  test.each(played)('$symptom: $fault', async ({ symptom, fault, shows, words = [] }) => {
    const row = rows.find((one) => one.symptom.startsWith(symptom));
    if (row === undefined) throw new Error(`the page has no symptom "${symptom}"`);
    const place = join(folder, `${symptom} ${fault}`.replaceAll(/\W+/g, '-'));
    await writeSnapshotFolder(place, broken(fault), documents);
    const [from, to] = words;
    const command = row.command
      .replace('-f mesh.yaml', `--snapshot ${place}`)
      .replace(/--from \S+ --to \S+/, `--from ${from} --to ${to}`);
    const text = await written(command.split(' '));
    if (typeof shows === 'string') {
      expect(row.shown).toContain(`\`${shows}\``);
      expect(text).toContain(`[${shows}]`);
    } else expect(text).toMatch(shows);
  });
});
