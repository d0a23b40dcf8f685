import { start } from '../../ui/onboarding';

void start();
