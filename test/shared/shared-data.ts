import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of the test data beside the repository, or why there is none. */
export function sharedData(path: string): {
  readonly path: string
  readonly missing: string | undefined
} {
  const absolutePath = fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url))
  return {
    path: absolutePath,
    missing: existsSync(absolutePath) ? undefined : `no test data at ../shared/data/${path}`,
  }
}
