import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { labPaths, stateRoot } from './paths.ts';
import { type LabState, parseLabState } from './schema.ts';

/** Writes a file so that a reader sees the old text or the new one, never a part. */
export function writeAtomically(path: string, text: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}

/** The recorded state of a lab; undefined where there is none or it cannot be read. */
export function readLabState(lab: string): LabState | undefined {
  try {
    return parseLabState(readFileSync(labPaths(lab).stateFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Every name that has a folder under the state root. */
export function recordedLabs(): string[] {
  try {
    return readdirSync(stateRoot).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
}

/**
 * The state of a lab as its owner keeps it: every change is on disk before the call returns,
 * so that whoever comes after a crash knows what was started.
 */
export class LabRecord {
  #state: LabState;

  constructor(state: LabState) {
    this.#state = state;
    this.#write();
  }

  get state(): LabState {
    return this.#state;
  }

  update(change: (state: LabState) => LabState): void {
    this.#state = change(this.#state);
    this.#write();
  }

  #write(): void {
    writeAtomically(labPaths(this.#state.name).stateFile, `${JSON.stringify(this.#state, undefined, 2)}\n`, 0o600);
  }
}

/**
 * Changes the recorded state of a lab that this process does not own. It is read again right before, so that
 * a change by another process meanwhile is kept. Nothing happens where there is no such lab.
 */
export function changeLabState(lab: string, change: (state: LabState) => LabState): void {
  const state = readLabState(lab);
  if (state !== undefined) new LabRecord(change(state));
}
