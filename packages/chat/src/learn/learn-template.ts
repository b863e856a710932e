import type { Message } from '@nano/core'
import type { ReasoningMarkers } from '@nano/core/driver'
import type { ReasoningSwitch } from '../format/chat-format.ts'
import { type CallIdForm, withIdForm } from '../prompt/call-id-forms.ts'
import type { CallDescription } from '../tool-calls/call-description.ts'
import { learnAnswer } from './learn-answer.ts'
import { dropsLaterCalls, learnCalls } from './learn-calls.ts'
import { learnSwitch } from './learn-switch.ts'
import { commonMarks, learnThought, type ThoughtMarks } from './learn-thought.ts'
import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'
import { verifyTool } from './verify-calls.ts'

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
  /** When the template leaves system messages out. Absent where it never does. */
  readonly dropsSystem?: 'always' | 'with-tools'
  /** Whether the template writes only the first of several calls in a past reply. */
  readonly dropsLaterCalls: boolean
  /** Whether the template refuses a result of a tool without the tool's name. */
  readonly needsToolNames: boolean
  /** Whether the template refuses a tool without a description. */
  readonly needsDescriptions: boolean
  /** Whether the template refuses a call beside both a thought and a text. */
  readonly mergesTextAndThought: boolean
  /** The form that ids of calls need to have. Absent where any id will do. */
  readonly idForm?: CallIdForm
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
  const marks = learnThought(render, template)
  const learnedSwitch = learnSwitch(render, { variables, thought: marks, template })
  const thought = marks ?? (learnedSwitch && commonMarks)
  const answer = thought && learnAnswer(render)
  const { calls, idForm } = printsTools(render) ? learnCallsAndIds(render, thought) : {}
  return {
    ...(thought && { thought }),
    ...(answer && { answer }),
    ...(learnedSwitch && { switch: learnedSwitch }),
    ...(calls && { calls }),
    ...findDroppedSystem(render),
    dropsLaterCalls: dropsLaterCalls(render),
    needsToolNames: calls !== undefined && refusesNoToolNames(render),
    needsDescriptions: calls !== undefined && refusesUndescribedTool(render),
    mergesTextAndThought:
      calls !== undefined && thought !== undefined && refusesTextAndThought(render, thought.field),
    ...(idForm && { idForm }),
  }
}

function printsTools(render: RenderProbe): boolean {
  const prompt = tryRender(render, [probeQuestion], { tools: [verifyTool], opensReply: true })
  return prompt?.includes(verifyTool.name) ?? false
}

/** Calls are written with ids of any form, or only with ids of one. */
function learnCallsAndIds(
  render: RenderProbe,
  thought: ThoughtMarks | undefined,
): Pick<LearnedTemplate, 'calls' | 'idForm'> {
  const calls = learnCalls(render, thought)
  if (calls) return { calls, ...(refusesOrdinaryIds(render) && { idForm: 'short' }) }
  const namedCalls = learnCalls(renderWithNamedIds(render), thought)
  return namedCalls ? { calls: namedCalls, idForm: 'named' } : {}
}

function renderWithNamedIds(render: RenderProbe): RenderProbe {
  let count = 0
  return (messages, options) => {
    const generated = messages.map((message) =>
      message.role === 'assistant' && message.toolCalls
        ? {
            ...message,
            toolCalls: message.toolCalls.map((call) => ({ ...call, id: `call_${++count}` })),
          }
        : message,
    )
    return render(withIdForm(generated, 'named'), options)
  }
}

function refusesOrdinaryIds(render: RenderProbe): boolean {
  const [short, ordinary] = ['Zqcall001', 'call_1'].map((id) => renderResult(render, { id }))
  return short !== undefined && ordinary === undefined
}

function findDroppedSystem(render: RenderProbe): Pick<LearnedTemplate, 'dropsSystem'> {
  const system = { role: 'system', content: 'Zqsystem' } as const
  const [isDropped, isDroppedWithTools] = [[], [verifyTool]].map((tools) => {
    const prompt = tryRender(render, [system, probeQuestion], { opensReply: true, tools })
    return prompt !== undefined && !prompt.toLowerCase().includes('zqsystem')
  })
  if (isDropped) return { dropsSystem: 'always' }
  return isDroppedWithTools ? { dropsSystem: 'with-tools' } : {}
}

function refusesNoToolNames(render: RenderProbe): boolean {
  const [named, unnamed] = [true, false].map((namesTools) => renderResult(render, { namesTools }))
  return named !== undefined && unnamed === undefined
}

/** A conversation that ends with the result of a call. */
function renderResult(
  render: RenderProbe,
  { id = 'Zqcall001', namesTools = true }: { readonly id?: string; readonly namesTools?: boolean },
): string | undefined {
  const messages: readonly Message[] = [
    probeQuestion,
    { role: 'assistant', content: '', toolCalls: [{ id, name: 'zqlook', input: {} }] },
    { role: 'tool', toolCallId: id, output: 'Zqresult' },
  ]
  return tryRender(render, messages, { namesTools })
}

function refusesUndescribedTool(render: RenderProbe): boolean {
  const { description: _description, ...undescribed } = verifyTool
  return tryRender(render, [probeQuestion], { tools: [undescribed] }) === undefined
}

function refusesTextAndThought(render: RenderProbe, thoughtField: string): boolean {
  const call = { id: 'Zqcall001', name: 'zqlook', input: {} }
  const [one, both] = ['', probeWords.answer].map((content) =>
    tryRender(
      render,
      [
        probeQuestion,
        { role: 'assistant', content, reasoning: probeWords.thought, toolCalls: [call] },
      ],
      { thoughtField },
    ),
  )
  return one !== undefined && both === undefined
}
