import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { it } from 'vitest'

const path = process.env.LLAMA_SERVER ?? 'llama-server'
const { status } = spawnSync(path, ['--version'])

/** Why there is no llama-server here; absent where there is one. */
export const missing = status === 0 ? undefined : 'no llama-server: name one with LLAMA_SERVER or put one on the PATH'
/** A test that needs one; it is skipped where there is none, and says why. */
export function live(name: string, run: () => Promise<void> | void): void {
  if (missing) it.skip(`${name} [${missing}]`, run)
  else it(name, run)
}

// Somewhere that was asked for and does not run is a fault, not a reason to skip.
if (process.env.LLAMA_SERVER && status !== 0) throw new Error(`LLAMA_SERVER is ${process.env.LLAMA_SERVER}, and does not run`)

export interface Server {
  readonly url: string
  readonly pid: number
  /** One of its counters, by its name without `llamacpp:`. */
  counter(name: string): Promise<number>
  close(): Promise<void>
}

interface ServerOptions {
  readonly model: string
  readonly parallel?: number
  /** Tokens for all slots together. */
  readonly contextLength?: number
  /** Absent, a free one. */
  readonly port?: number
  readonly more?: readonly string[]
}

/** A real llama-server on a free port, ready to answer. One thread: a model this small gains nothing from more. */
export async function serve({ model, parallel = 4, contextLength = 8_192, port: asked, more = [] }: ServerOptions): Promise<Server> {
  const port = asked ?? (await freePort())
  const child = spawn(path, ['-m', model, '--port', String(port), '--parallel', String(parallel), '-c', String(contextLength), '-t', '1', '--no-webui', '--metrics', ...more], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await ready(url, child)
  return {
    url,
    pid: child.pid ?? 0,
    async counter(name) {
      const text = await (await fetch(`${url}/metrics`)).text()
      return Number(new RegExp(`^llamacpp:${name} (\\S+)`, 'm').exec(text)?.[1])
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 300; waited++) {
    if (child.exitCode !== null) throw new Error(`llama-server ended with ${child.exitCode}`)
    if (await fetch(`${url}/health`).then(({ ok }) => ok, () => false)) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill('SIGKILL')
  throw new Error('llama-server was not ready within 30 seconds')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}
