import { describe, expect, it } from 'vitest'
import { mailbox } from '../../src/process/mailbox.ts'

describe('a mailbox', () => {
  it('keeps what arrives before anybody takes it, in order', async () => {
    const box = mailbox<number>()
    box.put(1)
    box.put(2)
    expect([await box.take(), await box.take()]).toEqual([1, 2])
  })

  it('lets its reader wait for the next item', async () => {
    const box = mailbox<string>()
    const item = box.take()
    box.put('late')
    expect(await item).toBe('late')
  })

  it('gives what has arrived before it says that nothing more will', async () => {
    const box = mailbox<string>()
    box.put('last')
    box.end()
    expect([await box.take(), await box.take(), await box.take()]).toEqual([
      'last',
      undefined,
      undefined,
    ])
  })

  it('lets its reader wait until nothing more will arrive', async () => {
    const box = mailbox<string>()
    const item = box.take()
    box.end()
    expect(await item).toBeUndefined()
  })
})
