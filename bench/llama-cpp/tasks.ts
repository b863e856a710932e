import { openLlamaCpp } from '@nano/llama-cpp'
import type { Task } from '../measuring/contender.ts'
import { verbatimFormat } from './verbatim-format.ts'

interface TaskOptions {
  readonly questions: readonly string[]
  readonly maxTokens: number
  readonly rounds: number
}

/**
 * Gives the tasks of each round: the same questions, rendered in the model's own format, each time
 * with another beginning of the same length. So no contender finds more of a prompt in its KV cache
 * than the one or two tokens that begin all of them.
 */
export async function buildUncachedTasks(
  path: string,
  { questions, maxTokens, rounds }: TaskOptions,
): Promise<readonly (readonly Task[])[]> {
  const options = { model: path, contextLength: 256 }
  const model = await openLlamaCpp(options)
  const prompts: string[] = []
  for (const question of questions) prompts.push((await model.render({ messages: question })).text)
  await model.close()

  const verbatimModel = await openLlamaCpp({ ...options, format: verbatimFormat })
  const tasksByRound: Task[][] = []
  for (let round = 0; round < rounds; round++) {
    const tasks: Task[] = []
    for (const [index, prompt] of prompts.entries()) {
      const text = insertBeginning(createBeginning(round * prompts.length + index), prompt)
      const { tokens } = await verbatimModel.render({ messages: text, reasoning: 'on' })
      tasks.push({ text, tokens, maxTokens })
    }
    tasksByRound.push(tasks)
  }
  await verbatimModel.close()
  checkLengths(tasksByRound)
  return tasksByRound
}

/** Three digits; neighbors differ in the first one. They repeat after 1,000. */
function createBeginning(index: number): string {
  return String((index * 137 + 101) % 1_000).padStart(3, '0')
}

/** Inserts after the control token that begins the text, where the prompt has one. */
function insertBeginning(beginning: string, prompt: string): string {
  const [firstToken = ''] = /^<\|begin_of_text\|>/.exec(prompt) ?? []
  return firstToken + beginning + prompt.slice(firstToken.length)
}

function checkLengths(tasksByRound: readonly (readonly Task[])[]): void {
  const [firstRound = []] = tasksByRound
  for (const tasks of tasksByRound)
    for (const [index, { tokens }] of tasks.entries())
      if (tokens.length !== firstRound[index]?.tokens.length)
        throw new Error('prompts of the same question differ in length between two rounds')
}
