import { describe, expect, it } from 'vitest'
import { conformance, laws, checkLaw, Violation } from '../../src/conformance/index.ts'
import {
  cache,
  contextWindow,
  defaults,
  fallback,
  limit,
  memoryStore,
  type Middleware,
  Model,
  retry,
  standard,
  structured,
  timeout,
  trace,
} from '../../src/index.ts'
import { rewriteText, splitReasoning } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'
import { brokenDrivers, talkativeDriver } from './broken/index.ts'

const taggedDriver = () =>
  scripted({
    capabilities: { reasoning: 'never' },
    reply: () => ['<think>', 'hm, twelve and seven', '</thi', 'nk>\n\n', 'The answer is nineteen.'],
  })
const think: Middleware = rewriteText(
  'think',
  () => splitReasoning({ open: '<think>', close: '</think>' }),
  { reasoning: 'always' },
)

const completionOnly = {
  chat: false,
  continuation: false,
  reasoning: 'never',
  reasoningBudget: false,
} as const

const stacks: Record<string, () => Middleware[]> = {
  nothing: () => [],
  retry: () => [retry()],
  limit: () => [limit(1)],
  defaults: () => [defaults({ reasoning: 'on' })],
  timeout: () => [timeout({ first: 60_000, silence: 60_000, total: 60_000 })],
  trace: () => [trace()],
  contextWindow: () => [contextWindow()],
  structured: () => [structured()],
  cache: () => [cache(memoryStore())],
  standard: () => [standard()],
  'standard, whole': () => [
    standard({
      defaults: { reasoning: 'on' },
      contextWindow: {},
      cache: memoryStore(),
      limit: 2,
      timeout: { total: 60_000 },
    }),
  ],
  'all of them': () => [
    trace(),
    defaults({ sampling: { temperature: 0 } }),
    retry(),
    limit(1),
    timeout({ total: 60_000 }),
  ],
}

for (const [label, middleware] of Object.entries(stacks)) {
  describe(`the scripted driver behind ${label}`, async () => {
    await conformance(it, () => new Model(talkativeDriver(), ...middleware()))
  })
}

for (const [label, middleware] of Object.entries(stacks))
  if (!label.includes('whole') && label !== 'defaults')
    describe(`a driver without chat behind ${label}`, async () => {
      await conformance(it, () => new Model(talkativeDriver(completionOnly), ...middleware()))
    })

describe('a driver without completion', async () => {
  await conformance(it, () => new Model(talkativeDriver({ completion: false })))
})

describe('the scripted driver, claiming more', async () => {
  await conformance(
    it,
    () => new Model(talkativeDriver({ logprobs: true, schema: true, tools: 'forced' })),
  )
})

describe('the scripted driver behind a fallback', async () => {
  await conformance(
    it,
    () => new Model(fallback(new Model(talkativeDriver()), new Model(talkativeDriver()))),
  )
})

describe('tags split out of text', async () => {
  await conformance(it, () => new Model(taggedDriver(), limit(2), think))
})

describe('the suite catches', () => {
  it.each(brokenDrivers)(
    '$fault',
    async ({
      law: lawStart,
      claims,
      whole,
      sabotage = (driver) => driver,
      misuse = (model) => model,
    }) => {
      const law =
        laws.find(({ law }) => law.startsWith(lawStart)) ??
        expect.fail(`no law begins with ${lawStart}`)
      if (whole !== 'ignored')
        await expect(checkLaw(law, new Model(talkativeDriver(claims)))).resolves.toBeUndefined()
      await expect(
        checkLaw(law, misuse(new Model(sabotage(talkativeDriver(claims))))),
      ).rejects.toThrow(Violation)
    },
  )

  it('every law that there is', () => {
    const coveredLaws = laws.filter(({ law }) =>
      brokenDrivers.some((entry) => law.startsWith(entry.law)),
    )
    expect(laws.filter((law) => !coveredLaws.includes(law)).map(({ law }) => law)).toEqual([])
  })
})
