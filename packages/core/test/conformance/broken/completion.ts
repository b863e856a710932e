import { NanoError, type Part } from '../../../src/index.ts'
import {
  type Broken,
  fail,
  nextNumber,
  parts,
  replaceMembers,
  requests,
  type Sabotage,
  without,
} from './sabotage.ts'

export const completion: readonly Broken[] = [
  {
    fault: 'a completion that is claimed and fails',
    law: 'chat and completion',
    sabotage: requests((request) => (request.prompt ? fail('prompt') : request)),
  },
  {
    fault: 'a prompt that is answered although only chat is claimed',
    law: 'chat and completion',
    claims: { completion: false },
    misuse: (model) => replaceMembers(model, { generate: () => model.generate('hi') }),
  },
  {
    fault: 'a prompt that is read although messages stand beside it',
    law: 'a field of conversations',
    misuse: (model) => replaceMembers(model, { generate: () => model.generate({ prompt: 'a' }) }),
  },
  {
    fault: 'a completion in which a marker begins a thought',
    law: 'a completion is text alone',
    sabotage: changeCompletions((part) =>
      part.type === 'text' ? { type: 'reasoning', text: part.text } : part,
    ),
  },
  {
    fault: 'reasoning that is counted in a completion',
    law: 'a completion is text alone',
    sabotage: changeCompletions((part) =>
      part.type === 'finish' ? { ...part, usage: { ...part.usage, reasoning: 1 } } : part,
    ),
  },
  {
    fault: 'a completion without a bound',
    law: 'maxTokens bounds a completion',
    sabotage: without('maxTokens'),
  },
  {
    fault: 'a completion past its stop strings',
    law: 'a stop string never shows in a completion',
    sabotage: without('stop'),
  },
  {
    fault: 'a greedy completion left to chance',
    law: 'a greedy completion',
    sabotage: changeCompletions((part) =>
      part.type === 'text' ? { type: 'text', text: `${part.text}${nextNumber()}` } : part,
    ),
  },
  {
    fault: 'a prompt that is counted without what is put around it',
    law: 'countTokens and render',
    sabotage: (driver) => ({
      ...driver,
      countTokens: async (request) => (await driver.countTokens(request)) - 1,
    }),
  },
  {
    fault: 'a prompt that is put into a chat template',
    law: 'countTokens and render',
    sabotage: (driver) => ({
      ...driver,
      render: ({ prompt = '', ...request }) =>
        driver.render({ ...request, messages: [{ role: 'user', content: prompt }] }),
    }),
  },
  {
    fault: 'a prompt that writes control tokens',
    law: 'a prompt to complete cannot',
    sabotage: (driver) => ({
      ...driver,
      async render(request) {
        const { text, tokens } = await driver.render(request)
        const isAttack = request.prompt?.includes('<|end|>')
        return {
          text,
          tokens: isAttack ? tokens.map((token) => (token === 60 ? 256 : token)) : tokens,
        }
      },
    }),
  },
  {
    fault: 'an abort of a completion that leaves the driver unusable',
    law: 'abort ends a completion',
    sabotage: (driver) => {
      let wasAborted = false
      return {
        ...driver,
        async *stream(request, call) {
          if (wasAborted) throw new NanoError('unavailable', 'aborted once')
          call.signal.addEventListener('abort', () => {
            wasAborted = true
          })
          yield* driver.stream(request, call)
        },
      }
    },
  },
]

/** Changes the parts of completions alone. */
function changeCompletions(change: (part: Part) => Part): Sabotage {
  return parts((part, { prompt }) => [prompt === undefined ? part : change(part)])
}
