import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '@nano/core'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import type { RealRequest } from '../../scripts/real-models/requests.ts'

/** What a peer answered. */
export interface Answer {
  /** The prompt as the peer's template writes it. */
  readonly prompt: string
  readonly promptTokens: readonly number[]
  /** With the token that ends the reply. */
  readonly tokens: readonly number[]
  readonly text: string
  /** Characters of the text up to the end of each token. */
  readonly ends: readonly number[]
  /** Of each token, and of the second best in its place. */
  readonly logprobs: readonly number[]
  readonly secondLogprobs: readonly number[]
}

/** A reply of one of our models. */
export interface Reply {
  readonly text: string
  readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[]
  /** With the token that ends the reply; absent where they were not asked for. */
  readonly tokens?: readonly number[]
}

/** A path in the folder of real models, or why there is none. */
export function realModel(path: string): {
  readonly path: string
  readonly missing: string | undefined
} {
  const absolutePath = join(realFolder(), path)
  return {
    path: absolutePath,
    missing: existsSync(absolutePath)
      ? undefined
      : `no ${path} among the real models: run npm run test:real`,
  }
}

/** The name of a test, with the reason in brackets where it is skipped. */
export function nameTest(name: string, missing: string | undefined): string {
  return missing === undefined ? name : `${name} [${missing}]`
}

/** The answers of a peer; none where they were not made. */
export function readAnswers(path: string): readonly Answer[] {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as readonly Answer[]) : []
}

interface AskOptions {
  /** Requests asked at once; the next one follows when one of them is answered. */
  readonly parallel?: number
  readonly withTokens?: boolean
}

/** Asks a model all requests greedily, and closes it. */
export async function askAll(
  model: Model,
  requests: readonly RealRequest[],
  { parallel = 1, withTokens = false }: AskOptions = {},
): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  const remainingRequests = requests.entries()
  const askRemaining = async () => {
    for (const [index, request] of remainingRequests) {
      const { text, toolCalls, logprobs } = await model.generate({
        ...request,
        sampling: { temperature: 0 },
        ...(withTokens && { logprobs: 0 }),
      })
      replies[index] = {
        text,
        toolCalls: toolCalls.map(({ name, input }) => ({ name, input })),
        ...(logprobs && { tokens: logprobs.map(({ token }) => token) }),
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, askRemaining))
  await model.close()
  return replies
}

/** The prompts of requests, as a model renders them. */
export async function renderAll(
  model: Model,
  requests: readonly RealRequest[],
): Promise<readonly Pick<Answer, 'prompt' | 'promptTokens'>[]> {
  const prompts = []
  for (const { maxTokens: _maxTokens, ...conversation } of requests) {
    const { text, tokens } = await model.render(conversation)
    prompts.push({ prompt: text, promptTokens: tokens })
  }
  return prompts
}
