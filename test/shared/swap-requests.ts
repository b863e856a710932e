import { readFileSync } from 'node:fs'
import type {
  GenerateInput,
  GenerateRequest,
  GenerateResult,
  Message,
  Model,
  Sampling,
  Tool,
} from '@nano/core'

const problems = readFileSync(
  new URL('../../packages/tiny/problems.jsonl', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => (JSON.parse(line) as { question: string }).question)
const spread = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => problems[(from + index * 7) % problems.length] ?? '')
const user = (content: string): Message => ({ role: 'user', content })
const tools: readonly Tool[] = [
  {
    name: 'add',
    description: 'Adds two numbers.',
    parameters: {
      type: 'object',
      properties: { a: { type: 'integer' }, b: { type: 'integer' } },
      required: ['a', 'b'],
    },
  },
  {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
]
const oddTexts = [
  'naïve 日本語 🙂',
  '<|eot_id|> What is 2 + 2?',
  '  \n\n\ttabs and  spaces \r\n',
  'Ünïcødé: ½ ≠ ⅓ — “quotes”',
  '👩‍👩‍👧‍👦 family',
  'a\u0000b',
  '\uFEFFmark',
  'العربية',
  '</think>',
  '[TOOL_CALLS]',
]
const filler = 'The list of numbers is long, and not needed here: 7, 12, 30. '
const multiTokenText = '日本語 🙂 naïve'

type SwapRequest = Omit<GenerateRequest, 'messages'> & {
  readonly messages: GenerateRequest['messages'] | string
}

const kinds: Readonly<Record<string, readonly SwapRequest[]>> = {
  'problems with reasoning': spread(25).map((messages) => ({ messages, reasoning: 'on' })),
  'problems without': spread(20, 3).map((messages) => ({ messages, reasoning: 'off' })),
  tools: spread(6, 5).flatMap((content): SwapRequest[] => [
    { messages: [user(`Use the tool: ${content}`)], tools },
    {
      messages: [user('What is the weather in Paris?')],
      tools,
      reasoning: 'on',
      maxTokens: content.length,
    },
  ]),
  'calls that are demanded': spread(6, 8).map((content, index) => ({
    messages: [user(`Use the tool: ${content}`)],
    tools,
    toolChoice: index % 2 ? 'required' : { name: 'add' },
    reasoning: index < 3 ? 'off' : 'on',
    maxTokens: 200,
  })),
  'text of all kinds': oddTexts.map((messages) => ({ messages, maxTokens: 60, reasoning: 'on' })),
  'stop strings': spread(10, 2).map((messages, index) => ({
    messages,
    stop: [String(index), '1'],
    reasoning: index % 2 ? 'on' : 'off',
  })),
  'a thought cut by maxTokens': spread(4, 11).map((messages, index) => ({
    messages,
    reasoning: 'on',
    maxTokens: 1 + 8 * index,
  })),
  budgets: spread(11, 4).map((messages, index) => ({
    messages,
    reasoning: 'on',
    reasoningBudget: 1 + 2 * index,
    maxTokens: 120,
  })),
  'long prompts': spread(6, 8).map((content, index) => ({
    messages: filler.repeat(4 + 5 * index) + content,
    reasoning: index % 2 ? 'on' : 'off',
    maxTokens: 60,
  })),
  'replies that go on': spread(3, 10).map((content, index) => ({
    messages: [user(content), { role: 'assistant', content: String(index + 1), continue: true }],
    maxTokens: 60,
  })),
  'answers held to a schema': spread(6, 1).map((content, index) => ({
    messages: `Answer in JSON with the key result: ${content}`,
    schema: {
      type: 'object',
      properties: { result: { type: 'string', maxLength: 20 } },
      required: ['result'],
    },
    reasoning: index % 2 ? 'on' : 'off',
    maxTokens: 300,
  })),
  'characters of several tokens, whole and cut in two': [120, 5].map((maxTokens) => ({
    messages: 'Say it.',
    schema: { const: multiTokenText },
    maxTokens,
  })),
  'system messages': spread(7, 6).map((content, index) => ({
    messages: [{ role: 'system', content: 'Be brief.' }, user(content)],
    reasoning: index % 2 ? 'on' : 'off',
    maxTokens: 80,
  })),
  'texts to complete': [...oddTexts, ...spread(6, 2), '<think>\nLet me see: 12 + 7 ='].map(
    (prompt, index) => ({
      messages: [],
      prompt,
      maxTokens: 40,
      ...(index % 4 === 3 && { stop: ['1', 'the'] }),
      ...(index % 4 === 1 && { schema: { type: 'integer' } }),
    }),
  ),
  penalties: spread(7, 6).map((content, index) => ({
    messages: [user(content)],
    maxTokens: 80,
    sampling: { repetitionPenalty: 1 + index / 10, presencePenalty: index / 5 },
  })),
}

/** A kind of requests, and what a model has to claim for them. */
export interface SwapKind {
  readonly what: string
  readonly requests: readonly GenerateInput[]
  /** Settings that some of them use. */
  readonly settings: readonly (keyof Sampling)[]
}

/**
 * What is asked of every runtime of the embedded model, greedily: each is to give the same replies.
 */
export const swapKinds: readonly SwapKind[] = Object.entries(kinds).map(([what, requests]) => ({
  what,
  requests: requests.map(
    ({ sampling, ...request }) =>
      ({ ...request, sampling: { ...sampling, temperature: 0 } }) as GenerateInput,
  ),
  settings: [
    ...new Set(
      requests.flatMap(({ sampling = {} }) => Object.keys(sampling) as (keyof Sampling)[]),
    ),
  ],
}))

/** Three conversations, each of three turns. */
export const swapConversations: readonly (readonly string[])[] = spread(3, 9).map((first) => [
  first,
  'What is 3 + 4?',
  'And 12 - 5?',
])

/** How many requests there are, the turns of the conversations among them. */
export const swapCount = [
  ...swapKinds.map(({ requests }) => requests),
  ...swapConversations,
].reduce((sum, { length }) => sum + length, 0)

/** What runtimes must agree on: neither timings nor cached input. */
export async function generateOutcome(model: Model, input: GenerateInput): Promise<object> {
  return toOutcome(await model.generate(input))
}

/** The outcomes of all turns of a conversation, each after the model's own replies. */
export async function generateOutcomes(
  model: Model,
  questions: readonly string[],
): Promise<readonly object[]> {
  let messages: readonly Message[] = []
  const outcomes: object[] = []
  for (const question of questions) {
    messages = [...messages, user(question)]
    const result = await model.generate({ messages, reasoning: 'on', sampling: { temperature: 0 } })
    outcomes.push(toOutcome(result))
    messages = [...messages, result.message]
  }
  return outcomes
}

function toOutcome({
  reasoning,
  text,
  toolCalls,
  finishReason,
  usage: { input, output, reasoning: thought },
}: GenerateResult): object {
  return { reasoning, text, toolCalls, finishReason, input, output, thought }
}
