import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { IsthmusError } from '../../src/base/error.ts';
import { signalProcess } from './process/background.ts';
import { removeGroup } from './process/control-group.ts';
import { run, tryRun } from './process/run.ts';
import { findResidue, isClean, list, listResidue, type Residue } from './residue.ts';
import { controlGroup, labPaths } from './state/paths.ts';
import { releaseSlot } from './state/slots.ts';
import { recordedLabs } from './state/store.ts';
import { restoreSysctls } from './state/sysctls.ts';

/** Until everything must be gone; processes in an uninterruptible wait need some time. */
const patienceMs = 60_000;

/**
 * Removes everything of a lab, whatever state it is in, and proves it: processes first (they make the rest),
 * then mounts, namespaces, links, control groups and files. Safe to run again after any interruption.
 */
export async function tearDown(lab: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let residue = findResidue(lab);
  while (!isClean(residue)) {
    if (performance.now() > deadline) throw leftOver(lab);
    await removeOnce(lab, residue);
    residue = findResidue(lab);
    if (!isClean(residue)) await delay(30);
  }
}

/** Ends what runs; once nothing runs, takes the rest away. */
async function removeOnce(lab: string, residue: Residue): Promise<void> {
  if (residue.processes.length > 0) {
    for (const pid of residue.processes) signalProcess(pid, 'SIGKILL');
    return;
  }
  // Detached mounts go even while something still looks at them.
  if (residue.mounts.length > 0) await tryRun('umount', ['-l', ...residue.mounts]);
  for (const link of residue.links) await tryRun('ip', ['link', 'delete', link]);
  for (const name of residue.namespaces) await run('ip', ['netns', 'delete', name]);
  removeGroup(controlGroup(lab));
  const stillMounted = findResidue(lab).mounts.length > 0;
  // Never into a mount: what lies there may be someone else's.
  if (stillMounted) return;
  const slots = residue.files.filter((path) => path.includes('/.slots/'));
  for (const path of residue.files) {
    if (!slots.includes(path)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
  // Last, so that no other lab gets these addresses while anything has them.
  if (slots.length > 0 && !existsSync(labPaths(lab).state)) releaseSlot(lab);
  restoreSysctls();
  removeEmptyFolders();
}

/**
 * Folders that programs of the lab make for all labs, whatever their settings say; they stay while anybody has
 * something in them. The kubelet's device folder is removed only where there is nothing else of a kubelet.
 */
function removeEmptyFolders(): void {
  const devices = '/var/lib/kubelet/device-plugins';
  const own = ['kubelet.sock', 'kubelet_internal_checkpoint'];
  if (recordedLabs().length === 0 && list('/var/lib/kubelet').join() === 'device-plugins') {
    if (list(devices).every((name) => own.includes(name))) rmSync(devices, { recursive: true, force: true });
  }
  for (const folder of [
    '/run/isthmus-lab',
    '/var/lib/isthmus-lab/.slots',
    '/var/lib/isthmus-lab',
    '/var/lib/cni/results',
    '/var/lib/cni',
    '/var/log/containers',
    '/var/lib/kubelet',
  ]) {
    try {
      rmdirSync(folder);
    } catch {
      // Not empty or not there.
    }
  }
}

function leftOver(lab: string): IsthmusError {
  const left = listResidue(lab).slice(0, 10).join('; ');
  return new IsthmusError('timeout', `the lab ${lab} could not be removed completely; left are ${left}`, {
    remedy: `npx --no lab down --lab ${lab}`,
    retry: true,
  });
}
