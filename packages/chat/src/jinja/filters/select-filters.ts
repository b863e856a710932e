import { TemplateFault } from '../errors.ts'
import { mustIterate } from '../values/sequence.ts'
import { isTrue } from '../values/truth.ts'
import {
  type Arguments,
  type Filter,
  isText,
  iteration,
  type Run,
  type Value,
} from '../values/value.ts'
import { attributeReader } from './attribute-path.ts'

/** Filters that keep some values of a sequence, or change each. */
export const selectFilters: readonly (readonly [string, Filter])[] = [
  ['select', (input, callArguments, run) => select(input, createQuestion(callArguments, run), run)],
  [
    'reject',
    (input, callArguments, run) => select(input, negate(createQuestion(callArguments, run)), run),
  ],
  [
    'selectattr',
    (input, callArguments, run) => select(input, createAttributeQuestion(callArguments, run), run),
  ],
  [
    'rejectattr',
    (input, callArguments, run) =>
      select(input, negate(createAttributeQuestion(callArguments, run)), run),
  ],
  [
    'map',
    (input, callArguments, run) =>
      iteration(mapValues(input, createChange(callArguments, run), run)),
  ],
]

type Question = (value: Value) => boolean

function createQuestion({ positional, named }: Arguments, run: Run): Question {
  const [name, ...otherArguments] = positional
  if (name === undefined) return isTrue
  const test = run.findTest(nameOf(name))
  return (value) => test(value, { positional: otherArguments, named }, run)
}

function createAttributeQuestion({ positional, named }: Arguments, run: Run): Question {
  const [path, ...otherArguments] = positional
  if (path === undefined)
    throw new TemplateFault('FilterArgumentError', 'Missing parameter for attribute name')
  const readAttribute = attributeReader(path, run)
  const ask = createQuestion({ positional: otherArguments, named }, run)
  return (value) => ask(readAttribute(value))
}

function negate(ask: Question): Question {
  return (value) => !ask(value)
}

function select(input: Value, keeps: Question, run: Run): Value {
  return iteration(selectValues(input, keeps, run))
}

/** Jinja takes what is false, such as `none`, for an empty sequence. */
function* selectValues(input: Value, keeps: Question, run: Run): Iterator<Value> {
  if (!isTrue(input)) return
  for (const value of mustIterate(input, run)) {
    run.meter.charge(1)
    if (keeps(value)) yield value
  }
}

function createChange({ positional, named }: Arguments, run: Run): (value: Value) => Value {
  const [name, ...otherArguments] = positional
  const attribute = named.get('attribute')
  if (name === undefined && attribute !== undefined) {
    const unknown = [...named.keys()].find((key) => key !== 'attribute' && key !== 'default')
    if (unknown)
      throw new TemplateFault('FilterArgumentError', `Unexpected keyword argument '${unknown}'`)
    return attributeReader(attribute, run, named.get('default'))
  }
  if (name === undefined)
    throw new TemplateFault('FilterArgumentError', 'map requires a filter argument')
  const filter = run.findFilter(nameOf(name))
  return (value) => filter(value, { positional: otherArguments, named }, run)
}

function* mapValues(input: Value, change: (value: Value) => Value, run: Run): Iterator<Value> {
  if (!isTrue(input)) return
  for (const value of mustIterate(input, run)) {
    run.meter.charge(1)
    yield change(value)
  }
}

function nameOf(name: Value): string {
  if (isText(name)) return name.string
  throw new TemplateFault('TemplateRuntimeError', 'a filter or test is named by a text')
}
