import { start } from '../../ui/popup';

void start();
