import type { PartCheck } from './check-object.ts'
import { addFaults, addItem } from './outcome.ts'
import { toJsonKey } from './same-json.ts'
import type { StepEnds, Steps } from './steps.ts'

type Schema = Readonly<Record<string, unknown>>

/** Checks the items of an array. */
export function* checkArray(
  value: readonly unknown[],
  schema: Schema,
  { evaluate, outcome, place, stepEnds }: PartCheck,
): Steps<void> {
  const { minItems, maxItems, uniqueItems, contains, unevaluatedItems } = schema
  const { prefix, others, keyword } = describeItems(schema)
  const addFault = (name: string, problem: string) =>
    addFaults(outcome, [{ ...place, schemaPath: `${place.schemaPath}/${name}`, problem }])
  const checkItem = (index: number, name: string, itemSchema: unknown) =>
    evaluate(value[index], itemSchema, {
      ...place,
      valuePath: `${place.valuePath}/${index}`,
      schemaPath: `${place.schemaPath}/${name}`,
    })

  if (typeof minItems === 'number' && value.length < minItems)
    addFault('minItems', `has fewer than ${minItems} items`)
  if (typeof maxItems === 'number' && value.length > maxItems)
    addFault('maxItems', `has more than ${maxItems} items`)
  if (uniqueItems === true && (yield* hasRepeatedItem(value, stepEnds)))
    addFault('uniqueItems', 'has the same item twice')

  for (const index of value.keys()) {
    const isFirst = index < prefix.length
    const itemSchema = isFirst ? prefix[index] : others
    if (itemSchema === undefined) continue
    addItem(outcome, index)
    const name = isFirst ? `prefixItems/${index}` : keyword
    addFaults(outcome, (yield* checkItem(index, name, itemSchema)).faults)
  }

  if (contains !== undefined) {
    const { minContains = 1, maxContains = Infinity } = schema
    let matchCount = 0
    for (const index of value.keys()) {
      if ((yield* checkItem(index, 'contains', contains)).faults.length > 0) continue
      matchCount++
      addItem(outcome, index)
    }
    if (matchCount < Number(minContains)) addFault('contains', 'has too few such items')
    if (matchCount > Number(maxContains)) addFault('maxContains', 'has too many such items')
  }

  if (unevaluatedItems !== undefined)
    for (const index of value.keys()) {
      if (stepEnds(1)) yield
      if (outcome.seenItems?.has(index)) continue
      addItem(outcome, index)
      addFaults(outcome, (yield* checkItem(index, 'unevaluatedItems', unevaluatedItems)).faults)
    }
}

function* hasRepeatedItem(items: readonly unknown[], stepEnds: StepEnds): Steps<boolean> {
  const keys = new Set<string>()
  for (const item of items) {
    const key = toJsonKey(item)
    if (keys.has(key)) return true
    keys.add(key)
    if (stepEnds(key.length)) yield
  }
  return false
}

interface ItemSchemas {
  readonly prefix: readonly unknown[]
  /** The schema of the items after the first ones; absent: any. */
  readonly others: unknown
  /** The keyword that has it. */
  readonly keyword: string
}

/** The schemas of an array's items; drafts before 2020-12 wrote a tuple as a list in `items`. */
export function describeItems({ prefixItems, items, additionalItems }: Schema): ItemSchemas {
  if (Array.isArray(items))
    return { prefix: items, others: additionalItems, keyword: 'additionalItems' }
  return { prefix: Array.isArray(prefixItems) ? prefixItems : [], others: items, keyword: 'items' }
}
