import type { Sampling } from '../request.ts'
import { ask, hold, type Law, long, outcome, question } from './law.ts'

type Can = { readonly sampling: readonly (keyof Sampling)[] }
const honours =
  (...settings: readonly (keyof Sampling)[]) =>
  ({ sampling }: Can) =>
    settings.every((setting) => sampling.includes(setting))

/**
 * So hot that a model sure of itself is not; cut-offs that its family advises would make it greedy
 * again.
 */
function hot({ sampling }: Can): Sampling {
  return {
    temperature: 50,
    ...(sampling.includes('topP') && { topP: 1 }),
    ...(sampling.includes('minP') && { minP: 0 }),
  }
}

/**
 * From sure of itself to anything goes; somewhere between, tokens repeat and a penalty of 2
 * decides.
 */
const temperatures = [0, 1, 2, 4, 8]

/** Both ways, over the widest range: what is not ignored shows in one reply of them. */
function penalty(setting: 'presencePenalty' | 'frequencyPenalty', name: string): Law {
  return {
    law: `a ${name} penalty is not ignored`,
    needs: honours('temperature', 'seed', setting),
    async check(model) {
      let repeats = false
      for (const temperature of temperatures) {
        const reply = async (more: Sampling) =>
          (await model.generate(ask(long, { sampling: { temperature, seed: 7, ...more } }))).text
        const free = await reply({})
        const tokens = model.capabilities.tokenize ? await model.tokenize(free) : free.split(/\b/)
        if (new Set<unknown>(tokens).size === tokens.length) continue
        repeats = true
        for (const value of [2, -2]) if ((await reply({ [setting]: value })) !== free) return
      }
      hold(!repeats, `the same replies as without, at temperatures ${temperatures.join(', ')}`)
    },
  }
}

/** Each leaves one token. */
const cuts: readonly Sampling[] = [{ topK: 1 }, { topP: 1e-6 }, { minP: 1 }]

export const sampling: readonly Law[] = [
  {
    law: 'a greedy reply repeats',
    async check(model) {
      const [first, second] = [
        outcome(await model.generate(ask(question))),
        outcome(await model.generate(ask(question))),
      ]
      hold(first === second, `${second} is not ${first}`)
    },
  },
  {
    law: 'the same seed gives the same reply',
    needs: honours('temperature', 'seed'),
    async check(model) {
      const request = ask(question, { sampling: { ...hot(model.capabilities), seed: 7 } })
      const [first, second] = [
        outcome(await model.generate(request)),
        outcome(await model.generate(request)),
      ]
      hold(first === second, `${second} is not ${first}`)
    },
  },
  {
    law: 'another seed gives another reply, and so does none',
    needs: honours('temperature', 'seed'),
    async check(model) {
      const seeds = [1, 2, 3, 4, 5, 6, undefined, undefined]
      const replies = new Set<string>()
      for (const seed of seeds) {
        const sampling = { ...hot(model.capabilities), ...(seed !== undefined && { seed }) }
        replies.add(outcome(await model.generate(ask(long, { sampling }))))
      }
      hold(
        replies.size > 2,
        `${replies.size} different replies to ${seeds.length} draws at temperature 50`,
      )
    },
  },
  {
    law: 'a cut-off that leaves one token is greedy',
    needs: honours('temperature'),
    async check(model) {
      const greedy = outcome(await model.generate(ask(question)))
      for (const cut of cuts.filter((cut) =>
        honours(...(Object.keys(cut) as (keyof Sampling)[]))(model.capabilities),
      )) {
        const reply = outcome(
          await model.generate(ask(question, { sampling: { ...hot(model.capabilities), ...cut } })),
        )
        hold(reply === greedy, `with ${JSON.stringify(cut)}: ${reply} is not ${greedy}`)
      }
    },
  },
  {
    law: 'a repetition penalty is not ignored',
    needs: honours('repetitionPenalty'),
    async check(model) {
      const { text } = await model.generate(ask(long))
      const tokens = model.capabilities.tokenize ? await model.tokenize(text) : []
      if (new Set(tokens).size === tokens.length) return
      const penalised = await model.generate(
        ask(long, { sampling: { temperature: 0, repetitionPenalty: 1_000 } }),
      )
      hold(penalised.text !== text, `the same reply as without: ${JSON.stringify(text)}`)
    },
  },
  penalty('presencePenalty', 'presence'),
  penalty('frequencyPenalty', 'frequency'),
  {
    law: 'log-probabilities come for each token of the reply, with as many alternatives as asked for',
    needs: (can) => can.logprobs,
    async check(model) {
      const { logprobs = [], text, usage } = await model.generate(ask(question, { logprobs: 2 }))
      // The end-of-turn token has no text, and may have no entry.
      hold(
        logprobs.length >= (usage.output ?? 0) - 1 && logprobs.length > 0,
        `${logprobs.length} entries for ${usage.output} tokens`,
      )
      const without = await model.generate(ask(question))
      hold(
        without.text === text && without.usage.output === usage.output,
        `${JSON.stringify(text)} with log-probabilities, and ${JSON.stringify(without.text)} without`,
      )
      for (const { logprob, top, token } of logprobs) {
        hold(logprob <= 0 && top.length === 2, `${logprob}, with ${top.length} alternatives`)
        hold(
          top[0]?.token === token,
          `greedily ${token} was sampled, and ${top[0]?.token} is the likeliest`,
        )
      }
    },
  },
]
