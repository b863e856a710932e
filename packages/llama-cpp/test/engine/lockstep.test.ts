import { setImmediate, setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { lockstep } from '../../src/engine/lockstep.ts'

/** Requests that note who ran beside them. */
function runners(names: string, steps: number) {
  const shared = lockstep()
  const batches: string[] = []
  let batch = ''
  let running = 0
  const work = (name: string) => async () => {
    running++
    batch += name
    await setTimeout(1)
    if (--running === 0) {
      batches.push([...batch].toSorted().join(''))
      batch = ''
    }
  }
  const run = async (
    name: string,
    { late = 0, count = steps, pause = async (_step: number) => {} } = {},
  ) => {
    await setTimeout(late)
    const { step, leave } = shared.join()
    for (let done = 0; done < count; done++) {
      await step(work(name))
      await pause(done)
    }
    leave()
  }
  return { batches, run, all: () => Promise.all([...names].map((name) => run(name))) }
}

it('requests that keep up step together', async () => {
  const { batches, all } = runners('abcd', 5)
  await all()
  // The first does not know of the others yet.
  expect(batches).toEqual(['a', 'abcd', 'abcd', 'abcd', 'abcd', 'bcd'])
})

it('one that comes in the middle of a step joins the next, and all go on as one', async () => {
  const { batches, run } = runners('', 12)
  await Promise.all([run('a'), run('b'), run('c', { late: 4, count: 4 })])
  expect(batches.filter((batch) => batch === 'abc')).toHaveLength(4)
  expect(batches.filter((batch) => batch === 'c')).toHaveLength(0)
  expect(
    batches.slice(1, -1).every((batch) => batch === 'ab' || batch === 'abc'),
    batches.join(' '),
  ).toBe(true)
})

it('nobody waits for a slow reader, who joins again when it is back', async () => {
  const { batches, run } = runners('', 20)
  await Promise.all([
    run('a'),
    run('b'),
    run('s', { count: 3, pause: (step) => (step === 0 ? setTimeout(12) : Promise.resolve()) }),
  ])
  expect(batches.slice(0, 3)).toEqual(['a', 'abs', 'ab'])
  expect(batches.filter((batch) => batch === 'abs')).toHaveLength(3)
})

it('one that leaves lets the others go at once', async () => {
  const shared = lockstep()
  const [a, b] = [shared.join(), shared.join()]
  const first = Promise.all([a.step(async () => 1), b.step(async () => 2)])
  expect(await first).toEqual([1, 2])
  b.leave()
  expect(await a.step(async () => 3)).toBe(3)
  a.leave()
})

it('a step that fails is over, and the next runs', async () => {
  const shared = lockstep()
  const { step } = shared.join()
  await expect(step(() => Promise.reject(new RangeError('no')))).rejects.toThrow('no')
  expect(await step(async () => 4)).toBe(4)
})

it('any mixture of readers comes to its end', async () => {
  const { batches, run } = runners('', 30)
  const paces = [0, 0, 1, 2, 3, 5, 8]
  await Promise.all(
    paces.map((pace, index) =>
      run(String(index), {
        late: pace,
        pause: (step) =>
          step % 7 === index ? setTimeout(pace) : (setImmediate() as Promise<void>),
      }),
    ),
  )
  expect(batches.join('')).toHaveLength(paces.length * 30)
})
