import { start } from '../../ui/feedback';

void start();
