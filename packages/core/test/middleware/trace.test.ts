import diagnostics from 'node:diagnostics_channel'
import { expect, it } from 'vitest'
import { Model, type Part, trace, traceChannel, type TraceEvent } from '../../src/index.ts'
import { scripted } from '../../src/testing/index.ts'
import { flakyDriver, slowDriver } from './drivers.ts'

it('trace publishes what the user sees, and how it ended', async () => {
  const events: TraceEvent[] = []
  const listen = (event: unknown) => events.push(event as TraceEvent)
  diagnostics.subscribe(traceChannel, listen)
  try {
    const model = new Model(scripted({ reply: () => ['a', 'b'] }), trace())
    await model.generate('hi')
    for await (const _ of model.stream('leave')) break
    await new Model(flakyDriver(1).driver, trace()).generate('fail').catch(() => {})
  } finally {
    diagnostics.unsubscribe(traceChannel, listen)
  }
  const story = Map.groupBy(events, ({ call }) => call)
  expect(
    [...story.values()].map((call) =>
      call.map((event) => (event.type === 'part' ? event.part.type : event.type)),
    ),
  ).toEqual([
    ['start', 'reasoning', 'text', 'text', 'finish'],
    ['start', 'reasoning', 'left'],
    ['start', 'error'],
  ])
})
it('trace publishes a finish with the times that the user sees', async () => {
  const finishes: Part[] = []
  const listen = (event: unknown) => {
    const { type, part } = event as { readonly type: string; readonly part?: Part }
    if (type === 'part' && part?.type === 'finish') finishes.push(part)
  }
  diagnostics.subscribe(traceChannel, listen)
  const { timings } = await new Model(slowDriver(20, 20), trace()).generate('hi')
  diagnostics.unsubscribe(traceChannel, listen)
  const [finishPart] = finishes
  const publishedTimings = finishPart?.type === 'finish' ? finishPart.timings : {}
  expect(Object.keys(publishedTimings)).toEqual(Object.keys(timings))
  // The clock of trace starts later, and stops earlier.
  for (const [name, time] of Object.entries(publishedTimings)) {
    expect(time).toBeGreaterThan(15)
    expect(time).toBeLessThanOrEqual(timings[name as keyof typeof timings]!)
  }
})
