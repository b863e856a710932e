import { vi } from 'vitest'

/** Counts the turns of some work, whose clock goes on by 0.05 ms each time that it is read. */
export async function countTurns(work: () => Promise<unknown>): Promise<number> {
  let time = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += 0.05))
  const timers = vi.spyOn(globalThis, 'setTimeout')
  try {
    await work()
    return timers.mock.calls.length
  } finally {
    clock.mockRestore()
    timers.mockRestore()
  }
}
