import { NanoError } from '../../../src/index.ts'

import { type Broken, fail, replaceMembers, requests } from './sabotage.ts'

export const errors: readonly Broken[] = [
  {
    fault: 'a temperature that is refused although it is claimed',
    law: 'a temperature from 0 to 2',
    sabotage: requests((request) =>
      (request.sampling?.temperature ?? 0) > 1 ? fail('temperature') : request,
    ),
  },
  {
    fault: 'a claim that is not kept',
    law: 'a claimed capability',
    claims: { schema: true },
    sabotage: requests((request) => (request.schema ? fail('schema') : request)),
  },
  {
    fault: 'a context that overflows in silence',
    law: 'a prompt longer',
    sabotage: requests(({ messages, ...fields }) => ({
      ...fields,
      messages: messages.map((message) =>
        message.role === 'user' ? { ...message, content: message.content.slice(0, 40) } : message,
      ),
    })),
  },
  {
    fault: 'a refusal that quotes the prompt',
    law: 'no error message',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        const [first] = request.messages
        if (first && 'content' in first && first.content.length > 1_000)
          throw new NanoError('context-overflow', `too long: ${first.content}`)
        yield* driver.stream(request, call)
      },
    }),
  },
  {
    fault: 'an error whose cause quotes the prompt',
    law: 'no error message',
    claims: { schema: true },
    sabotage: requests((request) => {
      if (request.schema)
        throw new NanoError('bad-output', 'the server refused', {
          cause: new NanoError('internal', JSON.stringify(request)),
        })
      return request
    }),
  },
  {
    fault: 'a missing call whose error quotes the reply',
    law: 'no error message',
    claims: { tools: 'forced' },
    sabotage: requests((request) => {
      if (request.toolChoice === 'required')
        throw new NanoError('bad-output', `no call in ${JSON.stringify(request.messages)}`)
      return request
    }),
  },
  {
    fault: 'an error of its own kind',
    law: 'every error',
    claims: { logprobs: true },
    sabotage: requests(({ logprobs, ...fields }) => {
      if (logprobs) throw new Error('nope')
      return fields
    }),
  },
  {
    fault: 'a request that nobody read',
    law: 'a malformed request',
    misuse: (model) => replaceMembers(model, { generate: () => model.generate('hi') }),
  },
]
