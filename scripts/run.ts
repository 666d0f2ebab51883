import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const limitMs = 300_000;

/** Runs a Node program of a development dependency to its end. Gives its standard output; throws all it said where it fails. */
export async function runNode(args: readonly string[], cwd: string): Promise<string> {
  return await run(process.execPath, args, cwd);
}

export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(program, [...args], { cwd, timeout: limitMs });
    return stdout;
  } catch (cause) {
    const said = ['stdout', 'stderr'].map((name) => String(Object(cause)[name] ?? '')).join('');
    throw new Error(`${program} ${args.join(' ')} failed:\n${said}`, { cause });
  }
}
