import type { ReasoningMarkers } from '@nano/core/driver'
import type { ReasoningSwitch } from '../format/chat-format.ts'
import type { CallDescription } from '../tool-calls/call-description.ts'
import { learnAnswer } from './learn-answer.ts'
import { learnCalls } from './learn-calls.ts'
import { learnSwitch } from './learn-switch.ts'
import { learnThought, type ThoughtMarks } from './learn-thought.ts'
import { probeQuestion, type RenderProbe, tryRender } from './template-probe.ts'

/** What a template shows of its model, learned from what it renders. */
export interface LearnedTemplate {
  /** Absent where the model does not reason. */
  readonly thought?: ThoughtMarks
  /** What the model writes around an answer, within its turn. Absent where it writes nothing. */
  readonly answer?: ReasoningMarkers
  /** How reasoning is switched. Absent where nothing switches it. */
  readonly switch?: ReasoningSwitch
  /** How the model calls tools. Absent where the template shows no tools or no calls. */
  readonly calls?: CallDescription
  /** Whether the template leaves system messages out. */
  readonly dropsSystem: boolean
  /** Whether the template refuses ids of calls that are not nine letters and digits. */
  readonly needsShortIds: boolean
}

interface LearnOptions {
  readonly render: RenderProbe
  /** The variables that the template reads. */
  readonly variables: ReadonlySet<string>
  /** The source of the template, in which marks are looked for that no probe shows. */
  readonly template: string
}

/** Learns from pairs of conversations that differ in one thing, and from what then differs. */
export function learnTemplate({ render, variables, template }: LearnOptions): LearnedTemplate {
  const learnedSwitch = learnSwitch(render, variables)
  const thought = learnThought(render, template)
  const answer = thought && learnAnswer(render)
  const calls = printsTools(render) ? learnCalls(render, thought) : undefined
  return {
    ...(thought && { thought }),
    ...(answer && { answer }),
    ...(thought && learnedSwitch && { switch: learnedSwitch }),
    ...(calls && { calls }),
    dropsSystem: dropsSystem(render),
    needsShortIds: calls !== undefined && refusesLongIds(render),
  }
}

function printsTools(render: RenderProbe): boolean {
  const tool = { name: 'zqlook', description: 'Zqdescription', parameters: { type: 'object' } }
  const prompt = tryRender(render, [probeQuestion], { tools: [tool], opensReply: true })
  return prompt?.includes(tool.name) ?? false
}

function dropsSystem(render: RenderProbe): boolean {
  const system = { role: 'system', content: 'Zqsystem' } as const
  const prompt = tryRender(render, [system, probeQuestion], { opensReply: true })
  return prompt !== undefined && !prompt.toLowerCase().includes('zqsystem')
}

function refusesLongIds(render: RenderProbe): boolean {
  const [short, long] = ['Zqcall001', 'call_1'].map((id) =>
    tryRender(render, [
      probeQuestion,
      { role: 'assistant', content: '', toolCalls: [{ id, name: 'zqlook', input: {} }] },
      { role: 'tool', toolCallId: id, output: 'Zqresult' },
    ]),
  )
  return short !== undefined && long === undefined
}
