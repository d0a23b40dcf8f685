import { start } from '../content/start';
import { SITE_PATTERNS } from '../shared/hosts';
import { pinterest } from '../sites/pinterest';
import { defineContentScript } from 'wxt/utils/define-content-script';

export default defineContentScript({
  matches: SITE_PATTERNS.pinterest,
  runAt: 'document_end',
  main: (context) => start(pinterest, context),
});
