import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { families, mostMinutes } from './families.ts';

const checkout = resolve(import.meta.dirname, '../..');
/** The exit code of wrong arguments, as `isthmus` has it. */
const usageExit = 2;

function list(): string {
  const width = Math.max(...families.map(({ name }) => name.length));
  const lines = families.map(({ name, does }) => `  ${name.padEnd(width)}  ${does}`);
  return `npm run soak -- FAMILY runs one of these, for at most ${mostMinutes} minutes:\n${lines.join('\n')}\n`;
}

function main([name, ...rest]: readonly string[]): number {
  if (name === undefined) {
    process.stdout.write(list());
    return 0;
  }
  if (rest.length > 0 || !families.some((family) => family.name === name)) {
    process.stderr.write(`there is no family ${[name, ...rest].join(' ')}\n${list()}`);
    return usageExit;
  }
  const vitest = join(checkout, 'node_modules/vitest/vitest.mjs');
  const config = join(checkout, 'test/soak/vitest.config.ts');
  const { status } = spawnSync(process.execPath, [vitest, 'run', '--config', config, `test/soak/${name}.test.ts`], {
    cwd: checkout,
    stdio: 'inherit',
    timeout: (mostMinutes + 1) * 60_000,
  });
  return status ?? 1;
}

process.exitCode = main(process.argv.slice(2));
