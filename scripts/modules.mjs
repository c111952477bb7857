// The compiled modules as a linker sees them: who exports what, and who uses which name of whom.

import * as fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

// A module is known by its path in dist/; a package by `package/` and its name. `*` as a name means
// a module as a whole.
export class Modules {
  #dist;
  #parsed = new Map();

  constructor(dist) {
    this.#dist = dist;
  }

  // The text of a module in which every import names the module that defines what is imported, by
  // its `address`; and the ids of all those modules.
  directed(id, address) {
    const { file } = this.#parse(id);
    const uses = new Set();
    const from = (used) => {
      if (used.startsWith('node:')) return JSON.stringify(used);
      uses.add(used);
      return JSON.stringify(address(used));
    };
    const edits = [];
    const visit = (node) => {
      const text = this.#replacement(id, node, from);
      if (text === undefined) ts.forEachChild(node, visit);
      else edits.push({ start: node.getStart(file), end: node.end, text });
    };
    ts.forEachChild(file, visit);
    return { text: edited(file.text, edits), uses };
  }

  // What stands in the place of a piece of syntax; undefined: itself.
  #replacement(id, node, from) {
    if (ts.isImportDeclaration(node)) return this.#imports(id, node, from);
    if (ts.isExportDeclaration(node) && node.moduleSpecifier) return this.#passes(id, node, from);
    if (isDynamicImport(node)) return `import(${from(target(id, node.arguments[0]))})`;
    // Making the URL only to take it apart again takes as long as running a small command.
    if (node.getText() === 'fileURLToPath(import.meta.url)') return '__filename';
    if (node.getText() === 'import.meta.url') {
      return `require('node:url').pathToFileURL(__filename).href`;
    }
    return undefined;
  }

  #imports(id, { importClause, moduleSpecifier }, from) {
    const source = target(id, moduleSpecifier);
    // It would have to run at the start, whether anything of it is used or not.
    if (!importClause) throw new Error(`${id} imports ${source} for its effects`);
    const { name, namedBindings: bindings } = importClause;
    const lines = name ? [`import ${name.text} from ${from(source)};`] : [];
    if (bindings && ts.isNamespaceImport(bindings)) {
      lines.push(`import * as ${bindings.name.text} from ${from(source)};`);
    }
    for (const { name: local, propertyName } of bindings?.elements ?? []) {
      const found = this.#origin(source, (propertyName ?? local).text);
      lines.push(
        found.name === '*'
          ? `import * as ${local.text} from ${from(found.id)};`
          : `import { ${found.name} as ${local.text} } from ${from(found.id)};`,
      );
    }
    return lines.join('');
  }

  #passes(id, node, from) {
    return passedOn(this, id, node)
      .map(([name, source, original]) => {
        const found = this.#origin(source, original);
        return found.name === '*'
          ? `export * as ${name} from ${from(found.id)};`
          : `export { ${found.name} as ${name} } from ${from(found.id)};`;
      })
      .join('');
  }

  // Follows a name to the module that defines it.
  #origin(id, name) {
    if (name === '*' || isOutside(id)) return { id, name };
    const { defines, passes } = this.#parse(id);
    if (defines.has(name)) return { id, name };
    for (const node of passes) {
      const found = passedOn(this, id, node).find(([passed]) => passed === name);
      if (found) return this.#origin(found[1], found[2]);
    }
    throw new Error(`${id} does not export ${name}`);
  }

  // Every name that a module exports.
  names(id) {
    const { defines, passes } = this.#parse(id);
    return [
      ...defines,
      ...passes.flatMap((node) => passedOn(this, id, node).map(([name]) => name)),
    ];
  }

  #parse(id) {
    const known = this.#parsed.get(id);
    if (known) return known;
    const text = fs.readFileSync(path.join(this.#dist, id), 'utf8');
    const file = ts.createSourceFile(id, text, ts.ScriptTarget.ES2023, true);
    const exported = file.statements.filter(ts.isExportDeclaration);
    const parsed = {
      file,
      defines: new Set(file.statements.flatMap(definedBy)),
      passes: exported.filter(({ moduleSpecifier }) => moduleSpecifier),
    };
    this.#parsed.set(id, parsed);
    return parsed;
  }
}

// `export ... from`: what it is called here, whose it is, and what it is called there.
function passedOn(modules, id, { exportClause, moduleSpecifier }) {
  const source = target(id, moduleSpecifier);
  if (!exportClause) return modules.names(source).map((name) => [name, source, name]);
  if (ts.isNamespaceExport(exportClause)) return [[exportClause.name.text, source, '*']];
  return exportClause.elements.map(({ name, propertyName }) => [
    name.text,
    source,
    (propertyName ?? name).text,
  ]);
}

function definedBy(statement) {
  if (ts.isExportDeclaration(statement) && !statement.moduleSpecifier) {
    return statement.exportClause.elements.map(({ name }) => name.text);
  }
  if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    return [];
  const declared = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : [statement];
  return declared.map(({ name }) => name.text);
}

function isDynamicImport(node) {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

const isOutside = (id) => id.startsWith('node:') || id.startsWith('package/');

function target(id, { text }) {
  if (text.startsWith('.')) return path.posix.join(path.posix.dirname(id), text);
  return text.startsWith('node:') ? text : `package/${text}`;
}

function edited(text, edits) {
  return edits.reduceRight(
    (whole, edit) => whole.slice(0, edit.start) + edit.text + whole.slice(edit.end),
    text,
  );
}
