import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  process.env.CHROMIUM ?? '',
].find((path) => path && existsSync(path))

/** Why there is no browser to test in. */
export const noChromium = executablePath
  ? undefined
  : 'no Chromium at /usr/bin or in the variable CHROMIUM'

/** Starts a browser without a window, which asks nothing of the network by itself. */
export function launchChromium(): Promise<Browser> {
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  return chromium.launch({ ...(executablePath && { executablePath }), args })
}
