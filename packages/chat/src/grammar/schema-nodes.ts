import type { Steps } from '@nano/core/driver'
import { anyValueRule } from './any-value.ts'
import type { GrammarBuilder } from './grammar-builder.ts'
import type { Conjunction } from './schema-keywords.ts'

/** Where schemas are: a step from others. */
export interface SchemaPlace {
  readonly from?: SchemaNode | undefined
  readonly step: string
}

/** Schemas that a value has to hold to all at once, and their rule. */
export interface SchemaNode {
  readonly name: string
  readonly schemas: Conjunction
  /** The steps to where they were met first. */
  readonly path: string
  /** The nodes whose bodies have this one in them. */
  readonly dependents: Set<SchemaNode>
  /** The nodes that a value of this one may be of, before anything is written. */
  readonly firstNodes: Set<SchemaNode>
  /** In how many ways a value may begin where this node is one of the ways. */
  alternativeCount: number
  /** No value holds to the schemas. */
  isImpossible: boolean
}

/** The body of a rule without other schemas in it; undefined where no value holds to it. */
export interface ScalarBody {
  readonly body: string | undefined
}

/** The nodes of one schema. They are built one after another: no depth exceeds the stack. */
export interface SchemaNodes {
  /**
   * The name of the rule for schemas, which is built later, or at once where `buildScalar` has it.
   * Undefined where no value holds to them.
   */
  add(
    schemas: Conjunction,
    place: SchemaPlace,
    buildScalar: () => Steps<ScalarBody | undefined>,
  ): Steps<string | undefined>
  /** Notes that a value of `node` may be one of the rule `name`, which is one of `count`. */
  addFirstNode(node: SchemaNode, name: string, count: number): void
  /** Builds all bodies; returns a node that leads back to itself, if there is one. */
  build(buildBody: (node: SchemaNode) => Steps<string | undefined>): Steps<SchemaNode | undefined>
  isPossible(name: string): boolean
}

/** Further schemas are left to the check of the whole answer. */
const maxNodes = 20_000

export function schemaNodes(grammar: GrammarBuilder): SchemaNodes {
  const ids = new Map<unknown, number>()
  const nodes = new Map<string, SchemaNode>()
  const nodesByName = new Map<string, SchemaNode>()
  /** The rules of schemas without others in them, by key. */
  const scalars = new Map<string, string | undefined>()
  /** The nodes that are next, each level of a schema before what is in it. */
  const queue: SchemaNode[] = []

  function toId(schema: unknown): number {
    const id = ids.get(schema) ?? ids.size
    ids.set(schema, id)
    return id
  }

  function toKey(schemas: Conjunction): string {
    const [first] = schemas
    if (schemas.length === 1) return String(toId(first))
    return schemas
      .map(toId)
      .toSorted((a, b) => a - b)
      .join()
  }

  function createNode(key: string, schemas: Conjunction, place: SchemaPlace): SchemaNode {
    const name = grammar.reserveName(toStem(place))
    const node = {
      name,
      schemas,
      path: placePath(place),
      dependents: new Set<SchemaNode>(),
      firstNodes: new Set<SchemaNode>(),
      alternativeCount: 1,
      isImpossible: false,
    }
    nodes.set(key, node)
    nodesByName.set(name, node)
    queue.push(node)
    return node
  }

  function shareBody(body: string, place: SchemaPlace): string {
    return grammar.hasRule(body) ? body : grammar.shareRule(toStem(place), body)
  }

  function takeQueue(): readonly SchemaNode[] {
    return queue.splice(0)
  }

  return {
    *add(schemas, place, buildScalar) {
      const key = toKey(schemas)
      if (scalars.has(key)) return scalars.get(key)
      const existingNode = nodes.get(key)
      const scalar = existingNode ? undefined : yield* buildScalar()
      if (scalar) {
        const name = scalar.body === undefined ? undefined : shareBody(scalar.body, place)
        scalars.set(key, name)
        return name
      }
      if (!existingNode && nodes.size >= maxNodes) return anyValueRule(grammar)
      const node = existingNode ?? createNode(key, schemas, place)
      if (place.from) node.dependents.add(place.from)
      return node.isImpossible ? undefined : node.name
    },
    addFirstNode(node, name, count) {
      const next = nodesByName.get(name)
      if (!next) return
      node.firstNodes.add(next)
      next.alternativeCount = Math.max(next.alternativeCount, node.alternativeCount * count)
    },
    *build(buildBody) {
      /** They are written again once the others are, because several of their parts may go. */
      const outdatedNodes = new Set<SchemaNode>()
      for (let level = takeQueue(); level.length > 0; level = takeQueue()) {
        for (const node of level) {
          yield
          outdatedNodes.delete(node)
          const body = node.isImpossible ? undefined : yield* buildBody(node)
          if (body !== undefined) grammar.setRule(node.name, body)
          else if (!node.isImpossible) {
            node.isImpossible = true
            for (const dependent of node.dependents) outdatedNodes.add(dependent)
          }
        }
        if (queue.length > 0) continue
        queue.push(...outdatedNodes)
        outdatedNodes.clear()
      }
      return yield* findCircle([...nodes.values()])
    },
    isPossible: (name) => nodesByName.get(name)?.isImpossible !== true,
  }
}

/** A node that leads back to itself. */
function* findCircle(nodes: readonly SchemaNode[]): Steps<SchemaNode | undefined> {
  const finishedNodes = new Set<SchemaNode>()
  for (const start of nodes) {
    if (start.firstNodes.size === 0) continue
    yield
    const path: { node: SchemaNode; next: Iterator<SchemaNode> }[] = []
    const open = new Set<SchemaNode>()
    const enter = (node: SchemaNode) => {
      open.add(node)
      path.push({ node, next: node.firstNodes.values() })
    }
    if (!finishedNodes.has(start)) enter(start)
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const step = last.next.next()
      if (step.done) {
        path.pop()
        open.delete(last.node)
        finishedNodes.add(last.node)
      } else if (open.has(step.value)) return step.value
      else if (!finishedNodes.has(step.value)) enter(step.value)
    }
  }
  return undefined
}

/** Of a longer path, the last characters are told. */
const maxPathLength = 600
const keptPathLength = 300

export function placePath({ from, step }: SchemaPlace): string {
  if (!from) return step
  const { path } = from
  return `${path.length > maxPathLength ? `…${path.slice(-keptPathLength)}` : path}-${step}`
}

function toStem({ step }: SchemaPlace): string {
  return `json-${step.slice(0, 24)}`
}
