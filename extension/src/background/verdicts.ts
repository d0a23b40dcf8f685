/** What the user says about descriptions: recorded in the entry, sent through the outbox. */

import type { VerdictReply } from '../shared/messages';
import { readSettings } from '../shared/settings';
import type { Entry, Verdict, VerdictKind } from '../shared/types';
import type { FeedbackBody } from './daemon';
import { forgetEntry, readEntry, saveEntry } from './entries';
import { post, retract } from './outbox';
import { sequence } from './sequence';

type GivenKind = Exclude<VerdictKind, 'prefer'>;

/** A key pressed twice must not be read against the same entry twice. */
const exclusively = sequence();

/** Records a verdict on the present description; a second one on the same text replaces the first. */
export function giveVerdict(mediaKey: string, kind: GivenKind, text?: string): Promise<VerdictReply> {
  return exclusively(() => give(mediaKey, kind, text));
}

/** Takes the newest verdict back; the text it was about returns to the label. */
export function undoVerdict(mediaKey: string): Promise<boolean> {
  return exclusively(() => undo(mediaKey));
}

/** Puts the better of several candidates, shown together, into the label. */
export function chooseCandidate(mediaKey: string, descriptionId: string, position: number): Promise<VerdictReply> {
  return exclusively(() => choose(mediaKey, descriptionId, position));
}

async function give(mediaKey: string, kind: GivenKind, text?: string): Promise<VerdictReply> {
  const entry = await readEntry(mediaKey);
  if (!entry) return { result: 'unknown' };
  // What is called good is what is heard, the user's own words; they are saved as such already.
  if (kind === 'accept' && entry.edited !== null) return { result: 'saved' };
  const standing = entry.verdicts.find(({ descriptionId }) => descriptionId === entry.description.id);
  const isSame = standing?.kind === kind || (standing?.kind === 'prefer' && kind === 'accept');
  if (isSame && kind !== 'edit') return { result: 'saved' };
  const verdict: Verdict = { kind, descriptionId: entry.description.id, key: crypto.randomUUID() };
  await saveEntry({
    ...entry,
    edited: kind === 'edit' ? (text ?? null) : null,
    verdicts: [...entry.verdicts.filter((other) => other !== standing), verdict],
  });
  return { result: await record(entry, standing, feedbackBody(entry, verdict, text)) };
}

async function choose(mediaKey: string, descriptionId: string, position: number): Promise<VerdictReply> {
  const entry = await readEntry(mediaKey);
  const chosen = entry && [entry.description, ...entry.earlier].find(({ id }) => id === descriptionId);
  if (!entry || !chosen) return { result: 'unknown' };
  const standing = entry.verdicts.find((verdict) => verdict.descriptionId === chosen.id);
  const verdict: Verdict = { kind: 'prefer', descriptionId: chosen.id, key: crypto.randomUUID() };
  await saveEntry({
    ...entry,
    description: chosen,
    edited: null,
    earlier: [...entry.earlier, entry.description].filter((other) => other !== chosen),
    verdicts: [...entry.verdicts.filter((other) => other !== standing), verdict],
  });
  const body = { description_id: chosen.id, key: verdict.key };
  // The newest of the others; one without words can lose to nothing.
  const lost = [...entry.earlier, entry.description].findLast((other) => other !== chosen && other.text !== '');
  const said: FeedbackBody = lost
    ? { ...body, verdict: 'prefer', other_id: lost.id, position }
    : { ...body, verdict: 'accept' };
  return { result: await record(entry, standing, said) };
}

/** Sends a verdict in place of the one that stood; not at all unless the user wants altd to learn. */
async function record(
  { request: { mediaKey, imageUrl } }: Entry,
  standing: Verdict | undefined,
  body: FeedbackBody,
): Promise<VerdictReply['result']> {
  if (standing) await retract(standing.key);
  if (!(await readSettings()).learning) return 'unstored';
  const result = await post(body, imageUrl);
  // The daemon no longer knows the description: the picture must be described anew, not answered from here.
  if (result === 'refused') await forgetEntry(mediaKey);
  return result;
}

async function undo(mediaKey: string): Promise<boolean> {
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
