import * as z from 'zod/mini'

/**
 * The schema of sampling settings. A driver applies penalties first, then top-k, top-p and min-p,
 * then the temperature: the order of llama.cpp. A server may have an order of its own.
 */
export const samplingSchema = z.strictObject({
  /** In [0, 2]. 0 is greedy decoding: always the most probable token. */
  temperature: z.optional(z.number().check(z.minimum(0), z.maximum(2))),
  /** Probability mass that is kept, in (0, 1]. */
  topP: z.optional(z.number().check(z.gt(0), z.maximum(1))),
  /** How many of the most probable tokens are kept, 1 or more. */
  topK: z.optional(z.int().check(z.positive())),
  /** Drops tokens less probable than this share of the best token's probability, in [0, 1]. */
  minP: z.optional(z.number().check(z.minimum(0), z.maximum(1))),
  /**
   * Divides the positive logits of tokens already sampled in this reply, and multiplies the
   * negative ones; more than 0.
   */
  repetitionPenalty: z.optional(z.number().check(z.positive())),
  /** Subtracted once from the logit of each token already sampled in this reply, in [-2, 2]. */
  presencePenalty: z.optional(z.number().check(z.minimum(-2), z.maximum(2))),
  /** Subtracted from a token's logit for each time this reply has sampled it, in [-2, 2]. */
  frequencyPenalty: z.optional(z.number().check(z.minimum(-2), z.maximum(2))),
  /** The same seed and request give the same reply on the same device; in [0, 2^32 - 1]. */
  seed: z.optional(z.int().check(z.minimum(0), z.maximum(0xffff_ffff))),
})

/** How the next token is chosen. */
export type Sampling = Readonly<z.output<typeof samplingSchema>>

interface SamplingSetting {
  /** The value that changes nothing, as if the setting were left out. Absent for `seed`. */
  readonly neutral?: number
  /** A value that changes something: the conformance suite asks for it. */
  readonly example: number
  /** The value by which the setting leaves one token, where there is one. */
  readonly greedy?: number
}

/** Every sampling setting: the only place for what all drivers know of it. */
export const samplingSettings: Readonly<Record<keyof Sampling, SamplingSetting>> = {
  temperature: { neutral: 1, example: 0.8 },
  topP: { neutral: 1, example: 0.9, greedy: 1e-6 },
  topK: { neutral: Infinity, example: 20, greedy: 1 },
  minP: { neutral: 0, example: 0.05, greedy: 1 },
  repetitionPenalty: { neutral: 1, example: 1.1 },
  presencePenalty: { neutral: 0, example: 0.1 },
  frequencyPenalty: { neutral: 0, example: 0.1 },
  seed: { example: 3 },
}

/** The names of all sampling settings. */
export const samplingNames = Object.keys(samplingSettings) as readonly (keyof Sampling)[]

/** Every setting but the seed. */
export type CompleteSampling = {
  readonly [Name in Exclude<keyof Sampling, 'seed'>]-?: NonNullable<Sampling[Name]>
} & Pick<Sampling, 'seed'>

/** The settings with the neutral value for each one that is left out; no seed is made up. */
export function completeSampling(sampling: Sampling): CompleteSampling {
  const settings = samplingNames.flatMap((name) => {
    const value = sampling[name] ?? samplingSettings[name].neutral
    return value === undefined ? [] : [[name, value]]
  })
  return Object.fromEntries(settings) as CompleteSampling
}

/** The settings of `advice` that a driver honors. */
export function honoredAdvice(
  { sampling: honoredNames }: { readonly sampling: readonly (keyof Sampling)[] },
  advice: Sampling,
): Sampling {
  const names = samplingNames.filter((name) => honoredNames.includes(name) && name in advice)
  return Object.fromEntries(names.map((name) => [name, advice[name]]))
}
