/** Keeps the labels of one page up to date: watches, asks, writes, and copes with an absent daemon. */

import type { Sender } from '../shared/messages';
import { isOn, type Settings } from '../shared/settings';
import { t } from '../shared/text';
import type { Entry, Priority, Problem, ProblemKind } from '../shared/types';
import { waitForDescription } from '../shared/wait';
import type { Site } from '../sites/site';
import type { Announcer } from './announcer';
import { Page } from './page';
import { DescribeQueue } from './queue';
import { labelText } from '../shared/wording';
import { Zones } from './zones';

/** A picture that makes the model's process fail is not tried for ever. */
const MAX_BUSY = 5;

/** How long to leave the daemon alone, by problem. A user who pairs or starts it is told at once. */
const RETRY_MS: Partial<Record<ProblemKind, number>> = {
  not_paired: 60_000,
  unreachable: 15_000,
  loading: 3_000,
  busy: 3_000,
  model_failed: 3_000,
  cancelled: 3_000,
};

export class Labeller {
  readonly page: Page;
  private readonly queue: DescribeQueue;
  private readonly zones: Zones;
  /** Pictures the user asked for by command: the answer is spoken. */
  private readonly asked = new Set<string>();
  /** Pictures that failed; asked for again only by command. */
  private readonly failed = new Set<string>();
  /** How often the daemon was too busy for a picture, or failed over it. */
  private readonly busy = new Map<string, number>();
  private retry: ReturnType<typeof setTimeout> | undefined;
  /** Whether the user was told that the daemon is away; told once, and once when it is back. */
  private saidAway = false;

  constructor(
    private readonly site: Site,
    document: Document,
    private settings: Settings,
    private readonly announcer: Announcer,
    private readonly send: Sender,
  ) {
    this.page = new Page(site, document);
    this.queue = new DescribeQueue((key, priority, signal) => this.describe(key, priority, signal));
    this.zones = new Zones(site, {
      visible: (key) => {
        this.want(key, 'visible');
      },
      ahead: (key) => {
        this.want(key, 'ahead');
      },
      gone: (key) => {
        if (!this.asked.has(key) && !this.page.pending.has(key)) this.queue.drop(key);
      },
    });
  }

  get mark(): Settings['mark'] {
    return this.settings.mark;
  }

  get isOn(): boolean {
    return isOn(this.settings, this.site.name);
  }

  /** Brings the labels in line with the page; cheap, and safe to call at any time. */
  refresh(): void {
    if (!this.isOn) return;
    for (const { img, mediaKey } of this.page.refresh(this.mark)) this.zones.observe(img, mediaKey);
    this.zones.sweep();
  }

  apply(settings: Settings): void {
    this.settings = settings;
    if (this.isOn) this.refresh();
    else this.stop();
  }

  /** Takes everything back; `refresh` starts again. */
  stop(): void {
    clearTimeout(this.retry);
    this.zones.clear();
    this.queue.clear();
    this.queue.resume();
    this.asked.clear();
    this.page.restore();
  }

  /** A new or changed entry, from this page's question or from another tab. */
  learn(entry: Entry): void {
    this.page.entries.set(entry.request.mediaKey, entry);
    this.page.pending.delete(entry.request.mediaKey);
    this.refresh();
  }

  /** What was known is no longer true: the daemon has forgotten it. */
  forget(mediaKey: string): void {
    this.page.entries.delete(mediaKey);
    this.refresh();
  }

  /** The post that got the focus is described next, and its labels say that something is coming. */
  focusOn(element: Element): void {
    const post = this.site.postOf(element);
    if (!post || !this.isOn || this.queue.isPaused) return;
    for (const { img, mediaKey } of this.page.undescribed()) {
      if (!post.contains(img) || this.page.entries.has(mediaKey) || this.failed.has(mediaKey)) continue;
      this.page.pending.add(mediaKey);
      this.want(mediaKey, 'focused');
    }
    this.refresh();
  }

  /** The user asked for this picture: described next, and spoken. */
  ask(mediaKey: string): void {
    this.failed.delete(mediaKey);
    this.busy.delete(mediaKey);
    this.asked.add(mediaKey);
    this.available();
    this.queue.add(mediaKey, 'focused');
  }

  /** The daemon answers (again), or is worth another try: go on where we were. */
  available(): void {
    clearTimeout(this.retry);
    this.queue.resume();
  }

  private want(mediaKey: string, priority: Priority): void {
    if (this.page.entries.has(mediaKey) || this.failed.has(mediaKey)) return;
    this.queue.add(mediaKey, priority);
  }

  /** One turn of the queue; true when it should be tried again. */
  private async describe(mediaKey: string, priority: Priority, signal: AbortSignal): Promise<boolean> {
    const request = this.page.request(mediaKey, priority);
    if (!request) return false;
    let problem: Problem = { kind: 'failed', detail: '' };
    try {
      const final = await waitForDescription(this.send, await this.send('submit', request), signal);
      if (!this.isOn) return false;
      if (final.state === 'finished') {
        this.finish(final.entry);
        return false;
      }
      problem = final.problem;
    } catch {
      // The background failed; one image without a description is all that follows from it.
    }
    return this.isOn && this.handle(mediaKey, problem, signal.aborted);
  }

  private finish(entry: Entry): void {
    const { mediaKey } = entry.request;
    const focused = this.page.pending.has(mediaKey) && this.settings.speakFocused;
    const speak = this.asked.delete(mediaKey) || focused;
    this.learn(entry);
    // In one announcement: a second one would silence the first.
    const words = [
      ...(this.saidAway ? [t('say_available')] : []),
      ...(speak ? [labelText(entry, this.mark) ?? t('say_no_description')] : []),
    ];
    if (words.length > 0) this.announcer.say(words.join(' '));
    this.saidAway = false;
  }

  private handle(mediaKey: string, { kind }: Problem, aborted: boolean): boolean {
    const asked = this.asked.delete(mediaKey);
    this.page.pending.delete(mediaKey);
    const retryMs = this.isTiring(mediaKey, kind) ? undefined : RETRY_MS[kind];
    if (!aborted && retryMs === undefined) this.failed.add(mediaKey);
    if (!aborted && retryMs !== undefined) this.wait(retryMs);
    const away = kind === 'not_paired' || kind === 'unreachable';
    if (asked || (away && !this.saidAway)) this.announcer.say(t(`problem_${kind}`));
    this.saidAway ||= away;
    this.refresh();
    return !aborted && retryMs !== undefined;
  }

  private isTiring(mediaKey: string, kind: ProblemKind): boolean {
    if (kind !== 'busy' && kind !== 'model_failed') return false;
    const times = (this.busy.get(mediaKey) ?? 0) + 1;
    this.busy.set(mediaKey, times);
    return times >= MAX_BUSY;
  }

  /** Starts nothing for a while, and promises nothing in labels either. */
  private wait(retryMs: number): void {
    this.queue.pause();
    this.page.pending.clear();
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      this.queue.resume();
    }, retryMs);
  }
}
