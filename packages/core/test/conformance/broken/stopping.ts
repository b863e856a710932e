import { type Broken, asRequired, finishWith, parts, requests, without } from './sabotage.ts'

export const stopping: readonly Broken[] = [
  {
    fault: 'an ignored maxTokens, and a usage that says nothing',
    law: 'maxTokens bounds the output',
    sabotage: (driver) => without('maxTokens')(asRequired(driver, finishWith({ usage: {} }))),
  },
  {
    fault: 'a cut reply that is another reply',
    law: 'a shorter maxTokens',
    sabotage: parts((part, { maxTokens }) =>
      part.type === 'text' ? [{ type: 'text', text: `${maxTokens}${part.text}` }] : [part],
    ),
  },
  { fault: 'ignored stop strings', law: 'a stop string never shows', sabotage: without('stop') },
  {
    fault: 'all but the first stop string ignored',
    law: 'a stop string never shows',
    sabotage: requests(({ stop = [], ...fields }) => ({ ...fields, stop: stop.slice(0, 1) })),
  },
  {
    fault: 'a tail that is held back for ever',
    law: 'a stop string that the reply',
    sabotage: parts((part, { stop }) =>
      stop && part.type === 'text' && part.text.endsWith('.') ? [] : [part],
    ),
  },
]
