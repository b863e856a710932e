import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A file of the test data that lies beside the project, or why it cannot be had. */
export function sharedData(path: string): {
  readonly path: string
  readonly missing: string | undefined
} {
  const whole = fileURLToPath(new URL(`../../../shared/data/${path}`, import.meta.url))
  return {
    path: whole,
    missing: existsSync(whole) ? undefined : `no test data at ../shared/data/${path}`,
  }
}
