/**
 * Typed messages between the parts of the extension. Content scripts cannot reach the daemon
 * (Local Network Access and the page's CSP forbid it), so everything goes through here.
 *
 * Every request is answered within about 20 s: Firefox kills a background page after 30 s
 * whatever it is doing, and Chromium's worker may die between two messages. Whoever waits for
 * a description polls, and the state needed to answer the next poll is at the daemon.
 */

import { browser } from 'wxt/browser';
import type { DaemonStatus, Entry, ImageRequest, Progress, UnsavedVerdict, VerdictKind } from './types';

interface Call<In, Out> {
  in: In;
  out: Out;
}

/** Requests to the background, by name. */
export interface Requests {
  submit: Call<ImageRequest, Progress>;
  poll: Call<{ id: string }, Progress>;
  cancel: Call<{ id: string }, null>;
  /** Ask for another candidate for an image that has a description. */
  alternative: Call<{ mediaKey: string }, Progress>;
  entry: Call<{ mediaKey: string }, Entry | null>;
  verdict: Call<{ mediaKey: string; kind: VerdictKind; text?: string }, VerdictReply>;
  undo: Call<{ mediaKey: string }, { undone: boolean }>;
  status: Call<null, DaemonStatus>;
  openDialog: Call<{ mediaKey: string }, null>;
  /** From our own pages only, like those below. */
  pair: Call<{ code: string; daemonUrl: string }, PairReply>;
  unsaved: Call<null, UnsavedVerdict[]>;
  sendUnsaved: Call<null, DaemonStatus>;
}

/** `saved`: committed by the daemon. `kept`: in the outbox, will be sent again. The others: not possible. */
export interface VerdictReply {
  result: 'saved' | 'kept' | 'refused' | 'unknown';
}

export type PairReply = { paired: true } | { paired: false; reason: 'wrong_code' | 'too_many' | 'unreachable' };

export type RequestName = keyof Requests;

export type CommandName = 'accept' | 'reject' | 'dialog' | 'describe';

/** Notices from the background to content scripts. */
export type Notice =
  /** `atMenu`: chosen in the context menu, so meant for the element it was opened on. */
  | { notice: 'command'; command: CommandName; atMenu: boolean }
  | { notice: 'entry'; entry: Entry }
  | { notice: 'forgotten'; mediaKey: string }
  | { notice: 'available' };

export interface Envelope {
  request: RequestName;
  data: unknown;
}

/** What travels back; a failed request must reject at the sender, which a message cannot do. */
export type Reply = { ok: true; value: unknown } | { ok: false };

/** Sends one request. Rejects when it failed or the background is gone (update, reload). */
export async function send<K extends RequestName>(
  request: K,
  data: Requests[K]['in'],
): Promise<Requests[K]['out']> {
  const envelope: Envelope = { request, data };
  const reply: Reply | undefined = await browser.runtime.sendMessage<Envelope, Reply | undefined>(envelope);
  if (!reply?.ok) throw new Error(`no answer to ${request}`);
  return reply.value as Requests[K]['out'];
}

export type Sender = typeof send;

export function isEnvelope(message: unknown): message is Envelope {
  return typeof message === 'object' && message !== null && 'request' in message;
}

export function isNotice(message: unknown): message is Notice {
  return typeof message === 'object' && message !== null && 'notice' in message;
}
