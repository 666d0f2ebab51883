import { existsSync, mkdirSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { IsthmusError } from '../../../src/base/error.ts';
import { labSlots } from '../network/addresses.ts';
import { labPaths, stateRoot } from './paths.ts';

/** One link a slot, pointing at the lab's name: making a link is atomic, so two labs never get one slot. */
const folder = join(stateRoot, '.slots');

function holder(slot: number): string | undefined {
  try {
    return readlinkSync(join(folder, String(slot)));
  } catch {
    return undefined;
  }
}

function claim(slot: number, lab: string): boolean {
  try {
    symlinkSync(lab, join(folder, String(slot)));
    return true;
  } catch {
    return false;
  }
}

/** Takes the first free slot (0 to 7) for a lab that has its state folder already. */
export function takeSlot(lab: string): number {
  mkdirSync(folder, { recursive: true });
  for (let slot = 0; slot < labSlots; slot += 1) {
    const name = holder(slot);
    // A slot whose lab has no folder belongs to nobody: its owner died before or after it had one.
    if (name !== undefined && (name === lab || !existsSync(labPaths(name).state))) releaseSlot(name);
    if (claim(slot, lab)) return slot;
  }
  throw new IsthmusError('conflict', `all ${labSlots} places for labs on this machine are taken`, {
    remedy: 'npx --no lab status --all shows them; npx --no lab down --lab NAME frees one',
  });
}

/** Gives back every slot of a lab. */
export function releaseSlot(lab: string): void {
  for (let slot = 0; slot < labSlots; slot += 1) {
    if (holder(slot) === lab) unlinkSync(join(folder, String(slot)));
  }
}

/** The slots that a lab holds. */
export function slotsOf(lab: string): number[] {
  return Array.from({ length: labSlots }, (_, slot) => slot).filter((slot) => holder(slot) === lab);
}
