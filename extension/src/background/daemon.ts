/** HTTP client of the daemon, contract version 1. Knows routes and errors, keeps no state. */

import type {
  DaemonState,
  Description,
  ImageContext,
  Priority,
  Problem,
  ProblemKind,
  StoredVerdict,
  VerdictKind,
} from '../shared/types';
import { problemOf } from './problems';
import type { Pairing } from './vault';

/** Longest time the daemon may hold a poll, in seconds; under Firefox's 30 s with room for the rest. */
export const POLL_WAIT_S = 20;

const TIMEOUT_MS = 8_000;
const UPLOAD_TIMEOUT_MS = 15_000;
const POLL_TIMEOUT_MS = (POLL_WAIT_S + 5) * 1000;

/** A request that did not work, with a kind the page has words for. */
export class DaemonError extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly code: string,
    readonly detail = '',
  ) {
    super(`daemon: ${code}`);
  }

  get problem(): Problem {
    return { kind: this.kind, detail: this.detail };
  }

  /** Whether the same request would be refused again. */
  get isFinal(): boolean {
    return FINAL_CODES.has(this.code);
  }
}

const FINAL_CODES = new Set(['invalid_request', 'unknown_description', 'unknown_feedback', 'feedback_conflict']);

export interface DescriptionRequest {
  context: ImageContext;
  language: string;
  detail: 'alt' | 'long';
  media_key: string;
  priority: Priority;
}

/** A description on its way: only `id` and `state` are there until it is done. */
export type RemoteState = 'queued' | 'running' | 'done' | 'no_description' | 'cancelled' | 'failed';
export type RemoteDescription = Partial<Omit<Description, 'state'>> & { id: string; state: RemoteState };

export interface FeedbackBody {
  description_id: string;
  verdict: VerdictKind;
  text?: string;
  other_id?: string;
  /** Only where the two were shown together. */
  position?: number;
  key: string;
}

export interface RemoteStatus {
  state: DaemonState;
  model: string;
  generation: string;
  remoteHost: string;
}

export class DaemonClient {
  constructor(private readonly pairing: Pairing) {}

  /** Exchanges a one-time code for a token. Errors: `pairing_failed`, `too_many_attempts`. */
  async pair(code: string, name: string): Promise<string> {
    const reply = await this.json('POST', '/v1/pair', { code, name });
    if (typeof reply.token !== 'string') throw new DaemonError('failed', 'bad_reply');
    return reply.token;
  }

  async submit(image: Blob, request: DescriptionRequest): Promise<RemoteDescription> {
    const form = new FormData();
    form.set('image', image, 'image');
    form.set('request', JSON.stringify(request));
    return asDescription(await this.send('POST', '/v1/descriptions', form, UPLOAD_TIMEOUT_MS));
  }

  /** Waits at the daemon until the description is finished or `POLL_WAIT_S` have passed. */
  async poll(id: string): Promise<RemoteDescription> {
    const path = `/v1/descriptions/${encodeURIComponent(id)}?wait=${POLL_WAIT_S}`;
    return asDescription(await this.send('GET', path, undefined, POLL_TIMEOUT_MS));
  }

  async alternative(id: string): Promise<RemoteDescription> {
    return asDescription(await this.json('POST', `/v1/descriptions/${encodeURIComponent(id)}/alternatives`, {}));
  }

  async cancel(id: string): Promise<void> {
    await this.send('DELETE', `/v1/descriptions/${encodeURIComponent(id)}`, undefined, TIMEOUT_MS);
  }

  /** Returns once the daemon has committed it. `imageKept` is false when it was restarted since the description. */
  async feedback(body: FeedbackBody): Promise<{ id: string; imageKept: boolean }> {
    const reply = await this.json('POST', '/v1/feedback', body);
    if (typeof reply.id !== 'string') throw new DaemonError('failed', 'bad_reply');
    return { id: reply.id, imageKept: reply.image_kept !== false };
  }

  /** Sends the picture of a verdict once more; it must be the very bytes that were described. */
  async keepImage(id: string, image: Blob): Promise<void> {
    const form = new FormData();
    form.set('image', image, 'image');
    await this.send('PUT', `/v1/feedback/${encodeURIComponent(id)}/image`, form, UPLOAD_TIMEOUT_MS);
  }

  async undoFeedback(id: string): Promise<void> {
    await this.send('DELETE', `/v1/feedback/${encodeURIComponent(id)}`, undefined, TIMEOUT_MS);
  }

  async status(): Promise<RemoteStatus> {
    const { status, model, generation, remote } = await this.send('GET', '/v1/status', undefined, TIMEOUT_MS);
    const state = status === 'ready' || status === 'loading' ? status : 'degraded';
    const leaves = isRecord(remote) && remote.other_machine === true;
    return {
      state,
      model: asText(model),
      generation: asText(generation),
      remoteHost: leaves ? asText(remote.host) : '',
    };
  }

  /** The verdicts that stand, oldest first. */
  async storedFeedback(): Promise<StoredVerdict[]> {
    const { feedback } = await this.send('GET', '/v1/feedback', undefined, TIMEOUT_MS);
    if (!Array.isArray(feedback)) throw new DaemonError('failed', 'bad_reply');
    return feedback as StoredVerdict[];
  }

  /** Deletes the image of a verdict and all that was said about it; with null everything that is stored. */
  async deleteFeedback(id: string | null): Promise<void> {
    const path = id === null ? '/v1/feedback' : `/v1/feedback?image=${encodeURIComponent(id)}`;
    await this.send('DELETE', path, undefined, TIMEOUT_MS);
  }

  private json(method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
    return this.send(method, path, JSON.stringify(body), TIMEOUT_MS);
  }

  private async send(
    method: string,
    path: string,
    body: string | FormData | undefined,
    timeout: number,
  ): Promise<Record<string, unknown>> {
    const headers = new Headers();
    if (this.pairing.token !== null) headers.set('Authorization', `Bearer ${this.pairing.token}`);
    if (typeof body === 'string') headers.set('Content-Type', 'application/json');
    const response = await fetch(this.pairing.daemonUrl + path, {
      method,
      headers,
      body: body ?? null,
      signal: AbortSignal.timeout(timeout),
      credentials: 'omit',
      cache: 'no-store',
      redirect: 'error',
    }).catch(() => {
      throw new DaemonError('unreachable', 'unreachable');
    });
    const reply = await readJson(response);
    if (!response.ok) throw errorFrom(response.status, reply);
    return reply;
  }
}

/** The problem a code of the daemon's error vocabulary stands for. */
function errorFrom(status: number, reply: Record<string, unknown>): DaemonError {
  const error = isRecord(reply.error) ? reply.error : {};
  const code = typeof error.code === 'string' ? error.code : `http_${status}`;
  const detail = typeof error.message === 'string' ? error.message : '';
  return new DaemonError(problemOf(code, status), code, detail);
}

/** An empty or foreign body counts as an empty object: some other program may have the port. */
async function readJson(response: Response): Promise<Record<string, unknown>> {
  const reply: unknown = await response.json().catch(() => null);
  return isRecord(reply) ? reply : {};
}

function asDescription(reply: Record<string, unknown>): RemoteDescription {
  if (typeof reply.id !== 'string' || typeof reply.state !== 'string') throw new DaemonError('failed', 'bad_reply');
  return reply as unknown as RemoteDescription;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
