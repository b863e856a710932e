import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { pythonOf } from '../../scripts/real-models/environments.ts'
import type { Task, TokenContender } from '../measuring/contender.ts'

interface GenaiReply {
  readonly tokens: readonly number[]
  readonly firstTokenTime: number
  readonly decodeTime: number
}

/** onnxruntime-genai in a process of its own, which measures itself. */
export async function openGenai(
  folder: string,
  { threads = 0 }: { readonly threads?: number } = {},
): Promise<TokenContender> {
  const name = `onnxruntime-genai, ${threads === 0 ? 'defaults' : `threads: ${threads}`}`
  const script = join(import.meta.dirname, 'genai_speed.py')
  const child = spawn(pythonOf(realFolder(), 'transformers'), [script, folder, String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await readLine()

  async function readLine(): Promise<string> {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${name} ended before it answered`)
    return value
  }

  async function answer({ tokens, maxTokens }: Task): Promise<GenaiReply> {
    child.stdin.write(`${JSON.stringify({ tokens, maxTokens })}\n`)
    return JSON.parse(await readLine()) as GenaiReply
  }

  return {
    name,
    async generateTokens(task) {
      return (await answer(task)).tokens
    },
    async generate(task) {
      const { tokens, firstTokenTime, decodeTime } = await answer(task)
      return { outputTokens: tokens.length, cachedInputTokens: 0, firstTokenTime, decodeTime }
    },
    async close() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}
