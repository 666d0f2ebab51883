import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const limitMs = 300_000;
const outputLimit = 1 << 24;

/** Runs a Node program of a development dependency to its end. Gives its standard output; throws all it said where it fails. */
export async function runNode(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return await run(process.execPath, args, cwd, env);
}

export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const options = { cwd, timeout: limitMs, maxBuffer: outputLimit, env: { ...process.env, ...env } };
    const { stdout } = await execute(program, [...args], options);
    return stdout;
  } catch (cause) {
    const said = ['stdout', 'stderr'].map((name) => String(Object(cause)[name] ?? '')).join('');
    throw new Error(`${program} ${args.join(' ')} failed:\n${said}`, { cause });
  }
}
