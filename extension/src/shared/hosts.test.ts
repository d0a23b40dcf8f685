import { expect, it } from 'vitest';
import { parseDaemonUrl } from './hosts';

it.each([
  ['11436', 'http://127.0.0.1:11436'],
  [' 127.0.0.1:9000 ', 'http://127.0.0.1:9000'],
  ['http://localhost:9000/', 'http://127.0.0.1:9000'],
])('reads %j', (input, expected) => {
  expect(parseDaemonUrl(input)).toBe(expected);
});

it.each(['', '0', '70000', 'https://127.0.0.1:1', 'http://example.com:11436', 'http://127.0.0.1.example:1', 'http://10.0.0.1:1'])(
  'refuses %j: the daemon is on this machine',
  (input) => {
    expect(parseDaemonUrl(input)).toBeNull();
  },
);
