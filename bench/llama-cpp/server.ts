import { spawnSync } from 'node:child_process'
import { findLlamaServer } from '../../scripts/llama-server/find.ts'
import { startLlamaServer } from '../../scripts/llama-server/start.ts'
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

/** A llama-server of this machine that has `device`. Absent, it says why. */
export function findServer(device: string): string | undefined {
  const found = findLlamaServer()
  if ('missing' in found) {
    console.log(`There is ${found.missing}.\n`)
    return undefined
  }
  const { stdout, stderr } = spawnSync(found.path, ['--list-devices'], { encoding: 'utf8' })
  const [kind = ''] = device.split(' ')
  const listed = new RegExp(kind === 'metal' ? '^\\s*(metal|mtl)' : `^\\s*${kind}`, 'im')
  if (kind === 'cpu' || listed.test(stdout + stderr)) return found.path
  console.log(`The llama-server that was found has no ${kind}, and is left out.\n`)
  return undefined
}

/** llama.cpp's own server with a slot for each stream, kept from looking prompts up. */
export async function server(
  path: string,
  model: string,
  { name, device, streams, contextLength, settings: { threads, flashAttention } }: ServerOptions,
): Promise<Contender> {
  const args = [
    '-np',
    String(streams),
    '-c',
    String(contextLength * streams),
    '--no-webui',
    '--chat-template',
    'llama3',
    // Saving prompts that nobody asks for again would cost it time.
    '--cache-ram',
    '0',
    ...(device === 'cpu' ? ['--device', 'none'] : []),
    ...(threads === undefined ? [] : ['-t', String(threads)]),
    ...(flashAttention === undefined ? [] : ['-fa', flashAttention ? 'on' : 'off']),
  ]
  const { url, close } = await startLlamaServer({ path, model, args, patience: 120_000 })

  return {
    name,
    async reply({ tokens, maxTokens }) {
      const response = await fetch(`${url}/completion`, {
        method: 'POST',
        // Its own clock starts with the first token sampled too, and spares it the way to us. Its
        // default chain of samplers would cost more than greedy's one.
        body: JSON.stringify({
          prompt: tokens,
          n_predict: maxTokens,
          temperature: 0,
          samplers: ['top_k'],
          top_k: 1,
          cache_prompt: false,
          stream: false,
        }),
      })
      if (!response.ok) throw new Error(`llama-server: ${response.status} ${await response.text()}`)
      const { timings } = (await response.json()) as {
        readonly timings: {
          readonly predicted_n: number
          readonly predicted_ms: number
          readonly prompt_n: number
        }
      }
      return {
        output: timings.predicted_n,
        decoding: timings.predicted_ms,
        cached: tokens.length - timings.prompt_n,
      }
    },
    close,
  }
}
