import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '@nano/core'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import type { RealRequest } from './requests.ts'

/** What a peer answered. */
export interface Answer {
  readonly promptTokens: readonly number[]
  readonly tokens: readonly number[]
  /** The prompt as the peer's template writes it. */
  readonly prompt?: string | null
  /** Of each token, and of the second best in its place. */
  readonly logprobs?: readonly number[]
  readonly secondLogprobs?: readonly number[]
}

/** A reply of one of our models. */
export interface Reply {
  readonly text: string
  /** Absent where a server does not say them. */
  readonly tokens: readonly number[]
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

export function readAnswers(path: string): readonly Answer[] {
  return JSON.parse(readFileSync(path, 'utf8')) as readonly Answer[]
}

/** Asks a model all requests, one after another, and closes it. */
export async function askAll(
  model: Model,
  requests: readonly RealRequest[],
): Promise<readonly Reply[]> {
  const replies: Reply[] = []
  for (const { messages, maxTokens } of requests) {
    const { text, logprobs } = await model.generate({
      messages,
      maxTokens,
      sampling: { temperature: 0 },
      ...(model.capabilities.logprobs && { logprobs: 0 }),
    })
    replies.push({ text, tokens: logprobs?.map(({ token }) => token) ?? [] })
  }
  await model.close()
  return replies
}
