import { join } from 'node:path'

const cache = join(import.meta.dirname, '../../node_modules/.cache/llama-server')

/** The places of a llama-server from Debian's packages. */
export const debianFolder = {
  cache,
  /** Holds all of it. Renamed into place once the server has run. */
  folder: join(cache, 'debian'),
  program: join(cache, 'debian', 'llama-server'),
  /** Says why the last download failed; its age says when. */
  failure: join(cache, 'failed.txt'),
} as const
