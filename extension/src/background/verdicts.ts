/** What the user says about descriptions: recorded in the entry, sent through the outbox. */

import type { VerdictReply } from '../shared/messages';
import type { Entry, Verdict, VerdictKind } from '../shared/types';
import type { FeedbackBody } from './daemon';
import { readEntry, saveEntry } from './entries';
import { post, retract } from './outbox';

/** Records a verdict on the present description; a second one on the same text replaces the first. */
export async function giveVerdict(mediaKey: string, kind: VerdictKind, text?: string): Promise<VerdictReply> {
  const entry = await readEntry(mediaKey);
  if (!entry) return { result: 'unknown' };
  const standing = entry.verdicts.find(({ descriptionId }) => descriptionId === entry.description.id);
  if (standing?.kind === kind && kind !== 'edit') return { result: 'saved' };
  const verdict: Verdict = { kind, descriptionId: entry.description.id, key: crypto.randomUUID() };
  await saveEntry({
    ...entry,
    edited: kind === 'edit' ? (text ?? null) : null,
    verdicts: [...entry.verdicts.filter((other) => other !== standing), verdict],
  });
  if (standing) await retract(standing.key);
  const result = await post(feedbackBody(entry, verdict, text));
  // What the daemon will never take must not look as if it had been said.
  if (result === 'refused') await saveEntry({ ...entry, verdicts: entry.verdicts.filter((other) => other !== standing) });
  return { result };
}

/** Takes the newest verdict back; the text it was about returns to the label. */
export async function undoVerdict(mediaKey: string): Promise<boolean> {
  const entry = await readEntry(mediaKey);
  const verdict = entry?.verdicts.at(-1);
  if (!entry || !verdict) return false;
  const about = entry.earlier.find(({ id }) => id === verdict.descriptionId);
  await saveEntry({
    ...entry,
    description: about ?? entry.description,
    earlier: about ? entry.earlier.slice(0, entry.earlier.indexOf(about)) : entry.earlier,
    edited: null,
    verdicts: entry.verdicts.slice(0, -1),
  });
  await retract(verdict.key);
  return true;
}

/** Accepting a candidate after rejecting another is a preference, the strongest evidence there is. */
function feedbackBody(entry: Entry, { kind, descriptionId, key }: Verdict, text?: string): FeedbackBody {
  const body = { description_id: descriptionId, key };
  if (kind === 'edit') return { ...body, verdict: 'edit', text: text ?? '' };
  const rejected = entry.earlier.findLast(({ id }) =>
    entry.verdicts.some((verdict) => verdict.descriptionId === id && verdict.kind === 'reject'),
  );
  if (kind === 'accept' && rejected) return { ...body, verdict: 'prefer', other_id: rejected.id };
  return { ...body, verdict: kind };
}
