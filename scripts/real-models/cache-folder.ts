import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder of real models and of the Python environments that make them. */
export function realFolder(environment = process.env): string {
  const { NANO_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment
  if (NANO_CACHE) return join(NANO_CACHE, 'real')
  const caches =
    process.platform === 'darwin' ? join(homedir(), 'Library/Caches') : join(homedir(), '.cache')
  return join(XDG_CACHE_HOME ?? LOCALAPPDATA ?? caches, 'nano', 'real')
}
