import type { ReasoningSwitch } from '../format/chat-format.ts'
import type { ThoughtMarks } from './learn-thought.ts'
import { probeQuestion, type RenderProbe, tryRender } from './template-probe.ts'

/** Values for on and off that variables of templates take, the most common first. */
const switchValues: readonly (readonly [on: unknown, off: unknown])[] = [
  [true, false],
  ['high', 'none'],
  ['on', 'off'],
  ['enabled', 'disabled'],
]

/** A budget of no limit, and of no tokens. */
const budgetValues: typeof switchValues = [[-1, 0]]

/** Variables that switch reasoning by their name alone. */
const switchNames = /^(enable|skip|disable|no)_thinking$|^thinking$/

/** Values that switch reasoning off by their word alone. */
const offWords = /^(?:no|off|none|disabled?)(?:$|[_-])/

/** Lines of a system message that templates look for. */
const switchLines = [{ on: '/think', off: '/no_think' }] as const

/**
 * Learns how reasoning is switched, from the prompts that differ: by one of the variables that the
 * template reads, or by a line of the system message. Undefined where nothing switches it.
 */
export function learnSwitch(
  render: RenderProbe,
  { variables, thought, template }: SwitchOptions,
): ReasoningSwitch | undefined {
  for (const name of findCandidates(variables))
    for (const [on, off] of listValues(name, template)) {
      const learnedSwitch = tryVariable(render, { name, on, off, thought })
      if (learnedSwitch) return learnedSwitch
    }
  const lines = switchLines.find((pair) => isSwitchedBy(render, { ...pair, thought }))
  return lines && { by: 'system-line', ...lines }
}

/** Names of variables that templates switch reasoning by, the most common first. */
const knownNames = ['enable_thinking', 'thinking', 'reasoning_effort']

/** Each costs up to thirty renderings; a published template reads three such variables at most. */
const maxCandidates = 8

function findCandidates(variables: ReadonlySet<string>): readonly string[] {
  const likelyNames = knownNames.filter((name) => variables.has(name))
  const otherNames = [...variables].filter(
    (name) => /think|effort|reason/i.test(name) && !knownNames.includes(name),
  )
  return [...likelyNames, ...otherNames].slice(0, maxCandidates)
}

/** At most so many words of a template are tried as values. */
const maxWords = 6

/** The common values, and the words that the template names beside the variable. */
function listValues(name: string, template: string): typeof switchValues {
  if (/budget/i.test(name)) return budgetValues
  const expressions = template.match(/\{[{%][^{}]*[%}]\}/g) ?? []
  const quotedWords = expressions
    .filter((expression) => expression.includes(name))
    .flatMap((expression) => expression.match(/(?<=(['"]))[\w-]+(?=\1)/g) ?? [])
  const otherWords = [...new Set(quotedWords)].slice(0, maxWords)
  return [...switchValues, ...otherWords.map((word) => ['high', word] as const)]
}

interface SwitchOptions {
  /** The variables that the template reads. */
  readonly variables: ReadonlySet<string>
  readonly thought: ThoughtMarks | undefined
  /** The source of the template. */
  readonly template: string
}

interface Variable extends Pick<SwitchOptions, 'thought'> {
  readonly name: string
  readonly on: unknown
  readonly off: unknown
}

function tryVariable(
  render: RenderProbe,
  { name, on, off, thought }: Variable,
): ReasoningSwitch | undefined {
  const renderWith = (variables: Readonly<Record<string, unknown>>) =>
    tryRender(render, [probeQuestion], { opensReply: true, variables })
  const [promptOn, promptOff] = [renderWith({ [name]: on }), renderWith({ [name]: off })]
  if (promptOn === undefined || promptOff === undefined || promptOn === promptOff) return undefined
  // A template that prints the value does not know it: `Reasoning: none` switches nothing off.
  if (renderWith({ [name]: 'Zqvalue' })?.includes('Zqvalue')) return undefined
  const difference = endsWithThought(promptOn, thought) - endsWithThought(promptOff, thought)
  const isInverted = difference < 0 || (difference === 0 && /skip|disable|no_/i.test(name))
  // Without a thought at the end of either prompt, only names that say so tell of a switch.
  const isNamed = switchNames.test(name) && (typeof off !== 'string' || offWords.test(off))
  if (difference === 0 && !isNamed) return undefined
  const isOffByDefault = renderWith({ [name]: undefined }) === (isInverted ? promptOn : promptOff)
  return {
    by: 'template-argument',
    name,
    ...(isInverted ? { on: off, off: on } : { on, off }),
    templateDefault: isOffByDefault ? 'off' : 'on',
  }
}

/** 1 where a prompt opens a thought, -1 where it ends with an empty one, and else 0. */
function endsWithThought(prompt: string, thought: ThoughtMarks | undefined): -1 | 0 | 1 {
  const end = prompt.trimEnd()
  if (thought && end.endsWith(thought.open)) return 1
  return thought && end.endsWith(thought.close) ? -1 : 0
}

function isSwitchedBy(
  render: RenderProbe,
  { on, off, thought }: Omit<Variable, 'name'> & { readonly on: string; readonly off: string },
): boolean {
  const [promptOn, promptOff] = [on, off].map((line) =>
    tryRender(render, [{ role: 'system', content: line }, probeQuestion], { opensReply: true }),
  )
  if (promptOn === undefined || promptOff === undefined) return false
  return endsWithThought(promptOn, thought) > endsWithThought(promptOff, thought)
}
