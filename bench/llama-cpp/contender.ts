/** A prompt as text and as token ids: contenders take either, and read the same tokens. */
export interface Task {
  readonly text: string
  readonly tokens: readonly number[]
  readonly maxTokens: number
}

/** What a request came to. */
export interface Reply {
  /** Tokens sampled, the one that ends the turn included. */
  readonly output: number
  /** Milliseconds from the first token sampled to the last: `output - 1` steps. */
  readonly decoding: number
  /** Tokens of the prompt that were in the KV cache already; absent where it does not say. */
  readonly cached?: number | undefined
}

/** One way to run a model, ready to be measured. */
export interface Contender {
  readonly name: string
  /** Where it runs, as far as it says. */
  readonly device?: string | undefined
  /** A greedy reply. No two calls at once have the same `stream`. */
  reply(task: Task, stream: number): Promise<Reply>
  close(): Promise<void>
}

/** What a round of tasks came to. */
export interface Measured {
  /** Output tokens per second. */
  readonly speed: number
  readonly replies: readonly Reply[]
}

/** One request after another: only the steps after the first token count, so prompts do not. */
export async function alone(contender: Contender, tasks: readonly Task[]): Promise<Measured> {
  const replies: Reply[] = []
  for (const task of tasks) replies.push(await contender.reply(task, 0))
  const sum = (of: (reply: Reply) => number) =>
    replies.reduce((total, reply) => total + of(reply), 0)
  return {
    speed: (sum(({ output }) => output - 1) / sum(({ decoding }) => decoding)) * 1_000,
    replies,
  }
}

/**
 * Keeps `streams` requests going until all tasks are done: all tokens over all the time, prompts
 * included.
 */
export async function together(
  contender: Contender,
  tasks: readonly Task[],
  streams: number,
): Promise<Measured> {
  const queue = [...tasks]
  const replies: Reply[] = []
  const started = performance.now()
  await Promise.all(
    Array.from({ length: streams }, async (_, stream) => {
      for (let task = queue.shift(); task; task = queue.shift())
        replies.push(await contender.reply(task, stream))
    }),
  )
  const tokens = replies.reduce((total, { output }) => total + output, 0)
  return { speed: (tokens / (performance.now() - started)) * 1_000, replies }
}
