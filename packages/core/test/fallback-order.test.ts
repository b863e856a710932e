import { describe, expect, it } from 'vitest'
import { fallback, Model, NanoError } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'
import { failStream, spy } from './middleware/spies.ts'

describe('fallback', () => {
  const failingDriver = () => spy(() => failStream('unavailable')).driver
  it('moves to the next driver for errors of the first, not for errors of the caller', async () => {
    expect(
      (await new Model(fallback(failingDriver(), failingDriver(), spy().driver)).generate('hi'))
        .text,
    ).toBe('ok')
    const refusingDriver = spy(() => failStream('invalid-request')).driver
    await expect(
      new Model(fallback(refusingDriver, spy().driver)).generate('hi'),
    ).rejects.toMatchObject({
      code: 'invalid-request',
    })
    await expect(
      new Model(fallback(failingDriver(), failingDriver())).generate('hi'),
    ).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
  it('does not start over after the first part', async () => {
    const half = spy(async function* () {
      yield { type: 'text', text: 'half' }
      throw new NanoError('unavailable', 'gone')
    }).driver
    const secondSpy = spy()
    await expect(new Model(fallback(half, secondSpy.driver)).generate('hi')).rejects.toThrow('gone')
    expect(secondSpy.requests).toEqual([])
  })
  it('claims what all claim, and closes all', async () => {
    const closedDrivers: string[] = []
    const namedDriver = (name: string, capabilities: Partial<Driver['capabilities']>): Driver => ({
      ...scripted({ capabilities }),
      name,
      close: async () => void closedDrivers.push(name),
    })
    const model = new Model(
      fallback(
        namedDriver('near', { sampling: ['seed', 'topP'] }),
        namedDriver('far', { sampling: ['topP', 'topK'], reasoning: 'never' }),
      ),
    )
    expect(model.name).toBe('fallback(near, far)')
    expect(model.capabilities).toMatchObject({
      sampling: ['topP'],
      reasoning: 'never',
      countTokens: false,
    })
    await model.close()
    expect(closedDrivers).toEqual(['near', 'far'])
  })
})
