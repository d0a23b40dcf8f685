/** Waiting for a description over short messages. */

import type { Sender } from './messages';
import type { Progress } from './types';

type Final = Exclude<Progress, { state: 'running' }>;

const CANCELLED: Final = { state: 'problem', problem: { kind: 'cancelled', detail: '' } };

const ATTEMPTS = 3;
const RETRY_MS = 300;

/**
 * Polls from `first` until there is an entry or a problem. Every poll waits up to 20 s at the
 * daemon; a worker killed in between only costs that poll. When `signal` fires the daemon is
 * told to stop at once, also in the middle of a poll. The id may change on the way: a daemon
 * that was restarted gets the picture again.
 */
export async function waitForDescription(send: Sender, first: Progress, signal?: AbortSignal): Promise<Final> {
  let progress = first;
  if (progress.state !== 'running') return progress;
  let { id } = progress;
  const cancel = () => void send('cancel', { id }).catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  try {
    while (progress.state === 'running') {
      if (signal?.aborted) return CANCELLED;
      progress = await poll(send, id);
      if (progress.state === 'running') ({ id } = progress);
    }
    return progress;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Firefox ends a background page in the middle of a poll; the next message starts it again. */
async function poll(send: Sender, id: string): Promise<Progress> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send('poll', { id });
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
