/** Keeps the labels of one page up to date: watches, asks, writes, and copes with an absent daemon. */

import type { Sender } from '../shared/messages';
import { isOn, type Settings } from '../shared/settings';
import { t } from '../shared/text';
import type { Entry, Priority, Problem, ProblemKind } from '../shared/types';
import { waitForDescription } from '../shared/wait';
import type { Site, SiteImage } from '../sites/site';
import type { Announcer } from './announcer';
import { observePage, type PageObserver } from './observer';
import { Page } from './page';
import { DescribeQueue } from './queue';
import { Recent } from './recent';
import { Slices } from './slices';
import { labelText, type Wording } from '../shared/wording';
import { Zones } from './zones';

/** A picture that makes the model's process fail is not tried for ever. */
const MAX_BUSY = 5;

/** Pictures remembered for what went wrong with them. */
const MAX_REMEMBERED = 500;

/** How long to leave the daemon alone, by problem. A user who pairs or starts it is told at once. */
const RETRY_MS: Partial<Record<ProblemKind, number>> = {
  not_paired: 60_000,
  unreachable: 15_000,
  loading: 3_000,
  busy: 3_000,
  model_failed: 3_000,
  out_of_memory: 15_000,
  remote_unreachable: 15_000,
  remote_busy: 60_000,
  cancelled: 3_000,
};

export class Labeller {
  readonly page: Page;
  private readonly queue: DescribeQueue;
  private readonly zones: Zones;
  private readonly slices: Slices;
  private observer: PageObserver | undefined;
  /** Pictures the user asked for by command: the answer is spoken. */
  private readonly asked = new Set<string>();
  /** Pictures that failed; asked for again only by command. */
  private readonly failed = new Recent<true>(MAX_REMEMBERED);
  /** How often the daemon was too busy for a picture, or failed over it. */
  private readonly busy = new Recent<number>(MAX_REMEMBERED);
  private retry: ReturnType<typeof setTimeout> | undefined;
  /** Whether the user was told that the daemon is away; told once, and once when it is back. */
  private saidAway = false;

  constructor(
    private readonly site: Site,
    private readonly document: Document,
    private settings: Settings,
    private readonly announcer: Announcer,
    private readonly send: Sender,
  ) {
    this.page = new Page(site, document, settings, () => {
      this.slices.add(this.page.candidates());
    });
    this.slices = new Slices(
      (element) => {
        this.visit(element);
      },
      () => this.observer?.forgetOwn(),
    );
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

  get wording(): Wording {
    return this.settings;
  }

  get isOn(): boolean {
    return isOn(this.settings, this.site.name);
  }

  /** Brings all labels in line with the page, in slices; safe to call at any time. */
  refresh(): void {
    if (!this.isOn) return;
    this.observer ??= observePage(this.document, this.site.candidates, {
      changed: (elements) => {
        this.slices.add(elements);
      },
      removed: (elements) => {
        this.remove(elements);
      },
    });
    this.slices.add(this.page.candidates());
  }

  apply(settings: Settings): void {
    this.settings = settings;
    this.page.settings = settings;
    if (this.isOn) this.refresh();
    else this.stop();
  }

  /** Takes everything back; `refresh` starts again. */
  stop(): void {
    clearTimeout(this.retry);
    this.observer?.stop();
    this.observer = undefined;
    this.slices.clear();
    this.zones.clear();
    this.queue.clear();
    this.queue.resume();
    this.asked.clear();
    this.page.restore();
  }

  /** A new or changed entry, from this page's question or from another tab. */
  learn(entry: Entry): void {
    const { mediaKey } = entry.request;
    this.page.entries.set(mediaKey, entry);
    this.page.pending.delete(mediaKey);
    this.relabel(mediaKey);
  }

  /** What was known is no longer true: the daemon has forgotten it. */
  forget(mediaKey: string): void {
    this.page.entries.delete(mediaKey);
    this.relabel(mediaKey);
  }

  /** The post that got the focus is described next, and its labels say that something is coming. */
  focusOn(element: Element): void {
    const post = this.site.postOf(element);
    if (!post || !this.isOn || this.queue.isPaused) return;
    for (const { img, mediaKey } of this.page.undescribed(post)) {
      if (this.page.entries.has(mediaKey) || this.failed.has(mediaKey)) continue;
      this.page.pending.add(mediaKey);
      this.visitNow([img]);
      this.want(mediaKey, 'focused');
    }
  }

  /** The user asked for this picture: described next, and spoken. */
  ask({ img, mediaKey }: SiteImage): void {
    this.visitNow([img]);
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

  private visit(element: Element): void {
    const unknown = this.isOn ? this.page.visit(element) : null;
    if (unknown) this.zones.observe(unknown.img, unknown.mediaKey);
    else this.zones.forget(element);
  }

  private remove(elements: Iterable<Element>): void {
    for (const element of elements) {
      if (element.isConnected) continue;
      this.page.leave(element);
      this.zones.forget(element);
    }
    this.observer?.forgetOwn();
  }

  private relabel(mediaKey: string): void {
    if (this.isOn) this.visitNow(this.page.placesOf(mediaKey));
  }

  /** A few nodes that somebody waits for. */
  private visitNow(elements: Element[]): void {
    elements.forEach((element) => {
      this.visit(element);
    });
    this.observer?.forgetOwn();
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
    const asked = this.asked.delete(mediaKey);
    this.learn(entry);
    // In one announcement: a second one would silence the first.
    const words = [
      ...(this.saidAway ? [t('say_available')] : []),
      ...(asked || focused ? [labelText(entry, this.wording) ?? t('say_no_description')] : []),
    ];
    if (asked) this.announcer.say(words.join(' '));
    else if (words.length > 0) this.announcer.mention(words.join(' '));
    this.saidAway = false;
  }

  private handle(mediaKey: string, { kind }: Problem, aborted: boolean): boolean {
    const asked = this.asked.delete(mediaKey);
    this.page.pending.delete(mediaKey);
    const retryMs = this.isTiring(mediaKey, kind) ? undefined : RETRY_MS[kind];
    if (!aborted && retryMs === undefined) this.failed.set(mediaKey, true);
    if (!aborted && retryMs !== undefined) this.wait(retryMs);
    const away = kind === 'not_paired' || kind === 'unreachable';
    if (asked) this.announcer.say(t(`problem_${kind}`));
    else if (away && !this.saidAway) this.announcer.mention(t(`problem_${kind}`));
    this.saidAway ||= away;
    this.relabel(mediaKey);
    return !aborted && retryMs !== undefined;
  }

  private isTiring(mediaKey: string, kind: ProblemKind): boolean {
    if (kind !== 'busy' && kind !== 'model_failed' && kind !== 'out_of_memory') return false;
    const times = (this.busy.get(mediaKey) ?? 0) + 1;
    this.busy.set(mediaKey, times);
    return times >= MAX_BUSY;
  }

  /** Starts nothing for a while, and promises nothing in labels either. */
  private wait(retryMs: number): void {
    this.queue.pause();
    const promised = [...this.page.pending];
    this.page.pending.clear();
    promised.forEach((mediaKey) => {
      this.relabel(mediaKey);
    });
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      this.queue.resume();
    }, retryMs);
  }
}
