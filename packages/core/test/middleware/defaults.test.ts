import { expect, it } from 'vitest'
import { defaults, Model } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'

it('a default is not overridden by what is there and undefined', async () => {
  const model = new Model(
    scripted(),
    defaults({ maxTokens: 1, reasoning: 'off', sampling: { seed: 1 } }),
  )
  const { text } = await model.generate({
    messages: 'hi',
    maxTokens: undefined,
    sampling: { seed: undefined },
  } as never)
  expect(text).toBe('o')
})
it('defaults may bring the tools that a request chooses from', async () => {
  const model = new Model(
    scripted({ capabilities: { tools: 'forced' } }),
    defaults({ tools: [{ name: 'add', parameters: {} }] }),
  )
  expect((await model.generate({ messages: 'hi', toolChoice: { name: 'add' } })).text).toBe('ok')
})

it('defaults fill in what is left out, setting by setting', async () => {
  const requests: unknown[] = []
  const innerDriver = scripted({ capabilities: { sampling: ['topP', 'seed'] } })
  const spy: Driver = {
    ...innerDriver,
    stream: (request, call) => {
      requests.push(request)
      return innerDriver.stream(request, call)
    },
  }
  await new Model(spy, defaults({ maxTokens: 9, sampling: { seed: 1, topP: 0.5 } })).generate({
    messages: 'hi',
    sampling: { seed: 2 },
  })
  expect(requests).toMatchObject([{ maxTokens: 9, sampling: { seed: 2, topP: 0.5 } }])
})
