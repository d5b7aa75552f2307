import { installPlatform } from './install-platform.ts';

await installPlatform();
