import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { findObstacle, unpackPackages } from './debian-packages.ts'
import { findLlamaServer, type FoundServer } from './find.ts'
import { debianFolder } from './debian-folder.ts'

interface BringOptions {
  /** Milliseconds that it may take. */
  readonly timeout: number
  /** Milliseconds after a failed download in which none is tried again. */
  readonly retryAfter?: number
  readonly signal?: AbortSignal
  /** Called before a download begins. */
  readonly onDownload?: () => void
}

/**
 * Finds a llama-server, else unpacks one from Debian's packages and keeps it for the next time.
 */
export async function bringLlamaServer({
  timeout,
  retryAfter = 0,
  signal,
  onDownload = () => {},
}: BringOptions): Promise<FoundServer> {
  const executable = findLlamaServer()
  if ('path' in executable) return executable
  const obstacle = findObstacle()
  if (obstacle !== undefined)
    return {
      missing: `no llama-server: none can be fetched here (${obstacle}). ${adviseInstall()}`,
    }
  if (
    existsSync(debianFolder.failure) &&
    Date.now() - statSync(debianFolder.failure).mtimeMs < retryAfter
  ) {
    const reason = readFileSync(debianFolder.failure, 'utf8')
    const advice = 'npm run llama-server tries again'
    return { missing: `no llama-server: fetching one failed a while ago (${reason}). ${advice}` }
  }

  onDownload()
  const timeoutSignal = AbortSignal.timeout(timeout)
  try {
    const signals = [timeoutSignal, ...(signal ? [signal] : [])]
    const path = await unpackPackages(AbortSignal.any(signals))
    rmSync(debianFolder.failure, { force: true })
    return { path }
  } catch (error) {
    signal?.throwIfAborted()
    const reason = timeoutSignal.aborted
      ? `fetching one took longer than ${timeout / 1_000} seconds`
      : error instanceof Error
        ? error.message
        : String(error)
    mkdirSync(debianFolder.cache, { recursive: true })
    writeFileSync(debianFolder.failure, reason.split('\n')[0] ?? '')
    return { missing: `no llama-server: ${reason}\n${adviseInstall()}` }
  }
}

function adviseInstall(): string {
  const commands = new Map([
    ['darwin', 'Run brew install llama.cpp'],
    ['win32', 'Run winget install llama.cpp'],
  ])
  const install =
    commands.get(process.platform) ??
    "Install llama.cpp from your system's packages or its releases"
  return `${install}, or name one with LLAMA_SERVER`
}
