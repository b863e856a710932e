import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { findLlamaServer } from '../../scripts/llama-server/find.ts'
import type { Contender } from '../measuring/contender.ts'
import { describeSettings, type ContextSettings } from './settings.ts'

interface LlamaBenchTest {
  readonly n_prompt: number
  readonly n_gen: number
  /** Tokens per second. */
  readonly avg_ts: number
}

/** The path of the llama-bench that lies beside llama-server; absent where there is none. */
export function findLlamaBench(): string | undefined {
  const server = findLlamaServer()
  if ('missing' in server) return undefined
  const path = join(dirname(server.path), 'llama-bench')
  return existsSync(path) ? path : undefined
}

/** llama.cpp on the CPU without a server, a sampler or a text: the speed of its kernels. */
export function llamaBenchContender(
  {
    build,
    program,
    model,
  }: { readonly build: string; readonly program: string; readonly model: string },
  settings: ContextSettings,
): Contender {
  const { threads, flashAttention } = settings
  const listArguments = (tokens: readonly number[], maxTokens: number) => {
    const prompt = ['-p', String(tokens.length), '-n', String(maxTokens - 1)]
    const choices = [
      ...(threads === undefined ? [] : ['-t', String(threads)]),
      ...(flashAttention === undefined ? [] : ['-fa', flashAttention ? '1' : '0']),
    ]
    return ['-m', model, '-o', 'json', '-r', '1', ...prompt, ...choices]
  }
  return {
    name: `llama-bench of ${build}, ${describeSettings(settings)}`,
    async generate({ tokens, maxTokens }) {
      const { stdout } = await promisify(execFile)(program, listArguments(tokens, maxTokens))
      const tests = JSON.parse(stdout) as readonly LlamaBenchTest[]
      const speedOf = (kind: 'n_prompt' | 'n_gen') =>
        tests.find(({ [kind]: count }) => count > 0)?.avg_ts ?? NaN
      return {
        outputTokens: maxTokens,
        firstTokenTime: (tokens.length / speedOf('n_prompt')) * 1_000,
        decodeTime: ((maxTokens - 1) / speedOf('n_gen')) * 1_000,
      }
    },
    close: async () => {},
  }
}
