import type { Message, Tool } from '@nano/core'

/** A greedy request, as the tests, transformers and the servers read it. */
export interface RealRequest {
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly maxTokens: number
}

const system = { role: 'system', content: 'You answer in plain English.' } as const
const topics = [
  'a lighthouse',
  'the tides',
  'photosynthesis',
  'a bicycle',
  'the printing press',
  'honey bees',
  'volcanoes',
  'a compass',
  'the water cycle',
  'steam engines',
  'glaciers',
  'sleep',
  'vaccines',
  'earthquakes',
  'a telescope',
  'bread',
  'rainbows',
  'whales',
  'bridges',
  'chess',
]
const tasks = [
  (topic: string) => `Explain ${topic} to a child in a few sentences.`,
  (topic: string) => `Write a short story about ${topic}.`,
  (topic: string) => `List five facts about ${topic}.`,
]

/**
 * Sixty requests, each with a reply of its own. Half of them have no system message, where the
 * model's template writes its makers' own.
 */
export const smollmRequests: readonly RealRequest[] = topics.flatMap((topic, index) =>
  tasks.map((task) => ({
    messages: [...(index % 2 === 0 ? [system] : []), { role: 'user', content: task(topic) }],
    maxTokens: 64,
  })),
)

const days = Array.from(
  { length: 12 },
  (_, day) => `On day ${day} the fox walked ${day * 3} miles.`,
)

/** Requests for models with random weights; the longest exceeds every window of theirs. */
export const randomRequests: readonly RealRequest[] = [
  [{ role: 'user', content: 'What is the capital of France?' }] as const,
  [{ role: 'user', content: `${days.join(' ')} How far was it on day 7?` }] as const,
  [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi! How can I help?' },
    { role: 'user', content: 'Tell me a fact about bridges.' },
  ] as const,
].map((messages) => ({ messages: [system, ...messages], maxTokens: 24 }))
