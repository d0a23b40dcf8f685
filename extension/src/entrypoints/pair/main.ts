import { start } from '../../ui/pair';

void start();
