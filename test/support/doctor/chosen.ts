import type { Fault } from '../truth/fault.ts';
import { faults } from '../truth/faults.ts';
import { moreFaults } from './more-faults.ts';
import { quietFaults } from './quiet-faults.ts';
import type { AllSeen } from './seen.ts';

/** Those that one mesh of two networks can have, one after the other. */
const inOneMesh: readonly Fault[] = [...faults, ...quietFaults, ...moreFaults];

/** The faults whose names have one of these texts (`|` between them); of no text, those of which the table lacks something. */
export function chosenFaults(texts: string, seen: AllSeen): readonly Fault[] {
  const wanted = texts.split('|').filter((text) => text !== '');
  if (wanted.length === 0) return inOneMesh.filter(({ name }) => seen[name]?.tools === undefined);
  const unknown = wanted.find((text) => !inOneMesh.some(({ name }) => name.includes(text)));
  if (unknown !== undefined) throw new Error(`no fault has "${unknown}" in its name`);
  return inOneMesh.filter(({ name }) => wanted.some((text) => name.includes(text)));
}
