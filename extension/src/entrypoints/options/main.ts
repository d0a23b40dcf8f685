import { start } from '../../ui/options';

void start();
