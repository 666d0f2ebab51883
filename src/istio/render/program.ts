import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { type ErrorCode, IsthmusError } from '../../base/error.ts';
import { option, remedy } from '../../base/remedy.ts';

/** A program on this machine, and a text that differs where it may be another one. */
export interface Program {
  readonly file: string;
  readonly identity: string;
}

/** How a program is found: as the user named it, else by the variable, else the first of its name on `PATH`. */
export interface ProgramSearch {
  readonly name: string;
  readonly path?: string | undefined;
  /** The option that `path` comes from. */
  readonly option: 'helm' | 'istioctl';
  readonly variable: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The code of the error where there is none. */
  readonly notFound: ErrorCode;
  /** Where to get it. */
  readonly page: string;
}

/** Throws `search.notFound` where the program is nowhere. */
export async function findProgram(search: ProgramSearch): Promise<Program> {
  const { name, path, variable, environment } = search;
  const named = path ?? (environment[variable] || undefined);
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = named === undefined ? folders.map((folder) => join(folder, name)) : [resolve(named)];
  for (const file of candidates) {
    const found = await programAt(file);
    if (found !== undefined) return found;
  }
  const where = path !== undefined ? 'as it was named' : named !== undefined ? `from ${variable}` : undefined;
  throw new IsthmusError(
    search.notFound,
    where === undefined
      ? `there is no ${name} in the folders of PATH (${folders.join(', ') || 'PATH is empty'})`
      : `there is no program at ${named} (${where})`,
    { remedy: remedy`install ${name} (${search.page}), or give its path with ${option(search.option)} or ${variable}` },
  );
}

async function programAt(file: string): Promise<Program | undefined> {
  try {
    await access(file, constants.X_OK);
    const found = await stat(file);
    if (!found.isFile()) return undefined;
    return { file, identity: `${await realpath(file)}\n${found.size}\n${found.mtimeMs}` };
  } catch {
    return undefined;
  }
}
