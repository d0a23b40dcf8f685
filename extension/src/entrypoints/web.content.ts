import { start } from '../content/start';
import { web } from '../sites/web';
import { defineContentScript } from 'wxt/utils/define-content-script';

/** Runs where the user allowed it only: background/websites.ts registers it. */
export default defineContentScript({
  registration: 'runtime',
  matches: [],
  main: (context) => start(web, context),
});
