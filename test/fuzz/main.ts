import { fuzz } from './fuzz.ts';
import { targets } from './targets.ts';

/** How long each target is given damaged inputs. */
const minuteMs = 60_000;
const runs = 200;
const usageExit = 2;

/** `TARGET` or `TARGET:SEED`; with a seed, the inputs of that seed alone. */
async function main(words: readonly string[]): Promise<number> {
  const [name, seed] = words[0]?.split(':') ?? [];
  const chosen = name === undefined ? targets : targets.filter((target) => target.name === name);
  if (chosen.length === 0 || words.length > 1 || (seed !== undefined && !/^\d{1,9}$/.test(seed))) {
    const list = targets.map((target) => `  ${target.name.padEnd(22)}  ${target.from}`).join('\n');
    process.stderr.write(`npm run fuzz [TARGET[:SEED]], a minute each of:\n${list}\n`);
    return usageExit;
  }
  for (const target of chosen) {
    const end = performance.now() + (seed === undefined ? minuteMs : 0);
    let next = seed === undefined ? Math.floor(Math.random() * 100_000_000) : Number(seed);
    let count = 0;
    do {
      process.stdout.write(`\r${target.name}:${next}`);
      await fuzz(target, { seed: next, runs });
      next += 1;
      count += runs;
    } while (performance.now() < end);
    process.stdout.write(`\r${target.name}: ${count} inputs\n`);
  }
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
