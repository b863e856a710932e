import { describe, expect, it } from 'vitest'
import { fallback, Model, NanoError } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'
import { failing, spy } from './middleware/spies.ts'

describe('fallback', () => {
  const down = () => spy(() => failing('unavailable')).driver
  it('moves to the next driver for errors of the first, not for errors of the caller', async () => {
    expect((await new Model(fallback(down(), down(), spy().driver)).generate('hi')).text).toBe('ok')
    const picky = spy(() => failing('invalid-request')).driver
    await expect(new Model(fallback(picky, spy().driver)).generate('hi')).rejects.toMatchObject({
      code: 'invalid-request',
    })
    await expect(new Model(fallback(down(), down())).generate('hi')).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
  it('does not start over after the first part', async () => {
    const half = spy(async function* () {
      yield { type: 'text', text: 'half' }
      throw new NanoError('unavailable', 'gone')
    }).driver
    const second = spy()
    await expect(new Model(fallback(half, second.driver)).generate('hi')).rejects.toThrow('gone')
    expect(second.requests).toEqual([])
  })
  it('claims what all claim, and closes all', async () => {
    const closed: string[] = []
    const named = (name: string, capabilities: Partial<Driver['capabilities']>): Driver => ({
      ...scripted({ capabilities }),
      name,
      close: async () => void closed.push(name),
    })
    const model = new Model(
      fallback(
        named('near', { sampling: ['seed', 'topP'] }),
        named('far', { sampling: ['topP', 'topK'], reasoning: 'never' }),
      ),
    )
    expect(model.name).toBe('fallback(near, far)')
    expect(model.capabilities).toMatchObject({
      sampling: ['topP'],
      reasoning: 'never',
      countTokens: false,
    })
    await model.close()
    expect(closed).toEqual(['near', 'far'])
  })
})
