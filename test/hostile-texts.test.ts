import { describe, expect, test } from 'vitest';
import { IsthmusError } from '../src/base/error.ts';
import type { Finding } from '../src/base/finding.ts';
import { planText } from '../src/cli/plan/text.ts';
import { type CliContext, terminalOf } from '../src/cli/shell/context.ts';
import { createReporter } from '../src/cli/shell/event-text.ts';
import { showFailure } from '../src/cli/shell/failure.ts';
import { visibleIn } from '../src/cli/shell/foreign-text.ts';
import { printReport } from '../src/cli/shell/print.ts';
import type { ApplyEvent, EngineEvent, RemovalEvent, VerifyEvent } from '../src/engine/events.ts';
import type { PlanReport } from '../src/report/plan.ts';
import { type ReportKind, reports } from '../src/report/reports.ts';
import { reportTexts as renderers } from './support/report-texts.ts';
import { samplesOf } from './support/samples.ts';

/** Title, clipboard, screen, colour, a carriage return, an 8-bit sequence, a turned direction, a line of its own, and what is not seen. */
const hostile =
  'x\u001b]0;T\u0007\u001b]52;c;eA==\u0007\u001b[2J\u001b[1;32mmesh shop: healthy\u001b[0m\r\nmesh shop: healthy\n\u009b31m\u202eb\u2028mesh shop: healthy\u0085\ud800\u200b\u00ad';
const tame = 'x';
const ownColors = new RegExp(`${String.fromCharCode(27)}\\[(?:0|1|2|3[1-6]|3[1-6];1)m`, 'g');

/** What a terminal was sent. */
function written(write: (terminal: ReturnType<typeof terminalOf>) => void, isTTY: boolean): string {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const process = { stdout: stream, stderr: stream, env: {} };
  write(terminalOf({ process, isTTY } as unknown as CliContext, {}));
  return text;
}

/** Nothing but text, line breaks and, on a terminal, our colours; no line but those that a tame text makes too. */
function expectTame(write: (text: string) => (terminal: ReturnType<typeof terminalOf>) => void): void {
  for (const isTTY of [false, true]) {
    const [wild, plain] = [written(write(hostile), isTTY), written(write(tame), isTTY)];
    const bare = isTTY ? wild.replaceAll(ownColors, '') : wild;
    expect(bare.match(/[^\P{C}\n]/gu)).toBeNull();
    expect(bare).not.toMatch(/[\u2028\u2029\u200E\u200F]/);
    expect(bare).not.toMatch(/^\s*mesh shop: healthy/m);
    expect(rowsOf(wild).length).toBe(rowsOf(plain).length);
    expect(wild.split('\u001b').length).toBe(plain.split('\u001b').length);
  }
}

/** The lines without the marked ones in which a row of a table goes on: how many there are hangs on its texts. */
function rowsOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => !/^ *│/.test(line));
}

