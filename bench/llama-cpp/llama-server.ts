import { spawnSync } from 'node:child_process'
import { findLlamaServer } from '../../scripts/llama-server/find.ts'
import { startLlamaServer } from '../../scripts/llama-server/start.ts'
import type { Contender } from '../measuring/contender.ts'
import { type ContextSettings, describeSettings } from './settings.ts'

interface LlamaServerOptions {
  /** Path of the program. */
  readonly program: string
  /** Path of the GGUF. */
  readonly model: string
  readonly device: string
  readonly slots: number
  /** Tokens of context for each slot. */
  readonly contextLength: number
}

interface Timings {
  readonly predicted_n: number
  readonly predicted_ms: number
  readonly prompt_n: number
  readonly prompt_ms: number
}

/** Path of a llama-server that can use `device`. Where there is none, prints why. */
export function findServerFor(device: string): string | undefined {
  const executable = findLlamaServer()
  if ('missing' in executable) {
    console.log(`There is ${executable.missing}.\n`)
    return undefined
  }
  const { stdout, stderr } = spawnSync(executable.path, ['--list-devices'], { encoding: 'utf8' })
  const [kind = ''] = device.split(' ')
  const pattern = new RegExp(kind === 'metal' ? '^\\s*(metal|mtl)' : `^\\s*${kind}`, 'im')
  if (kind === 'cpu' || pattern.test(stdout + stderr)) return executable.path
  console.log(`llama-server is left out: the one at ${executable.path} cannot use ${kind}.\n`)
  return undefined
}

/** llama.cpp's own server, with its reuse of prompts switched off. */
export async function llamaServerContender(
  { program, model, device, slots, contextLength }: LlamaServerOptions,
  settings: ContextSettings,
): Promise<Contender & { readonly pid: number }> {
  const { threads, flashAttention } = settings
  const name = `llama-server, ${describeSettings(settings)}`
  const args = [
    '--parallel',
    String(slots),
    '--ctx-size',
    String(contextLength * slots),
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
  const { url, pid, close } = await startLlamaServer({
    path: program,
    model,
    args,
    timeout: 120_000,
  })
  return {
    name,
    pid,
    async generate({ tokens, maxTokens }) {
      const response = await fetch(`${url}/completion`, {
        method: 'POST',
        body: JSON.stringify({
          prompt: tokens,
          n_predict: maxTokens,
          temperature: 0,
          // The default chain of samplers would cost more than the one that greedy decoding needs.
          samplers: ['top_k'],
          top_k: 1,
          cache_prompt: false,
          stream: false,
        }),
      })
      if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`)
      // Its own clock starts with the first token too, and leaves out the way to this process.
      const { timings } = (await response.json()) as { readonly timings: Timings }
      return {
        outputTokens: timings.predicted_n,
        cachedInputTokens: tokens.length - timings.prompt_n,
        firstTokenTime: timings.prompt_ms,
        decodeTime: timings.predicted_ms,
      }
    },
    close,
  }
}
