import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { brought } from './cache.ts'
import { unfit, unpackedPackages } from './debian-packages.ts'
import { findLlamaServer, type Found } from './find.ts'

interface BringOptions {
  /** Milliseconds it may take. */
  readonly patience: number
  /** Milliseconds after a failure in which it is not tried again. */
  readonly rest?: number
  readonly signal?: AbortSignal
  /** Called before a download begins. */
  readonly onDownload?: () => void
}

/**
 * The llama-server that `findLlamaServer` finds, or one from Debian's packages, kept for the next
 * time.
 */
export async function bringLlamaServer({
  patience,
  rest = 0,
  signal,
  onDownload = () => {},
}: BringOptions): Promise<Found> {
  const found = findLlamaServer()
  if ('path' in found) return found
  const reason = unfit()
  if (reason !== undefined)
    return { missing: `no llama-server: none can be fetched here (${reason}). ${advice()}` }
  if (existsSync(brought.failed) && Date.now() - statSync(brought.failed).mtimeMs < rest) {
    return {
      missing: `no llama-server: fetching one failed a while ago (${readFileSync(brought.failed, 'utf8')}). npm run llama-server tries again`,
    }
  }

  onDownload()
  const late = AbortSignal.timeout(patience)
  try {
    const path = await unpackedPackages(AbortSignal.any([late, ...(signal ? [signal] : [])]))
    rmSync(brought.failed, { force: true })
    return { path }
  } catch (error) {
    signal?.throwIfAborted()
    const why = late.aborted
      ? `fetching one took longer than ${patience / 1_000} seconds`
      : error instanceof Error
        ? error.message
        : String(error)
    mkdirSync(brought.folder, { recursive: true })
    writeFileSync(brought.failed, why.split('\n')[0] ?? '')
    return { missing: `no llama-server: ${why}\n${advice()}` }
  }
}

function advice(): string {
  const install = { darwin: 'brew install llama.cpp', win32: 'winget install llama.cpp' }[
    process.platform as string
  ]
  return `${install ? `Run ${install}` : "Install llama.cpp from your system's packages or its releases"}, or name one with LLAMA_SERVER`
}
