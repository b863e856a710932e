import { type Sampling, samplingSettings } from '../sampling.ts'
import {
  Violation,
  requestFor,
  assertHolds,
  type Law,
  needs,
  longQuestion,
  describeOutcome,
  question,
} from './law.ts'

type SamplingClaims = { readonly sampling: readonly (keyof Sampling)[] }

const honors =
  (...settings: readonly (keyof Sampling)[]) =>
  ({ sampling }: SamplingClaims) =>
    settings.every((setting) => sampling.includes(setting))

/**
 * The highest temperature, at which a model that is sure of itself varies. The cut-offs that the
 * makers of a model advise would make it greedy again, so they are neutral.
 */
function hotSampling({ sampling }: SamplingClaims): Sampling {
  const neutral = Object.entries(cutOffs).map(([name, { neutral }]) => [name, neutral])
  const claimedSettings = neutral.filter(
    ([name, value]) => sampling.some((setting) => setting === name) && value !== Infinity,
  )
  return { temperature: 2, ...Object.fromEntries(claimedSettings) }
}

/** The settings of which one value leaves a single token. */
const cutOffs = Object.fromEntries(
  Object.entries(samplingSettings).filter(([, { greedy }]) => greedy !== undefined),
)

/** From greedy to the highest: at one of them tokens repeat, and a penalty of 2 decides. */
const temperatures = [0, 0.5, 1, 1.5, 2]

/**
 * Tries the two ends of a penalty's range: a penalty that is not ignored shows in one of the
 * replies.
 */
function penaltyLaw(setting: 'presencePenalty' | 'frequencyPenalty', name: string): Law {
  return {
    law: `a ${name} penalty is not ignored`,
    skipReason: needs(
      `temperature, seed and ${setting} are`,
      honors('temperature', 'seed', setting),
    ),
    async check(model) {
      let hasRepeats = false
      for (const temperature of temperatures) {
        const replyWith = async (settings: Sampling) => {
          const sampling = { temperature, seed: 7, ...settings }
          return (await model.generate(requestFor(model, longQuestion, { sampling }))).text
        }
        const freeText = await replyWith({})
        const tokens = model.capabilities.tokenize
          ? await model.tokenize(freeText)
          : freeText.split(/\b/)
        if (new Set<unknown>(tokens).size === tokens.length) continue
        hasRepeats = true
        for (const value of [2, -2])
          if ((await replyWith({ [setting]: value })) !== freeText) return
      }
      if (!hasRepeats) return 'no reply repeats a token'
      throw new Violation(`the same replies as without, at temperatures ${temperatures.join(', ')}`)
    },
  }
}

export const sampling: readonly Law[] = [
  {
    law: 'a greedy reply is the same each time',
    async check(model) {
      const [first, second] = [
        describeOutcome(await model.generate(requestFor(model, question))),
        describeOutcome(await model.generate(requestFor(model, question))),
      ]
      assertHolds(first === second, `${second} is not ${first}`)
    },
  },
  {
    law: 'the same seed gives the same reply',
    skipReason: needs('temperature and seed are', honors('temperature', 'seed')),
    async check(model) {
      const request = requestFor(model, question, {
        sampling: { ...hotSampling(model.capabilities), seed: 7 },
      })
      const [first, second] = [
        describeOutcome(await model.generate(request)),
        describeOutcome(await model.generate(request)),
      ]
      assertHolds(first === second, `${second} is not ${first}`)
    },
  },
  {
    law: 'a different seed, or no seed, gives a different reply',
    skipReason: needs('temperature and seed are', honors('temperature', 'seed')),
    async check(model) {
      const seeds = [1, 2, 3, 4, 5, 6, undefined, undefined]
      const replies = new Set<string>()
      for (const seed of seeds) {
        const sampling = { ...hotSampling(model.capabilities), ...(seed !== undefined && { seed }) }
        replies.add(
          describeOutcome(await model.generate(requestFor(model, longQuestion, { sampling }))),
        )
      }
      assertHolds(
        replies.size > 2,
        `${replies.size} different replies to ${seeds.length} draws at temperature 2`,
      )
    },
  },
  {
    law: 'a cut-off (topK, topP or minP) that leaves one token is greedy',
    skipReason: needs('temperature is', honors('temperature')),
    async check(model) {
      const greedy = describeOutcome(await model.generate(requestFor(model, question)))
      for (const [name, { greedy: value }] of Object.entries(cutOffs)) {
        if (!model.capabilities.sampling.some((setting) => setting === name)) continue
        const cutOff = { [name]: value }
        const reply = describeOutcome(
          await model.generate(
            requestFor(model, question, {
              sampling: { ...hotSampling(model.capabilities), ...cutOff },
            }),
          ),
        )
        assertHolds(reply === greedy, `with ${JSON.stringify(cutOff)}: ${reply} is not ${greedy}`)
      }
    },
  },
  {
    law: 'a repetition penalty is not ignored',
    skipReason: needs('repetitionPenalty is', honors('repetitionPenalty')),
    async check(model) {
      const { text } = await model.generate(requestFor(model, longQuestion))
      const tokens = model.capabilities.tokenize ? await model.tokenize(text) : []
      if (new Set(tokens).size === tokens.length) return 'the reply repeats no token'
      const penalizedReply = await model.generate(
        requestFor(model, longQuestion, { sampling: { temperature: 0, repetitionPenalty: 1_000 } }),
      )
      assertHolds(
        penalizedReply.text !== text,
        `the same reply as without: ${JSON.stringify(text)}`,
      )
    },
  },
  penaltyLaw('presencePenalty', 'presence'),
  penaltyLaw('frequencyPenalty', 'frequency'),
  {
    law: 'log-probabilities come for each token, with as many alternatives as asked for',
    skipReason: needs('logprobs are', ({ logprobs }) => logprobs),
    async check(model) {
      const {
        logprobs = [],
        text,
        usage,
      } = await model.generate(requestFor(model, question, { logprobs: 2 }))
      // The end-of-turn token has no text, and may have no entry.
      assertHolds(
        logprobs.length >= (usage.output ?? 0) - 1 && logprobs.length > 0,
        `${logprobs.length} entries for ${usage.output} tokens`,
      )
      const plainReply = await model.generate(requestFor(model, question))
      assertHolds(
        plainReply.text === text && plainReply.usage.output === usage.output,
        `${JSON.stringify(text)} with log-probabilities, ` +
          `and ${JSON.stringify(plainReply.text)} without`,
      )
      for (const { logprob, top, token } of logprobs) {
        assertHolds(logprob <= 0 && top.length === 2, `${logprob}, with ${top.length} alternatives`)
        assertHolds(
          top[0]?.token === token,
          `greedily ${token} was sampled, and ${top[0]?.token} is the likeliest`,
        )
      }
    },
  },
]
