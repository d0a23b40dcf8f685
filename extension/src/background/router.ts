/** Answers the messages of content scripts and of our own pages. */

import { browser } from 'wxt/browser';
import {
  isEnvelope,
  type NativeReply,
  type PairReply,
  type Reply,
  type RequestName,
  type Requests,
} from '../shared/messages';
import type { DaemonStatus, Progress } from '../shared/types';
import { openDialog } from './actions';
import { DaemonClient, DaemonError } from './daemon';
import { alternative, cancel, more, poll, submit, trial } from './describe';
import { readEntry } from './entries';
import { clearOutbox, flush, sendUnsaved, waiting } from './outbox';
import { pairNatively } from './native';
import { noteAnswer, noteProblem } from './signals';
import { notifyAll, publish } from './tabs';
import { readUnsaved, takeUnsaved } from './unsaved';
import { readPairing, savePairing } from './vault';
import { chooseCandidate, giveVerdict, undoVerdict } from './verdicts';

type Handlers = { [K in RequestName]: (data: Requests[K]['in']) => Promise<Requests[K]['out']> };

const HANDLERS: Handlers = {
  submit,
  poll: async ({ id }) => shared(await poll(id)),
  alternative: async ({ mediaKey }) => shared(await alternative(mediaKey)),
  more: ({ mediaKey }) => more(mediaKey),
  cancel: async ({ id }) => {
    await cancel(id);
    return null;
  },
  entry: ({ mediaKey }) => readEntry(mediaKey),
  verdict: async ({ mediaKey, kind, text }) => {
    const reply = await giveVerdict(mediaKey, kind, text);
    await publish(mediaKey);
    return reply;
  },
  choose: async ({ mediaKey, descriptionId, position }) => {
    const reply = await chooseCandidate(mediaKey, descriptionId, position);
    await publish(mediaKey);
    return reply;
  },
  undo: async ({ mediaKey }) => {
    const undone = await undoVerdict(mediaKey);
    await publish(mediaKey);
    return { undone };
  },
  status,
  pair,
  pairNatively: pairWithoutCode,
  trial,
  unsaved: readUnsaved,
  sendUnsaved: async () => {
    await sendUnsaved();
    return status();
  },
  stored: () => ask((client) => client.storedFeedback(), null),
  deleteStored: ({ id }) => deleteStored(id),
  openDialog: async ({ mediaKey }) => {
    await openDialog(mediaKey);
    return null;
  },
};

/** What a page's content script has no business asking for. */
const OWN_PAGES_ONLY: RequestName[] = [
  'pair',
  'pairNatively',
  'trial',
  'unsaved',
  'sendUnsaved',
  'stored',
  'deleteStored',
];

/** Registers the listener; to be called in the first turn of the worker. */
export function listenForMessages(): void {
  browser.runtime.onMessage.addListener((message: unknown, sender, reply: (answer: Reply) => void) => {
    if (!isEnvelope(message) || sender.id !== browser.runtime.id || !(message.request in HANDLERS)) return;
    const fromOwnPage = sender.url?.startsWith(browser.runtime.getURL('/')) ?? false;
    if (OWN_PAGES_ONLY.includes(message.request) && !fromOwnPage) return;
    const handler = HANDLERS[message.request] as (data: unknown) => Promise<unknown>;
    void handler(message.data).then(
      (value) => {
        reply({ ok: true, value });
      },
      (error: unknown) => {
        console.error('altd:', message.request, error);
        reply({ ok: false });
      },
    );
    return true; // the answer comes later
  });
}

/** Other tabs may show the same picture. */
async function shared(progress: Progress): Promise<Progress> {
  if (progress.state === 'finished') await publish(progress.entry.request.mediaKey);
  return progress;
}

async function status(): Promise<DaemonStatus> {
  const pairing = await readPairing();
  const nothing = { model: '', generation: '', remoteHost: '' };
  if (pairing.token === null) return { state: 'not_paired', ...nothing, ...(await counts()) };
  try {
    const remote = await new DaemonClient(pairing).status();
    // Pages that gave the daemon up need not wait for their own next try.
    if (remote.state === 'ready') await notifyAll({ notice: 'available' });
    await flush();
    await noteAnswer();
    return { ...remote, ...(await counts()) };
  } catch (error) {
    const kind = error instanceof DaemonError && error.kind === 'not_paired' ? 'not_paired' : 'unreachable';
    await noteProblem(kind);
    return { state: kind, ...nothing, ...(await counts()) };
  }
}

/** The daemon's answer, or `otherwise` when it cannot be asked. */
async function ask<T>(question: (client: DaemonClient) => Promise<T>, otherwise: T): Promise<T> {
  try {
    return await question(new DaemonClient(await readPairing()));
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    return otherwise;
  }
}

/** Deleting everything also means what this browser still knows or has waiting. */
async function deleteStored(id: string | null): Promise<boolean> {
  const deleted = await ask(async (client) => {
    await client.deleteFeedback(id);
    return true;
  }, false);
  if (deleted && id === null) await forgetEverything();
  return deleted;
}

async function forgetEverything(): Promise<void> {
  await clearOutbox();
  await takeUnsaved();
  await browser.storage.session.clear();
}

async function counts(): Promise<Pick<DaemonStatus, 'waiting' | 'unsaved'>> {
  return { waiting: await waiting(), unsaved: (await readUnsaved()).length };
}

async function pair({ code, daemonUrl }: Requests['pair']['in']): Promise<PairReply> {
  try {
    const token = await new DaemonClient({ daemonUrl, token: null }).pair(code, 'browser extension');
    await savePairing({ daemonUrl, token });
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    if (error.code === 'too_many_attempts') return { paired: false, reason: 'too_many' };
    return { paired: false, reason: error.kind === 'unreachable' ? 'unreachable' : 'wrong_code' };
  }
  await resume();
  return { paired: true };
}

async function pairWithoutCode(): Promise<NativeReply> {
  const reply = await pairNatively();
  if (reply.paired) await resume();
  return reply;
}

/** A new token: pages may ask again, and what waited is sent. */
async function resume(): Promise<void> {
  await noteAnswer();
  await notifyAll({ notice: 'available' });
  await flush();
}
