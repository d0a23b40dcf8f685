// @vitest-environment node
import { beforeEach, expect, it, vi } from 'vitest';
import { fakeBrowser } from 'wxt/testing';
import { fetchImage } from './images';

const PIN = 'https://i.pinimg.com/736x/a1/00/00/a1000000000000000000000000000000.jpg';

let asked: string[];
let missing: string[];

beforeEach(() => {
  asked = [];
  missing = [];
  vi.spyOn(globalThis, 'fetch').mockImplementation((input) => {
    const address = input instanceof URL ? input.href : '';
    asked.push(address);
    const status = missing.some((part) => address.includes(part)) ? 403 : 200;
    return Promise.resolve(new Response('BYTES', { status, headers: { 'Content-Type': 'image/jpeg' } }));
  });
  const contains = ({ origins }: { origins: string[] }) => Promise.resolve(origins[0] === 'https://pics.example/*');
  Object.assign(fakeBrowser, { permissions: { contains } });
});

it('takes a smaller rendition of a pin where the one asked for does not exist', async () => {
  missing = ['/736x/'];
  expect((await fetchImage(PIN)).size).toBe(5);
  expect(asked).toEqual([PIN, PIN.replace('736x', '474x')]);
});

it('gives up after that', async () => {
  missing = ['i.pinimg.com'];
  await expect(fetchImage(PIN)).rejects.toMatchObject({ kind: 'image_unavailable' });
  expect(asked).toHaveLength(2);
});

it('fetches from other hosts only what the user allowed, and nothing of this machine', async () => {
  await expect(fetchImage('https://pics.example/boats.jpg')).resolves.toBeInstanceOf(Blob);
  for (const address of ['https://elsewhere.example/a.jpg', 'http://pics.example/a.jpg', 'http://127.0.0.1:11436/v1/status']) {
    await expect(fetchImage(address)).rejects.toMatchObject({ code: 'foreign_host' });
  }
  expect(asked).toEqual(['https://pics.example/boats.jpg']);
});
