import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for what can be made again: `NANO_CACHE`, or `nano` in the folder that the operating
 * system has for caches.
 */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const { NANO_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment
  if (NANO_CACHE) return NANO_CACHE
  const caches =
    process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache')
  return join(XDG_CACHE_HOME ?? LOCALAPPDATA ?? caches, 'nano')
}
