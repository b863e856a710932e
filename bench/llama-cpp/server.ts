import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Contender, type Task, throughput } from './contender.ts'

/** A llama-server of this machine: named by LLAMA_SERVER, or on the PATH. */
export function findServer(): string | undefined {
  const path = process.env.LLAMA_SERVER ?? 'llama-server'
  return spawnSync(path, ['--version'], { stdio: 'ignore' }).status === 0 ? path : undefined
}

/** llama.cpp's own server, at its defaults, with a slot for each stream. */
export async function server(path: string, model: string, { streams, contextLength }: { readonly streams: number; readonly contextLength: number }): Promise<Contender> {
  const port = await freePort()
  const child = spawn(path, ['-m', model, '--port', String(port), '-np', String(streams), '-c', String(contextLength * streams), '--no-webui', '--chat-template', 'llama3'], { stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await ready(url, child)

  async function run({ tokens, maxTokens }: Task): Promise<{ readonly output: number; readonly decoding: number }> {
    const response = await fetch(`${url}/completion`, {
      method: 'POST',
      body: JSON.stringify({ prompt: tokens, n_predict: maxTokens, temperature: 0, cache_prompt: false, stream: false }),
    })
    const { timings } = (await response.json()) as { readonly timings: { readonly predicted_n: number; readonly predicted_ms: number } }
    return { output: timings.predicted_n, decoding: timings.predicted_ms }
  }

  return {
    name: 'llama-server',
    async one(tasks) {
      let [tokens, time] = [0, 0]
      for (const task of tasks) {
        const reply = await run(task)
        tokens += reply.output - 1
        time += reply.decoding
      }
      return (tokens / time) * 1_000
    },
    many: (tasks, count) => throughput(tasks, count, async (task) => (await run(task)).output),
    async close() {
      child.kill()
      await once(child, 'exit')
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