describe('a text of others neither steers a terminal nor forges a line', () => {
  test.each(Object.keys(renderers) as ReportKind[])('in the words of a %s', (kind) => {
    const render = renderers[kind];
    if (render === undefined) return;
    const [wild, plain] = [samplesOf(reports[kind], hostile), samplesOf(reports[kind], tame)];
    for (const index of plain.keys()) {
      expectTame((text) => (terminal) => {
        const report = (text === hostile ? wild : plain)[index] as never;
        printReport(report, 'text', (shown) => render(shown, terminal.color), terminal);
      });
    }
  });

  test.each(Object.keys(renderers) as ReportKind[])('in the JSON of a %s, which keeps it', (kind) => {
    for (const report of samplesOf(reports[kind], hostile) as readonly object[]) {
      const json = written((terminal) => printReport(report, 'json', () => '', terminal), true);
      expect(json.match(/[^\P{C}\n]|[\u2028\u2029]/gu)).toBeNull();
      expect(JSON.parse(json)).toEqual(report);
    }
  });

  test('in a value of several lines of a plan, whose lines stay behind a sign', () => {
    const plan = (text: string): PlanReport => {
      const [, ...plans] = samplesOf(reports.MeshPlan, tame) as readonly PlanReport[];
      const fields = [{ field: 'data.mesh', before: `a\n${text}\nb`, after: 'a\nb' }];
      const clusters = plans[0]?.clusters.map((one) =>
        one.outcome === 'Planned' ? { ...one, changes: one.changes.map((change) => ({ ...change, fields })) } : one,
      );
      return { ...plans[0], clusters } as PlanReport;
    };
    const shown = planText(visibleIn(plan(hostile)), { color: false, source: '', apply: 'x' });
    expect(shown).toMatch(/^ +- mesh shop: healthy$/m);
    expect(shown).not.toMatch(/^\s*mesh shop: healthy/m);
    expect(shown.match(/[^\P{C}\n]/gu)).toBeNull();
  });

  test('in an error, its remedy, its findings and the stack of a defect', () => {
    const finding = (text: string): Finding => ({
      ...{ code: 'key-unknown', severity: 'error', message: text, remedy: text, cluster: text },
      at: { file: text, line: 1, column: 2, length: 3, text },
    });
    expectTame((text) => (terminal) => {
      const options = { remedy: text, cluster: text, findings: [finding(text)] };
      showFailure(new IsthmusError('access-denied', text, options), terminal, '');
    });
    expectTame((text) => (terminal) => {
      const cause = Object.assign(new Error(text), { stack: `Error: ${text}\n    at f (a.ts:1:1)` });
      showFailure(cause, terminal, '');
    });
  });

  test('while the list of an error keeps its lines', () => {
    const error = new IsthmusError('prune-guard', 'too much\n  west: a\n  east: b');
    expect(written((terminal) => showFailure(error, terminal, ''), false)).toBe(
      'error: too much\n  west: a\n  east: b [prune-guard]\n',
    );
  });

  test('in the line of an event', () => {
    for (let index = 0; index < eventsWith(tame).length; index += 1) {
      expectTame(
        (text) => (terminal) => createReporter(terminal).show(eventsWith(text)[index] as unknown as EngineEvent),
      );
    }
  });
});

type DetailsOf<Event extends EngineEvent> = {
  readonly [Type in Event['type']]: Extract<Event, { readonly type: Type }>['details'];
};

function eventsWith(text: string): readonly object[] {
  const applied: DetailsOf<ApplyEvent> = {
    Applied: { stage: 'Trust', created: 1, configured: 1 },
    Pruned: { deleted: 1, released: 1 },
    Waiting: { what: text },
    Reached: { what: text, afterMs: 1 },
    Notice: { message: text },
  };
  const removed: DetailsOf<RemovalEvent> = {
    Removed: { stage: 'Webhooks', count: 1 },
    Released: { namespace: text },
    Disclaimed: { count: 1 },
    NamespaceRemoved: { namespace: text },
    Forgotten: { removed: text },
    Waiting: { what: text },
    Stripped: { object: { apiVersion: 'v1', kind: text, name: text }, finalizers: [text] },
    Blocked: { what: text, by: [text] },
    Notice: { message: text },
  };
  const verified: DetailsOf<VerifyEvent> = {
    Started: { namespace: text, clusters: [text] },
    PodsReady: { afterMs: 1 },
    Reached: { service: text, afterMs: 1 },
    Measured: { service: text },
    ClusterFailed: { message: text },
    CleanUp: { outcome: 'Gone' },
  };
  const of = (operation: string, details: object): readonly object[] =>
    Object.entries(details).map(([type, one]) => ({ operation, type, cluster: text, details: one }));
  return [
    ...of('apply', applied),
    ...of('uninstall', removed),
    ...of('verify', verified),
    ...of('plan', { Connected: { server: text, kubernetes: text, user: text } }),
    ...of('status', { Unverified: { server: text } }),
    ...of('snapshot', { Gap: { message: text } }),
  ];
}
