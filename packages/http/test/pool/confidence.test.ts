import { describe, expect, it } from 'vitest'
import { confidence } from '../../src/pool/confidence.ts'

function start() {
  let time = 10_000
  return { server: confidence(() => time), wait: (milliseconds: number) => (time += milliseconds) }
}

describe('a server whose call had no part in time', () => {
  it('is tried again after half a minute, then after a minute, until it sends a part', () => {
    const { server, wait } = start()
    server.reportTimeout()
    for (const pause of [30_000, 60_000, 120_000]) {
      expect(server.isDoubtful).toBe(true)
      wait(pause - 1)
      expect(server.isTrialDue).toBe(false)
      wait(1)
      expect(server.isTrialDue).toBe(true)
      server.reportTimeout()
    }
    server.reportProgress()
    expect(server.isDoubtful).toBe(false)
  })

  it('is doubted once for calls that were sent together', () => {
    const { server, wait } = start()
    for (let count = 0; count < 64; count++) server.reportTimeout()
    wait(30_000)
    expect(server.isTrialDue).toBe(true)
  })

  it('is not doubted where it is sending parts, and is where it fell silent after some', () => {
    const { server, wait } = start()
    server.reportProgress()
    wait(500)
    server.reportTimeout()
    expect(server.isDoubtful).toBe(false)
    wait(500)
    server.reportTimeout()
    expect(server.isDoubtful).toBe(true)
  })
})

it('a server that failed is tried again after a second, and never later than five minutes', () => {
  const { server, wait } = start()
  server.reportFailure()
  wait(1_000)
  expect(server.isTrialDue).toBe(true)
  for (let count = 0; count < 40; count++) {
    server.reportFailure()
    wait(300_000)
    expect(server.isTrialDue).toBe(true)
  }
})
