import { type Broken, callPart, fail, parts, requests, without, withoutTools } from './sabotage.ts'

export const tools: readonly Broken[] = [
  {
    // Model checks every answer that a driver ends with stop.
    fault: 'a schema that is ignored, in an answer that ends for no reason',
    law: 'an answer with a schema',
    claims: { schema: true },
    sabotage: (driver) =>
      parts((part) => [part.type === 'finish' ? { ...part, finishReason: 'other' } : part])({
        ...driver,
        ...without('schema')(driver),
      }),
  },
  {
    fault: 'tools that are dropped',
    law: 'an offered tool',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      stream: (request, call) => driver.stream(withoutTools(request), call),
    }),
  },
  {
    fault: 'a demanded call that does not come',
    law: 'a demanded call comes',
    claims: { tools: 'forced' },
    sabotage: without('toolChoice'),
  },
  {
    fault: 'a call without its result',
    law: 'a conversation with a call',
    claims: { tools: 'offered' },
    sabotage: requests((request) =>
      request.messages.at(-1)?.role === 'tool' ? fail('tool') : request,
    ),
  },
  {
    fault: 'two calls with one id',
    law: 'a call is emitted whole',
    claims: { tools: 'offered' },
    sabotage: parts((part, _request, index) => (index === 0 ? [callPart, callPart, part] : [part])),
  },
  {
    fault: 'an input that is a text',
    law: 'a call is emitted whole',
    claims: { tools: 'forced' },
    sabotage: parts((part) => [part.type === 'tool-call' ? { ...part, input: '{}' } : part]),
  },
  {
    fault: 'an input that is null',
    law: 'a call is emitted whole',
    claims: { tools: 'forced' },
    sabotage: parts((part) => [part.type === 'tool-call' ? { ...part, input: null } : part]),
  },
  {
    fault: 'a rendering without the tools',
    law: 'render shows an offered tool',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      render: (request) => driver.render(withoutTools(request)),
    }),
  },
  {
    fault: 'a rendering with tools that may not be called',
    law: 'render shows an offered tool',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      render: ({ toolChoice: _choice, ...request }) => driver.render(request),
    }),
  },
  {
    fault: 'tools offered although none may be called',
    law: 'toolChoice none',
    claims: { tools: 'offered' },
    sabotage: (driver) => ({
      ...driver,
      countTokens: async (request) => (await driver.countTokens(request)) + (request.tools ? 9 : 0),
    }),
  },
]
