import type { TestProject } from 'vitest/node'
import { bringLlamaServer } from '../../scripts/llama-server/bring.ts'
import type { FoundServer } from '../../scripts/llama-server/find.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A fault is one that is there and does not run. */
    llamaServer: FoundServer | { readonly fault: string }
  }
}

/**
 * Finds a real llama-server once for all tests, and brings one where it can: two minutes at most,
 * and after a failure not again within the hour.
 */
export async function setup(project: TestProject): Promise<void> {
  const onDownload = () => process.stderr.write('Fetching a llama-server to test with, once…\n')
  const installation = await bringLlamaServer({
    timeout: 120_000,
    retryAfter: 3_600_000,
    onDownload,
  }).catch((error: Error) => ({ fault: error.message }))
  if ('missing' in installation)
    process.stderr.write(`\nNOT TESTED AGAINST A REAL SERVER: ${installation.missing}\n\n`)
  project.provide('llamaServer', installation)
}
