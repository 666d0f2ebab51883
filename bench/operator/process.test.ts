import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startOperator } from './process.ts';

/** Stands in for the operator: it logs its port, and serves metrics of that form. */
const program = `
const { createServer } = require('node:http');
const metrics = [
  'isthmus_requests_total{cluster="c1",method="GET",outcome="Answered"} 3',
  'isthmus_requests_total{cluster="c1",method="GET",outcome="Failed"} 2',
  'isthmus_requests_total{cluster="c2",method="PATCH",outcome="Answered"} 1',
  'process_resident_memory_bytes 1048576',
  'process_cpu_seconds_total 1.5',
].join('\\n');
const server = createServer((_, response) => response.end(metrics));
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.address().port, words: process.argv.slice(2) })));
`;

test('a process that serves its metrics is read and ended, and its log is passed on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-bench-test-'));
  try {
    const file = join(folder, 'operator.cjs');
    await writeFile(file, program);
    const lines: string[] = [];
    const { signal } = new AbortController();
    await using operator = await startOperator({
      program: file,
      home: 'c1',
      env: {},
      signal,
      onLine: (line) => lines.push(line),
    });
    const { requests, peakBytes, ...rest } = await operator.figures();
    expect(Object.fromEntries(requests)).toEqual({ 'c1, GET': 5, 'c2, PATCH': 1 });
    expect(rest).toEqual({ residentBytes: 1_048_576, cpuSeconds: 1.5 });
    expect(peakBytes).toBeGreaterThan(1_048_576);
    expect(lines.join()).toContain('"--home","c1"');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
