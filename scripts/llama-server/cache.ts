import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../node_modules/.cache/llama-server')

/** Where one is kept that was brought. */
export const brought = {
  folder,
  /** All of it, renamed into place when it has run once. */
  whole: join(folder, 'debian'),
  program: join(folder, 'debian', 'llama-server'),
  /** Why the last attempt failed; its age says when. */
  failed: join(folder, 'failed.txt'),
} as const
