import { readFileSync, writeFileSync } from 'node:fs';
import { readLabState, recordedLabs } from './store.ts';

/**
 * Settings of the whole machine that a kubelet changes when it starts
 * (Kubernetes pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables).
 */
const touched = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'] as const;

function read(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The values as they were before any lab: what another lab has on record, else what the machine has now. */
export function machineSysctls(): Record<string, string> {
  const recorded = recordedLabs()
    .map((lab) => readLabState(lab)?.sysctls)
    .find((values) => values !== undefined);
  if (recorded !== undefined) return recorded;
  return Object.fromEntries(touched.flatMap((name) => (read(name) === undefined ? [] : [[name, read(name) ?? '']])));
}

/** Puts the values back once no other lab needs the kubelet's. */
export function restoreSysctls(values: Readonly<Record<string, string>>): void {
  if (recordedLabs().length > 0) return;
  for (const name of touched) {
    const value = values[name];
    if (value !== undefined && value !== read(name)) writeFileSync(`/proc/sys/${name}`, value);
  }
}
