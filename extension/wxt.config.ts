import { defineConfig } from 'wxt';
import { DAEMON_PATTERN, IMAGE_PATTERNS, SITE_PATTERNS } from './src/shared/hosts';

/**
 * Public half of the key that fixes the extension id in Chromium to
 * ncjemekfcklmoobalfblhafnfpdkbjmo, so that a daemon can name it in a
 * native-messaging manifest and settings survive moving the folder.
 */
const PUBLIC_KEY =
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArZt7P/PjvcB/TLyfxN31pGpv+mkCcMxVUPMYgMe4rYlRojCwZVPX3rN0f1RSNeRA+Z7W8xxnBWF0xDVIo+xkEQHX7ODLF0FNvX+N3QPeyRAxPYxnhi0Pav61gpxzrR9YKYNFT6mSeqNmPpsj9A8kY3hXiZKSRmorwTSfjIWTp2xhMWA01FvlgrJhGiTt9OfUw/9v83ZowdJvtLU1FSvFGakGxLexnxasVoHUqCkmqil8ZhakioZi4WV8MweDopQw6P9YtYRpjmf4o/QWGqfjW0/pLQyYtSX9QCCw6qsF85Vei+rJKgSM96l26sUmd8bEjMP0mHOHMLbr++dgYgGHQwIDAQAB';

/**
 * Of our own pages and the background. Code and styles are our own files; the network is the daemon
 * on this machine and the pictures' hosts, which are of any name where the user allowed another site.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self' http://127.0.0.1:* https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export default defineConfig({
  srcDir: 'src',
  publicDir: 'public',
  // Every import is written out: readers see where a name comes from.
  imports: false,
  manifest: ({ browser }) => ({
    name: '__MSG_extension_name__',
    description: '__MSG_extension_description__',
    default_locale: 'en',
    // nativeMessaging: pair through altd's own program, without a code.
    // alarms: retry saved verdicts after a worker's death. contextMenus, storage: as named.
    // scripting: start in tabs that were open before the installation or an update.
    // activeTab: see in the popup where the pictures of the page come from, before asking for it.
    permissions: ['activeTab', 'alarms', 'contextMenus', 'nativeMessaging', 'scripting', 'storage'],
    // Any other site, one by one, when the user asks for it in the popup.
    optional_host_permissions: ['https://*/*'],
    host_permissions: [...SITE_PATTERNS.x, ...SITE_PATTERNS.pinterest, ...IMAGE_PATTERNS, DAEMON_PATTERN],
    content_security_policy: { extension_pages: CONTENT_SECURITY_POLICY },
    // Chromium allows four suggested keys. Alt+Shift+letter passes through screen readers and
    // leaves the site's single keys, AltGr and the browsers' menus alone. Y: yes, J: reject, S: say,
    // D: dialog. Chromium 156 silently gives out no key for B, N, R, W, X or Z (measured), and
    // Orca takes nineteen letters for its lists of links, headings and so on (heard).
    commands: {
      accept: { suggested_key: { default: 'Alt+Shift+Y' }, description: '__MSG_command_accept__' },
      reject: { suggested_key: { default: 'Alt+Shift+J' }, description: '__MSG_command_reject__' },
      dialog: { suggested_key: { default: 'Alt+Shift+D' }, description: '__MSG_command_dialog__' },
      describe: { suggested_key: { default: 'Alt+Shift+S' }, description: '__MSG_command_describe__' },
      undo: { description: '__MSG_command_undo__' },
      status: { description: '__MSG_command_status__' },
    },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'altd@altd.example',
              // 142: the first version that knows data_collection_permissions everywhere.
              strict_min_version: '142.0',
              // Pictures and post texts go to a program on the user's machine; that counts.
              data_collection_permissions: { required: ['websiteContent'] },
            },
          },
        }
      : { key: PUBLIC_KEY, minimum_chrome_version: '121' }),
  }),
});
