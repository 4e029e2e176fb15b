// A small part of JavaScript to WebAssembly: functions of whole numbers of 32 bits, without loops. What is generated as source runs
// at full speed from the first call on, where the engine's own compiler first watches it for a third of a second.
//
// All of an expression is computed, whatever its conditions are, because nothing in it has an effect and a branch that is guessed
// wrong costs more. Only statements are left out.
import {
  type AnyNode,
  type Expression,
  type Function as FunctionNode,
  type Pattern,
  parse,
  type Statement,
} from "acorn";
import {
  type Bytes,
  type FunctionBody,
  type FunctionImport,
  moduleOf,
  NO_VALUE,
  OP,
  signed,
  unsigned,
} from "./binary.ts";

export interface Program {
  /** Functions, each before those that call it. A function that ends in a return gives a number. */
  readonly source: string;
  /** Arrays of 32-bit numbers by name: the byte of the memory at which each begins, a multiple of 4. */
  readonly arrays: Readonly<Record<string, number>>;
  /** What the source may call, and with how many numbers; nothing comes back. */
  readonly imports: Readonly<Record<string, number>>;
}

/** @throws SyntaxError on anything outside of that part */
export function compile({ source, arrays, imports }: Program): Uint8Array {
  const outside = Object.entries(imports).map(([name, parameters]): FunctionImport => ({ name, parameters }));
  const callable = new Map(outside.map(({ name }, n) => [name, n]));
  const functions: FunctionBody[] = [];
  for (const node of parse(source, { ecmaVersion: 2023 }).body) {
    if (node.type !== "FunctionDeclaration") throw unknown(node);
    const body = new FunctionCompiler(arrays, callable).compile(node.id.name, node);
    callable.set(body.name, outside.length + functions.length);
    functions.push(body);
  }
  return moduleOf(outside, functions);
}

const unknown = ({ type }: AnyNode): SyntaxError => new SyntaxError(`no WebAssembly for ${type}`);

const BINARY: Readonly<Record<string, number>> = {
  "+": OP.add,
  "-": OP.subtract,
  "&": OP.and,
  "|": OP.or,
  "^": OP.xor,
  "<<": OP.shiftLeft,
  ">>": OP.shiftRight,
  ">>>": OP.shiftRightUnsigned,
  "===": OP.equal,
  "!==": OP.differs,
  "<": OP.less,
  ">": OP.greater,
  "<=": OP.atMost,
  ">=": OP.atLeast,
};
const TRUTHS = new Set(["===", "!==", "<", ">", "<=", ">="]);

class FunctionCompiler {
  readonly #arrays: Readonly<Record<string, number>>;
  readonly #callable: ReadonlyMap<string, number>;
  readonly #code: number[] = [];
  /** Names of the blocks around, the innermost last. Locals of a block that is left are used again. */
  readonly #scopes: Map<string, number>[] = [new Map()];
  #used = 0;
  #most = 0;

  constructor(arrays: Readonly<Record<string, number>>, callable: ReadonlyMap<string, number>) {
    this.#arrays = arrays;
    this.#callable = callable;
  }

  compile(name: string, { params, body }: FunctionNode): FunctionBody {
    if (body.type !== "BlockStatement") throw unknown(body);
    for (const parameter of params) this.#declare(parameter);
    const returns = body.body.at(-1)?.type === "ReturnStatement";
    for (const statement of body.body) this.#statement(statement);
    return { name, parameters: params.length, returns, locals: this.#most - params.length, code: this.#code };
  }

  #emit(...bytes: Bytes): void {
    this.#code.push(...bytes);
  }

