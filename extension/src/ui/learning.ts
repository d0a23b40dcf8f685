/** The switch that lets altd store verdicts and learn from them, on the set-up page and in the settings. */

import { changeSettings, readSettings } from '../shared/settings';
import { t } from '../shared/text';
import { bind, say } from './elements';

export async function bindLearning(): Promise<void> {
  const { learning } = await readSettings();
  bind('learning', learning, async (on) => {
    await changeSettings({ learning: on });
    say(t(on ? 'learning_on' : 'learning_off'));
  });
}
