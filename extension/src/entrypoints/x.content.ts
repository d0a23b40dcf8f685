import { start } from '../content/start';
import { SITE_PATTERNS } from '../shared/hosts';
import { x } from '../sites/x';
import { defineContentScript } from 'wxt/utils/define-content-script';

export default defineContentScript({
  matches: SITE_PATTERNS.x,
  runAt: 'document_end',
  main: (context) => start(x, context),
});
