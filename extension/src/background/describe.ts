/** Submit and poll: from an image on a page to an entry, one short step per message. */

import { browser } from 'wxt/browser';
import { t } from '../shared/text';
import type { Description, Entry, ImageRequest, Progress } from '../shared/types';
import { DaemonClient, DaemonError, type RemoteDescription } from './daemon';
import { forgetEntry, forgetJob, readEntry, readJob, saveEntry, saveJob, type Job } from './entries';
import { fetchImage } from './images';
import { noteAnswer, noteProblem } from './signals';
import { readPairing } from './vault';

const TRIAL = {
  mediaKey: 'altd:trial',
  context: { site: '', text: '', author: '', quoted: '', title: '', extra: '' },
  priority: 'focused',
} as const;

/** Answers from what is known, else sends the picture's bytes to the daemon. */
export async function submit(request: ImageRequest): Promise<Progress> {
  const known = await readEntry(request.mediaKey);
  if (known) return { state: 'finished', entry: known };
  const job: Job = { request, purpose: 'first' };
  return guarded(async (client) => advance(await upload(client, job), job));
}

/** Describes a picture that comes with the extension, always anew: it shows whether everything works. */
export async function trial(): Promise<Progress> {
  await forgetEntry(TRIAL.mediaKey);
  return submit({ ...TRIAL, imageUrl: browser.runtime.getURL('/trial.jpg'), language: t('language') });
}

/** Asks for several sentences; the label stays as it is. */
export async function more(mediaKey: string): Promise<Progress> {
  const entry = await readEntry(mediaKey);
  if (!entry) return problem('forgotten');
  if (entry.more !== null) return { state: 'finished', entry };
  const job: Job = { request: { ...entry.request, priority: 'focused' }, purpose: 'more' };
  return guarded(async (client) => advance(await upload(client, job), job));
}

async function upload(client: DaemonClient, { request, purpose }: Job): Promise<RemoteDescription> {
  return client.submit(await fetchImage(request.imageUrl), {
    context: request.context,
    language: request.language,
    detail: purpose === 'more' ? 'long' : 'alt',
    media_key: request.mediaKey,
    priority: request.priority,
  });
}

export async function poll(id: string): Promise<Progress> {
  const job = await readJob(id);
  if (!job) return problem('cancelled');
  return guarded(async (client) => {
    const remote = await client.poll(id).catch((error: unknown) => {
      // Restarted since: the job is gone, so ask again under a new id.
      if (error instanceof DaemonError && error.code === 'unknown_description') return upload(client, job);
      throw error;
    }).catch(async (error: unknown) => {
      await forgetJob(id); // nobody polls on after a problem
      throw error;
    });
    if (remote.id !== id) await forgetJob(id);
    return advance(remote, job);
  });
}

/** Asks for another candidate; the present one stays in the label until there is one. */
export async function alternative(mediaKey: string): Promise<Progress> {
  const entry = await readEntry(mediaKey);
  if (!entry) return problem('forgotten');
  const job: Job = { request: { ...entry.request, priority: 'focused' }, purpose: 'alternative' };
  return guarded(async (client) => {
    const remote = await client.alternative(entry.description.id).catch((error: unknown) => {
      // Restarted since: it remembers verdicts, not pictures. A new submission may differ too.
      if (error instanceof DaemonError && error.code === 'unknown_description') return upload(client, job);
      throw error;
    });
    return advance(remote, job);
  });
}

export async function cancel(id: string): Promise<void> {
  await forgetJob(id);
  await guarded(async (client) => {
    await client.cancel(id);
    return problem('cancelled');
  });
}

async function advance(remote: RemoteDescription, job: Job): Promise<Progress> {
  const description = finished(remote);
  if (description) {
    await forgetJob(remote.id);
    const entry = await entryFor(description, job);
    return { state: 'finished', entry };
  }
  if (remote.state === 'failed' || remote.state === 'cancelled') {
    await forgetJob(remote.id);
    return problem(remote.state);
  }
  await saveJob(remote.id, job);
  return { state: 'running', id: remote.id };
}

async function entryFor(description: Description, job: Job): Promise<Entry> {
  const before = await readEntry(job.request.mediaKey);
  const entry = before ? replaced(before, description, job) : fresh(description, job);
  if (entry !== before) await saveEntry(entry);
  return entry;
}

function fresh(description: Description, { request }: Job): Entry {
  return { request, description, edited: null, earlier: [], verdicts: [], more: null };
}

/** A candidate that says nothing, or nothing new, does not replace the one that is there. */
function replaced(entry: Entry, description: Description, job: Job): Entry {
  // A small model has one sentence for both questions; to hear it again is no detail.
  if (job.purpose === 'more') return { ...entry, more: description.text === entry.description.text ? '' : description.text };
  const texts = [entry.description, ...entry.earlier].map(({ text }) => text);
  if (job.purpose === 'first' || description.text === '' || texts.includes(description.text)) return entry;
  return { ...entry, description, edited: null, earlier: [...entry.earlier, entry.description] };
}

function finished(remote: RemoteDescription): Description | null {
  if (remote.state !== 'done' && remote.state !== 'no_description') return null;
  return {
    id: remote.id,
    state: remote.state,
    text: remote.text ?? '',
    confidence: remote.confidence === 'high' ? 'high' : 'low',
    text_in_image: remote.text_in_image ?? '',
    language: remote.language ?? '',
  };
}

function problem(kind: 'cancelled' | 'failed' | 'forgotten'): Progress {
  return { state: 'problem', problem: { kind, detail: '' } };
}

/** Runs one exchange with the daemon and turns what goes wrong into a problem with a name. */
async function guarded(exchange: (client: DaemonClient) => Promise<Progress>): Promise<Progress> {
  const pairing = await readPairing();
  try {
    if (pairing.token === null) throw new DaemonError('not_paired', 'not_paired');
    const progress = await exchange(new DaemonClient(pairing));
    await noteAnswer();
    return progress;
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    await noteProblem(error.kind);
    return { state: 'problem', problem: error.problem };
  }
}
