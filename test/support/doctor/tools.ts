import { join } from 'node:path';
import { checkout, type TestLab } from '../lab.ts';
import { type ProgramResult, runProgram } from '../program.ts';

/** Istio's own commands that look for what is wrong. */
export const tools = ['analyze', 'precheck', 'remote-clusters'] as const;

export type Tool = (typeof tools)[number];

/** What each tool said, in lines, without what differs from run to run. */
export type Said = Readonly<Record<Tool, readonly string[]>>;

const clusters = ['west', 'east'] as const;
/** One that waits for an API server that does not answer may never end. */
const toolSeconds = 90;
const toolTimeoutMs = 120_000;
/** As `timeout` ends where it ended the program. */
const timedOut = 124;

const wordsOf: Readonly<Record<Tool, (cluster: string, peer: string) => readonly string[]>> = {
  analyze: (cluster, peer) => ['analyze', '--context', cluster, '--remote-contexts', peer, '--all-namespaces'],
  precheck: (cluster) => ['x', 'precheck', '--context', cluster],
  'remote-clusters': (cluster) => ['remote-clusters', '--context', cluster],
};

/** Asks every tool in both clusters. How they end is not counted: what they say is. */
export async function askTools(lab: TestLab): Promise<Said> {
  const said = await Promise.all(
    tools.map(async (tool) => {
      const [west, east] = await Promise.all([askTool(lab, tool, 'west'), askTool(lab, tool, 'east')]);
      return [tool, [...west, ...east]] as const;
    }),
  );
  return Object.fromEntries(said) as Said;
}

async function askTool(lab: TestLab, tool: Tool, cluster: (typeof clusters)[number]): Promise<readonly string[]> {
  const peer = clusters.find((name) => name !== cluster) ?? '';
  const words = [`${toolSeconds}`, join(lab.lab.bin, 'istioctl'), ...wordsOf[tool](cluster, peer)];
  const result = await runProgram('timeout', words, {
    cwd: checkout,
    env: { ...process.env, ...lab.lab.env },
    timeoutMs: toolTimeoutMs,
  });
  return linesOf(result).map((line) => `${cluster}: ${line}`);
}

function linesOf({ code, stdout, stderr }: ProgramResult): readonly string[] {
  return `${stdout}\n${stderr}\n${code === timedOut ? unended : ''}`
    .split('\n')
    .map(withoutChance)
    .filter((line) => line !== '');
}

/** What stands for the end of a tool that had none. */
const unended = `it did not end within ${toolSeconds} s`;

/** Names of pods, times, widths of columns and the order of clusters differ from run to run. */
function withoutChance(line: string): string {
  return line
    .replace(/ \[cluster-[^\]]+\]/, '')
    .replace(/\["[^\]]+"\]/, (list) => `[${list.slice(1, -1).split(' ').toSorted().join(' ')}]`)
    .replaceAll(/-[0-9a-f]{6,10}-[0-9a-z]{5}\b/g, '')
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z?/g, 'TIME')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** What a tool says of a broken mesh that it does not say of the same mesh whole, and the other way round. */
export function differencesOf(whole: Said, broken: Said): Said {
  const of = (tool: Tool): readonly string[] => [
    ...broken[tool].filter((line) => !whole[tool].includes(line)),
    ...whole[tool].filter((line) => !broken[tool].includes(line)).map((line) => `no longer: ${line}`),
  ];
  return { analyze: of('analyze'), precheck: of('precheck'), 'remote-clusters': of('remote-clusters') };
}
