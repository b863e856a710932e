import type { Model } from '@nano/core'
import type { Task } from '../measuring/contender.ts'

interface TaskOptions {
  /** Tokens of a prompt, about. */
  readonly promptLength: number
  readonly maxTokens: number
  readonly count: number
}

/** Gives tasks whose prompts begin differently, so that no cache of one helps with another. */
export async function buildTasks(
  model: Model,
  { promptLength, maxTokens, count }: TaskOptions,
): Promise<readonly Task[]> {
  const tokenize = async (text: string) =>
    (await model.render({ messages: text, reasoning: 'on' })).tokens
  const emptyLength = (await tokenize('')).length
  const repeatCount = 8
  const lineLength =
    ((await tokenize(lineOf(1).repeat(repeatCount))).length - emptyLength) / repeatCount
  const lines = Math.max(1, Math.floor((promptLength - emptyLength) / lineLength))
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const text = `${100 + index}${lineOf(index).repeat(lines)}`
      return { text, tokens: await tokenize(text), maxTokens }
    }),
  )
}

function lineOf(index: number): string {
  return ` What is ${index % 10} + 3?`
}
