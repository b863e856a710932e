import type { Message, Tool } from '@nano/core'
import type { RealRequest } from './requests.ts'

export const weatherTool: Tool = {
  name: 'get_weather',
  description: 'Get the current weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The name of the city.' } },
    required: ['city'],
    additionalProperties: false,
  },
}
const timeTool: Tool = {
  name: 'get_time',
  description: 'Get the current time in a time zone.',
  parameters: {
    type: 'object',
    properties: { zone: { type: 'string' }, seconds: { type: 'boolean' } },
    required: ['zone'],
  },
}
const tools = [weatherTool, timeTool]

const system: Message = { role: 'system', content: 'You answer in one short sentence.' }
export const weatherQuestion: Message = {
  role: 'user',
  content: 'What is the weather like in Paris right now?',
}
const result: readonly Message[] = [
  weatherQuestion,
  {
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'call-1', name: 'get_weather', input: { city: 'Paris' } }],
  },
  { role: 'tool', toolCallId: 'call-1', output: { sky: 'clear', degrees: 21.5 } },
]
const ask = (content: string): Message => ({ role: 'user', content })

/** With and without a system message, tools, and a tool's result. */
export const qwenRequests: readonly RealRequest[] = conversations().map((conversation) => ({
  ...conversation,
  maxTokens: 48,
}))

/** Fewer, for a larger model: one with text, and those with tools, but for the longest. */
export const largeQwenRequests: readonly RealRequest[] = qwenRequests
  .filter(({ tools: offeredTools }, index) => index === 1 || offeredTools)
  .slice(0, -1)

function conversations(): readonly Omit<RealRequest, 'maxTokens'>[] {
  return [
    { messages: [ask('What is the capital of France?')] },
    { messages: [system, ask('Why is the sky blue?')] },
    { messages: [ask('Write a JavaScript function that adds two numbers.')] },
    { messages: [system, ask('Explain what a hash map is, with “quotes” and naïve words.')] },
    { messages: [weatherQuestion], tools },
    { messages: [system, weatherQuestion], tools },
    { messages: [ask('What time is it in UTC?')], tools },
    { messages: result, tools },
    {
      messages: [system, ...result, { role: 'assistant', content: '21.5' }, ask('And now?')],
      tools,
    },
  ]
}
