/**
 * What is known about images, and which jobs run at the daemon. All of it is in
 * `storage.session`: the worker may die between any two messages, and nothing about the pages
 * a user has read is left on disk when the browser closes.
 */

import { browser } from 'wxt/browser';
import type { Entry, ImageRequest } from '../shared/types';

/** About 2 kB each, under the 10 MB of `storage.session` by a wide margin. */
const MAX_ENTRIES = 1500;
const PRUNED_TO = 1000;

const ENTRY = 'entry:';
const JOB = 'job:';

interface Stored {
  entry: Entry;
  usedAt: number;
}

/** A description that is being made. */
export interface Job {
  request: ImageRequest;
  /** `first`: the label's text. `alternative`: another one in its place. `more`: several sentences beside it. */
  purpose: 'first' | 'alternative' | 'more';
}

export async function readEntry(mediaKey: string): Promise<Entry | null> {
  return (await read<Stored>(ENTRY + mediaKey))?.entry ?? null;
}

export async function saveEntry(entry: Entry): Promise<void> {
  const stored: Stored = { entry, usedAt: Date.now() };
  await browser.storage.session.set({ [ENTRY + entry.request.mediaKey]: stored });
  await prune();
}

export async function forgetEntry(mediaKey: string): Promise<void> {
  await browser.storage.session.remove(ENTRY + mediaKey);
}

export async function readJob(id: string): Promise<Job | null> {
  return read<Job>(JOB + id);
}

export async function saveJob(id: string, job: Job): Promise<void> {
  await browser.storage.session.set({ [JOB + id]: job });
}

export async function forgetJob(id: string): Promise<void> {
  await browser.storage.session.remove(JOB + id);
}

async function read<T>(key: string): Promise<T | null> {
  return ((await browser.storage.session.get(key))[key] as T | undefined) ?? null;
}

async function prune(): Promise<void> {
  const all = Object.entries(await browser.storage.session.get(null));
  const entries = all.filter(([key]) => key.startsWith(ENTRY)) as [string, Stored][];
  if (entries.length <= MAX_ENTRIES) return;
  entries.sort(([, a], [, b]) => a.usedAt - b.usedAt);
  await browser.storage.session.remove(entries.slice(0, entries.length - PRUNED_TO).map(([key]) => key));
}
