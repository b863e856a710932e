import type { GenerateInput } from '../../../src/index.ts'
import { type Model } from '../../../src/index.ts'
import {
  type Broken,
  asRequired,
  finishWith,
  parts,
  replaceMembers,
  requests,
  without,
} from './sabotage.ts'

export const reasoning: readonly Broken[] = [
  {
    fault: 'a budget that ends a thought and does not say so',
    law: 'a reasoning budget',
    sabotage: parts((part) => {
      if (part.type !== 'finish') return [part]
      const { cut: _cut, ...finish } = part
      return [finish]
    }),
  },
  {
    fault: 'reasoning that is off when it is left out',
    law: 'reasoning is on by default',
    misuse: (model) => {
      const generate = (input: GenerateInput) =>
        model.generate(
          typeof input === 'string' || input.messages === undefined
            ? input
            : { reasoning: 'off', ...input },
        )
      return replaceMembers(model, { generate: generate as Model['generate'] })
    },
  },
  {
    fault: 'a thought although it is off',
    law: 'reasoning off',
    sabotage: requests((request) => ({ ...request, reasoning: 'on' })),
  },
  { fault: 'a switch that gets lost', law: 'turning reasoning on', sabotage: without('reasoning') },
  {
    fault: 'a marker in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '</think>' }, part] : [part],
    ),
  },
  {
    fault: 'a cut thought shown as the answer',
    law: 'a thought cut by maxTokens',
    sabotage: parts((part, { maxTokens = 0 }) => [
      part.type === 'reasoning' && maxTokens < 20 ? { ...part, type: 'text' } : part,
    ]),
  },
  {
    fault: 'a stop string matched in a thought',
    law: 'a stop string never cuts reasoning',
    sabotage: parts((part, { stop }) => (stop && part.type === 'reasoning' ? [] : [part])),
  },
  {
    fault: 'a marker of a turn in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '<|channel|>final<|message|>' }, part] : [part],
    ),
  },
  {
    fault: 'a marker of another family in the answer',
    law: 'markers of a thought',
    sabotage: parts((part, _request, index) =>
      index === 0 ? [{ type: 'text', text: '[THINK]' }, part] : [part],
    ),
  },
  {
    fault: 'an ignored budget, and thoughts that are not counted',
    law: 'a reasoning budget',
    sabotage: (driver) => without('reasoningBudget')(asRequired(driver, finishWith({ usage: {} }))),
  },
  { fault: 'an ignored budget', law: 'a reasoning budget', sabotage: without('reasoningBudget') },
]
