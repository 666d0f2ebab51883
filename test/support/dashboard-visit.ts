import { type Look, paths, topics } from '../../src/dashboard/messages.ts';
import { type Address, ask, enter, eventsUntil } from '../../src/dashboard/testing/client.ts';
import type { RunningProgram } from './program.ts';

const link = /^http:\/\/127\.0\.0\.1:\d+\/#\S+(?=\n)/m;

/** Asks a dashboard for each report that its pages show, then interrupts it. An error where one of them cannot be had. */
export async function visitDashboard(running: RunningProgram): Promise<void> {
  try {
    const [printed = ''] = link.exec(await running.said(link)) ?? [];
    await seeAll({ link: printed, port: Number(new URL(printed).port) });
  } finally {
    running.kill('SIGINT');
  }
}

async function seeAll(dashboard: Address): Promise<void> {
  const headers = await enter(dashboard);
  const events = await eventsUntil(dashboard, { topics: topics.join(), headers }, (seen) =>
    topics.every((topic) => seen.some(({ data }) => data.topic === topic)),
  );
  for (const { data } of events) {
    const { problem } = data as Look;
    if (problem !== undefined) throw new Error(`${data.topic}: ${problem.message}`);
  }
  for (const path of [paths.facts, paths.plan]) {
    const { status, body } = await ask(dashboard, path, { headers });
    if (status !== 200) throw new Error(`${path}: ${status} ${body}`);
  }
}
