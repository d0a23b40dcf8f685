/**
 * The description dialog, in a window of its own. It opens only because the user asked; Escape
 * or Close ends it and the browser returns the focus to the page.
 */

import { send } from '../shared/messages';
import { readSettings, type Settings } from '../shared/settings';
import { t, type MessageKey } from '../shared/text';
import type { Entry, VerdictKind } from '../shared/types';
import { waitForDescription } from '../shared/wait';
import { labelText } from '../shared/wording';
import { byId, localise, say } from './elements';

export async function start(): Promise<void> {
  localise('dialog_title');
  const mediaKey = new URLSearchParams(location.search).get('image') ?? '';
  const entry = await send('entry', { mediaKey });
  closeOn();
  if (entry) await new Dialog(entry, (await readSettings()).mark).open();
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

const FAILED = { kept: 'say_kept', refused: 'say_refused', unknown: 'dialog_missing' } as const;

class Dialog {
  private readonly words = byId('words', HTMLTextAreaElement);

  constructor(
    private entry: Entry,
    private readonly mark: Settings['mark'],
  ) {}

  open(): Promise<void> {
    this.on('good', () => this.verdict('accept', 'say_good'));
    this.on('wrong', async () => {
      if (await this.verdict('reject', 'say_rejected')) await this.another();
    });
    this.on('again', () => {
      say(t('say_describing'));
      return this.another();
    });
    this.on('undo', () => this.undo());
    this.on('copy', async () => {
      await navigator.clipboard.writeText(this.text);
      say(t('dialog_copied'));
    });
    byId('edit', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.saveWords().catch(() => {
        say(t('problem_failed'));
      });
    });
    this.show(this.entry);
    // On the heading, so that the reader starts at the top and hears where it is.
    document.querySelector('h1')?.focus();
    return Promise.resolve();
  }

  private get mediaKey(): string {
    return this.entry.request.mediaKey;
  }

  private get text(): string {
    return this.entry.edited ?? this.entry.description.text;
  }

  private on(id: string, action: () => Promise<unknown>): void {
    byId(id, HTMLButtonElement).addEventListener('click', () => {
      action().catch(() => {
        say(t('problem_failed'));
      });
    });
  }

  private show(entry: Entry): void {
    this.entry = entry;
    const { description, edited, verdicts } = entry;
    byId('description', HTMLElement).textContent = labelText(entry, this.mark) ?? t('say_no_description');
    const read = description.text_in_image.trim();
    byId('text', HTMLElement).textContent = read === '' ? t('dialog_no_text') : read;
    // The default, not the value: words that were typed but not saved yet stay.
    this.words.defaultValue = edited ?? description.text;
    const verdict = verdicts.find(({ descriptionId }) => descriptionId === description.id)?.kind;
    const good = byId('good', HTMLButtonElement);
    // There is nothing to call good where nothing was said.
    good.disabled = description.text === '';
    good.setAttribute('aria-pressed', String(verdict === 'accept'));
    byId('wrong', HTMLElement).setAttribute('aria-pressed', String(verdict === 'reject'));
  }

  /** Returns whether the verdict is saved. */
  private async verdict(kind: VerdictKind, saved: MessageKey, text?: string): Promise<boolean> {
    const data = { mediaKey: this.mediaKey, kind, ...(text === undefined ? {} : { text }) };
    const { result } = await send('verdict', data);
    await this.reload();
    say(t(result === 'saved' ? saved : FAILED[result]));
    return result === 'saved';
  }

  private async saveWords(): Promise<void> {
    const text = this.words.value.trim();
    if (text === '') {
      say(t('dialog_empty_edit'));
      this.words.focus();
      return;
    }
    await this.verdict('edit', 'dialog_saved_edit', text);
  }

  private async another(): Promise<void> {
    const before = this.entry.description.id;
    const first = await send('alternative', { mediaKey: this.mediaKey });
    const final = await waitForDescription(send, first);
    if (final.state === 'problem') {
      say(t(`problem_${final.problem.kind}`));
      return;
    }
    this.show(final.entry);
    const words = labelText(final.entry, this.mark) ?? t('say_no_description');
    say(final.entry.description.id === before ? t('say_no_other') : t('dialog_new', words));
  }

  private async undo(): Promise<void> {
    const { undone } = await send('undo', { mediaKey: this.mediaKey });
    if (undone) byId('edit', HTMLFormElement).reset();
    await this.reload();
    say(t(undone ? 'dialog_undone' : 'dialog_nothing_to_undo'));
  }

  private async reload(): Promise<void> {
    const entry = await send('entry', { mediaKey: this.mediaKey });
    if (entry) this.show(entry);
  }
}
