import { globals } from './globals.ts'
import type { Body, MacroStatement, Statement, Target } from './syntax/syntax-tree.ts'

/**
 * The names that a template reads before it has surely assigned them, so that they come from
 * outside. A macro sees what is assigned after it too.
 */
export function findFreeVariables(body: Body): Set<string> {
  const free = new Set<string>()

  function readNames(node: unknown, assigned: Names): void {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const item of node) readNames(item, assigned)
    } else if ('type' in node && node.type === 'name' && 'name' in node) {
      const name = String(node.name)
      if (!hasName(assigned, name) && !globals.has(name)) free.add(name)
    } else {
      readNames(Object.values(node), assigned)
    }
  }

  /** Adds what the body assigns, and looks into its macros last. */
  function visitBody(statements: Body, assigned: Names): void {
    const macros: MacroStatement[] = []
    for (const statement of statements) visit(statement, assigned, macros)
    for (const macro of macros) visitMacro(macro, assigned)
  }

  function visitMacro({ parameters, body: macroBody }: MacroStatement, outer: Names): void {
    const inner = innerNames(outer, ['varargs', 'kwargs', 'caller'])
    for (const { name, default: value } of parameters) {
      readNames(value, inner)
      inner.own.add(name)
    }
    visitBody(macroBody, inner)
  }

  function visit(statement: Statement, assigned: Names, macros: MacroStatement[]): void {
    switch (statement.type) {
      case 'print':
        return readNames(statement.value, assigned)
      case 'if': {
        const branches = [...statement.branches, { body: statement.otherwise }].map((branch) => {
          if ('condition' in branch) readNames(branch.condition, assigned)
          const inner = innerNames(assigned)
          visitBody(branch.body, inner)
          return inner
        })
        const [first = assigned, ...otherBranches] = branches
        for (const name of first.own)
          if (otherBranches.every(({ own }) => own.has(name))) assigned.own.add(name)
        return
      }
      case 'for': {
        readNames(statement.iterable, assigned)
        const inner = innerNames(assigned)
        for (const name of namesOf(statement.target)) inner.own.add(name)
        readNames(statement.condition, inner)
        visitBody(statement.body, innerNames(inner, ['loop']))
        return visitBody(statement.otherwise, innerNames(assigned))
      }
      case 'set':
        readNames(statement.value, assigned)
        return assign(statement.target, assigned)
      case 'set-block':
        visitBody(statement.body, innerNames(assigned))
        readNames(statement.filters, assigned)
        return assign(statement.target, assigned)
      case 'macro':
        assigned.own.add(statement.name)
        macros.push(statement)
        return
      case 'call-block':
        readNames(statement.call, assigned)
        macros.push(statement.macro)
        return
      case 'filter-block':
        readNames(statement.filters, assigned)
        return visitBody(statement.body, innerNames(assigned))
      case 'with': {
        const inner = innerNames(assigned)
        for (const [target, value] of statement.assignments) {
          readNames(value, assigned)
          for (const name of namesOf(target)) inner.own.add(name)
        }
        return visitBody(statement.body, inner)
      }
      case 'block':
        return visitBody(statement.body, innerNames(assigned))
    }
  }

  function assign(target: Target, assigned: Names): void {
    if (target.type === 'member') readNames({ type: 'name', name: target.namespace }, assigned)
    for (const name of namesOf(target)) assigned.own.add(name)
  }

  visitBody(body, { own: new Set(), outer: undefined })
  return free
}

/** The names assigned in a body, and those around it: copying them would be quadratic. */
interface Names {
  readonly own: Set<string>
  readonly outer: Names | undefined
}

function innerNames(outer: Names, own: readonly string[] = []): Names {
  return { own: new Set(own), outer }
}

function hasName(names: Names, name: string): boolean {
  for (let current: Names | undefined = names; current; current = current.outer)
    if (current.own.has(name)) return true
  return false
}

function namesOf(target: Target): string[] {
  if (target.type === 'name') return [target.name]
  return target.type === 'tuple' ? target.items.flatMap(namesOf) : []
}