  #declare(name: Pattern): number {
    if (name.type !== "Identifier") throw unknown(name);
    const local = this.#used++;
    this.#most = Math.max(this.#most, this.#used);
    this.#scopes.at(-1)?.set(name.name, local);
    return local;
  }

  #local(name: string): Bytes {
    const scope = this.#scopes.findLast((names) => names.has(name));
    if (scope === undefined) throw new SyntaxError(`unknown name ${name}`);
    return unsigned(scope.get(name) as number);
  }

  #statement(node: Statement | AnyNode): void {
    switch (node.type) {
      case "EmptyStatement":
        return;
      case "BlockStatement":
        return this.#block(node.body);
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          if (init) this.#value(init);
          else this.#emit(OP.const, 0);
          this.#emit(OP.setLocal, ...unsigned(this.#declare(id)));
        }
        return;
      case "IfStatement":
        this.#value(node.test);
        this.#emit(OP.if, NO_VALUE);
        this.#statement(node.consequent);
        if (node.alternate) {
          this.#emit(OP.else);
          this.#statement(node.alternate);
        }
        this.#emit(OP.end);
        return;
      case "ReturnStatement":
        if (node.argument) this.#value(node.argument);
        this.#emit(OP.return);
        return;
      case "ExpressionStatement":
        return this.#effect(node.expression);
      default:
        throw unknown(node);
    }
  }

  #block(statements: readonly Statement[]): void {
    const used = this.#used;
    this.#scopes.push(new Map());
    for (const statement of statements) this.#statement(statement);
    this.#scopes.pop();
    this.#used = used;
  }

  /** An expression for what it does: an assignment, a count, a call of what comes from outside. */
  #effect(node: Expression): void {
    if (node.type === "UpdateExpression") {
      if (node.argument.type !== "Identifier") throw unknown(node.argument);
      const local = this.#local(node.argument.name);
      const op = node.operator === "++" ? OP.add : OP.subtract;
      this.#emit(OP.getLocal, ...local, OP.const, 1, op, OP.setLocal, ...local);
      return;
    }
    if (node.type === "CallExpression") return this.#value(node);
    if (node.type !== "AssignmentExpression") throw unknown(node);
    const { left, operator, right } = node;
    const compound = operator === "=" ? undefined : BINARY[operator.slice(0, -1)];
    if (operator !== "=" && compound === undefined) throw unknown(node);
    if (left.type === "MemberExpression") {
      const from = this.#address(left);
      if (compound !== undefined) this.#value(left);
      this.#value(right);
      if (compound !== undefined) this.#emit(compound);
      this.#emit(OP.store, ...from);
    } else if (left.type === "Identifier") {
      const local = this.#local(left.name);
      if (compound !== undefined) this.#emit(OP.getLocal, ...local);
      this.#value(right);
      if (compound !== undefined) this.#emit(compound);
      this.#emit(OP.setLocal, ...local);
    } else throw unknown(left);
  }

  /** Leaves the place of an array on the stack. @returns alignment and where the array begins, as loads and stores want them */
  #address({ object, property }: AnyNode & { type: "MemberExpression" }): Bytes {
    const start = object.type === "Identifier" ? this.#arrays[object.name] : undefined;
    if (start === undefined) throw unknown(object);
    this.#value(property as Expression);
    this.#emit(OP.const, 2, OP.shiftLeft);
    return [2, ...unsigned(start)];
  }

  #value(node: Expression | AnyNode): void {
    switch (node.type) {
      case "ParenthesizedExpression":
        return this.#value(node.expression);
      case "Literal":
        return this.#emit(OP.const, ...signed(Number(node.value) | 0));
      case "Identifier":
        return this.#emit(OP.getLocal, ...this.#local(node.name));
      case "MemberExpression":
        return this.#emit(OP.load, ...this.#address(node));
      case "UnaryExpression":
        return this.#unary(node);
      case "BinaryExpression":
        return this.#binary(node.operator, node.left, node.right);
      case "LogicalExpression":
        return this.#logical(node);
      case "ConditionalExpression":
        this.#value(node.consequent);
        this.#value(node.alternate);
        this.#value(node.test);
        return this.#emit(OP.select);
      case "CallExpression":
        return this.#call(node);
      default:
        throw unknown(node);
    }
  }

  #unary(node: AnyNode & { type: "UnaryExpression" }): void {
    const { operator, argument } = node;
    if (operator === "-") this.#emit(OP.const, 0);
    this.#value(argument);
    if (operator === "!") this.#emit(OP.isZero);
    else if (operator === "~") this.#emit(OP.const, ...signed(-1), OP.xor);
    else if (operator === "-") this.#emit(OP.subtract);
    else throw unknown(node);
  }

  #binary(operator: string, left: AnyNode, right: AnyNode): void {
    const op = BINARY[operator];
    if (op === undefined) throw new SyntaxError(`no WebAssembly for ${operator}`);
    this.#value(left);
    this.#value(right);
    this.#emit(op);
  }

  /** "And" and "or" of truths. */
  #logical({ operator, left, right }: AnyNode & { type: "LogicalExpression" }): void {
    this.#truth(left);
    this.#truth(right);
    this.#emit(operator === "&&" ? OP.and : OP.or);
  }

  /** 1 for everything but 0. */
  #truth(node: AnyNode): void {
    this.#value(node);
    const isTruth =
      node.type === "LogicalExpression" ||
      (node.type === "BinaryExpression" && TRUTHS.has(node.operator)) ||
      (node.type === "UnaryExpression" && node.operator === "!");
    if (!isTruth) this.#emit(OP.const, 0, OP.differs);
  }

  #call(node: AnyNode & { type: "CallExpression" }): void {
    const { callee, arguments: given } = node;
    for (const argument of given) this.#value(argument);
    if (callee.type === "MemberExpression") {
      const { object, property } = callee;
      const isImul =
        object.type === "Identifier" &&
        object.name === "Math" &&
        property.type === "Identifier" &&
        property.name === "imul";
      if (!isImul) throw unknown(callee);
      this.#emit(OP.multiply);
      return;
    }
    const number = callee.type === "Identifier" ? this.#callable.get(callee.name) : undefined;
    if (number === undefined) throw unknown(callee);
    this.#emit(OP.call, ...unsigned(number));
  }
}
