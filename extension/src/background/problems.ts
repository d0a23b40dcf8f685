/** What each code of the daemon's error vocabulary (docs/http.md) means to a reader of a page. */

import type { ProblemKind } from '../shared/types';

export const KIND_BY_CODE: Record<string, ProblemKind> = {
  unauthorized: 'not_paired',
  // The token belongs to another profile or extension id; pairing again mends it.
  origin_forbidden: 'not_paired',
  pairing_failed: 'not_paired',
  too_many_attempts: 'not_paired',

  model_loading: 'loading',
  queue_full: 'busy',
  store_busy: 'busy',
  engine_failed: 'model_failed',
  gpu_out_of_memory: 'out_of_memory',
  disk_full: 'disk',
  disk_not_writable: 'disk',
  remote_unreachable: 'remote_unreachable',
  remote_busy: 'remote_busy',
  remote_timeout: 'remote_timeout',
  remote_refused: 'remote_refused',
  remote_failed: 'remote_failed',
  internal: 'internal',

  image_undecodable: 'image_unreadable',
  image_too_large: 'image_too_large',
  body_too_large: 'image_too_large',
  cancelled: 'cancelled',
  unknown_description: 'forgotten',
  unknown_feedback: 'forgotten',
  not_finished: 'failed',
  feedback_conflict: 'failed',

  // The daemon and the extension are of versions that do not belong together.
  host_forbidden: 'mismatch',
  local_only: 'mismatch',
  invalid_request: 'mismatch',
  image_missing: 'mismatch',
  not_found: 'mismatch',
  method_not_allowed: 'mismatch',

  // Answers to what this extension never asks: generations and tokens are the command line's.
  unknown_generation: 'failed',
  unknown_token: 'failed',
  generation_conflict: 'failed',
  generation_broken: 'failed',
  generation_unfit: 'failed',
  nothing_to_roll_back: 'failed',
};

/** The kind of a code; a newer daemon may have codes of which only the HTTP status is known. */
export function problemOf(code: string, status: number): ProblemKind {
  return KIND_BY_CODE[code] ?? (status === 401 ? 'not_paired' : 'failed');
}
