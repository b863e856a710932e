import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Contender } from './contender.ts'

/** How a context may be set; what is absent is left to whoever runs it. */
export interface Settings {
  readonly threads?: number
  readonly flashAttention?: boolean
}

interface ServerOptions {
  readonly name: string
  /** Where it has to run. */
  readonly device: string
  readonly streams: number
  /** Tokens for each stream. */
  readonly contextLength: number
  readonly settings: Settings
}

/** A llama-server of this machine that has `device`: named by LLAMA_SERVER, or on the PATH. Absent, it says why. */
export function findServer(device: string): string | undefined {
  const path = process.env.LLAMA_SERVER ?? 'llama-server'
  const { status, stdout, stderr } = spawnSync(path, ['--list-devices'], { encoding: 'utf8' })
  const [kind = ''] = device.split(' ')
  const listed = new RegExp(kind === 'metal' ? '^\\s*(metal|mtl)' : `^\\s*${kind}`, 'im')
  if (status !== 0) console.log('No llama-server was found: set LLAMA_SERVER, or put one on the PATH.\n')
  else if (kind !== 'cpu' && !listed.test(stdout + stderr)) console.log(`The llama-server that was found has no ${kind}, and is left out.\n`)
  else return path
  return undefined
}

/** llama.cpp's own server with a slot for each stream, kept from looking prompts up. */
export async function server(path: string, model: string, { name, device, streams, contextLength, settings: { threads, flashAttention } }: ServerOptions): Promise<Contender> {
  const port = await freePort()
  const child = spawn(path, [
    '-m', model, '--port', String(port), '-np', String(streams), '-c', String(contextLength * streams), '--no-webui', '--chat-template', 'llama3',
    // Saving prompts that nobody asks for again would cost it time.
    '--cache-ram', '0',
    ...(device === 'cpu' ? ['--device', 'none'] : []),
    ...(threads === undefined ? [] : ['-t', String(threads)]),
    ...(flashAttention === undefined ? [] : ['-fa', flashAttention ? 'on' : 'off']),
  ], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await ready(url, child)

  return {
    name,
    async reply({ tokens, maxTokens }) {
      const response = await fetch(`${url}/completion`, {
        method: 'POST',
        // Its own clock starts with the first token sampled too, and spares it the way to us. Its default chain of samplers would cost more than greedy's one.
        body: JSON.stringify({ prompt: tokens, n_predict: maxTokens, temperature: 0, samplers: ['top_k'], top_k: 1, cache_prompt: false, stream: false }),
      })
      if (!response.ok) throw new Error(`llama-server: ${response.status} ${await response.text()}`)
      const { timings } = (await response.json()) as { readonly timings: { readonly predicted_n: number; readonly predicted_ms: number; readonly prompt_n: number } }
      return { output: timings.predicted_n, decoding: timings.predicted_ms, cached: tokens.length - timings.prompt_n }
    },
    async close() {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let waited = 0; waited < 600; waited++) {
    if (child.exitCode !== null) throw new Error(`llama-server ended with ${child.exitCode}`)
    if (await fetch(`${url}/health`).then(({ ok }) => ok, () => false)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  child.kill()
  throw new Error('llama-server was not ready within two minutes')
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}
