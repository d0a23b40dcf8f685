/**
 * Verdicts on their way to the daemon. A click is worth keeping: it is written to
 * `storage.local` before the first attempt and leaves it only when the daemon has committed it,
 * so neither a stopped daemon nor a dead worker loses one. The key makes a repeat harmless.
 * One that the daemon fails over again and again is put aside, so that it does not hold up the rest.
 */

import { browser } from 'wxt/browser';
import { DaemonClient, DaemonError, type FeedbackBody } from './daemon';
import { fetchImage } from './images';
import type { ProblemKind } from '../shared/types';
import { sequence } from './sequence';
import { noteAnswer } from './signals';
import { putAside, takeUnsaved } from './unsaved';
import { readPairing } from './vault';

/** `failures` and `failingSince` (ms since 1970): how often, and since when, the daemon answered with an error. */
type Item = ({ op: 'send'; body: FeedbackBody; imageUrl: string } | { op: 'undo'; feedbackId: string }) & {
  failures?: number;
  failingSince?: number;
};

type Outcome = 'settled' | 'away' | { failed: string };

const KEY = 'outbox';

/** Feedback ids by our key, needed to undo what was committed. */
const SENT = 'feedback:';

const ALARM = 'outbox';
const RETRY_MINUTES = 1;

/** Only what fails this often and for this long is given up: a full disk can be mended meanwhile. */
const MAX_FAILURES = 5;
const MAX_FAILING_MS = 4 * 60_000;

/** Problems that pass by themselves, or when the user pairs or starts the daemon. */
const AWAY = new Set<ProblemKind>(['not_paired', 'unreachable', 'loading', 'busy', 'model_failed', 'out_of_memory', 'disk']);

const exclusively = sequence();

async function read(): Promise<Item[]> {
  return ((await browser.storage.local.get(KEY))[KEY] as Item[] | undefined) ?? [];
}

async function write(items: Item[]): Promise<void> {
  await browser.storage.local.set({ [KEY]: items });
}

/**
 * Keeps a verdict and tries to send it. `saved`: the daemon has committed it. `kept`: it waits.
 * `refused`: the daemon will never take it.
 */
export async function post(body: FeedbackBody, imageUrl: string): Promise<'saved' | 'kept' | 'refused'> {
  await exclusively(async () => {
    await write([...(await read()), { op: 'send', body, imageUrl }]);
  });
  await flush();
  if ((await read()).some((item) => item.op === 'send' && item.body.key === body.key)) return 'kept';
  return (await feedbackId(body.key)) === undefined ? 'refused' : 'saved';
}

/** Takes a verdict back, whether or not it was sent. */
export async function retract(key: string): Promise<void> {
  await exclusively(async () => {
    const items = await read();
    const unsent = items.filter((item) => !(item.op === 'send' && item.body.key === key));
    const committed = await feedbackId(key);
    await write(committed === undefined ? unsent : [...unsent, { op: 'undo', feedbackId: committed }]);
  });
  await flush();
}

async function feedbackId(key: string): Promise<string | undefined> {
  return (await browser.storage.session.get(SENT + key))[SENT + key] as string | undefined;
}

/** Puts what was put aside into the outbox again and sends it. */
export async function sendUnsaved(): Promise<void> {
  await exclusively(async () => {
    const again = (await takeUnsaved()).map(({ op, body, imageUrl }): Item =>
      op === 'send'
        ? { op, body: body as unknown as FeedbackBody, imageUrl }
        : { op, feedbackId: String(body.id) },
    );
    await write([...(await read()), ...again]);
  });
  await flush();
}

/** Throws away what waits, when the user deletes everything. */
export function clearOutbox(): Promise<void> {
  return exclusively(() => write([]));
}

export async function waiting(): Promise<number> {
  return (await read()).length;
}

/** Sends what waits, in order. Call after a start, on the alarm and whenever the daemon is back. */
export async function flush(): Promise<void> {
  await exclusively(async () => {
    let items = await read();
    if (items.length === 0) return;
    const pairing = await readPairing();
    for (let next = items[0]; next && pairing.token !== null; next = items[0]) {
      const outcome = await deliver(new DaemonClient(pairing), next);
      if (outcome === 'away') break;
      const waits = outcome === 'settled' ? null : await fail(next, outcome.failed);
      items = waits === null ? items.slice(1) : [waits, ...items.slice(1)];
      await write(items);
      if (waits !== null) break;
    }
    if (items.length === 0) await browser.alarms.clear(ALARM);
    else await browser.alarms.create(ALARM, { periodInMinutes: RETRY_MINUTES });
  });
}

/** Registers the retry; to be called in the first turn of the worker. */
export function retryOnAlarm(): void {
  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === ALARM) void flush();
  });
}

/** The item as it is to be tried again, or null once it is put aside. */
async function fail(item: Item, reason: string): Promise<Item | null> {
  const { failures = 0, failingSince = Date.now() } = item;
  const failed: Item = { ...item, failures: failures + 1, failingSince };
  if (failures + 1 < MAX_FAILURES || Date.now() - failingSince < MAX_FAILING_MS) return failed;
  const [body, imageUrl] =
    item.op === 'send' ? [{ ...item.body }, item.imageUrl] : [{ id: item.feedbackId }, ''];
  await putAside({ op: item.op, body, imageUrl, reason });
  await noteAnswer();
  return null;
}

/** `settled`: committed, or refused in a way no repeat can change. `away`: not answered, or not yet allowed. */
async function deliver(client: DaemonClient, item: Item): Promise<Outcome> {
  try {
    if (item.op === 'undo') await client.undoFeedback(item.feedbackId);
    else await deliverVerdict(client, item.body, item.imageUrl);
    return 'settled';
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    // A verdict whose picture is gone stands all the same; nothing is learned from it.
    if (error.isFinal || error.kind === 'image_unavailable') return 'settled';
    return AWAY.has(error.kind) ? 'away' : { failed: `${error.code} ${error.detail}`.trim() };
  }
}

/** A daemon that was restarted since the description has no picture to learn from: it gets it again. */
async function deliverVerdict(client: DaemonClient, body: FeedbackBody, imageUrl: string): Promise<void> {
  const { id, imageKept } = await client.feedback(body);
  await browser.storage.session.set({ [SENT + body.key]: id });
  if (!imageKept) await client.keepImage(id, await fetchImage(imageUrl));
}
