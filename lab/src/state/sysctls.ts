import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stateRoot } from './paths.ts';
import { recordedLabs } from './store.ts';

/**
 * Settings of the whole machine that a kubelet changes when it starts
 * (Kubernetes pkg/kubelet/cm/container_manager_linux.go, setupKernelTunables).
 */
const touched = ['vm/overcommit_memory', 'vm/panic_on_oom', 'kernel/panic', 'kernel/panic_on_oops'] as const;

/**
 * Limits that several nodes on one machine exceed: each kubelet and containerd holds dozens of inotify instances, of the
 * 128 that a user has by default, and without one a kubelet ends at its start.
 */
const wanted = { 'fs/inotify/max_user_instances': 8192, 'fs/inotify/max_user_watches': 1_048_576 } as const;

const changed: readonly string[] = [...touched, ...Object.keys(wanted)];

/** The values as they were before the first of the present labs. */
const file = join(stateRoot, '.sysctls');

const valuesSchema = z.record(z.string(), z.string());

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function write(text: string): void {
  try {
    // "wx": the first lab's values are the machine's own, a later one would note the kubelet's.
    writeFileSync(file, text, { flag: 'wx', mode: 0o600 });
  } catch {
    // Noted already.
  }
}

/** Notes the present values unless another lab has done so. Call it once the lab has its folder. */
export function noteSysctls(): void {
  const values = changed.map((name) => [name, read(`/proc/sys/${name}`)]).filter(([, value]) => value !== undefined);
  write(JSON.stringify(Object.fromEntries(values)));
}

/** Raises the limits of the machine to what a lab needs; none is lowered. Call it once the present values are noted. */
export function raiseLimits(): void {
  for (const [name, value] of Object.entries(wanted)) {
    if (Number(read(`/proc/sys/${name}`) ?? value) < value) writeFileSync(`/proc/sys/${name}`, String(value));
  }
}

/** Puts the noted values back once no lab is left. */
export function restoreSysctls(): void {
  const text = read(file);
  if (text === undefined || recordedLabs().length > 0) return;
  const values = valuesSchema.safeParse(JSON.parse(text)).data ?? {};
  for (const name of changed) {
    const value = values[name];
    if (value !== undefined && value !== read(`/proc/sys/${name}`)) writeFileSync(`/proc/sys/${name}`, value);
  }
  rmSync(file, { force: true });
  // A lab that started meanwhile relied on the note.
  if (recordedLabs().length > 0) write(text);
}
