import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import type { Browser } from 'playwright-core';
import { pend } from './test-server.js';

const PROGRAM = '/usr/bin/chromium';

/** Chromium asks other servers for updates and lists unless it is told not to. */
const ARGUMENTS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Debian's Chromium. Where there is none, the specs are pending, or fail in CI. */
export async function startChromium(context: Context): Promise<Browser> {
  if (!existsSync(PROGRAM)) {
    if (process.env.CI) throw new Error(`there is no ${PROGRAM}: run bin/setup --test`);
    pend(context, `there is no ${PROGRAM}`);
  }
  // Its sandbox needs an ordinary user.
  const sandbox = process.getuid?.() !== 0;
  // Loading it takes longer than other spec files.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: PROGRAM, args: ARGUMENTS, chromiumSandbox: sandbox });
}
