import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { type Step, stepsVariable } from './support/steps.ts';
import { type Failed, failureTable, stepTable, type Timed, timeTable } from './time-table.ts';

/**
 * Ends every run with a table of its minutes, the tests that failed and one plain line, so that a person or a program
 * can read the result without knowing the runner, from the last lines alone.
 */
class Summary implements Reporter {
  readonly #started = new Map<string, number>();
  readonly #times: Timed[] = [];
  #steps = '';
  #keepsSteps = true;

  onInit(): void {
    this.#keepsSteps = process.env[stepsVariable] !== undefined;
    process.env[stepsVariable] ??= join(tmpdir(), `isthmus-steps-${process.pid}.jsonl`);
    this.#steps = process.env[stepsVariable];
  }

  onTestModuleQueued({ id }: TestModule): void {
    this.#started.set(id, performance.now());
  }

  onTestModuleEnd({ id, project, relativeModuleId }: TestModule): void {
    const from = this.#started.get(id);
    if (from === undefined) return;
    this.#times.push({ project: project.name, file: relativeModuleId, from, to: performance.now() });
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    const failed: Failed[] = errors.map((error) => ({ test: 'outside of the tests', message: messageOf(error) }));
    for (const module of modules) {
      const file = module.relativeModuleId;
      for (const error of module.errors()) failed.push({ test: file, message: messageOf(error) });
      for (const test of module.children.allTests()) {
        const { state, errors: own = [] } = test.result();
        if (state === 'passed') passed += 1;
        // A skipped end-to-end test would hide a broken lab, so anything that did not pass has failed.
        else failed.push({ test: `${file} > ${test.fullName}`, message: messageOf(own[0] ?? state) });
      }
    }
    const steps = this.#readSteps();
    const lines = [...timeTable(this.#times, steps), ...stepTable(steps), ...failureTable(failed), ''];
    process.stdout.write(`${lines.join('\n')}\n${passed} passed, ${failed.length} failed\n`);
    if (failed.length > 0) process.exitCode = 1;
  }

  #readSteps(): readonly Step[] {
    if (!existsSync(this.#steps)) return [];
    const lines = readFileSync(this.#steps, 'utf8').split('\n');
    if (!this.#keepsSteps) rmSync(this.#steps);
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Step);
  }
}

function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

// biome-ignore lint/style/noDefaultExport: the runner loads a reporter by its default export
export default Summary;
