import { type Broken, nextNumber, parts, requests } from './sabotage.ts'

export const sampling: readonly Broken[] = [
  {
    fault: 'a seed that is ignored',
    law: 'the same seed',
    sabotage: parts((part) =>
      part.type === 'text' ? [{ type: 'text', text: `${part.text}${nextNumber()}` }] : [part],
    ),
  },
  {
    fault: 'chance that is none',
    law: 'a different seed',
    sabotage: requests(({ sampling: _dropped, ...rest }) => rest),
  },
  {
    fault: 'an ignored cut-off',
    law: 'a cut-off',
    claims: { sampling: ['temperature', 'seed', 'topK'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored penalty',
    law: 'a repetition penalty',
    claims: { sampling: ['temperature', 'repetitionPenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored presence penalty',
    law: 'a presence penalty',
    claims: { sampling: ['temperature', 'seed', 'presencePenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'an ignored frequency penalty',
    law: 'a frequency penalty',
    claims: { sampling: ['temperature', 'seed', 'frequencyPenalty'] },
    whole: 'ignored',
  },
  {
    fault: 'log-probabilities of some tokens only',
    law: 'log-probabilities',
    claims: { logprobs: true },
    sabotage: parts((part, _request, index) => [
      index > 0 && 'logprobs' in part ? { type: part.type, text: part.text } : part,
    ]),
  },
]
