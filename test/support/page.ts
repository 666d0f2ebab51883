import { readFileSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import { endedWith } from './cli.ts';
import { checkout, type TestLab } from './lab.ts';
import { runProgram } from './program.ts';
import { timed } from './steps.ts';

/**
 * The commands of a page, or of one section of it, in order: what follows `$ ` in its console blocks, each on one line
 * and without its comment.
 */
export function commandsOf(page: string, section?: string): readonly string[] {
  const whole = readFileSync(join(checkout, page), 'utf8');
  const text = section === undefined ? whole : (whole.split(/^## /m).find((part) => part.startsWith(section)) ?? '');
  const blocks = [...text.matchAll(/```console\n([\s\S]*?)```/g)].map((match) =>
    (match[1] ?? '').replaceAll(/\\\n +/g, ''),
  );
  const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => line.startsWith('$ '));
  return lines.map((line) => line.slice(2).replace(/\s+#.*$/, ''));
}

/** The YAML block of a page that begins with this text; throws where there is none. */
export function yamlOf(page: string, first: string): string {
  const blocks = [...readFileSync(join(checkout, page), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
  const found = blocks.map(([, text = '']) => text).find((text) => text.startsWith(first));
  if (found === undefined) throw new Error(`${page} has no YAML that begins with ${first}`);
  return found;
}

export interface PageSite {
  readonly site: TestLab;
  readonly cwd: string;
  /** A file of the test in the place of one that the page names. */
  readonly instead?: { readonly named: string; readonly file: string };
  /** Left out: the whole page. */
  readonly section?: string;
}

/** Runs a page's commands one after the other as a user does; what each said, by its text. */
export async function followPage(
  page: string,
  { site, cwd, instead, section }: PageSite,
): Promise<ReadonlyMap<string, string>> {
  // The pages say `isthmus`, as an installed package gives it.
  const bin = join(site.folder, 'bin');
  await mkdir(bin, { recursive: true });
  await rm(join(bin, 'isthmus'), { force: true });
  await symlink(join(inject('packageFolder'), 'dist/isthmus.js'), join(bin, 'isthmus'));
  const path = [bin, dirname(process.execPath), site.env.PATH].join(':');
  const said = new Map<string, string>();
  for (const command of commandsOf(page, section)) {
    const run = instead === undefined ? command : command.replaceAll(instead.named, instead.file);
    const options = { cwd, env: { ...site.env, PATH: path }, timeoutMs: 320_000 };
    const kind = command.split(' ').slice(0, 2).join(' ');
    const { stdout, stderr } = endedWith(0, await timed(kind, () => runProgram('bash', ['-euc', run], options)));
    said.set(command, stdout + stderr);
  }
  return said;
}
