/** Words shared by content scripts, background and pages; the HTTP ones are design 4.1. */

/** Sites whose markup is known. */
export type FixedSite = 'x' | 'pinterest';

/** `web`: any other site that the user allowed. */
export type SiteName = FixedSite | 'web';

export type Priority = 'focused' | 'visible' | 'ahead';

/** What surrounds an image; all fields are plain text, empty when unknown. */
export interface ImageContext {
  /** Empty for a picture of our own. */
  site: SiteName | '';
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

/** `prefer`: chosen over the candidate that was there. */
export type VerdictKind = 'accept' | 'reject' | 'edit' | 'prefer';

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
  /** Several sentences about the image, once they were asked for. */
  more: string | null;
}

/** Why there is no description now. The page shows one message per kind, never an exception. */
export type ProblemKind =
  | 'not_paired'
  | 'unreachable'
  | 'loading'
  | 'busy'
  | 'model_failed'
  | 'out_of_memory'
  | 'disk'
  | 'remote_unreachable'
  | 'remote_busy'
  | 'remote_timeout'
  | 'remote_refused'
  | 'remote_failed'
  | 'image_unavailable'
  | 'image_unreadable'
  | 'image_too_large'
  | 'forgotten'
  | 'mismatch'
  | 'internal'
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
  /** Name of another machine that pictures are sent on to; empty when they stay on this one. */
  remoteHost: string;
  /** Verdicts which are safe in storage but not yet at the daemon. */
  waiting: number;
  /** Verdicts which the daemon failed over again and again. */
  unsaved: number;
}

/** A verdict as it was sent, or one that was to be taken back, with what the daemon said last. */
export interface UnsavedVerdict {
  op: 'send' | 'undo';
  /** The request's body; `{ id }` of the verdict to take back. */
  body: Record<string, string | number>;
  imageUrl: string;
  reason: string;
}

/** A verdict as the daemon has stored it. */
export interface StoredVerdict {
  id: string;
  verdict: VerdictKind;
  /** Seconds since 1970. */
  created_at: number;
  site: string;
  /** The description it is about. */
  description: string;
  /** The user's own words, for `edit`. */
  text: string | null;
  /** The description that lost, for `prefer`. */
  other: string | null;
}
