/**
 * Typed messages between the parts of the extension. Content scripts cannot reach the daemon
 * (Local Network Access and the page's CSP forbid it), so everything goes through here.
 *
 * Every request is answered within about 20 s: Firefox kills a background page after 30 s
 * whatever it is doing, and Chromium's worker may die between two messages. Whoever waits for
 * a description polls, and the state needed to answer the next poll is at the daemon.
 */

import { browser } from 'wxt/browser';
import type {
  DaemonStatus,
  Entry,
  ImageRequest,
  Progress,
  StoredVerdict,
  UnsavedVerdict,
  VerdictKind,
} from './types';

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
  /** Ask for several sentences about an image that has a description. */
  more: Call<{ mediaKey: string }, Progress>;
  entry: Call<{ mediaKey: string }, Entry | null>;
  verdict: Call<{ mediaKey: string; kind: Exclude<VerdictKind, 'prefer'>; text?: string }, VerdictReply>;
  /** Brings an earlier candidate back, as better than the present one. */
  /** `position`: the place from 1 at which it stood among the candidates shown. */
  choose: Call<{ mediaKey: string; descriptionId: string; position: number }, VerdictReply>;
  undo: Call<{ mediaKey: string }, { undone: boolean }>;
  status: Call<null, DaemonStatus>;
  openDialog: Call<{ mediaKey: string }, null>;
  /** From our own pages only, like those below. */
  pair: Call<{ code: string; daemonUrl: string }, PairReply>;
  /** Pair through altd's own program, which the browser starts. */
  pairNatively: Call<null, NativeReply>;
  /** Describe a picture that comes with the extension. */
  trial: Call<null, Progress>;
  unsaved: Call<null, UnsavedVerdict[]>;
  sendUnsaved: Call<null, DaemonStatus>;
  /** The verdicts that the daemon has stored, oldest first; null when it cannot be asked. */
  stored: Call<null, StoredVerdict[] | null>;
  /** Deletes one stored verdict, or with a null id everything that the daemon has stored; false: not possible now. */
  deleteStored: Call<{ id: string | null }, boolean>;
}

/**
 * `saved`: committed by the daemon. `kept`: in the outbox, will be sent again. `unstored`: it counts
 * in this browser session only, because learning is off. The others: not possible.
 */
export interface VerdictReply {
  result: 'saved' | 'kept' | 'unstored' | 'refused' | 'unknown';
}

export type PairReply = { paired: true } | { paired: false; reason: 'wrong_code' | 'too_many' | 'unreachable' };

/** Why altd's own program could not pair; `native_refused` comes with its own sentence. */
export type NativeReason =
  | 'native_missing'
  | 'native_forbidden'
  | 'native_failed'
  | 'native_timeout'
  | 'native_refused';

export type NativeReply = { paired: true } | { paired: false; reason: NativeReason; detail: string };

export type RequestName = keyof Requests;

export type CommandName = 'accept' | 'reject' | 'dialog' | 'describe' | 'undo' | 'status';

/** Notices from the background to content scripts. */
export type Notice =
  /** `atMenu`: chosen in the context menu, so meant for the element it was opened on. */
  | { notice: 'command'; command: CommandName; atMenu: boolean }
  | { notice: 'entry'; entry: Entry }
  | { notice: 'forgotten'; mediaKey: string }
  | { notice: 'available' }
  /** The user no longer wants this site described: give the page back. */
  | { notice: 'leave' };

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
