import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface StartOptions {
  /** The path of the executable. */
  readonly path: string
  /** The path of a GGUF file; absent where `args` name the models. */
  readonly model?: string
  /** Absent: a free port. */
  readonly port?: number
  /** Further arguments of llama-server. */
  readonly args?: readonly string[]
  /** Milliseconds in which it must be ready. */
  readonly timeout?: number
  /** Ends the server, also while it starts. */
  readonly signal?: AbortSignal
}

export interface LlamaServer {
  readonly url: string
  readonly pid: number
  /** Rejects with the server's last output when it ends by itself. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/** Starts a llama-server and waits until it answers. Throws its last output when it does not. */
export async function startLlamaServer({
  path,
  model,
  port,
  args = [],
  timeout = 30_000,
  signal,
}: StartOptions): Promise<LlamaServer> {
  const actualPort = port ?? (await findFreePort())
  const log = temporaryLog()
  const modelArguments = model === undefined ? [] : ['-m', model]
  const child = spawn(path, [...modelArguments, '--port', String(actualPort), ...args], {
    stdio: ['ignore', log.file, log.file],
  })
  const exit = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`))
  })
  let isRunning = true
  let isClosing = false
  const ended = exit.then((reason) => {
    isRunning = false
    const output = log.readEnd()
    const served = model ?? 'several models'
    if (!isClosing)
      throw new Error(`llama-server with ${served} at port ${actualPort}: ${reason}\n${output}`)
  })
  // A rejection that nobody waits for is no fault of this process.
  ended.catch(() => {})

  const url = `http://127.0.0.1:${actualPort}`
  const close = async () => {
    isClosing = true
    // A paused server handles no other signal.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended.catch(() => {})
  }
  try {
    const isWaiting = () => isRunning && !signal?.aborted
    await Promise.race([waitUntilReady(url, isWaiting, timeout), ended])
    signal?.throwIfAborted()
  } catch (error) {
    await close()
    throw error
  }
  return { url, pid: child.pid ?? 0, ended, close }
}

async function waitUntilReady(
  url: string,
  isWaiting: () => boolean,
  timeout: number,
): Promise<void> {
  for (
    const startedAt = performance.now();
    isWaiting() && performance.now() - startedAt < timeout;
    await new Promise((resolve) => setTimeout(resolve, 50))
  ) {
    if (
      await fetch(`${url}/health`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
  }
  throw new Error(`llama-server at ${url} was not ready within ${timeout / 1_000} seconds`)
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** A file for the server's output; `readEnd` returns its last 4,000 bytes and removes the file. */
function temporaryLog(): { readonly file: number; readEnd(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'llama-server-'))
  const file = openSync(join(folder, 'log'), 'w+')
  return {
    file,
    readEnd() {
      const { size } = fstatSync(file)
      const last = Buffer.alloc(Math.min(size, 4_000))
      readSync(file, last, 0, last.length, size - last.length)
      closeSync(file)
      rmSync(folder, { recursive: true })
      return last.toString()
    },
  }
}
