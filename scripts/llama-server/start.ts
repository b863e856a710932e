import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface StartOptions {
  /** Of the executable. */
  readonly path: string
  /** A GGUF file. */
  readonly model: string
  /** Absent, a free one. */
  readonly port?: number
  /** What else llama-server is told. */
  readonly args?: readonly string[]
  /** Milliseconds until it has to be ready. */
  readonly patience?: number
  /** Ends the waiting, and the server with it. */
  readonly signal?: AbortSignal
}

export interface LlamaServer {
  readonly url: string
  readonly pid: number
  /** Rejects, with what it wrote last, when it ends by itself. */
  readonly ended: Promise<void>
  close(): Promise<void>
}

/**
 * Starts a llama-server and waits until it answers. Throws with what it wrote last when it does
 * not.
 */
export async function startLlamaServer({
  path,
  model,
  port,
  args = [],
  patience = 30_000,
  signal,
}: StartOptions): Promise<LlamaServer> {
  const at = port ?? (await freePort())
  const log = temporaryLog()
  const child = spawn(path, ['-m', model, '--port', String(at), ...args], {
    stdio: ['ignore', log.file, log.file],
  })
  const over = new Promise<string>((resolve) => {
    child.once('error', ({ message }) => resolve(message))
    child.once('exit', (code, signal) => resolve(`it ended with ${signal ?? code}`))
  })
  let running = true
  let closing = false
  const ended = over.then((how) => {
    running = false
    const said = log.end()
    if (!closing) throw new Error(`llama-server with ${model} at port ${at}: ${how}\n${said}`)
  })
  // Whoever waits for it hears of it.
  ended.catch(() => {})

  const url = `http://127.0.0.1:${at}`
  const close = async () => {
    closing = true
    // A server that is paused hears of no other signal.
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    await ended.catch(() => {})
  }
  try {
    await Promise.race([ready(url, () => running && !signal?.aborted, patience), ended])
    signal?.throwIfAborted()
  } catch (error) {
    await close()
    throw error
  }
  return { url, pid: child.pid ?? 0, ended, close }
}

async function ready(url: string, running: () => boolean, patience: number): Promise<void> {
  for (
    const begun = performance.now();
    running() && performance.now() - begun < patience;
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
  throw new Error(`llama-server at ${url} was not ready within ${patience / 1_000} seconds`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** A file takes what a server writes at no cost to this process. */
function temporaryLog(): { readonly file: number; end(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'llama-server-'))
  const file = openSync(join(folder, 'log'), 'w+')
  return {
    file,
    end() {
      const { size } = fstatSync(file)
      const last = Buffer.alloc(Math.min(size, 4_000))
      readSync(file, last, 0, last.length, size - last.length)
      closeSync(file)
      rmSync(folder, { recursive: true })
      return last.toString()
    },
  }
}
