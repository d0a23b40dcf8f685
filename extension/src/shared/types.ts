/** Words shared by content scripts, background and pages; the HTTP ones are design 4.1. */

export type SiteName = 'x' | 'pinterest';

export type Priority = 'focused' | 'visible' | 'ahead';

/** What surrounds an image; all fields are plain text, empty when unknown. */
export interface ImageContext {
  site: SiteName;
  text: string;
  author: string;
  quoted: string;
  title: string;
  extra: string;
}

/** One image as the page shows it, enough to ask for its description. */
export interface ImageRequest {
  /** `site:key`; the same for a repost, a quote and the lightbox. */
  mediaKey: string;
  imageUrl: string;
  context: ImageContext;
  language: string;
  priority: Priority;
}

/** A finished answer of the daemon (its other fields are not used here). */
export interface Description {
  id: string;
  state: 'done' | 'no_description';
  text: string;
  confidence: 'high' | 'low';
  text_in_image: string;
  language: string;
}

export type VerdictKind = 'accept' | 'reject' | 'edit';

/** What the user said about one description. */
export interface Verdict {
  kind: VerdictKind;
  descriptionId: string;
  /** Our idempotency key; also names the row while it waits in the outbox. */
  key: string;
}

/** Everything known about one image, by media key; lives in `storage.session`. */
export interface Entry {
  request: ImageRequest;
  /** The candidate in the label now. */
  description: Description;
  /** The user's own words; they replace the description in the label. */
  edited: string | null;
  /** Earlier candidates of the same image, the newest last; undo goes back to them. */
  earlier: Description[];
  /** Verdicts on all candidates, the newest last. */
  verdicts: Verdict[];
}

/** Why there is no description now. The page shows one message per kind, never an exception. */
export type ProblemKind =
  | 'not_paired'
  | 'unreachable'
  | 'loading'
  | 'busy'
  | 'model_failed'
  | 'image_unavailable'
  | 'failed'
  | 'cancelled';

export interface Problem {
  kind: ProblemKind;
  /** The daemon's own actionable sentence, empty when there is none. */
  detail: string;
}

/** Answer to a submit or a poll: finished, still running under an id, or not possible. */
export type Progress =
  | { state: 'finished'; entry: Entry }
  | { state: 'running'; id: string }
  | { state: 'problem'; problem: Problem };

export type DaemonState = 'ready' | 'loading' | 'degraded' | 'unreachable' | 'not_paired';

export interface DaemonStatus {
  state: DaemonState;
  model: string;
  generation: string;
  /** Verdicts which are safe in storage but not yet at the daemon. */
  waiting: number;
  /** Verdicts which the daemon failed over again and again. */
  unsaved: number;
}

/** A verdict as it was sent, or one that was to be taken back, with what the daemon said last. */
export interface UnsavedVerdict {
  op: 'send' | 'undo';
  /** The request's body; `{ id }` of the verdict to take back. */
  body: Record<string, string>;
  imageUrl: string;
  reason: string;
}
