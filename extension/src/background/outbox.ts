/**
 * Verdicts on their way to the daemon. A click is worth keeping: it is written to
 * `storage.local` before the first attempt and leaves it only when the daemon has committed it,
 * so neither a stopped daemon nor a dead worker loses one. The key makes a repeat harmless.
 */

import { browser } from 'wxt/browser';
import { DaemonClient, DaemonError, type FeedbackBody } from './daemon';
import { fetchImage } from './images';
import { sequence } from './sequence';
import { readPairing } from './vault';

type Item = { op: 'send'; body: FeedbackBody; imageUrl: string } | { op: 'undo'; feedbackId: string };

const KEY = 'outbox';

/** Feedback ids by our key, needed to undo what was committed. */
const SENT = 'feedback:';

const ALARM = 'outbox';
const RETRY_MINUTES = 1;

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
      if (!(await deliver(new DaemonClient(pairing), next))) break;
      items = items.slice(1);
      await write(items);
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

/** True when the item is settled: committed, or refused in a way no repeat can change. */
async function deliver(client: DaemonClient, item: Item): Promise<boolean> {
  try {
    if (item.op === 'undo') await client.undoFeedback(item.feedbackId);
    else await deliverVerdict(client, item.body, item.imageUrl);
    return true;
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    // A verdict whose picture is gone stands all the same; nothing is learned from it.
    return error.isFinal || error.kind === 'image_unavailable';
  }
}

/** A daemon that was restarted since the description has no picture to learn from: it gets it again. */
async function deliverVerdict(client: DaemonClient, body: FeedbackBody, imageUrl: string): Promise<void> {
  const { id, imageKept } = await client.feedback(body);
  await browser.storage.session.set({ [SENT + body.key]: id });
  if (!imageKept) await client.keepImage(id, await fetchImage(imageUrl));
}
