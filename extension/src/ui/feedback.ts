/**
 * The description dialog, in a window of its own. It opens only because the user asked; Escape
 * or Close ends it and the browser returns the focus to the page.
 */

import { send, type VerdictReply } from '../shared/messages';
import { readSettings } from '../shared/settings';
import { t, type MessageKey } from '../shared/text';
import type { Entry, Progress } from '../shared/types';
import { waitForDescription } from '../shared/wait';
import { labelText, type Wording } from '../shared/wording';
import { showEntry } from './candidates';
import { byId, localise, onClick, say } from './elements';

export async function start(): Promise<void> {
  localise('dialog_title');
  const mediaKey = new URLSearchParams(location.search).get('image') ?? '';
  const entry = await send('entry', { mediaKey });
  closeOn();
  // The whole text, however short the label is.
  if (entry) new Dialog(entry, { ...(await readSettings()), length: 'full' }).open();
  else showMissing();
}

function closeOn(): void {
  byId('close', HTMLButtonElement).addEventListener('click', close);
  document.addEventListener('keydown', ({ key, isComposing }) => {
    // Escape also ends the choosing of a character in an input method.
    if (key === 'Escape' && !isComposing) close();
  });
}

function close(): void {
  window.close();
}

function showMissing(): void {
  byId('content', HTMLElement).hidden = true;
  say(t('dialog_missing'));
}

/**
 * A reader takes no notice of a focus that is set before it knows the new window; Chromium's is known a
 * little after it is there.
 */
const SETTLE_MS = 700;

type Result = VerdictReply['result'];

const FAILED: Record<Exclude<Result, 'saved' | 'unstored'>, MessageKey> = {
  kept: 'say_kept',
  refused: 'say_refused',
  unknown: 'dialog_missing',
};

class Dialog {
  private readonly words = byId('words', HTMLTextAreaElement);

  constructor(
    private entry: Entry,
    private readonly wording: Wording,
  ) {}

  open(): void {
    onClick('good', () => this.accept());
    onClick('wrong', () => this.reject());
    onClick('undo', () => this.undo());
    onClick('again', () => this.another(t('say_describing')));
    onClick('more', () => this.more());
    onClick('copy', () => this.copy());
    byId('edit', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.saveWords().catch(() => {
        say(t('problem_failed'));
      });
    });
    this.show(this.entry);
    setTimeout(() => {
      this.begin();
    }, SETTLE_MS);
  }

  /** At the heading, so that the reader starts at the top; unless somebody was quicker. */
  private begin(): void {
    if (document.activeElement !== document.body) return;
    byId('heading', HTMLElement).focus();
    // Orca says nothing of a new window that a key has opened in Firefox, but it does say this.
    say(this.spoken());
  }

  private get mediaKey(): string {
    return this.entry.request.mediaKey;
  }

  private show(entry: Entry): void {
    this.entry = entry;
    showEntry(entry, this.wording, (descriptionId, position) => this.choose(descriptionId, position));
  }

  private async accept(): Promise<void> {
    const { result } = await send('verdict', { mediaKey: this.mediaKey, kind: 'accept' });
    await this.report(result, t('say_good'), t('say_good_unstored'));
  }

  private async reject(): Promise<void> {
    const { result } = await send('verdict', { mediaKey: this.mediaKey, kind: 'reject' });
    await this.report(result, t('say_rejected'), t('say_rejected'));
    if (result === 'saved' || result === 'unstored') await this.another(t('say_rejected'));
  }

  private async saveWords(): Promise<void> {
    const text = this.words.value.trim();
    if (text === '') {
      say(t('dialog_empty_edit'));
      this.words.focus();
      return;
    }
    const { result } = await send('verdict', { mediaKey: this.mediaKey, kind: 'edit', text });
    await this.report(result, t('dialog_saved_edit'), t('dialog_edit_unstored'));
  }

  /** One candidate is better than the other: that is the strongest evidence there is. */
  private async choose(descriptionId: string, position: number): Promise<void> {
    const { result } = await send('choose', { mediaKey: this.mediaKey, descriptionId, position });
    await this.reload();
    const words = this.spoken();
    await this.report(result, t('dialog_chosen', words), t('dialog_chosen_unstored', words));
  }

  /** Says what became of a verdict. */
  private async report(result: Result, saved: string, unstored: string): Promise<void> {
    await this.reload();
    if (result === 'saved') say(saved);
    else say(result === 'unstored' ? unstored : t(FAILED[result]));
  }

  private async another(meanwhile: string): Promise<void> {
    const before = this.entry.description.id;
    if (!(await this.ask(meanwhile, send('alternative', { mediaKey: this.mediaKey })))) return;
    say(this.entry.description.id === before ? t('say_no_other') : t('dialog_new', this.spoken()));
  }

  private async more(): Promise<void> {
    if (!(await this.ask(t('say_describing'), send('more', { mediaKey: this.mediaKey })))) return;
    const { more } = this.entry;
    say(more === null || more === '' ? t('dialog_more_none') : more);
  }

  /** Shows the answer to a question; returns whether there is one. */
  private async ask(meanwhile: string, question: Promise<Progress>): Promise<boolean> {
    say(meanwhile);
    const final = await waitForDescription(send, await question);
    if (final.state === 'finished') this.show(final.entry);
    else say(t(`problem_${final.problem.kind}`));
    return final.state === 'finished';
  }

  private async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.entry.edited ?? this.entry.description.text);
    say(t('dialog_copied'));
  }

  private async undo(): Promise<void> {
    const { undone } = await send('undo', { mediaKey: this.mediaKey });
    if (undone) byId('edit', HTMLFormElement).reset();
    await this.reload();
    say(t(undone ? 'dialog_undone' : 'dialog_nothing_to_undo'));
  }

  private spoken(): string {
    return labelText(this.entry, this.wording) ?? t('say_no_description');
  }

  private async reload(): Promise<void> {
    const entry = await send('entry', { mediaKey: this.mediaKey });
    if (entry) this.show(entry);
  }
}
