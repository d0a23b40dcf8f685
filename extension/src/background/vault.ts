/**
 * The pairing: where the daemon listens and the token it gave us. `storage.local` is closed to
 * content scripts, since they share a process with the page.
 */

import { browser } from 'wxt/browser';
import { DEFAULT_DAEMON_URL } from '../shared/hosts';

export interface Pairing {
  daemonUrl: string;
  /** Null before pairing. */
  token: string | null;
}

const KEY = 'pairing';

/** Keeps content scripts out of `storage.local`; older Firefox cannot, and has no such method. */
export async function closeVault(): Promise<void> {
  const area = browser.storage.local as { setAccessLevel?(options: { accessLevel: string }): Promise<void> };
  await area.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' });
}

export async function readPairing(): Promise<Pairing> {
  const stored = (await browser.storage.local.get(KEY))[KEY] as Pairing | undefined;
  return stored ?? { daemonUrl: DEFAULT_DAEMON_URL, token: null };
}

export async function savePairing(pairing: Pairing): Promise<void> {
  await browser.storage.local.set({ [KEY]: pairing });
}
