import type { Part } from '../../../src/index.ts'

import { type Broken, nextNumber, fail, finishWith, parts, requests } from './sabotage.ts'

export const stream: readonly Broken[] = [
  {
    fault: 'a reason to finish that the contract does not have',
    law: 'a finish part has a reason',
    sabotage: finishWith({ finishReason: 'eos' as 'stop' }),
  },
  {
    fault: 'a raw reason that is empty',
    law: 'a finish part has a reason',
    sabotage: finishWith({ rawFinishReason: '' }),
  },
  {
    fault: 'a usage that says nothing',
    law: 'the usage of a whole reply',
    sabotage: finishWith({ usage: {} }),
  },
  {
    fault: 'a finish that is not last',
    law: 'a stream has exactly one finish',
    sabotage: parts((part) => (part.type === 'finish' ? [] : [part])),
  },
  {
    fault: 'an empty increment',
    law: 'no increment is empty',
    sabotage: parts((part) => [{ type: 'text', text: '' }, part]),
  },
  {
    fault: 'a character in two halves',
    law: 'no increment holds half',
    sabotage: parts((part, _request, index) =>
      index === 0
        ? [...'🙂'.split('').map((half): Part => ({ type: 'text', text: half })), part]
        : [part],
    ),
  },
  {
    fault: 'a reply that depends on how it is asked for',
    law: 'generate gives',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${nextNumber()}` }] : [part],
    ),
  },
  {
    fault: 'a plain string taken for something else',
    law: 'a plain string',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${nextNumber()}` }] : [part],
    ),
  },
  {
    fault: 'more reasoning than output',
    law: 'the token counts and times',
    sabotage: finishWith({ usage: { output: 1, reasoning: 2 } }),
  },
  {
    fault: 'a history it cannot read',
    law: 'the message of a result',
    sabotage: requests((request) => (request.messages.length > 1 ? fail('history') : request)),
  },
  {
    fault: 'a greedy reply that changes',
    law: 'a greedy reply',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${nextNumber()}` }] : [part],
    ),
  },
]
