import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, runServer, type ServerProcess } from '../serve/run-server.ts'

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

/** Starts a llama-server and waits until it answers. Throws its last output when it does not. */
export async function startLlamaServer({
  path,
  model,
  port,
  args = [],
  timeout = 30_000,
  signal,
}: StartOptions): Promise<ServerProcess> {
  const actualPort = port ?? (await findFreePort())
  const log = temporaryLog()
  const modelArguments = model === undefined ? [] : ['-m', model]
  const child = spawn(path, [...modelArguments, '--port', String(actualPort), ...args], {
    stdio: ['ignore', log.file, log.file],
  })
  return runServer({
    name: `llama-server with ${model ?? 'several models'}`,
    child,
    port: actualPort,
    readOutput: log.readEnd,
    kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
    },
    timeout,
    signal,
  })
}

/** A file for the server's output; `readEnd` returns its last 4,000 bytes and removes the file. */
function temporaryLog(): { readonly file: number; readEnd(): string } {
  const folder = mkdtempSync(join(tmpdir(), 'llama-server-'))
  const file = openSync(join(folder, 'log'), 'w+')
  return {
    file,
    readEnd() {
      const { size } = fstatSync(file)
      const lastBytes = Buffer.alloc(Math.min(size, 4_000))
      readSync(file, lastBytes, 0, lastBytes.length, size - lastBytes.length)
      closeSync(file)
      rmSync(folder, { recursive: true })
      return lastBytes.toString()
    },
  }
}
