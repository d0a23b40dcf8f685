import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Sender } from '../shared/messages';
import { DEFAULT_SETTINGS } from '../shared/settings';
import type { Progress } from '../shared/types';
import { x } from '../sites/x';
import { entry, openFixture } from '../testing/fixture';
import { Announcer } from './announcer';
import { Commands } from './commands';
import { Labeller } from './labeller';

type Answer = (request: string, data: never) => unknown;

let labeller: Labeller;
let commands: Commands;
let before: string;
let answer: Answer;
const requests: string[] = [];

const ask: Sender = (request, data) => {
  requests.push(request);
  return Promise.resolve(answer(request, data as never)) as never;
};

const finished = (mediaKey: string): Progress => ({ state: 'finished', entry: entry(mediaKey) });
const spoken = () => document.querySelector('[aria-live]')?.textContent;
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const label = () => document.querySelector('[data-testid="tweetPhoto"]')?.getAttribute('aria-label');

beforeEach(() => {
  openFixture('x/timeline');
  const announcer = new Announcer(document);
  before = document.body.innerHTML;
  requests.length = 0;
  answer = (request, data: { mediaKey: string }) => {
    if (request === 'submit') return finished(data.mediaKey);
    return request === 'verdict' ? { result: 'saved' } : null;
  };
  labeller = new Labeller(x, document, DEFAULT_SETTINGS, announcer, ask);
  commands = new Commands(x, labeller, announcer, ask);
});

afterEach(() => {
  labeller.stop();
});

const article = (index: number) => document.querySelectorAll<HTMLElement>('article')[index]!;

it('describes the post that gets the focus, without a word', async () => {
  labeller.focusOn(article(0));
  expect(label()).toBe('Image, AI description is coming');
  await settled();
  expect(label()).toBe('AI description: A loaf of bread');
  expect(spoken()).toBe('');
});

it('speaks a description the user asked for', async () => {
  await commands.run('describe', article(0));
  await settled();
  expect(spoken()).toBe('AI description: A loaf of bread');
});

it('speaks the description of the focused post when the user wants that', async () => {
  labeller.apply({ ...DEFAULT_SETTINGS, speakFocused: true });
  labeller.focusOn(article(0));
  await settled();
  expect(spoken()).toBe('AI description: A loaf of bread');
});

it('gives the page back as it was when it is switched off, and starts again', async () => {
  labeller.focusOn(article(0));
  await settled();
  labeller.apply({ ...DEFAULT_SETTINGS, sites: { ...DEFAULT_SETTINGS.sites, x: false } });
  expect(document.body.innerHTML).toBe(before);
  labeller.apply(DEFAULT_SETTINGS);
  expect(label()).toBe('AI description: A loaf of bread');
});

it('writes no answer that arrives after the switch', async () => {
  labeller.focusOn(article(0));
  labeller.apply({ ...DEFAULT_SETTINGS, enabled: false });
  await settled();
  expect(document.body.innerHTML).toBe(before);
});

it('says once that the daemon is away, and leaves the originals', async () => {
  answer = () => ({ state: 'problem', problem: { kind: 'unreachable', detail: '' } });
  const say = vi.spyOn(Announcer.prototype, 'say');
  labeller.focusOn(article(0));
  labeller.focusOn(article(1));
  await settled();
  expect(say.mock.calls).toEqual([['altd is not running. Start it with: altd start']]);
  expect(label()).toBe('Image');
});

it('goes on where it was when the daemon is back', async () => {
  const works = answer;
  answer = () => ({ state: 'problem', problem: { kind: 'not_paired', detail: '' } });
  labeller.focusOn(article(0));
  await settled();
  answer = works;
  labeller.available();
  await settled();
  expect(label()).toBe('AI description: A loaf of bread');
  expect(spoken()).toBe('altd is running again.');
});

it('says that the daemon is back and the description asked for in one breath', async () => {
  const works = answer;
  answer = () => ({ state: 'problem', problem: { kind: 'unreachable', detail: '' } });
  await commands.run('describe', article(0));
  await settled();
  answer = works;
  await commands.run('describe', article(0));
  await settled();
  expect(spoken()).toBe('altd is running again. AI description: A loaf of bread');
});

it('gives a picture up that the daemon fails over again and again', async () => {
  answer = () => ({ state: 'problem', problem: { kind: 'busy', detail: '' } });
  labeller.focusOn(article(0));
  for (let round = 0; round < 10; round += 1) {
    await settled();
    labeller.available();
  }
  await settled();
  expect(requests).toHaveLength(5);
});

it('does not ask twice for a picture that cannot be described', async () => {
  answer = () => ({ state: 'problem', problem: { kind: 'image_unavailable', detail: '' } });
  labeller.focusOn(article(0));
  await settled();
  labeller.focusOn(article(0));
  await settled();
  expect(requests).toEqual(['submit']);
});

it('accepts the described image of the focused post', async () => {
  labeller.focusOn(article(1));
  await settled();
  await commands.run('accept', article(1));
  expect(spoken()).toBe('Saved as good.');
});

it('says so when there is no described image', async () => {
  await commands.run('reject', article(0));
  expect(spoken()).toBe('There is no described image here.');
});

it('puts the other candidate into the label and says it once', async () => {
  labeller.focusOn(article(0));
  await settled();
  answer = (request) => {
    if (request === 'verdict') return { result: 'saved' };
    const other = entry('x:ONEPHOTO0000001');
    return { state: 'finished', entry: { ...other, description: { ...other.description, id: 'd2', text: 'Bread' } } };
  };
  await commands.run('reject', article(0));
  expect(label()).toBe('AI description: Bread');
  expect(spoken()).toBe('AI description: Bread');
});
