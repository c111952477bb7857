/**
 * Counts in JavaScript which branches run: every block, case, arm of a condition and right-hand side
 * of a short circuit adds one to its own counter. What V8 offers for this (precise coverage) costs a
 * millisecond a run; this costs next to nothing, so a run can be thousands a second.
 */
import ts from 'typescript';

/** What the counters are called in the text. */
export const COUNTERS = '__nskitCounters';

const { factory } = ts;

/** Gives each place its own number, over many files. */
export class Instrumenter {
  #count = 0;

  get count(): number {
    return this.#count;
  }

  instrument(text: string): string {
    const source = ts.createSourceFile('module.js', text, ts.ScriptTarget.ESNext);
    const { transformed } = ts.transform(source, [
      (context) => (file) => ts.visitEachChild(file, (node) => this.#visit(node, context), context),
    ]);
    const [result = source] = transformed;
    return ts.createPrinter().printFile(result);
  }

  #visit(node: ts.Node, context: ts.TransformationContext): ts.Node {
    const inner = ts.visitEachChild(node, (child) => this.#visit(child, context), context);
    if (ts.isBlock(inner)) return factory.updateBlock(inner, this.#counted(inner.statements));
    if (ts.isCaseClause(inner)) {
      return factory.updateCaseClause(inner, inner.expression, this.#counted(inner.statements));
    }
    if (ts.isDefaultClause(inner)) {
      return factory.updateDefaultClause(inner, this.#counted(inner.statements));
    }
    return this.#visitStatement(inner) ?? this.#visitExpression(inner) ?? inner;
  }

  /** Bodies without braces get some. */
  #visitStatement(node: ts.Node): ts.Node | undefined {
    if (ts.isIfStatement(node)) {
      const { expression, thenStatement, elseStatement } = node;
      const otherwise = elseStatement && this.#block(elseStatement);
      return factory.updateIfStatement(node, expression, this.#block(thenStatement), otherwise);
    }
    if (ts.isWhileStatement(node)) {
      return factory.updateWhileStatement(node, node.expression, this.#block(node.statement));
    }
    if (ts.isForStatement(node)) {
      const { initializer, condition, incrementor, statement } = node;
      const body = this.#block(statement);
      return factory.updateForStatement(node, initializer, condition, incrementor, body);
    }
    if (ts.isForOfStatement(node)) {
      const { awaitModifier, initializer, expression, statement } = node;
      const body = this.#block(statement);
      return factory.updateForOfStatement(node, awaitModifier, initializer, expression, body);
    }
    return undefined;
  }

  #visitExpression(node: ts.Node): ts.Node | undefined {
    if (ts.isConditionalExpression(node)) {
      const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
      const arms = [this.#wrapped(whenTrue), this.#wrapped(whenFalse)] as const;
      const [yes, no] = arms;
      return factory.updateConditionalExpression(
        node,
        condition,
        questionToken,
        yes,
        colonToken,
        no,
      );
    }
    if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
      const { left, operatorToken, right } = node;
      return factory.updateBinaryExpression(node, left, operatorToken, this.#wrapped(right));
    }
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
      const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken, body } = node;
      return factory.updateArrowFunction(
        ...([node, modifiers, typeParameters, parameters, type, equalsGreaterThanToken] as const),
        this.#wrapped(body),
      );
    }
    return undefined;
  }

  #block(statement: ts.Statement): ts.Statement {
    // A block has its counter already.
    return ts.isBlock(statement) ? statement : factory.createBlock(this.#counted([statement]));
  }

  #counted(statements: readonly ts.Statement[]): ts.Statement[] {
    return [factory.createExpressionStatement(this.#increment()), ...statements];
  }

  #wrapped(expression: ts.Expression): ts.Expression {
    return factory.createParenthesizedExpression(
      factory.createComma(this.#increment(), expression),
    );
  }

  #increment(): ts.Expression {
    const counters = factory.createIdentifier(COUNTERS);
    const counter = factory.createElementAccessExpression(counters, this.#count++);
    return factory.createPostfixIncrement(counter);
  }
}

function isShortCircuit(kind: ts.SyntaxKind): boolean {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}
